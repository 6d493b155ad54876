// The VIN alphabet and its class indices: 33 symbols and the CTC blank (twin of vinedge/charset.py).
//
// ISO 3779:2009 clause 4.2 and 49 CFR 565.13: digits and capital letters without I, O and Q.
// Class 0 is the CTC blank, class k > 0 is kSymbols[k - 1].
#pragma once

#include <string_view>

namespace vinedge {

inline constexpr std::string_view kSymbols = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
inline constexpr int kBlank = 0;
inline constexpr int kNumClasses = static_cast<int>(kSymbols.size()) + 1;
inline constexpr int kVinLength = 17;
// 17 characters plus 16 blanks: a VIN made of one repeated character needs a blank between any two.
inline constexpr int kMinFrames = 2 * kVinLength - 1;

}  // namespace vinedge
