// What vin.cpp and vin_grammar.cpp share: the tables of the law.
#pragma once

#include <string_view>

#include "vinedge/charset.hpp"

namespace vinedge::detail {

// 49 CFR 565.15(c)(4), table IV: weight of each of the 17 positions; position 9 is the check digit.
inline constexpr int kWeights[kVinLength] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
// 49 CFR 565.15(c)(2), table III: value of each symbol, in the order of kSymbols.
inline constexpr std::string_view kValues = "012345678912345678123457923456789";
static_assert(kValues.size() == kSymbols.size());
inline constexpr std::string_view kCheckSymbols = "0123456789X";
// First character of the WMI for the USA (1, 4, 5), Canada (2) and China (L): there a check digit is law.
inline constexpr std::string_view kCompulsoryRegions = "1245L";
// 49 CFR 565.15(d)(1), table VII, and GB 16735: model years are letters without I, O, Q, U, Z and digits without 0.
inline constexpr std::string_view kModelYears = "ABCDEFGHJKLMNPRSTVWXY123456789";

inline bool holds(std::string_view symbols, char symbol) { return symbols.find(symbol) != std::string_view::npos; }

// Throws Error unless is_legal(vin).
void require_legal(std::string_view vin);

}  // namespace vinedge::detail
