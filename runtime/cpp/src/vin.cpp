// VIN rules; see vin.hpp.

#include "vinedge/vin.hpp"

#include <algorithm>
#include <string>

#include "vin_tables.hpp"
#include "vinedge/charset.hpp"
#include "vinedge/error.hpp"

namespace vinedge {

using namespace detail;

void detail::require_legal(std::string_view vin) {
  if (!is_legal(vin)) {
    throw Error("'" + std::string(vin) + "' is not a VIN (17 characters of A-Z without I, O, Q and 0-9); "
                "ask only for the check digit of one that is");
  }
}

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
         std::all_of(text.begin(), text.end(), [](char symbol) { return holds(kSymbols, symbol); });
}

char check_symbol(std::string_view vin) {
  require_legal(vin);
  int sum = 0;
  for (std::size_t i = 0; i < vin.size(); ++i) sum += kWeights[i] * (kValues[kSymbols.find(vin[i])] - '0');
  return kCheckSymbols[static_cast<std::size_t>(sum % 11)];
}

CheckDigit check_digit(std::string_view vin) {
  if (check_symbol(vin) == vin[8]) return CheckDigit::valid;
  return holds(kCompulsoryRegions, vin[0]) ? CheckDigit::invalid : CheckDigit::not_applicable;
}

}  // namespace vinedge
