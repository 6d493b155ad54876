// Preprocessing steps with AVX2, chosen at run time. Only these functions are compiled for it: the file needs no
// flags of its own, and nothing inlined from a shared header ends up with instructions that the processor lacks.

#include "preprocess_kernels.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#define VINEDGE_AVX2 __attribute__((target("avx2")))

namespace vinedge::detail {
namespace {

VINEDGE_AVX2 inline __m256i load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }
VINEDGE_AVX2 inline void store(void* to, __m256i value) { _mm256_storeu_si256(static_cast<__m256i*>(to), value); }

// Gray values of 8 BGR pixels as 8 int32; reads 28 bytes, 4 beyond the last pixel.
VINEDGE_AVX2 inline __m256i gray8(const std::uint8_t* bgr) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bgr));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bgr + 12));
  const __m256i pixels = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
  // 4 pixels a lane: words (blue, green) and (red, 0).
  const __m256i blue_green = _mm256_shuffle_epi8(
      pixels, _mm256_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1,  //
                               0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1));
  const __m256i red = _mm256_shuffle_epi8(
      pixels, _mm256_setr_epi8(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1,  //
                               2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1));
  const __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(blue_green, _mm256_set1_epi32(3735 | (19235 << 16))),
                                       _mm256_madd_epi16(red, _mm256_set1_epi32(9798)));
  return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 14)), 15);
}

VINEDGE_AVX2 inline __m256i widen8(const std::uint8_t* gray) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(gray)));
}

VINEDGE_AVX2 void column_sums(const std::uint8_t* pixels, std::ptrdiff_t stride, int channels, int rows, int columns,
                              std::uint32_t* sums) {
  int x = 0;
  if (channels == 3) {
    // 34 pixels must be left for the 4 bytes that the last load reads too much.
    for (; x + 34 <= columns; x += 32) {
      const std::uint8_t* row = pixels + 3 * static_cast<std::ptrdiff_t>(x);
      __m256i sum0 = gray8(row), sum1 = gray8(row + 24), sum2 = gray8(row + 48), sum3 = gray8(row + 72);
      for (int y = 1; y < rows; ++y) {
        row += stride;
        sum0 = _mm256_add_epi32(sum0, gray8(row));
        sum1 = _mm256_add_epi32(sum1, gray8(row + 24));
        sum2 = _mm256_add_epi32(sum2, gray8(row + 48));
        sum3 = _mm256_add_epi32(sum3, gray8(row + 72));
      }
      store(sums + x, sum0);
      store(sums + x + 8, sum1);
      store(sums + x + 16, sum2);
      store(sums + x + 24, sum3);
    }
  } else {
    for (; x + 16 <= columns; x += 16) {
      const std::uint8_t* row = pixels + x;
      __m256i sum0 = widen8(row), sum1 = widen8(row + 8);
      for (int y = 1; y < rows; ++y) {
        row += stride;
        sum0 = _mm256_add_epi32(sum0, widen8(row));
        sum1 = _mm256_add_epi32(sum1, widen8(row + 8));
      }
      store(sums + x, sum0);
      store(sums + x + 8, sum1);
    }
  }
  kScalarKernels.column_sums(pixels + channels * static_cast<std::ptrdiff_t>(x), stride, channels, rows, columns - x,
                             sums + x);
}

VINEDGE_AVX2 inline __m256i divide8(__m256i sum, const Divider& divider) {
  const __m256i dividend =
      _mm256_add_epi32(_mm256_slli_epi32(sum, 1), _mm256_set1_epi32(static_cast<int>(divider.area)));
  const __m256i multiplier = _mm256_set1_epi32(static_cast<int>(divider.multiplier));
  const __m128i shift = _mm_cvtsi32_si128(divider.shift);
  const __m256i even = _mm256_srl_epi64(_mm256_mul_epu32(dividend, multiplier), shift);
  const __m256i odd = _mm256_srl_epi64(_mm256_mul_epu32(_mm256_srli_epi64(dividend, 32), multiplier), shift);
  return _mm256_or_si256(even, _mm256_slli_epi64(odd, 32));
}

