// The VIN as an automaton; see vin_grammar.hpp. State = 12 * compulsory + residue.

#include "vinedge/vin_grammar.hpp"

#include "vin_tables.hpp"

namespace vinedge {

using namespace detail;

namespace {

constexpr int kCheckPosition = 8;  // counted from 0
constexpr int kYearPosition = 9;
constexpr int kBroken = 11;  // the residue of a VIN that can no longer conform
constexpr int kResidues = 12;

int step(int position, int state, int index) {
  const auto symbol_index = static_cast<std::size_t>(index - 1);
  const char symbol = kSymbols[symbol_index];
  int compulsory = state / kResidues;
  int residue = state % kResidues;
  if (position == 0) compulsory = holds(kCompulsoryRegions, symbol) ? 1 : 0;
  if (residue != kBroken && position == kCheckPosition) {
    const std::size_t value = kCheckSymbols.find(symbol);
    residue = value == std::string_view::npos ? kBroken : (residue + 11 - static_cast<int>(value)) % 11;
  } else if (residue != kBroken) {
    residue = (residue + kWeights[position] * (kValues[symbol_index] - '0')) % 11;
  }
  if (position == kYearPosition && compulsory == 1 && !holds(kModelYears, symbol)) residue = kBroken;
  return compulsory * kResidues + residue;
}

Grammar make_grammar() {
  Grammar grammar(2 * kResidues);
  for (int state = 0; state < grammar.states(); ++state) {
    for (int position = 0; position < kVinLength; ++position) {
      for (int index = 1; index < kNumClasses; ++index) {
        grammar.set_next(position, state, index, step(position, state, index));
      }
    }
    const bool conforming = state % kResidues == 0;
    if (state / kResidues == 0) {
      grammar.set_outcome(state, conforming ? Outcome::elsewhere_conforming : Outcome::elsewhere);
    } else {
      grammar.set_outcome(state, conforming ? Outcome::compulsory_conforming : Outcome::compulsory);
    }
  }
  return grammar;
}

}  // namespace

const Grammar& vin_grammar() {
  static const Grammar grammar = make_grammar();
  return grammar;
}

Outcome outcome_of(std::string_view vin) {
  require_legal(vin);
  const Grammar& grammar = vin_grammar();
  int state = 0;
  for (int position = 0; position < kVinLength; ++position) {
    const std::size_t index = kSymbols.find(vin[static_cast<std::size_t>(position)]) + 1;
    state = grammar.next(position, state, static_cast<int>(index));
  }
  return grammar.outcome(state);
}

}  // namespace vinedge
