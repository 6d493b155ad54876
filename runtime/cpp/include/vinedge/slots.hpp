// The best VIN of slot posteriors, exactly (twin of vinedge/slots.py): dynamic programming over (position, grammar
// state). Of all beginnings that lead to one state, only the best can be the beginning of a best VIN; and of the symbols
// that lead from any state to the same next one, only the best can be in it, which leaves ten or eleven of 33.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "vinedge/grammar.hpp"

namespace vinedge {

// Keeps its buffers. Not safe for concurrent use.
class SlotSearch {
 public:
  explicit SlotSearch(const Grammar& grammar);

  // Writes the most probable line of every outcome to `candidates`, the most probable first, for log probabilities
  // (17, 34) whose blanks are not looked at; -infinity is allowed, not a number is not. An outcome that no line of
  // finite probability has is left out. Of equals, the line with lower classes from the front wins.
  void run(const float* log_probs, std::vector<Candidate>& candidates);

 private:
  // The best line so far that leads to a state.
  struct Line {
    double log_prob;
    std::array<std::uint8_t, kVinLength> classes;
  };
  // Symbols that are alike for the grammar at one position: the place of each class among them.
  struct Alike {
    std::array<std::uint8_t, kNumClasses> group_of;
    int groups;
  };

  const Grammar& grammar_;
  std::array<Alike, kVinLength> alike_;
  std::vector<Line> lines_, longer_;  // by state
};

}  // namespace vinedge
