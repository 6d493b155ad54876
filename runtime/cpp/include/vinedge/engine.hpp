// What runs the network: one narrow interface, no vendor type. Each engine is one file in src/engines/ and one name
// in the list VINEDGE_ENGINES of CMakeLists.txt.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vinedge {

// Name and shape of a network's input or output, float32; -1 stands for a size left open.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;
};

// An ONNX model and what its bundle says of it; only the first size of a shape, N, is open.
struct Network {
  std::string onnx;
  TensorInfo input;   // (N, 1, H, W)
  TensorInfo output;  // (N, T, C)
};

struct EngineOptions {
  int threads = 1;      // that one run may use
  std::string library;  // path of the vendor's library; empty: where the engine looks by itself
};

// Runs one network. `run` may be called from many threads at once.
class Engine {
 public:
  virtual ~Engine() = default;

  // What really runs, for people: "onnxruntime 1.32.0 (cpu)".
  virtual std::string description() const = 0;
  virtual const TensorInfo& input() const = 0;
  virtual const TensorInfo& output() const = 0;

  // Runs `n` inputs, which lie one after the other, into `n` outputs; both buffers are the caller's. Throws Error.
  virtual void run(const float* in, float* out, int n) const = 0;
};

// An engine as this build knows it; `reason` says why it is not available (empty when it is).
struct EngineInfo {
  std::string name;
  bool available = false;
  std::string reason;
};

std::vector<EngineInfo> engines(const EngineOptions& options = {});

// Opens a network. `name` is an engine's name or "auto" (the first that is available). Throws Error for an unknown
// engine, one that cannot run (with the reason), and a model that it does not accept or that is not as its bundle says.
std::unique_ptr<Engine> open_engine(const std::string& name, const Network& network, const EngineOptions& options);

}  // namespace vinedge
