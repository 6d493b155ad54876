// Best VIN of slot posteriors; see slots.hpp.

#include "vinedge/slots.hpp"

#include <algorithm>
#include <limits>

namespace vinedge {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

std::size_t at(int number) { return static_cast<std::size_t>(number); }

bool same_everywhere(const Grammar& grammar, int position, int index, int other) {
  for (int state = 0; state < grammar.states(); ++state) {
    if (grammar.next(position, state, index) != grammar.next(position, state, other)) return false;
  }
  return true;
}

}  // namespace

SlotSearch::SlotSearch(const Grammar& grammar) : grammar_(grammar), lines_(at(grammar.states())), longer_(lines_) {
  for (int position = 0; position < kVinLength; ++position) {
    Alike& alike = alike_[at(position)];
    alike.groups = 0;
    for (int index = 1; index < kNumClasses; ++index) {
      int first = 1;  // of the group
      while (!same_everywhere(grammar, position, index, first)) ++first;
      alike.group_of[at(index)] =
          static_cast<std::uint8_t>(first == index ? alike.groups++ : alike.group_of[at(first)]);
    }
  }
}

void SlotSearch::run(const float* log_probs, std::vector<Candidate>& candidates) {
  const auto better = [](const Line& a, const Line& b) {
    return a.log_prob > b.log_prob || (a.log_prob == b.log_prob && a.classes < b.classes);
  };
  for (Line& line : lines_) line = {kNever, {}};
  lines_[0].log_prob = 0;
  for (int position = 0; position < kVinLength; ++position, log_probs += kNumClasses) {
    const Alike& alike = alike_[at(position)];
    std::array<int, kNumClasses> best_of = {};  // by group; 0 for none yet
    for (int index = 1; index < kNumClasses; ++index) {
      int& best = best_of[alike.group_of[at(index)]];
      if (best == 0 || log_probs[index] > log_probs[best]) best = index;
    }
    for (Line& line : longer_) line = {kNever, {}};
    for (int state = 0; state < grammar_.states(); ++state) {
      if (lines_[at(state)].log_prob == kNever) continue;
      Line line = lines_[at(state)];
      for (int group = 0; group < alike.groups; ++group) {
        const int index = best_of[at(group)];
        line.log_prob = lines_[at(state)].log_prob + static_cast<double>(log_probs[index]);
        line.classes[at(position)] = static_cast<std::uint8_t>(index);
        Line& known = longer_[grammar_.next(position, state, index)];
        if (line.log_prob > kNever && better(line, known)) known = line;
      }
    }
    lines_.swap(longer_);
  }

  std::array<const Line*, kOutcomes> best_of = {};
  for (int state = 0; state < grammar_.states(); ++state) {
    const Line& line = lines_[at(state)];
    const Line*& best = best_of[at(static_cast<int>(grammar_.outcome(state)))];
    if (line.log_prob > kNever && (best == nullptr || better(line, *best))) best = &line;
  }
  candidates.clear();
  for (std::size_t outcome = 0; outcome < best_of.size(); ++outcome) {
    if (best_of[outcome] == nullptr) continue;
    Candidate candidate;
    for (std::size_t i = 0; i < candidate.symbols.size(); ++i) {
      candidate.symbols[i] = kSymbols[static_cast<std::size_t>(best_of[outcome]->classes[i] - 1)];
    }
    candidate.outcome = static_cast<Outcome>(outcome);
    candidate.log_prob = best_of[outcome]->log_prob;
    const auto before = [](const Candidate& a, const Candidate& b) {  // kSymbols are in alphabetical order
      return a.log_prob > b.log_prob || (a.log_prob == b.log_prob && a.symbols < b.symbols);
    };
    candidates.insert(std::upper_bound(candidates.begin(), candidates.end(), candidate, before), candidate);
  }
}

}  // namespace vinedge
