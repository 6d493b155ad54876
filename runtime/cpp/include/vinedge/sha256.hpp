// SHA-256 (FIPS 180-4), for the hashes that a bundle records of its files.
#pragma once

#include <string>
#include <string_view>

namespace vinedge {

// 64 lower-case hex digits.
std::string sha256(std::string_view data);

}  // namespace vinedge
