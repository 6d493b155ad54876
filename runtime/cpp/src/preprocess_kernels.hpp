// The four steps of preprocessing that exist once per instruction set; preprocess.cpp drives them.
//
// Every set gives the same bits as the scalar one. Buffers are padded, so that a vector may read and write beyond the
// last element: sums, cells and rows by kPad elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vinedge::detail {

inline constexpr int kPad = 32;
inline constexpr int kGroup = 8;  // outputs that one byte shuffle of 16 cells serves

// Rounded division by a cell's area, (2 * sum + area) / (2 * area), as one multiplication and shift. Exact for
// area < 2^21: with 2^shift = the power of two below 2^31 * 2 * area, the error of the multiplier adds less than
// 511 * area * 2 * area < 2^shift (Granlund and Montgomery 1994, theorem 4.2).
struct Divider {
  std::uint32_t area = 1;
  std::uint32_t multiplier = 0;
  int shift = 0;

  explicit Divider(std::uint32_t cell_area);
  std::uint8_t operator()(std::uint32_t sum) const {
    return static_cast<std::uint8_t>((std::uint64_t{2 * sum + area} * multiplier) >> shift);
  }
};

// Where the outputs of one row come from: cells left[i] and left[i] + 1 with 11-bit weights (the right one is 0 where
// there is no right neighbour). A step is less than 2 cells, because wider pictures are averaged first; so 8 outputs
// span at most 16 cells, from base[i / 8], and `shuffle` picks their pairs from these.
struct ColumnTaps {
  std::vector<std::int32_t> left;
  std::vector<std::int16_t> weights;  // left, right, left, right ...
  std::vector<std::int32_t> base;
  std::vector<std::uint8_t> shuffle;
};

// How one output row is made of two rows of horizontal sums, and of gray values.
struct RowMix {
  std::int16_t upper_weight;
  std::int16_t lower_weight;
  float scale;
  float offset;
};

struct Kernels {
  const char* name;
  // sums[x] = sum over `rows` rows of the gray value of pixel x, for x < columns.
  void (*column_sums)(const std::uint8_t* pixels, std::ptrdiff_t stride, int channels, int rows, int columns,
                      std::uint32_t* sums);
  // cells[i] = rounded mean of the cell made of columns i * kx to i * kx + kx - 1; destroys `sums`.
  void (*cells_from_sums)(std::uint32_t* sums, int cells_count, int kx, const Divider& divider, std::uint8_t* cells);
  // row[i] = (cells[left] * weight + cells[left + 1] * weight) >> 4, for i < width.
  void (*horizontal)(const std::uint8_t* cells, const ColumnTaps& taps, int width, std::int16_t* row);
  // out[i] = mixed gray value of upper[i] and lower[i], * scale + offset.
  void (*vertical)(const std::int16_t* upper, const std::int16_t* lower, const RowMix& mix, int width, float* out);
};

extern const Kernels kScalarKernels;
// nullptr where the processor, or this build, has none.
const Kernels* avx2_kernels();
const Kernels* neon_kernels();

// Replaces every kx sums by their sum; shared by all sets, as it is a small part of the work.
void sum_groups(std::uint32_t* sums, int count, int kx);

}  // namespace vinedge::detail
