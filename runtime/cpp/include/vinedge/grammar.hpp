// What a decoder has to remember of a line so as to judge it at its end: an automaton over symbols, and the lines that
// decoders propose. The VIN's own is in vin_grammar.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "vinedge/charset.hpp"

namespace vinedge {

// What a whole VIN turned out to be: whether its region makes a check digit compulsory, and whether it conforms. A
// policy keeps a weight for each, in this order.
enum class Outcome : std::uint8_t { elsewhere, elsewhere_conforming, compulsory, compulsory_conforming };
inline constexpr int kOutcomes = 4;

// An automaton over lines of 17 symbols; it begins in state 0.
class Grammar {
 public:
  explicit Grammar(int states)
      : states_(states),
        next_(static_cast<std::size_t>(kVinLength * states * kNumClasses)),
        outcomes_(static_cast<std::size_t>(states)) {}

  int states() const { return states_; }
  // The state after class `index` (1..33) at `position` (from 0).
  std::uint8_t next(int position, int state, int index) const { return next_[place(position, state, index)]; }
  // What a line that ends in `state` turned out to be.
  Outcome outcome(int state) const { return outcomes_[static_cast<std::size_t>(state)]; }

  void set_next(int position, int state, int index, int after) {
    next_[place(position, state, index)] = static_cast<std::uint8_t>(after);
  }
  void set_outcome(int state, Outcome outcome) { outcomes_[static_cast<std::size_t>(state)] = outcome; }

 private:
  std::size_t place(int position, int state, int index) const {
    return static_cast<std::size_t>((position * states_ + state) * kNumClasses + index);
  }

  int states_;
  std::vector<std::uint8_t> next_;
  std::vector<Outcome> outcomes_;
};

// A whole line that a decoder proposes, and log P(line | picture). No memory of its own, so that lists of them are
// filled again and again without asking for any.
struct Candidate {
  std::array<char, kVinLength> symbols;
  Outcome outcome = Outcome::elsewhere;
  double log_prob = 0;

  std::string_view text() const { return {symbols.data(), symbols.size()}; }
};

}  // namespace vinedge
