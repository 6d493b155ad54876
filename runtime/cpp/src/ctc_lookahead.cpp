// The backward pass; see ctc_lookahead.hpp.

#include "vinedge/ctc_lookahead.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vinedge {

void CtcLookahead::set(const CtcWeights& weights, double floor, int most) {
  find_possible(weights, floor, most);
  after_blank_.resize(at(frames_) + 1);
  after_symbol_.resize(possible_.size());
  after_blank_[at(frames_)] = {};
  after_blank_[at(frames_)][kVinLength] = 1;
  double log_scale = 0;
  for (int t = frames_ - 1; t >= 0; --t) {
    fill(t);
    // Eight frames lose e^-640 at most, and a double reaches down to e^-708.
    if (t % 8 == 0) log_scale += std::log(scale(t));
  }
  const double mass = after_blank_[0][0];
  log_probability_ =
      mass > 0 ? std::log(mass) + log_scale - weights.log_total() : -std::numeric_limits<double>::infinity();
}

void CtcLookahead::find_possible(const CtcWeights& weights, double floor, int most) {
  const float lowest = static_cast<float>(std::exp(-floor));
  frames_ = weights.frames();
  blank_.clear();
  possible_.clear();
  first_.clear();
  places_.resize(at(frames_));
  for (int t = 0; t < frames_; ++t) {
    const float* frame = weights.frame(t);
    blank_.push_back(static_cast<double>(frame[kBlank]));
    first_.push_back(possible_.size());
    for (int index = kBlank + 1; index < kNumClasses; ++index) {
      if (frame[index] >= lowest) possible_.push_back({index, static_cast<double>(frame[index])});
    }
    const auto first = possible_.begin() + static_cast<std::ptrdiff_t>(first_.back());
    if (possible_.end() - first > most) {
      std::nth_element(first, first + most, possible_.end(), [](const PossibleSymbol& a, const PossibleSymbol& b) {
        return a.weight > b.weight || (a.weight == b.weight && a.index < b.index);
      });
      possible_.erase(first + most, possible_.end());
      std::sort(first, possible_.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    }
    places_[at(t)].fill(-1);
    for (std::size_t place = first_.back(); place < possible_.size(); ++place) {
      places_[at(t)][at(possible_[place].index)] = static_cast<std::int32_t>(place);
    }
  }
  first_.push_back(possible_.size());
}

// Fills frame `t` from the one behind it.
void CtcLookahead::fill(int t) {
  const Lengths& next_blank = after_blank_[at(t) + 1];
  Lengths symbols = {};  // masses by length of the lines whose next symbol begins at frame t
  for (const PossibleSymbol* symbol = begin(t); symbol != end(t); ++symbol) {
    const int place = t + 1 < frames_ ? places_[at(t) + 1][at(symbol->index)] : -1;
    const Lengths& next = place < 0 ? next_blank : after_symbol_[at(place)];
    Lengths& here = after_symbol_[at(places_[at(t)][at(symbol->index)])];
    for (std::size_t length = 0; length < symbols.size(); ++length) {
      here[length] = symbol->weight * next[length];
      symbols[length] += here[length];
    }
  }
  const double weight = blank_[at(t)];
  Lengths blank = {};
  for (std::size_t length = 0; length <= kVinLength; ++length) blank[length] = weight * next_blank[length];
  for (const PossibleSymbol* symbol = begin(t); symbol != end(t); ++symbol) {
    Lengths& here = after_symbol_[at(places_[at(t)][at(symbol->index)])];
    for (std::size_t length = 0; length <= kVinLength; ++length) {
      // Any symbol but its own like may follow without a blank. Rounding must not make the difference negative.
      const double others = symbols[length + 1] - here[length + 1];
      here[length] += blank[length] + (others > 0 ? others : 0);
    }
  }
  Lengths& here_blank = after_blank_[at(t)];
  for (std::size_t length = 0; length <= kVinLength; ++length) here_blank[length] = blank[length] + symbols[length + 1];
  here_blank[kVinLength + 1] = here_blank[kVinLength + 2] = 0;
}

// Divides the masses of frame `t` by their largest, which it returns.
double CtcLookahead::scale(int t) {
  Lengths& blank = after_blank_[at(t)];
  const double largest = *std::max_element(blank.begin(), blank.end());
  if (largest == 0) return 0;
  for (double& mass : blank) mass /= largest;
  for (const PossibleSymbol* symbol = begin(t); symbol != end(t); ++symbol) {
    for (double& mass : after_symbol_[at(places_[at(t)][at(symbol->index)])]) mass /= largest;
  }
  return largest;
}

}  // namespace vinedge
