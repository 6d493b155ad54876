// Bytes that look random and are the same in tests/golden/noise.py: byte i of stream `seed`.
#pragma once

#include <cstdint>
#include <vector>

inline std::vector<std::uint8_t> noise(std::uint32_t seed, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t v = static_cast<std::uint32_t>(i) * 0x9E3779B1U + seed * 0x85EBCA77U;
    v = (v ^ v >> 15) * 0x2C1B3C6DU;
    v = (v ^ v >> 12) * 0x297A2D39U;
    bytes[i] = static_cast<std::uint8_t>((v ^ v >> 15) >> 8);
  }
  return bytes;
}
