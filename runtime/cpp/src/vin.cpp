// VIN rules; see vin.hpp.

#include "vinedge/vin.hpp"

#include <algorithm>
#include <string>

#include "vinedge/charset.hpp"
#include "vinedge/error.hpp"

namespace vinedge {
namespace {

// 49 CFR 565.15(c)(4), table IV: weight of each of the 17 positions; position 9 is the check digit.
constexpr int kWeights[kVinLength] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
// 49 CFR 565.15(c)(2), table III: value of each symbol, in the order of kSymbols.
constexpr std::string_view kValues = "012345678912345678123457923456789";
static_assert(kValues.size() == kSymbols.size());
constexpr std::string_view kCheckSymbols = "0123456789X";
// First character of the WMI for North America (1-5) and China (L): there a check digit is law.
constexpr std::string_view kCompulsoryRegions = "12345L";

void require_legal(std::string_view vin) {
  if (!is_legal(vin)) {
    throw Error("'" + std::string(vin) + "' is not a VIN (17 characters of A-Z without I, O, Q and 0-9); "
                "ask only for the check digit of one that is");
  }
}

}  // namespace

const char* name_of(CheckDigit state) {
  switch (state) {
    case CheckDigit::valid:
      return "valid";
    case CheckDigit::invalid:
      return "invalid";
    default:
      return "not_applicable";
  }
}

bool is_legal(std::string_view text) {
  return text.size() == static_cast<std::size_t>(kVinLength) &&
         std::all_of(text.begin(), text.end(), [](char c) { return kSymbols.find(c) != std::string_view::npos; });
}

char check_symbol(std::string_view vin) {
  require_legal(vin);
  int sum = 0;
  for (std::size_t i = 0; i < vin.size(); ++i) sum += kWeights[i] * (kValues[kSymbols.find(vin[i])] - '0');
  return kCheckSymbols[static_cast<std::size_t>(sum % 11)];
}

CheckDigit check_digit(std::string_view vin) {
  if (check_symbol(vin) == vin[8]) return CheckDigit::valid;
  return kCompulsoryRegions.find(vin[0]) != std::string_view::npos ? CheckDigit::invalid : CheckDigit::not_applicable;
}

}  // namespace vinedge
