// The whole chain on the specimen bundle, alone, in batches and from many threads. Needs ONNX Runtime's library.

#include <thread>

#include "check.hpp"
#include "vinedge/engine.hpp"
#include "vinedge/recognizer.hpp"

using vinedge::ImageView;
using vinedge::Reading;
using vinedge::Recognizer;

namespace {

const std::string kVin = "1M8GDM9AXKP042788";

// Pixels of the specimen's picture, gray 32 x 320: the last bytes of the file.
std::string specimen_pixels() {
  const std::string file = check::read_file(check::golden_path("bundle_v1_" + kVin + ".pgm"));
  return file.substr(file.size() - 32 * 320);
}

ImageView view_of(const std::string& pixels) {
  return {reinterpret_cast<const std::uint8_t*>(pixels.data()), 32, 320, 1, 320};
}

bool same(const Reading& a, const Reading& b) {
  return a.vin == b.vin && a.raw == b.raw && a.confidence == b.confidence &&
         a.char_confidences == b.char_confidences && a.check_digit == b.check_digit && a.n_changed == b.n_changed;
}

void test_reading(const Recognizer& recognizer, const ImageView& picture) {
  const auto [reading, times] = recognizer.read_timed(picture);
  CHECK_EQUAL(reading.vin.value_or(""), kVin);
  CHECK_EQUAL(reading.raw, kVin);
  CHECK(reading.check_digit == vinedge::CheckDigit::valid);
  CHECK_EQUAL(reading.char_confidences.size(), kVin.size());
  CHECK(reading.confidence > 0.9 && reading.confidence <= 1);
  CHECK(times.preprocess_us > 0 && times.network_us > 0 && times.decode_us > 0);
  CHECK(times.preprocess_us + times.network_us + times.decode_us <= times.total_us + 0.01);

  const std::string black(32 * 320, '\0');
  const Reading nothing = recognizer.read(view_of(black));
  CHECK(!nothing.vin && nothing.raw.empty() && nothing.confidence == 0 && !nothing.check_digit);
}

void test_batch(const Recognizer& recognizer, const ImageView& picture) {
  const std::string black(32 * 320, '\0');
  CHECK(recognizer.read_batch({}).empty());
  for (const std::size_t n : {1U, 2U, 16U, 17U, 40U}) {
    std::vector<ImageView> pictures(n, picture);
    pictures.back() = view_of(black);
    const std::vector<Reading> readings = recognizer.read_batch(pictures);
    CHECK_EQUAL(readings.size(), n);
    for (std::size_t i = 0; i < n; ++i) CHECK_EQUAL(readings[i].raw, i + 1 < n ? kVin : std::string());
  }
}

void test_threads(const Recognizer& recognizer, const ImageView& picture) {
  const Reading wanted = recognizer.read(picture);
  std::vector<int> wrong(8, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&recognizer, &picture, &wanted, &count] {
      for (int i = 0; i < 300; ++i) count += same(recognizer.read(picture), wanted) ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : wrong) CHECK_EQUAL(count, 0);
}

}  // namespace

int main() {
  for (const vinedge::EngineInfo& info : vinedge::engines()) {
    if (info.name == "onnxruntime" && !info.available) {
      std::cout << "skipped: " << info.reason << "\n";
      return 77;
    }
  }
  const Recognizer recognizer = Recognizer::from_bundle(check::golden_path("bundle_v1"));
  CHECK_EQUAL(recognizer.name(), "gray-reader");
  CHECK_EQUAL(recognizer.frames(), 80);
  CHECK_EQUAL(recognizer.engine().rfind("onnxruntime ", 0), 0U);
  const std::string pixels = specimen_pixels();
  test_reading(recognizer, view_of(pixels));
  test_batch(recognizer, view_of(pixels));
  test_threads(recognizer, view_of(pixels));
  CHECK_REFUSED(recognizer.read({}), "nothing to read");
  return check::finish();
}
