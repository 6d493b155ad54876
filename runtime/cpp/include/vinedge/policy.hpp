// What the check digit may do to a reading: off, prefer, require or auto (twin of vinedge/policy.py, where the weights
// are derived). A policy is a prior over the four outcomes of a VIN, and the VIN given is the most probable behind it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "vinedge/grammar.hpp"

namespace vinedge {

struct PolicyOptions {
  double margin = 2.5;       // "prefer": nats that a conforming VIN may be less probable and still win
  double compulsory = 0.99;  // "auto": probability that a check digit applies where it is law,
  double elsewhere = 0.25;   // and where it is not
};

struct Policy {
  std::string name;
  std::array<double, kOutcomes> log_weights = {};  // only differences matter; -infinity forbids an outcome
  double lowest_log_prob = -8;                          // VINs less probable than this are not weighed

  double weight_of(Outcome outcome) const { return log_weights[static_cast<std::size_t>(outcome)]; }
  // Log of the posterior, up to a constant; -infinity when the candidate is forbidden.
  double score(const Candidate& candidate) const { return candidate.log_prob + weight_of(candidate.outcome); }
  // The candidate with the highest score, of equals the first; null when all are forbidden or too unlikely.
  const Candidate* choose(const std::vector<Candidate>& candidates) const;
  // Whether no other line can score higher: all others share the probability that this one leaves.
  bool settles(const Candidate& candidate) const;
};

// Throws Error for a name that is no policy and an option that is out of range.
Policy policy_from_name(std::string_view name, const PolicyOptions& options = {});

}  // namespace vinedge
