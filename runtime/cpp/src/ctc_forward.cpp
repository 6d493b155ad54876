// CTC forward algorithm; see ctc_forward.hpp. In plain masses, scaled now and then, where the twin adds logarithms.

#include "vinedge/ctc_forward.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "vinedge/error.hpp"

namespace vinedge {

double CtcForward::log_probability(const CtcWeights& weights, std::string_view text) {
  const std::size_t n = text.size();
  // Symbol i is kept at place i + 1, behind a place that stays 0 and stands for what comes before the first.
  blanks_.assign(n + 1, 0);
  symbols_.assign(n + 1, 0);
  emitted_.resize(n + 1);
  skippable_.assign(n + 1, 0);
  classes_.resize(n + 1);
  for (std::size_t i = 1; i <= n; ++i) {
    const std::size_t found = kSymbols.find(text[i - 1]);
    if (found == std::string_view::npos) {
      throw Error("'" + std::string(text) + "' contains '" + text[i - 1] +
                  "', which no VIN contains (A-Z without I, O, Q and 0-9)");
    }
    classes_[i] = static_cast<std::uint8_t>(found + 1);
    skippable_[i] = i > 1 && classes_[i] != classes_[i - 1] ? 1 : 0;
  }
  blanks_[0] = 1;

  double log_scale = 0;
  for (int t = 0; t < weights.frames(); ++t) {
    const float* frame = weights.frame(t);
    for (std::size_t i = 1; i <= n; ++i) emitted_[i] = static_cast<double>(frame[classes_[i]]);
    const double blank = static_cast<double>(frame[kBlank]);
    // From the end, so that the places before hold the masses of the frame before.
    for (std::size_t i = n; i > 0; --i) {
      const double before = symbols_[i];
      symbols_[i] = (before + blanks_[i - 1] + skippable_[i] * symbols_[i - 1]) * emitted_[i];
      blanks_[i] = (blanks_[i] + before) * blank;
    }
    blanks_[0] *= blank;
    // Eight frames lose e^-640 at most, and a double reaches down to e^-708.
    if (t % 8 == 7) {
      const double largest = std::max(*std::max_element(blanks_.begin(), blanks_.end()),
                                      *std::max_element(symbols_.begin(), symbols_.end()));
      if (largest == 0) break;
      for (double& mass : blanks_) mass /= largest;
      for (double& mass : symbols_) mass /= largest;
      log_scale += std::log(largest);
    }
  }
  const double mass = blanks_[n] + (n > 0 ? symbols_[n] : 0);
  return mass > 0 ? std::log(mass) + log_scale - weights.log_total() : -std::numeric_limits<double>::infinity();
}

}  // namespace vinedge
