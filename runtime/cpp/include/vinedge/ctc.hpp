// Greedy CTC decoding, held to vinedge/ctc.py.
//
// Best-path decoding of Graves et al. 2006, section 3.2: take the best class of every frame, merge equal neighbours,
// drop blanks.
#pragma once

#include <string>
#include <vector>

namespace vinedge {

// One decoded line: its text, and for each character its probability and the frame it was taken from.
struct Decoded {
  std::string text;
  std::vector<double> char_confidences;
  std::vector<int> frames;

  // Product of the character probabilities; 0 for an empty text. Not calibrated.
  double confidence() const;
};

// Decodes logits (frames, 34), all finite, into `decoded`, whose memory is reused. A character's confidence is the
// largest softmax probability of its class within its run of frames; ties between classes go to the lower index.
void decode_greedy(const float* logits, int frames, Decoded& decoded);

}  // namespace vinedge
