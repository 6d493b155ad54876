// Policies, beam and slots against the golden answers of vinedge/decoder.py; and what stays the same from line to line.

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>

#include "check.hpp"
#include "golden_logits.hpp"
#include "vinedge/decoder.hpp"
#include "vinedge/vin_grammar.hpp"

namespace {

std::atomic<long> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

// The weights of a frame are sums of floats, and a line has up to 80 frames.
constexpr double kTolerance = 1e-4;

void check_candidates(const std::vector<vinedge::Candidate>& found, const vinedge::Json& example) {
  const auto& wanted = check::items(example, "candidates");
  CHECK_EQUAL(found.size(), wanted.size());
  for (std::size_t i = 0; i < std::min(found.size(), wanted.size()); ++i) {
    const auto& values = *wanted[i].get<vinedge::Json::Array>();
    CHECK_EQUAL(found[i].text(), *values[0].get<std::string>());
    CHECK_EQUAL(static_cast<int>(found[i].outcome), check::whole(values[1]));
    CHECK(std::abs(found[i].log_prob - check::number(values[2])) < kTolerance);
  }
}

void check_decision(const vinedge::Decision& found, const vinedge::Json& wanted) {
  CHECK_EQUAL(found.vin, wanted.find("vin")->is_null() ? "" : check::text(wanted, "vin"));
  CHECK_EQUAL(found.n_changed, check::whole(wanted, "n_changed"));
  CHECK_EQUAL(found.log_prob.has_value(), !wanted.find("log_prob")->is_null());
  if (found.log_prob) CHECK(std::abs(*found.log_prob - check::number(*wanted.find("log_prob"))) < kTolerance);
}

void test_golden(const char* name, bool slots) {
  const vinedge::Json golden = check::golden(name);
  for (const char* policy : {"off", "prefer", "require", "auto"}) {
    vinedge::Decoder decoder(vinedge::policy_from_name(policy));
    vinedge::Decision decision;  // reused: nothing of one line may be left in the next
    for (const vinedge::Json& example : check::items(golden, "cases")) {
      const std::vector<float> logits = logits_from(example);
      if (slots) {
        decoder.run_slots(logits.data(), decision);
      } else {
        decoder.run(logits.data(), frames_of(example), decision);
        CHECK_EQUAL(decision.raw.text, check::text(example, "raw"));
      }
      check_decision(decision, *example.find("decisions")->find(policy));
      if (std::string(policy) == "auto") check_candidates(decision.candidates, example);
    }
  }
}

void test_forward() {
  vinedge::CtcWeights weights;
  vinedge::CtcForward forward;
  const vinedge::Json golden = check::golden("decoder.json");
  for (const vinedge::Json& example : check::items(golden, "cases")) {
    weights.set(logits_from(example).data(), frames_of(example));
    const double found = forward.log_probability(weights, check::text(example, "raw"));
    CHECK(std::abs(found - check::number(*example.find("log_prob_raw"))) < kTolerance);
    CHECK_EQUAL(forward.log_probability(weights, std::string(81, '1')), -std::numeric_limits<double>::infinity());
    CHECK_REFUSED(forward.log_probability(weights, "1M8O"), "contains 'O', which no VIN contains");
  }
  weights.set(nullptr, 0);
  CHECK_EQUAL(forward.log_probability(weights, ""), 0.0);
  CHECK_EQUAL(forward.log_probability(weights, "1"), -std::numeric_limits<double>::infinity());
}

void test_nothing_is_allocated_after_the_first_lines() {
  const vinedge::Json lines = check::golden("decoder.json"), slots = check::golden("slots.json");
  std::vector<std::vector<float>> line_logits, slot_logits;
  for (const vinedge::Json& example : check::items(lines, "cases")) line_logits.push_back(logits_from(example));
  for (const vinedge::Json& example : check::items(slots, "cases")) slot_logits.push_back(logits_from(example));
  vinedge::Decoder decoder(vinedge::policy_from_name("auto"));
  vinedge::Decision decision;
  long before = 0;
  for (int round = 0; round < 2; ++round) {
    before = allocations;
    for (const auto& logits : line_logits) decoder.run(logits.data(), 80, decision);
    for (const auto& logits : slot_logits) decoder.run_slots(logits.data(), decision);
  }
  CHECK_EQUAL(allocations - before, 0);
}

void test_no_frames() {
  vinedge::Decoder decoder(vinedge::policy_from_name("auto"));
  vinedge::Decision decision;
  decoder.run(nullptr, 0, decision);
  CHECK(decision.vin.empty() && decision.candidates.empty() && !decision.log_prob);
}

void test_policies() {
  CHECK_REFUSED(vinedge::policy_from_name("strict"), "there is no policy 'strict'; choose one of off, prefer");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_REFUSED(vinedge::policy_from_name("prefer", {-1, 0.9, 0.1}), "policy margin must be a number of nats, 0 or more");
  CHECK_REFUSED(vinedge::policy_from_name("prefer", {nan, 0.9, 0.1}), "policy margin");
  CHECK_REFUSED(vinedge::policy_from_name("auto", {1, 1, 0.1}), "'compulsory' must be at least 0 and below 1, got 1");
  CHECK_REFUSED(vinedge::policy_from_name("auto", {1, 0.9, nan}), "'elsewhere' must be at least 0 and below 1");
}

}  // namespace

int main() {
  test_golden("decoder.json", false);
  test_golden("slots.json", true);
  test_forward();
  test_nothing_is_allocated_after_the_first_lines();
  test_no_frames();
  test_policies();
  return check::finish();
}
