// The list of engines: CMake writes it from VINEDGE_ENGINES, so that adding one touches no C++ file but its own.

#include "vinedge/engine.hpp"

#include "engines/engine_factory.hpp"
#include "vinedge/error.hpp"

namespace vinedge {
namespace detail {

#define VINEDGE_ENGINE(name) extern const EngineFactory name##_engine;
#include "engine_list.inc"
#undef VINEDGE_ENGINE

namespace {

std::string shown(const TensorInfo& info) {
  std::string text = "'" + info.name + "' (";
  for (std::size_t axis = 0; axis < info.shape.size(); ++axis) {
    if (axis != 0) text += ", ";
    text += info.shape[axis] < 0 ? "open" : std::to_string(info.shape[axis]);
  }
  return text + ")";
}

}  // namespace

void check_tensor(const TensorInfo& wanted, const TensorInfo& found) {
  bool same = found.name == wanted.name && found.shape.size() == wanted.shape.size() && found.shape[0] < 0;
  for (std::size_t axis = 1; same && axis < wanted.shape.size(); ++axis) {
    same = found.shape[axis] < 0 || found.shape[axis] == wanted.shape[axis];
  }
  if (!same) {
    throw Error("the network has " + shown(found) + " where its bundle says " + shown(wanted) + "; re-run vin-export");
  }
}

}  // namespace detail

namespace {

constexpr int kMaxThreads = 256;

// In the order in which "auto" prefers them.
const detail::EngineFactory* const kFactories[] = {
#define VINEDGE_ENGINE(name) &detail::name##_engine,
#include "engine_list.inc"
#undef VINEDGE_ENGINE
};

}  // namespace

std::vector<EngineInfo> engines(const EngineOptions& options) {
  std::vector<EngineInfo> infos;
  for (const detail::EngineFactory* factory : kFactories) {
    const std::string reason = factory->unavailable(options);
    infos.push_back({factory->name, reason.empty(), reason});
  }
  return infos;
}

std::unique_ptr<Engine> open_engine(const std::string& name, const Network& network, const EngineOptions& options) {
  if (options.threads < 1 || options.threads > kMaxThreads) {
    throw Error("threads must be from 1 to " + std::to_string(kMaxThreads) + ", got " +
                std::to_string(options.threads) + "; leave it out for 1");
  }
  std::string known = "auto", reasons;
  for (const detail::EngineFactory* factory : kFactories) {
    known += std::string(", ") + factory->name;
    if (name != "auto" && name != factory->name) continue;
    const std::string reason = factory->unavailable(options);
    if (reason.empty()) return factory->open(network, options);
    reasons += (reasons.empty() ? "" : "; ") + reason;
  }
  if (reasons.empty()) throw Error("unknown engine '" + name + "'; choose one of: " + known);
  throw Error(reasons);
}

}  // namespace vinedge
