// Frame weights; see ctc_weights.hpp. Four classes at a time, in the vector types that GCC and Clang have for every
// processor.

#include "vinedge/ctc_weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace vinedge {
namespace {

constexpr std::size_t kLanes = 4;
using Floats = float __attribute__((vector_size(4 * kLanes)));
using Bits = std::uint32_t __attribute__((vector_size(4 * kLanes)));

constexpr std::size_t kClasses = static_cast<std::size_t>(kNumClasses);
constexpr std::size_t kVectors = (kClasses + kLanes - 1) / kLanes;
// The last vector begins inside the one before it, so that nothing behind a frame is read.
constexpr std::size_t kLastStart = kClasses - kLanes;

Floats load(const float* from) {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

Floats all(float value) { return Floats{} + value; }
Floats larger(Floats a, Floats b) { return a > b ? a : b; }

// exp of -80 to 0: 2^whole times a polynomial in what is left, fitted to 2^x between -1/2 and 1/2 (error below 1e-7).
Floats exponential(Floats x) {
  constexpr float kLog2E = 1.44269504088896341F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves a whole number in the lowest bits
  const Floats exponent = x * kLog2E;
  const Floats shifted = exponent + kRound;
  const Floats rest = exponent - (shifted - kRound);
  Floats p = rest * 1.326472732e-3F + 9.671512698e-3F;
  p = p * rest + 5.550733743e-2F;
  p = p * rest + 2.402224208e-1F;
  p = p * rest + 6.931469776e-1F;
  p = p * rest + 1.0F;
  const Bits power = (reinterpret_cast<Bits>(shifted) << 23) + 0x3f800000U;  // the bits of kRound are shifted out
  return p * reinterpret_cast<Floats>(power);
}

}  // namespace

void CtcWeights::set(const float* logits, int frames) {
  constexpr float kLowest = -80.0F;  // exp of it is still far from the smallest float
  frames_ = frames;
  weights_.resize(std::max(weights_.size(), static_cast<std::size_t>(frames) * kClasses));
  log_total_ = 0;
  double product = 1;
  float* weights = weights_.data();
  for (int t = 0; t < frames; ++t, logits += kClasses, weights += kClasses) {
    Floats values[kVectors];
    Floats largest = values[kVectors - 1] = load(logits + kLastStart);
    for (std::size_t i = 0; i + 1 < kVectors; ++i) {
      values[i] = load(logits + i * kLanes);
      largest = larger(largest, values[i]);
    }
    const float best = std::max(std::max(largest[0], largest[1]), std::max(largest[2], largest[3]));
    Floats sums = {};
    for (std::size_t i = 0; i < kVectors; ++i) {
      values[i] = exponential(larger(values[i] - best, all(kLowest)));
      if (i + 1 < kVectors) sums += values[i];
      std::memcpy(weights + std::min(i * kLanes, kLastStart), &values[i], sizeof values[i]);
    }
    constexpr std::size_t kNew = kVectors * kLanes - kClasses;  // lanes of the last vector that were not summed yet
    for (std::size_t lane = kNew; lane < kLanes; ++lane) sums[lane] += values[kVectors - 1][lane];
    // A frame's total is at most 34, and 34^100 is a double.
    product *= static_cast<double>((sums[0] + sums[2]) + (sums[1] + sums[3]));
    if (t % 100 == 99) {
      log_total_ += std::log(product);
      product = 1;
    }
  }
  log_total_ += std::log(product);
}

}  // namespace vinedge
