// CTC prefix beam search; see ctc_beam.hpp.

#include "vinedge/ctc_beam.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace vinedge {
namespace {

std::size_t at(int number) { return static_cast<std::size_t>(number); }

std::uint64_t bit(int index) { return std::uint64_t{1} << index; }

}  // namespace

CtcBeam::CtcBeam(const Grammar& grammar, const BeamOptions& options)
    : grammar_(grammar),
      options_(options),
      smallest_share_(std::exp(-options.margin)),
      best_of_(at((kVinLength + 1) * grammar.states()), -1) {}

void CtcBeam::run(const CtcWeights& weights, std::vector<Candidate>& candidates) {
  candidates.clear();
  ahead_.set(weights, options_.floor, options_.symbols);
  if (ahead_.log_probability() <= options_.lowest_log_prob) return;
  generation_ = 0;
  nodes_.assign(1, {-1, kBlank, 0, generation_});
  beam_.assign(1, {1, 0, 0, kBlank, 0, 0});
  for (int t = 0; t < ahead_.frames(); ++t) {
    if (ahead_.begin(t) == ahead_.end(t)) {
      skip();
    } else {
      stay(t);
      extend(t);
      select();
    }
  }
  // Only whole lines are left, the one of the largest mass first.
  const double first_mass = beam_[0].blank + beam_[0].symbol;
  Candidate candidate = candidate_from(beam_[0]);
  const double first_log_prob = candidate.log_prob = forward_.log_probability(weights, candidate.text());
  for (const Alive& alive : beam_) {
    const double share = std::log((alive.blank + alive.symbol) / first_mass);
    if (first_log_prob + share < options_.lowest_log_prob) continue;
    if (&alive != &beam_[0]) {
      candidate = candidate_from(alive);
      candidate.log_prob = forward_.log_probability(weights, candidate.text());
    }
    const auto more_probable = [](const Candidate& a, const Candidate& b) { return a.log_prob > b.log_prob; };
    candidates.insert(std::upper_bound(candidates.begin(), candidates.end(), candidate, more_probable), candidate);
  }
}

// The line that `alive` is, without its probability.
Candidate CtcBeam::candidate_from(const Alive& alive) const {
  Candidate candidate;
  int node = alive.node;
  for (int i = kVinLength - 1; i >= 0; --i, node = nodes_[at(node)].parent) {
    candidate.symbols[at(i)] = kSymbols[at(nodes_[at(node)].index - 1)];
  }
  candidate.outcome = grammar_.outcome(alive.state);
  return candidate;
}

// A frame without symbols, as most are: its blank has weight 1, and no prefix is worth more or less than it was.
void CtcBeam::skip() {
  for (Alive& alive : beam_) {
    alive.blank += alive.symbol;
    alive.symbol = 0;
  }
}

// The prefixes of the beam after frame `t`, in their order: with a blank, or with their last symbol going on.
void CtcBeam::stay(int t) {
  grown_.clear();
  const double blank = ahead_.blank(t);
  for (const Alive& alive : beam_) {
    Alive after = alive;
    after.blank = (alive.blank + alive.symbol) * blank;
    after.symbol = alive.symbol * ahead_.weight(t, alive.last);
    grown_.push_back({after, 0, false});
  }
}

// The prefixes of the beam with one symbol more; what leads to a prefix that is alive is added to it.
void CtcBeam::extend(int t) {
  // Behind its own like, a symbol is a second one only after a blank.
  const auto mass_of = [](const Alive& shorter, int index) {
    return index == shorter.last ? shorter.blank : shorter.blank + shorter.symbol;
  };
  taken_.assign(beam_.size(), 0);
  for (std::size_t slot = 0; slot < beam_.size(); ++slot) {
    const int parent = nodes_[at(beam_[slot].node)].parent;
    if (parent < 0 || nodes_[at(parent)].generation != generation_) continue;
    const int shorter = nodes_[at(parent)].slot;
    const int index = beam_[slot].last;
    taken_[at(shorter)] |= bit(index);
    grown_[slot].alive.symbol += mass_of(beam_[at(shorter)], index) * ahead_.weight(t, index);
  }
  double best = 0;
  for (Grown& grown : grown_) {
    const Alive& alive = grown.alive;
    grown.worth = alive.blank * ahead_.after_blank(t + 1, alive.length) +
                  alive.symbol * ahead_.after_symbol(t + 1, alive.length, alive.last);
    best = std::max(best, grown.worth);
  }
  for (std::size_t slot = 0; slot < beam_.size(); ++slot) {
    const Alive& alive = beam_[slot];
    if (alive.length == kVinLength) continue;
    for (const PossibleSymbol* symbol = ahead_.begin(t); symbol != ahead_.end(t); ++symbol) {
      const int index = symbol->index;
      if ((taken_[slot] & bit(index)) != 0) continue;
      const double mass = mass_of(alive, index) * symbol->weight;
      const double worth = mass * ahead_.after_symbol(t + 1, alive.length + 1, index);
      if (worth < best * smallest_share_) continue;  // `select` would drop it
      best = std::max(best, worth);
      const int state = grammar_.next(alive.length, alive.state, index);
      grown_.push_back({{0, mass, alive.node, index, alive.length + 1, state}, worth, true});
    }
  }
}

// Makes the next beam of what has grown: the most worthy first, one for each length and state; of equals, the older.
void CtcBeam::select() {
  ++generation_;
  double best = 0;
  used_.clear();
  for (std::size_t i = 0; i < grown_.size(); ++i) {
    const Grown& grown = grown_[i];
    best = std::max(best, grown.worth);
    const int place = grown.alive.length * grammar_.states() + grown.alive.state;
    int& known = best_of_[at(place)];
    if (known < 0) used_.push_back(place);
    if (known < 0 || grown.worth > grown_[at(known)].worth) known = static_cast<int>(i);
  }
  ranked_.clear();
  const auto worthier = [this](int a, int b) {
    const double worth_a = grown_[at(a)].worth, worth_b = grown_[at(b)].worth;
    return worth_a > worth_b || (worth_a == worth_b && a < b);
  };
  for (const int place : used_) {
    const int i = std::exchange(best_of_[at(place)], -1);
    if (!(grown_[at(i)].worth > 0) || grown_[at(i)].worth < best * smallest_share_) continue;
    const auto rank = std::upper_bound(ranked_.begin(), ranked_.end(), i, worthier);
    if (rank - ranked_.begin() >= options_.width) continue;
    if (ranked_.size() == at(options_.width)) ranked_.pop_back();
    ranked_.insert(rank, i);
  }
  beam_.clear();
  double largest = 0;
  for (const int i : ranked_) {
    Alive alive = grown_[at(i)].alive;
    const int slot = static_cast<int>(beam_.size());
    if (grown_[at(i)].is_new) {
      nodes_.push_back({alive.node, alive.last, slot, generation_});
      alive.node = static_cast<int>(nodes_.size()) - 1;
    } else {
      nodes_[at(alive.node)].slot = slot;
      nodes_[at(alive.node)].generation = generation_;
    }
    beam_.push_back(alive);
    largest = std::max(largest, alive.blank + alive.symbol);
  }
  for (Alive& alive : beam_) {
    alive.blank /= largest;
    alive.symbol /= largest;
  }
}

}  // namespace vinedge
