// Greedy first, the beam only where it can matter; see decoder.hpp.

#include "vinedge/decoder.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "vinedge/vin.hpp"
#include "vinedge/vin_grammar.hpp"

namespace vinedge {
namespace {

// Levenshtein distance; `row` is working memory.
int edit_distance(std::string_view a, std::string_view b, std::vector<int>& row) {
  row.resize(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const int changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({diagonal + 1, row[j] + 1, changed});
    }
  }
  return row.back();
}

// Puts `reading` in its place among candidates that are sorted, before its equals.
void add(const Candidate& reading, std::vector<Candidate>& candidates) {
  const auto same = [&](const Candidate& other) { return other.symbols == reading.symbols; };
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(), same), candidates.end());
  const auto more_probable = [](const Candidate& a, const Candidate& b) { return a.log_prob > b.log_prob; };
  candidates.insert(std::lower_bound(candidates.begin(), candidates.end(), reading, more_probable), reading);
}

}  // namespace

Decoder::Decoder(Policy policy) : policy_(std::move(policy)), beam_(vin_grammar()), slots_(vin_grammar()) {}

void Decoder::run(const float* logits, int frames, Decision& decision) {
  decode_greedy(logits, frames, decision.raw);
  const std::string& text = decision.raw.text;
  const bool legal = is_legal(text);
  if (legal) {
    decision.vin = text;
  } else {
    decision.vin.clear();
  }
  decision.log_prob.reset();
  decision.n_changed = 0;
  decision.candidates.clear();
  if (policy_.name == "off") return;

  weights_.set(logits, frames);
  if (!legal) {
    beam_.run(weights_, decision.candidates);
  } else {
    Candidate reading;
    std::copy(text.begin(), text.end(), reading.symbols.begin());
    reading.outcome = outcome_of(text);
    reading.log_prob = forward_.log_probability(weights_, text);
    if (policy_.settles(reading)) {
      decision.log_prob = reading.log_prob;
      decision.candidates.push_back(reading);
      return;
    }
    beam_.run(weights_, decision.candidates);
    add(reading, decision.candidates);
  }
  decide(decision);
}

void Decoder::run_slots(const float* log_probs, Decision& decision) {
  Decoded& raw = decision.raw;
  raw.text.clear();
  raw.char_confidences.clear();
  raw.frames.clear();
  for (int position = 0; position < kVinLength; ++position) {
    const float* symbols = log_probs + position * kNumClasses + 1;
    const float* best = std::max_element(symbols, symbols + kSymbols.size());
    raw.text += kSymbols[static_cast<std::size_t>(best - symbols)];
    raw.char_confidences.push_back(std::exp(static_cast<double>(*best)));
    raw.frames.push_back(position);
  }
  decision.vin = raw.text;
  decision.log_prob.reset();
  decision.n_changed = 0;
  decision.candidates.clear();
  if (policy_.name == "off") return;
  slots_.run(log_probs, decision.candidates);
  decide(decision);
}

// Takes the candidate that the policy chooses.
void Decoder::decide(Decision& decision) {
  const Candidate* chosen = policy_.choose(decision.candidates);
  decision.vin.clear();
  if (chosen == nullptr) return;
  decision.vin.assign(chosen->text());
  decision.log_prob = chosen->log_prob;
  decision.n_changed = edit_distance(decision.raw.text, decision.vin, distances_);
}

}  // namespace vinedge
