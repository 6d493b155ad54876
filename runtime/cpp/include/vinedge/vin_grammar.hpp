// The VIN as a small automaton of 24 states (twin of vinedge/vin_grammar.py): the residue of the check digit, less the
// value of the check character once it was read, and whether the region makes one compulsory.
//
// A VIN conforms when its check digit fits and, where the law makes one compulsory, position 10 holds a model year that
// the law knows. These rules never forbid a VIN; what conforming is worth is the business of policy.hpp.
#pragma once

#include <string_view>

#include "vinedge/grammar.hpp"

namespace vinedge {

const Grammar& vin_grammar();

// The outcome of a VIN. Throws Error unless is_legal(vin).
Outcome outcome_of(std::string_view vin);

}  // namespace vinedge
