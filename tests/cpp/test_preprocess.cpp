// Preprocessing: golden answers of vinedge/preprocess.py, SIMD equal to scalar in every bit, views, buffers, limits.

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <random>

#include "check.hpp"
#include "noise.hpp"
#include "vinedge/preprocess.hpp"
#include "vinedge/sha256.hpp"

using vinedge::ImageView;
using vinedge::InputSpec;
using vinedge::Preprocessor;

namespace {
std::size_t allocations = 0;
}  // namespace

// Kept out of line: a compiler that sees malloc behind new warns about the delete.
__attribute__((noinline)) void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

std::string bytes_of(Preprocessor& preprocessor, const InputSpec& spec, const ImageView& image) {
  std::vector<float> input(static_cast<std::size_t>(spec.height) * static_cast<std::size_t>(spec.width), -1e9F);
  preprocessor.run(image, input.data());
  return {reinterpret_cast<const char*>(input.data()), input.size() * sizeof(float)};
}

ImageView view_of(const std::vector<std::uint8_t>& pixels, int height, int width, int channels) {
  return {pixels.data(), height, width, channels, std::ptrdiff_t{width} * channels};
}

// A copy of bytes that ends where a page that nobody may read begins: one byte too far ends the test.
class Guarded {
 public:
  explicit Guarded(const std::vector<std::uint8_t>& bytes) {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t readable = (bytes.size() + page - 1) / page * page;
    size_ = readable + page;
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = static_cast<std::uint8_t*>(memory);
    if (mprotect(memory_ + readable, page, PROT_NONE) != 0) throw std::bad_alloc();
    bytes_ = memory_ + readable - bytes.size();
    std::memcpy(bytes_, bytes.data(), bytes.size());
  }
  ~Guarded() { munmap(memory_, size_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  const std::uint8_t* bytes() const { return bytes_; }

 private:
  std::uint8_t* memory_;
  std::size_t size_;
  std::uint8_t* bytes_;
};

void test_golden(const std::string& kernel) {
  const vinedge::Json golden = check::golden("preprocess.json");
  for (const vinedge::Json& example : check::items(golden, "cases")) {
    const auto& shape = check::items(example, "picture");
    const auto& values = check::items(example, "input");
    const int height = check::whole(shape[0]), width = check::whole(shape[1]), channels = check::whole(shape[2]);
    const InputSpec spec = {check::whole(values[0]), check::whole(values[1]), check::number(values[2]),
                            check::number(values[3])};
    const auto pixels = noise(static_cast<std::uint32_t>(check::whole(example, "seed")),
                              static_cast<std::size_t>(height) * static_cast<std::size_t>(width * channels));
    Preprocessor preprocessor(spec, kernel);
    CHECK_EQUAL(vinedge::sha256(bytes_of(preprocessor, spec, view_of(pixels, height, width, channels))),
                check::text(example, "sha256"));
  }
}

// One preprocessor for each kernel sees all the sizes: what is left of one picture must not show in the next.
void test_parity() {
  std::mt19937 random(7);
  const auto draw = [&random](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 12; ++round) {
    const InputSpec spec = {draw(8, 64), draw(32, 420), 100.0 + draw(0, 50), 50.0 + draw(0, 100)};
    Preprocessor scalar(spec, "scalar");
    std::vector<Preprocessor> others;
    for (const std::string& kernel : vinedge::preprocess_kernels()) others.emplace_back(spec, kernel);
    for (int i = 0; i < 40; ++i) {
      const int height = draw(1, i % 4 == 0 ? 600 : 80), width = draw(1, i % 5 == 0 ? 2500 : 700);
      const int channels = i % 3 == 0 ? 1 : 3;
      const auto pixels = noise(static_cast<std::uint32_t>(random()),
                                static_cast<std::size_t>(height) * static_cast<std::size_t>(width * channels));
      ImageView image = view_of(pixels, height, width, channels);
      const Guarded guarded(pixels);
      image.pixels = guarded.bytes();
      const std::string wanted = bytes_of(scalar, spec, image);
      for (Preprocessor& other : others) CHECK(bytes_of(other, spec, image) == wanted);
    }
  }
}

void test_views() {
  const InputSpec spec;
  const auto frame = noise(3, 100 * 600 * 3);
  Preprocessor preprocessor(spec);
  // A crop of 40 x 500 at row 20, column 50, in place and copied; and the same upside down.
  ImageView crop = {frame.data() + (20 * 600 + 50) * 3, 40, 500, 3, 600 * 3};
  std::vector<std::uint8_t> copied, flipped;
  for (int y = 0; y < 40; ++y) {
    const std::uint8_t* row = crop.pixels + y * crop.row_stride;
    copied.insert(copied.end(), row, row + 500 * 3);
    flipped.insert(flipped.begin(), row, row + 500 * 3);
  }
  CHECK(bytes_of(preprocessor, spec, crop) == bytes_of(preprocessor, spec, view_of(copied, 40, 500, 3)));
  crop.pixels += 39 * crop.row_stride;
  crop.row_stride = -crop.row_stride;
  CHECK(bytes_of(preprocessor, spec, crop) == bytes_of(preprocessor, spec, view_of(flipped, 40, 500, 3)));
}

void test_no_allocation_when_warm() {
  const InputSpec spec;
  const auto pixels = noise(4, 200 * 900 * 3);
  Preprocessor preprocessor(spec);
  std::vector<float> input(32 * 320);
  preprocessor.run(view_of(pixels, 200, 900, 3), input.data());
  const std::size_t before = allocations;
  preprocessor.run(view_of(pixels, 200, 900, 3), input.data());
  preprocessor.run(view_of(pixels, 60, 700, 3), input.data());  // smaller: fits the buffers there are
  preprocessor.run(view_of(pixels, 200, 900, 1), input.data());
  CHECK_EQUAL(allocations, before);
}

void test_limits() {
  std::vector<float> input(32 * 320);
  const std::uint8_t pixel = 0;
  Preprocessor preprocessor{InputSpec{}};
  const auto run = [&](std::ptrdiff_t height, std::ptrdiff_t width, int channels) {
    preprocessor.run({&pixel, height, width, channels, 0}, input.data());
    return 0;
  };
  CHECK_REFUSED(run(0, 5, 3), "nothing to read");
  CHECK_REFUSED(run(5, -1, 3), "nothing to read");
  CHECK_REFUSED(run(5, 5, 4), "3 channels");
  CHECK_REFUSED(run(10'001, 10'000, 3), "100 megapixels");
  CHECK_REFUSED(run(1, 1'000'001, 3), "1,000,000");
  CHECK_REFUSED(run(PTRDIFF_MAX, PTRDIFF_MAX, 3), "100 megapixels");
  CHECK_EQUAL(run(1, 1, 1), 0);
  CHECK_REFUSED(Preprocessor(InputSpec{}, "mmx"), "choose one of: auto, scalar");
  CHECK_REFUSED(Preprocessor(InputSpec{7, 320, 0, 1}), "outside the limits");
  CHECK_REFUSED(Preprocessor(InputSpec{32, 4097, 0, 1}), "outside the limits");
}

// The largest cells that the limits allow: every sum and the division must still be exact.
void test_extremes() {
  const InputSpec spec = {8, 32, 0, 1};
  for (const std::string& kernel : vinedge::preprocess_kernels()) {
    Preprocessor preprocessor(spec, kernel);
    for (const auto& [height, width] : {std::pair{10'000, 10'000}, {100, 1'000'000}, {1'000'000, 100}}) {
      const std::vector<std::uint8_t> row(static_cast<std::size_t>(width), 254);
      std::vector<float> input(8 * 32);
      preprocessor.run({row.data(), height, width, 1, 0}, input.data());
      for (const float value : input) CHECK_EQUAL(value, 254.0F);
    }
  }
}

}  // namespace

int main() {
  for (const std::string& kernel : vinedge::preprocess_kernels()) {
    std::cout << kernel << "\n";
    test_golden(kernel);
  }
  test_parity();
  test_views();
  test_no_allocation_when_warm();
  test_limits();
  test_extremes();
  return check::finish();
}
