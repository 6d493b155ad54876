// What goes in: a view of 8-bit pixels that somebody else owns, and what the network wants to be made of it.
//
// A view has its own row stride, so a crop of a camera frame is read in place, without a copy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vinedge/error.hpp"

namespace vinedge {

// Pixels of one picture: BGR (3 channels, interleaved) or gray (1). `row_stride` is the distance in bytes from one
// row to the next and may be negative; the pixels of a row lie side by side. The owner keeps them alive and unchanged.
struct ImageView {
  const std::uint8_t* pixels = nullptr;
  std::ptrdiff_t height = 0;
  std::ptrdiff_t width = 0;
  int channels = 3;
  std::ptrdiff_t row_stride = 0;
};

inline constexpr std::ptrdiff_t kMaxPixels = 100'000'000;
inline constexpr std::ptrdiff_t kMaxSide = 1'000'000;

// Throws Error unless the view has at least one pixel, 1 or 3 channels, and stays within the two limits above.
void check_image(const ImageView& image);

// What the network expects: size in pixels and the normalization (gray - mean) / std (twin of preprocess.InputSpec).
struct InputSpec {
  int height = 32;
  int width = 320;
  double mean = 127.5;
  double std = 127.5;
};

}  // namespace vinedge
