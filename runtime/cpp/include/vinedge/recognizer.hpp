// The friendly face: a bundle, an engine and a decoder in one; pictures in, readings out.
//
//   auto recognizer = vinedge::Recognizer::from_bundle("bundles/demo");
//   vinedge::Reading reading = recognizer.read({pixels, height, width, 3, stride});
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vinedge/image.hpp"
#include "vinedge/vin.hpp"

namespace vinedge {

// What was read. `raw` is the greedy reading as it came; `vin` holds the 17 legal characters that the policy made of it,
// or nothing. See decoder.hpp.
struct Reading {
  std::optional<std::string> vin;
  std::string raw;
  // 0..1: the probability of `vin` where a policy has weighed it; else the product of the character confidences, 0 when
  // `raw` is empty. Not calibrated.
  double confidence = 0;
  std::vector<double> char_confidences;   // one for each character of `raw`
  std::optional<CheckDigit> check_digit;  // set when `vin` is
  int n_changed = 0;                      // edit distance from `raw` to `vin`; 0 without one
};

// Microseconds that the parts of one read took; `total_us` is measured over all of it.
struct StageTimes {
  double preprocess_us = 0;
  double network_us = 0;
  double decode_us = 0;
  double total_us = 0;
};

struct RecognizerOptions {
  std::string engine = "auto";  // or a name from engines()
  int threads = 1;              // that one run of the network may use
  std::string library;          // see EngineOptions
  std::string policy = "off";   // or "prefer", "require", "auto": see policy.hpp
};

// Safe to call from many threads at once. Keeps its buffers: after the first pictures of a size it allocates nothing
// of its own but what a Reading holds. Every method throws Error for a picture that check_image refuses.
class Recognizer {
 public:
  // Throws Error for a bad bundle, an engine that cannot run, and a network that is not what the bundle says.
  static Recognizer from_bundle(const std::string& folder, const RecognizerOptions& options = {});
  ~Recognizer();
  Recognizer(Recognizer&&) noexcept;
  Recognizer& operator=(Recognizer&&) noexcept;

  Reading read(const ImageView& picture) const;
  std::pair<Reading, StageTimes> read_timed(const ImageView& picture) const;
  // The readings in the order of the pictures, the same as `read` gives one by one.
  std::vector<Reading> read_batch(const std::vector<ImageView>& pictures) const;
  // Writes pictures.size() * frames() * 34 raw logits.
  void logits(const std::vector<ImageView>& pictures, float* logits) const;

  const InputSpec& spec() const;
  int frames() const;                // T of the logits (N, T, 34)
  const std::string& engine() const;  // what really runs: "onnxruntime 1.32.0 (cpu)"
  const std::string& name() const;    // of the bundle

 private:
  struct State;
  explicit Recognizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vinedge
