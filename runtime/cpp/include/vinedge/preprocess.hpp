// Picture -> network input, bit by bit as vinedge/preprocess.py defines it:
//
//   BGR uint8 (H, W, 3) -> gray (15-bit fixed point) -> box average of ky x kx pixels -> linear (11-bit fixed point)
//                       -> float32 (height, width), gray * scale + offset
//
// One pass: rows of cells are made when an output row first needs them, so a 200 x 900 crop never leaves the
// level-2 cache. The same four steps exist in plain C++, AVX2 and NEON (`kernels`), equal to the last bit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vinedge/image.hpp"

namespace vinedge {

// Names of the kernels that this machine can run, slowest first; "scalar" is always there.
std::vector<std::string> preprocess_kernels();

// Turns pictures of any size into inputs of one size. Keeps its buffers: pictures of a size seen before allocate
// nothing. Not safe for concurrent use; make one per thread.
class Preprocessor {
 public:
  // `kernel` is "auto" (the fastest) or a name from preprocess_kernels(). Throws Error for another name and for a
  // height outside 8..512 or a width outside 32..4096.
  explicit Preprocessor(const InputSpec& spec, const std::string& kernel = "auto");
  ~Preprocessor();
  Preprocessor(Preprocessor&&) noexcept;
  Preprocessor& operator=(Preprocessor&&) noexcept;

  // Writes spec.height * spec.width floats to `input`. Throws Error where check_image does.
  void run(const ImageView& image, float* input);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vinedge
