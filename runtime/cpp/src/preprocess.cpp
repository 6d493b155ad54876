// Drives the preprocessing steps: where output rows and columns come from, and which cell rows are at hand.

#include "vinedge/preprocess.hpp"

#include <algorithm>
#include <cmath>

#include "preprocess_kernels.hpp"

namespace vinedge {
namespace {

using detail::ColumnTaps;
using detail::Divider;
using detail::Kernels;
using detail::kGroup;
using detail::kPad;

std::vector<const Kernels*> available_kernels() {
  std::vector<const Kernels*> found = {&detail::kScalarKernels};
  for (const Kernels* kernels : {detail::avx2_kernels(), detail::neon_kernels()}) {
    if (kernels != nullptr) found.push_back(kernels);
  }
  return found;
}

const Kernels& kernels_named(const std::string& name) {
  const std::vector<const Kernels*> found = available_kernels();
  if (name == "auto") return *found.back();
  std::string known = "auto";
  for (const Kernels* kernels : found) {
    if (kernels->name == name) return *kernels;
    known += std::string(", ") + kernels->name;
  }
  throw Error("preprocessing kernel '" + name + "' cannot run on this machine; choose one of: " + known);
}

// How many source pixels are averaged along one axis.
int box_factor(int source, int target) { return std::max(1, source / target); }

// A position between two cells along one axis.
struct Tap {
  int left = 0;  // may be -1
  float fraction = 0;

  std::int16_t left_weight() const { return static_cast<std::int16_t>(std::lrint((1.0F - fraction) * 2048.0F)); }
  std::int16_t right_weight() const { return static_cast<std::int16_t>(std::lrint(fraction * 2048.0F)); }
};

// Computed in double and rounded to float, as OpenCV does.
Tap tap_at(int index, double scale) {
  const float position = static_cast<float>((index + 0.5) * scale - 0.5);
  const float left = std::floor(position);
  return {static_cast<int>(left), position - left};
}

double tap_scale(int source, int target, int factor) { return static_cast<double>(source) / target / factor; }

int round_up(int value, int step) { return (value + step - 1) / step * step; }

}  // namespace

namespace detail {

Divider::Divider(std::uint32_t cell_area) : area(cell_area) {
  int bits = 0;
  while ((std::uint64_t{4} * area) >> (bits + 1) != 0) ++bits;  // 2^bits <= 4 * area
  shift = 30 + bits;
  multiplier = static_cast<std::uint32_t>((std::uint64_t{1} << shift) / (2 * std::uint64_t{area}) + 1);
}

}  // namespace detail

// Buffers and tables; those that depend on the picture's size are made anew when it changes.
struct Preprocessor::State {
  InputSpec spec;
  const Kernels& kernels;
  float scale, offset;

  int height = 0, width = 0;  // of the picture that the tables are for
  int ky = 1, kx = 1;
  int cell_rows = 0, cell_columns = 0;
  Divider divider{1};
  ColumnTaps columns;
  std::vector<Tap> rows;

  std::vector<std::uint32_t> sums;
  std::vector<std::uint8_t> cells;
  std::vector<std::int16_t> sampled[2];  // horizontal sums of an even and an odd cell row
  int sampled_row[2] = {-1, -1};

  State(const InputSpec& wanted, const Kernels& chosen)
      : spec(wanted),
        kernels(chosen),
        scale(static_cast<float>(1.0 / wanted.std)),
        offset(static_cast<float>(-wanted.mean / wanted.std)) {
    const std::size_t padded = static_cast<std::size_t>(round_up(spec.width, 2 * kGroup));
    columns.left.resize(padded);
    columns.weights.resize(2 * padded);
    columns.base.resize(padded / kGroup);
    columns.shuffle.resize(2 * padded);
    rows.resize(static_cast<std::size_t>(spec.height));
    for (auto& row : sampled) row.resize(padded + kPad);
  }

