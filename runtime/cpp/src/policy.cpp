// The policies' weights; see policy.hpp.

#include "vinedge/policy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "vinedge/error.hpp"

namespace vinedge {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
// Probability that position 9 fits although no check digit applies.
constexpr double kByChance = 1.0 / 11;

std::string text_from(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

void check_probability(const char* name, double value) {
  if (!(value >= 0 && value < 1)) {
    throw Error(std::string("policy probability '") + name + "' must be at least 0 and below 1, got " +
                text_from(value));
  }
}

}  // namespace

const Candidate* Policy::choose(const std::vector<Candidate>& candidates) const {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (candidate.log_prob < lowest_log_prob) continue;
    if (score(candidate) > (best == nullptr ? kNever : score(*best))) best = &candidate;
  }
  return best;
}

bool Policy::settles(const Candidate& candidate) const {
  const double prob = std::exp(candidate.log_prob);
  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  return prob * std::exp(weight_of(candidate.outcome) - largest) > 1 - prob;
}

Policy policy_from_name(std::string_view name, const PolicyOptions& options) {
  if (!(options.margin >= 0 && std::isfinite(options.margin))) {
    throw Error("policy margin must be a number of nats, 0 or more, got " + text_from(options.margin) + "; 2.5 is the default");
  }
  check_probability("compulsory", options.compulsory);
  check_probability("elsewhere", options.elsewhere);
  Policy policy;
  policy.name = name;
  if (name == "off") return policy;
  if (name == "prefer") {
    policy.log_weights = {0, options.margin, 0, options.margin};
  } else if (name == "require") {
    policy.log_weights = {kNever, 0, kNever, 0};
  } else if (name == "auto") {
    // Bayes: a conforming VIN has the mass of those that must fit and of those that do so by chance.
    const double elsewhere = (1 - options.elsewhere) * kByChance;
    const double compulsory = (1 - options.compulsory) * kByChance;
    policy.log_weights = {std::log(elsewhere), std::log(options.elsewhere + elsewhere), std::log(compulsory),
                          std::log(options.compulsory + compulsory)};
  } else {
    throw Error("there is no policy '" + std::string(name) + "'; choose one of off, prefer, require, auto");
  }
  return policy;
}

}  // namespace vinedge
