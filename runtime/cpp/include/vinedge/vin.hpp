// VIN rules: legal form, check digit, and whether a check digit applies at all (twin of vinedge/vin.py).
//
// Sources: ISO 3779:2009 (structure), 49 CFR 565.15(c) and GB 16735 (check digit, compulsory in the USA, Canada and
// China). ISO 3779 itself does not require one, so the answer has three values.
#pragma once

#include <string_view>

namespace vinedge {

enum class CheckDigit { valid, invalid, not_applicable };

// "valid", "invalid" or "not_applicable".
const char* name_of(CheckDigit state);

// Whether `text` has 17 characters, all of the VIN alphabet.
bool is_legal(std::string_view text);

// The check symbol (0-9 or X) that position 9 of a VIN should hold. Throws Error unless is_legal(vin).
char check_symbol(std::string_view vin);

// `valid`: position 9 fits. `invalid`: it does not, although the region of the WMI makes it compulsory.
// `not_applicable`: it does not, and no law says that it must. Throws Error unless is_legal(vin).
CheckDigit check_digit(std::string_view vin);

}  // namespace vinedge
