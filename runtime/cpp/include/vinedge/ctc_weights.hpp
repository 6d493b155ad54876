// What every CTC sum starts from: the frames' class probabilities, each frame scaled so that its best class has 1.
//
// Texts are compared by ratios, and for these the scale cancels; log_total() brings it back where a probability itself
// is wanted. exp is a polynomial for four classes at a time, made of plain additions and multiplications, so that its
// values are equal on every machine; their relative error is below 1e-6 for classes that matter, and 1e-5 for any.
#pragma once

#include <cstddef>
#include <vector>

#include "vinedge/charset.hpp"

namespace vinedge {

class CtcWeights {
 public:
  // Takes logits (frames, 34), all finite; memory is reused. A class whose logit is more than 80 below the frame's best
  // counts as 80 below.
  void set(const float* logits, int frames);

  int frames() const { return frames_; }
  // 34 weights of frame `t`, from 0 to 1.
  const float* frame(int t) const { return weights_.data() + t * kNumClasses; }
  // Sum over the frames of the log of the sum of their weights: log P = log(product of weights) - log_total().
  double log_total() const { return log_total_; }

 private:
  std::vector<float> weights_;
  int frames_ = 0;
  double log_total_ = 0;
};

}  // namespace vinedge
