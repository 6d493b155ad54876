// Preprocessing steps with NEON, which every aarch64 processor has.

#include "preprocess_kernels.hpp"

#if defined(__aarch64__)

#include <arm_neon.h>

namespace vinedge::detail {
namespace {

// Gray values of 4 pixels; the rounding shift adds the 1 << 14.
inline uint32x4_t gray4(uint16x4_t blue, uint16x4_t green, uint16x4_t red) {
  const uint32x4_t sum = vmlal_n_u16(vmlal_n_u16(vmull_n_u16(blue, 3735), green, 19235), red, 9798);
  return vrshrq_n_u32(sum, 15);
}

// Adds the gray values of 16 BGR pixels to four sums.
inline void add16(const std::uint8_t* bgr, uint32x4_t sums[4]) {
  const uint8x16x3_t pixels = vld3q_u8(bgr);
  const uint16x8_t blue[2] = {vmovl_u8(vget_low_u8(pixels.val[0])), vmovl_u8(vget_high_u8(pixels.val[0]))};
  const uint16x8_t green[2] = {vmovl_u8(vget_low_u8(pixels.val[1])), vmovl_u8(vget_high_u8(pixels.val[1]))};
  const uint16x8_t red[2] = {vmovl_u8(vget_low_u8(pixels.val[2])), vmovl_u8(vget_high_u8(pixels.val[2]))};
  for (int half = 0; half < 2; ++half) {
    sums[2 * half] = vaddq_u32(
        sums[2 * half], gray4(vget_low_u16(blue[half]), vget_low_u16(green[half]), vget_low_u16(red[half])));
    sums[2 * half + 1] = vaddq_u32(
        sums[2 * half + 1], gray4(vget_high_u16(blue[half]), vget_high_u16(green[half]), vget_high_u16(red[half])));
  }
}

inline void add16_gray(const std::uint8_t* gray, uint32x4_t sums[4]) {
  const uint8x16_t pixels = vld1q_u8(gray);
  const uint16x8_t low = vmovl_u8(vget_low_u8(pixels)), high = vmovl_u8(vget_high_u8(pixels));
  sums[0] = vaddw_u16(sums[0], vget_low_u16(low));
  sums[1] = vaddw_u16(sums[1], vget_high_u16(low));
  sums[2] = vaddw_u16(sums[2], vget_low_u16(high));
  sums[3] = vaddw_u16(sums[3], vget_high_u16(high));
}

void column_sums(const std::uint8_t* pixels, std::ptrdiff_t stride, int channels, int rows, int columns,
                 std::uint32_t* sums) {
  int x = 0;
  for (; x + 16 <= columns; x += 16) {
    const std::uint8_t* row = pixels + channels * static_cast<std::ptrdiff_t>(x);
    uint32x4_t part[4] = {vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0)};
    for (int y = 0; y < rows; ++y, row += stride) {
      if (channels == 3) {
        add16(row, part);
      } else {
        add16_gray(row, part);
      }
    }
    for (int i = 0; i < 4; ++i) vst1q_u32(sums + x + 4 * i, part[i]);
  }
  kScalarKernels.column_sums(pixels + channels * static_cast<std::ptrdiff_t>(x), stride, channels, rows, columns - x,
                             sums + x);
}

inline uint16x4_t divide4(uint32x4_t sum, const Divider& divider) {
  const uint32x4_t dividend = vaddq_u32(vshlq_n_u32(sum, 1), vdupq_n_u32(divider.area));
  const int64x2_t shift = vdupq_n_s64(-divider.shift);  // a negative shift to the left is one to the right
  const uint64x2_t low = vshlq_u64(vmull_n_u32(vget_low_u32(dividend), divider.multiplier), shift);
  const uint64x2_t high = vshlq_u64(vmull_n_u32(vget_high_u32(dividend), divider.multiplier), shift);
  return vmovn_u32(vcombine_u32(vmovn_u64(low), vmovn_u64(high)));
}

void cells_from_sums(std::uint32_t* sums, int cells_count, int kx, const Divider& divider, std::uint8_t* cells) {
  sum_groups(sums, cells_count, kx);
  for (int i = 0; i < cells_count; i += 8) {
    const uint16x8_t means =
        vcombine_u16(divide4(vld1q_u32(sums + i), divider), divide4(vld1q_u32(sums + i + 4), divider));
    vst1_u8(cells + i, vmovn_u16(means));
  }
}

void horizontal(const std::uint8_t* cells, const ColumnTaps& taps, int width, std::int16_t* row) {
  for (int i = 0; i < width; i += kGroup) {
    const std::size_t group = static_cast<std::size_t>(i / kGroup);
    const uint8x16_t window = vld1q_u8(cells + taps.base[group]);
    const uint8x16_t pairs = vqtbl1q_u8(window, vld1q_u8(taps.shuffle.data() + 2 * kGroup * group));
    const int16x8_t first = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(pairs)));
    const int16x8_t second = vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(pairs)));
    const std::int16_t* weights = taps.weights.data() + 2 * kGroup * group;
    const int16x8_t first_weights = vld1q_s16(weights), second_weights = vld1q_s16(weights + 8);
    const int32x4_t low = vpaddq_s32(vmull_s16(vget_low_s16(first), vget_low_s16(first_weights)),
                                     vmull_high_s16(first, first_weights));
    const int32x4_t high = vpaddq_s32(vmull_s16(vget_low_s16(second), vget_low_s16(second_weights)),
                                      vmull_high_s16(second, second_weights));
    vst1q_s16(row + i, vcombine_s16(vshrn_n_s32(low, 4), vshrn_n_s32(high, 4)));
  }
}

void vertical(const std::int16_t* upper, const std::int16_t* lower, const RowMix& mix, int width, float* out) {
  const float32x4_t scale = vdupq_n_f32(mix.scale), offset = vdupq_n_f32(mix.offset);
  int i = 0;
  for (; i + 4 <= width; i += 4) {
    const int32x4_t above = vshrq_n_s32(vmull_n_s16(vld1_s16(upper + i), mix.upper_weight), 16);
    const int32x4_t below = vshrq_n_s32(vmull_n_s16(vld1_s16(lower + i), mix.lower_weight), 16);
    const float32x4_t gray = vcvtq_f32_s32(vrshrq_n_s32(vaddq_s32(above, below), 2));
    vst1q_f32(out + i, vaddq_f32(vmulq_f32(gray, scale), offset));
  }
  kScalarKernels.vertical(upper + i, lower + i, mix, width - i, out + i);
}

const Kernels kNeonKernels = {"neon", column_sums, cells_from_sums, horizontal, vertical};

}  // namespace

const Kernels* neon_kernels() { return &kNeonKernels; }

}  // namespace vinedge::detail

#else

namespace vinedge::detail {
const Kernels* neon_kernels() { return nullptr; }
}  // namespace vinedge::detail

#endif
