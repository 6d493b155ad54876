// A dense float32 array that keeps its memory: the network's input (N, 1, H, W) and its logits (N, T, C).
#pragma once

#include <cstddef>
#include <vector>

namespace vinedge {

class Tensor {
 public:
  // Makes room for `n` items of `item_size` floats each; memory only ever grows, so repeated sizes allocate nothing.
  // The values are unspecified afterwards.
  void resize(std::size_t n, std::size_t item_size) {
    n_ = n;
    item_size_ = item_size;
    if (values_.size() < n * item_size) values_.resize(n * item_size);
  }

  std::size_t n() const { return n_; }
  std::size_t item_size() const { return item_size_; }
  std::size_t size() const { return n_ * item_size_; }
  float* data() { return values_.data(); }
  const float* data() const { return values_.data(); }
  float* item(std::size_t index) { return values_.data() + index * item_size_; }
  const float* item(std::size_t index) const { return values_.data() + index * item_size_; }

 private:
  std::vector<float> values_;
  std::size_t n_ = 0;
  std::size_t item_size_ = 0;
};

}  // namespace vinedge
