// Pictures -> preprocessed inputs -> one run of the network for up to 16 of them -> readings; see recognizer.hpp.

#include "vinedge/recognizer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <mutex>

#include "vinedge/bundle.hpp"
#include "vinedge/charset.hpp"
#include "vinedge/decoder.hpp"
#include "vinedge/engine.hpp"
#include "vinedge/error.hpp"
#include "vinedge/policy.hpp"
#include "vinedge/preprocess.hpp"
#include "vinedge/tensor.hpp"

namespace vinedge {
namespace {

// Pictures in one run of the network: enough to spread its fixed cost, and small enough for the cache.
constexpr std::size_t kChunk = 16;

// What one call needs; kept for the next one.
struct Workspace {
  Workspace(const InputSpec& spec, const Policy& policy) : preprocessor(spec), decoder(policy) {}
  Preprocessor preprocessor;
  Tensor input;
  Tensor logits;
  Decoder decoder;
  Decision decision;
};

// Workspaces of calls that ended. There are never more than calls that ran at the same time.
class Pool {
 public:
  class Lease {
   public:
    Lease(Pool& pool, const InputSpec& spec, const Policy& policy)
        : pool_(pool), workspace_(pool.take(spec, policy)) {}
    ~Lease() { pool_.give_back(std::move(workspace_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Workspace& operator*() const { return *workspace_; }

   private:
    Pool& pool_;
    std::unique_ptr<Workspace> workspace_;
  };

 private:
  std::unique_ptr<Workspace> take(const InputSpec& spec, const Policy& policy) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Workspace> workspace = std::move(idle_.back());
        idle_.pop_back();
        return workspace;
      }
      idle_.reserve(++made_);  // so that giving back cannot fail
    }
    return std::make_unique<Workspace>(spec, policy);
  }

  void give_back(std::unique_ptr<Workspace> workspace) {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(workspace));
  }

  std::mutex mutex_;
  std::size_t made_ = 0;
  std::vector<std::unique_ptr<Workspace>> idle_;
};

using Clock = std::chrono::steady_clock;

double microseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

Reading reading_from(const Decision& decision) {
  Reading reading;
  reading.raw = decision.raw.text;
  reading.confidence = decision.log_prob ? std::exp(*decision.log_prob) : decision.raw.confidence();
  reading.char_confidences = decision.raw.char_confidences;
  if (!decision.vin.empty()) {
    reading.vin = decision.vin;
    reading.check_digit = check_digit(decision.vin);
  }
  reading.n_changed = decision.n_changed;
  return reading;
}

// Exponent bits all set: infinite or not a number.
bool all_finite(const float* values, std::size_t count) {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, values + i, sizeof bits);
    bad |= (bits & 0x7f800000U) == 0x7f800000U ? 1U : 0U;
  }
  return bad == 0;
}

}  // namespace

struct Recognizer::State {
  Bundle bundle;  // without the network, which the engine has made its own
  std::unique_ptr<Engine> engine;
  std::string engine_description;
  Policy policy;
  Pool pool;

  std::size_t input_size() const {
    return static_cast<std::size_t>(bundle.input.height) * static_cast<std::size_t>(bundle.input.width);
  }
  std::size_t logits_size() const { return static_cast<std::size_t>(bundle.frames) * kNumClasses; }

  void preprocess(Workspace& workspace, const ImageView* pictures, std::size_t n) const {
    workspace.input.resize(n, input_size());
    for (std::size_t i = 0; i < n; ++i) workspace.preprocessor.run(pictures[i], workspace.input.item(i));
  }

  void run(Workspace& workspace, std::size_t n, float* logits) const {
    engine->run(workspace.input.data(), logits, static_cast<int>(n));
    if (!all_finite(logits, n * logits_size())) {
      throw Error("bundle '" + bundle.folder + "': the network answered with a value that is not a number; " +
                  "re-run vin-export");
    }
  }

  Reading decode(Workspace& workspace, const float* logits) const {
    workspace.decoder.run(logits, bundle.frames, workspace.decision);
    return reading_from(workspace.decision);
  }
};

Recognizer::Recognizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Recognizer::~Recognizer() = default;
Recognizer::Recognizer(Recognizer&&) noexcept = default;
Recognizer& Recognizer::operator=(Recognizer&&) noexcept = default;

Recognizer Recognizer::from_bundle(const std::string& folder, const RecognizerOptions& options) {
  auto state = std::make_unique<State>();
  state->policy = policy_from_name(options.policy);
  state->bundle = open_bundle(folder);
  Bundle& bundle = state->bundle;
  const Network network = {std::exchange(bundle.onnx, std::string()),
                           {bundle.input_name, {-1, 1, bundle.input.height, bundle.input.width}},
                           {bundle.output_name, {-1, bundle.frames, kNumClasses}}};
  try {
    state->engine = open_engine(options.engine, network, {options.threads, options.library});
  } catch (const Error& reason) {
    throw Error("bundle '" + folder + "': " + reason.what());
  }
  state->engine_description = state->engine->description();
  return Recognizer(std::move(state));
}

std::pair<Reading, StageTimes> Recognizer::read_timed(const ImageView& picture) const {
  const Clock::time_point start = Clock::now();
  const Pool::Lease lease(state_->pool, state_->bundle.input, state_->policy);
  Workspace& workspace = *lease;
  state_->preprocess(workspace, &picture, 1);
  const Clock::time_point preprocessed = Clock::now();
  workspace.logits.resize(1, state_->logits_size());
  state_->run(workspace, 1, workspace.logits.data());
  const Clock::time_point ran = Clock::now();
  Reading reading = state_->decode(workspace, workspace.logits.data());
  const Clock::time_point decoded = Clock::now();
  return {std::move(reading),
          {microseconds(start, preprocessed), microseconds(preprocessed, ran), microseconds(ran, decoded),
           microseconds(start, decoded)}};
}

Reading Recognizer::read(const ImageView& picture) const { return read_timed(picture).first; }

std::vector<Reading> Recognizer::read_batch(const std::vector<ImageView>& pictures) const {
  const Pool::Lease lease(state_->pool, state_->bundle.input, state_->policy);
  Workspace& workspace = *lease;
  std::vector<Reading> readings;
  readings.reserve(pictures.size());
  for (std::size_t first = 0; first < pictures.size(); first += kChunk) {
    const std::size_t n = std::min(kChunk, pictures.size() - first);
    state_->preprocess(workspace, pictures.data() + first, n);
    workspace.logits.resize(n, state_->logits_size());
    state_->run(workspace, n, workspace.logits.data());
    for (std::size_t i = 0; i < n; ++i) readings.push_back(state_->decode(workspace, workspace.logits.item(i)));
  }
  return readings;
}

void Recognizer::logits(const std::vector<ImageView>& pictures, float* logits) const {
  const Pool::Lease lease(state_->pool, state_->bundle.input, state_->policy);
  for (std::size_t first = 0; first < pictures.size(); first += kChunk) {
    const std::size_t n = std::min(kChunk, pictures.size() - first);
    state_->preprocess(*lease, pictures.data() + first, n);
    state_->run(*lease, n, logits + first * state_->logits_size());
  }
}

const InputSpec& Recognizer::spec() const { return state_->bundle.input; }
int Recognizer::frames() const { return state_->bundle.frames; }
const std::string& Recognizer::engine() const { return state_->engine_description; }
const std::string& Recognizer::name() const { return state_->bundle.name; }

}  // namespace vinedge
