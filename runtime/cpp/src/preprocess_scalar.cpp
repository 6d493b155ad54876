// Preprocessing steps in plain C++: the reference for AVX2 and NEON, and what other processors run.

#include "preprocess_kernels.hpp"

namespace vinedge::detail {
namespace {

// ITU-R BT.601 luma in OpenCV's 15-bit fixed point.
std::uint32_t gray_from_bgr(const std::uint8_t* bgr) {
  return (bgr[0] * 3735U + bgr[1] * 19235U + bgr[2] * 9798U + (1U << 14)) >> 15;
}

void column_sums(const std::uint8_t* pixels, std::ptrdiff_t stride, int channels, int rows, int columns,
                 std::uint32_t* sums) {
  for (int x = 0; x < columns; ++x) sums[x] = 0;
  for (int y = 0; y < rows; ++y, pixels += stride) {
    if (channels == 1) {
      for (int x = 0; x < columns; ++x) sums[x] += pixels[x];
    } else {
      for (int x = 0; x < columns; ++x) sums[x] += gray_from_bgr(pixels + 3 * static_cast<std::ptrdiff_t>(x));
    }
  }
}

void cells_from_sums(std::uint32_t* sums, int cells_count, int kx, const Divider& divider, std::uint8_t* cells) {
  sum_groups(sums, cells_count, kx);
  for (int i = 0; i < cells_count; ++i) cells[i] = divider(sums[i]);
}

void horizontal(const std::uint8_t* cells, const ColumnTaps& taps, int width, std::int16_t* row) {
  for (int i = 0; i < width; ++i) {
    const std::uint8_t* cell = cells + taps.left[static_cast<std::size_t>(i)];
    const std::int16_t* weight = taps.weights.data() + 2 * static_cast<std::ptrdiff_t>(i);
    row[i] = static_cast<std::int16_t>((cell[0] * weight[0] + cell[1] * weight[1]) >> 4);
  }
}

void vertical(const std::int16_t* upper, const std::int16_t* lower, const RowMix& mix, int width, float* out) {
  for (int i = 0; i < width; ++i) {
    const int mixed = ((mix.upper_weight * upper[i]) >> 16) + ((mix.lower_weight * lower[i]) >> 16);
    out[i] = static_cast<float>((mixed + 2) >> 2) * mix.scale + mix.offset;
  }
}

}  // namespace

const Kernels kScalarKernels = {"scalar", column_sums, cells_from_sums, horizontal, vertical};

void sum_groups(std::uint32_t* sums, int count, int kx) {
  // Writes behind what it reads: in place is safe. Small factors are spelled out, since a loop of 2 costs as much
  // as the rest of the picture.
  const std::uint32_t* from = sums;
  switch (kx) {
    case 1:
      return;
    case 2:
      for (int i = 0; i < count; ++i, from += 2) sums[i] = from[0] + from[1];
      return;
    case 3:
      for (int i = 0; i < count; ++i, from += 3) sums[i] = from[0] + from[1] + from[2];
      return;
    default:
      for (int i = 0; i < count; ++i, from += kx) {
        std::uint32_t sum = 0;
        for (int j = 0; j < kx; ++j) sum += from[j];
        sums[i] = sum;
      }
  }
}

}  // namespace vinedge::detail
