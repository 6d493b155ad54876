// Greedy CTC decoding; see ctc.hpp.

#include "vinedge/ctc.hpp"

#include <cmath>

#include "vinedge/charset.hpp"

namespace vinedge {
namespace {

int best_class(const float* logits) {
  int best = 0;
  float most = logits[0];
  for (int index = 1; index < kNumClasses; ++index) {
    if (logits[index] > most) {
      most = logits[index];
      best = index;
    }
  }
  return best;
}

double softmax_of(const float* logits, int best) {
  double sum = 0;
  for (int index = 0; index < kNumClasses; ++index) {
    const double below = static_cast<double>(logits[index]) - static_cast<double>(logits[best]);
    // exp(-40) is 4e-18: all 33 together would not show in a double near 1, and computing them is most of the time.
    if (below > -40) sum += std::exp(below);
  }
  return 1 / sum;
}

}  // namespace

double Decoded::confidence() const {
  if (text.empty()) return 0;
  double product = 1;
  for (const double prob : char_confidences) product *= prob;
  return product;
}

void decode_greedy(const float* logits, int frames, Decoded& decoded) {
  decoded.text.clear();
  decoded.char_confidences.clear();
  decoded.frames.clear();
  int previous = kBlank;
  for (int frame = 0; frame < frames; ++frame, logits += kNumClasses) {
    const int best = best_class(logits);
    // Most frames are blank, and only characters need a probability.
    if (best != kBlank) {
      const double prob = softmax_of(logits, best);
      if (best != previous) {
        decoded.text += kSymbols[static_cast<std::size_t>(best - 1)];
        decoded.char_confidences.push_back(prob);
        decoded.frames.push_back(frame);
      } else if (prob > decoded.char_confidences.back()) {
        decoded.char_confidences.back() = prob;
        decoded.frames.back() = frame;
      }
    }
    previous = best;
  }
}

}  // namespace vinedge
