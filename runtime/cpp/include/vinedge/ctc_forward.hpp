// Total probability of a text over all its CTC alignments (twin of vinedge/ctc_forward.py): the forward algorithm of
// Graves et al. 2006, section 4.1.
#pragma once

#include <string_view>
#include <vector>

#include "vinedge/ctc_weights.hpp"

namespace vinedge {

// Keeps its buffers. Not safe for concurrent use.
class CtcForward {
 public:
  // log P(text | picture); -infinity where the text does not fit into the frames. Throws Error for a text with a
  // character that no VIN contains.
  double log_probability(const CtcWeights& weights, std::string_view text);

 private:
  // Mass of the alignments that stand at the blank before symbol i, and at symbol i - 1.
  std::vector<double> blanks_, symbols_;
  std::vector<double> emitted_;    // weight of symbol i - 1 in one frame
  std::vector<double> skippable_;  // 1 where the blank before symbol i - 1 may be left out, else 0
  std::vector<std::uint8_t> classes_;
};

}  // namespace vinedge