VINEDGE_AVX2 void cells_from_sums(std::uint32_t* sums, int cells_count, int kx, const Divider& divider,
                                  std::uint8_t* cells) {
  if (kx == 2) {
    for (int i = 0; i < cells_count; i += 8) {
      const __m256i pairs = _mm256_hadd_epi32(load(sums + 2 * i), load(sums + 2 * i + 8));
      store(sums + i, _mm256_permute4x64_epi64(pairs, 0xD8));
    }
  } else {
    sum_groups(sums, cells_count, kx);
  }
  for (int i = 0; i < cells_count; i += 32) {
    const __m256i low = _mm256_packs_epi32(divide8(load(sums + i), divider), divide8(load(sums + i + 8), divider));
    const __m256i high =
        _mm256_packs_epi32(divide8(load(sums + i + 16), divider), divide8(load(sums + i + 24), divider));
    // Packing works within lanes; this puts the eight groups of four bytes back in order.
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    store(cells + i, _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), order));
  }
}

VINEDGE_AVX2 inline __m256i weigh8(const std::uint8_t* cells, const ColumnTaps& taps, std::size_t group) {
  const __m128i window = _mm_loadu_si128(reinterpret_cast<const __m128i*>(cells + taps.base[group]));
  const __m128i shuffle =
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(taps.shuffle.data() + 2 * kGroup * group));
  const __m256i pairs = _mm256_cvtepu8_epi16(_mm_shuffle_epi8(window, shuffle));
  return _mm256_srli_epi32(_mm256_madd_epi16(pairs, load(taps.weights.data() + 2 * kGroup * group)), 4);
}

VINEDGE_AVX2 void horizontal(const std::uint8_t* cells, const ColumnTaps& taps, int width, std::int16_t* row) {
  for (int i = 0; i < width; i += 2 * kGroup) {
    const std::size_t group = static_cast<std::size_t>(i / kGroup);
    const __m256i packed = _mm256_packs_epi32(weigh8(cells, taps, group), weigh8(cells, taps, group + 1));
    store(row + i, _mm256_permute4x64_epi64(packed, 0xD8));
  }
}

VINEDGE_AVX2 void vertical(const std::int16_t* upper, const std::int16_t* lower, const RowMix& mix, int width,
                           float* out) {
  const __m256i upper_weight = _mm256_set1_epi16(mix.upper_weight), lower_weight = _mm256_set1_epi16(mix.lower_weight);
  const __m256 scale = _mm256_set1_ps(mix.scale), offset = _mm256_set1_ps(mix.offset);
  int i = 0;
  for (; i + 16 <= width; i += 16) {
    const __m256i mixed = _mm256_add_epi16(_mm256_mulhi_epi16(load(upper + i), upper_weight),
                                           _mm256_mulhi_epi16(load(lower + i), lower_weight));
    const __m256i gray = _mm256_srli_epi16(_mm256_add_epi16(mixed, _mm256_set1_epi16(2)), 2);
    const __m256 low = _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm256_castsi256_si128(gray)));
    const __m256 high = _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm256_extracti128_si256(gray, 1)));
    _mm256_storeu_ps(out + i, _mm256_add_ps(_mm256_mul_ps(low, scale), offset));
    _mm256_storeu_ps(out + i + 8, _mm256_add_ps(_mm256_mul_ps(high, scale), offset));
  }
  kScalarKernels.vertical(upper + i, lower + i, mix, width - i, out + i);
}

const Kernels kAvx2Kernels = {"avx2", column_sums, cells_from_sums, horizontal, vertical};

}  // namespace

const Kernels* avx2_kernels() { return __builtin_cpu_supports("avx2") ? &kAvx2Kernels : nullptr; }

}  // namespace vinedge::detail

#else

namespace vinedge::detail {
const Kernels* avx2_kernels() { return nullptr; }
}  // namespace vinedge::detail

#endif