  void set_size(int new_height, int new_width) {
    if (new_height == height && new_width == width) return;
    // Memory first: when it runs out, the tables still belong to the size before.
    const std::size_t padded = static_cast<std::size_t>(new_width + 2 * kPad);
    if (sums.size() < padded) sums.resize(padded);
    if (cells.size() < padded) cells.resize(padded);
    height = new_height;
    width = new_width;
    ky = box_factor(height, spec.height);
    kx = box_factor(width, spec.width);
    cell_rows = height / ky;
    cell_columns = width / kx;
    divider = Divider(static_cast<std::uint32_t>(ky) * static_cast<std::uint32_t>(kx));
    set_rows();
    set_columns();
  }

  void set_rows() {
    const double step = tap_scale(height, spec.height, ky);
    for (int y = 0; y < spec.height; ++y) rows[static_cast<std::size_t>(y)] = tap_at(y, step);
  }

  void set_columns() {
    const double step = tap_scale(width, spec.width, kx);
    const int last = cell_columns - 1;
    for (int x = 0; x < spec.width; ++x) {
      Tap tap = tap_at(x, step);
      if (tap.left < 0 || tap.left >= last) tap.fraction = 0;
      const std::size_t i = static_cast<std::size_t>(x);
      columns.left[i] = std::clamp(tap.left, 0, last);
      columns.weights[2 * i] = tap.left_weight();
      columns.weights[2 * i + 1] = tap.right_weight();
      if (x % kGroup == 0) columns.base[i / kGroup] = columns.left[i];
      const std::uint8_t from_base = static_cast<std::uint8_t>(columns.left[i] - columns.base[i / kGroup]);
      columns.shuffle[2 * i] = from_base;
      columns.shuffle[2 * i + 1] = static_cast<std::uint8_t>(from_base + 1);
    }
  }

  // Horizontal sums of one cell row. Output rows ask for rows in ascending order and for at most two neighbours at
  // a time, so an even and an odd one are all that must be kept.
  const std::int16_t* sample(const ImageView& image, int row) {
    const std::size_t slot = static_cast<std::size_t>(row % 2);
    if (sampled_row[slot] != row) {
      const std::uint8_t* pixels = image.pixels + image.row_stride * row * ky;
      kernels.column_sums(pixels, image.row_stride, image.channels, ky, cell_columns * kx, sums.data());
      kernels.cells_from_sums(sums.data(), cell_columns, kx, divider, cells.data());
      kernels.horizontal(cells.data(), columns, spec.width, sampled[slot].data());
      sampled_row[slot] = row;
    }
    return sampled[slot].data();
  }
};

std::vector<std::string> preprocess_kernels() {
  std::vector<std::string> names;
  for (const Kernels* kernels : available_kernels()) names.emplace_back(kernels->name);
  return names;
}

Preprocessor::Preprocessor(const InputSpec& spec, const std::string& kernel) {
  // The bounds of bundle format 1; `horizontal` and Divider rely on them.
  if (spec.height < 8 || spec.height > 512 || spec.width < 32 || spec.width > 4096) {
    throw Error("a network input of " + std::to_string(spec.height) + " x " + std::to_string(spec.width) +
                " pixels is outside the limits, height 8 to 512 and width 32 to 4096; choose another size");
  }
  state_ = std::make_unique<State>(spec, kernels_named(kernel));
}

Preprocessor::~Preprocessor() = default;
Preprocessor::Preprocessor(Preprocessor&&) noexcept = default;
Preprocessor& Preprocessor::operator=(Preprocessor&&) noexcept = default;

void Preprocessor::run(const ImageView& image, float* input) {
  check_image(image);
  State& state = *state_;
  state.set_size(static_cast<int>(image.height), static_cast<int>(image.width));
  state.sampled_row[0] = state.sampled_row[1] = -1;
  const int last = state.cell_rows - 1;
  for (const Tap& tap : state.rows) {
    const std::int16_t* upper = state.sample(image, std::clamp(tap.left, 0, last));
    const std::int16_t* lower = state.sample(image, std::clamp(tap.left + 1, 0, last));
    state.kernels.vertical(upper, lower, {tap.left_weight(), tap.right_weight(), state.scale, state.offset},
                           state.spec.width, input);
    input += state.spec.width;
  }
}

}  // namespace vinedge
