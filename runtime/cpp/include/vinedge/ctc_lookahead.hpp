// What is still to come: the mass of all ways to end a CTC line of 17 symbols (twin of vinedge/ctc_lookahead.py).
//
// Of a frame's 33 symbols only a few are possible. The mass behind a symbol that a frame lacks is the mass behind a
// blank, so only the possible ones are kept.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "vinedge/ctc_weights.hpp"

namespace vinedge {

// A symbol that a frame may hold: its class, 1..33, and its weight.
struct PossibleSymbol {
  int index;
  double weight;
};

// Keeps its buffers. Not safe for concurrent use.
class CtcLookahead {
 public:
  // Looks over the line. Of each frame the `most` likeliest symbols are possible, less those below e^-`floor` of its best
  // class.
  void set(const CtcWeights& weights, double floor, int most);

  int frames() const { return frames_; }
  double blank(int t) const { return blank_[at(t)]; }
  // Possible symbols of frame `t`, by class.
  const PossibleSymbol* begin(int t) const { return possible_.data() + first_[at(t)]; }
  const PossibleSymbol* end(int t) const { return possible_.data() + first_[at(t) + 1]; }
  // Weight of class `index` in frame `t`, 0 where it is not possible.
  double weight(int t, int index) const {
    const int place = places_[at(t)][at(index)];
    return place < 0 ? 0 : possible_[at(place)].weight;
  }

  // Mass of all endings from frame `t` (0..frames) on of a prefix of `length` symbols, the frame before being a blank,
  // or its last symbol, of class `index`. Only ratios within one frame mean something.
  double after_blank(int t, int length) const { return after_blank_[at(t)][at(length)]; }
  double after_symbol(int t, int length, int index) const {
    const int place = t < frames_ ? places_[at(t)][at(index)] : -1;
    return place < 0 ? after_blank(t, length) : after_symbol_[at(place)][at(length)];
  }
  // log P(any line of 17 symbols | picture), but for those with symbols that were not possible.
  double log_probability() const { return log_probability_; }

 private:
  // By length, 0..17; two more that stay 0: whole vectors, and what comes behind a line that is full.
  using Lengths = std::array<double, kVinLength + 3>;

  static std::size_t at(int number) { return static_cast<std::size_t>(number); }
  void find_possible(const CtcWeights& weights, double floor, int most);
  void fill(int t);
  double scale(int t);

  int frames_ = 0;
  std::vector<double> blank_;                                  // by frame
  std::vector<PossibleSymbol> possible_;                       // of all frames, one after the other
  std::vector<std::size_t> first_;                             // by frame, and the end
  std::vector<std::array<std::int32_t, kNumClasses>> places_;  // by frame and class, in possible_; -1
  std::vector<Lengths> after_blank_;                           // by frame
  std::vector<Lengths> after_symbol_;                          // by place
  double log_probability_ = 0;
};

}  // namespace vinedge
