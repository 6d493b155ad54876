// How an engine file hands its engine to the list in engine.cpp: it defines `<name>_engine` of this type.
#pragma once

#include <memory>
#include <string>

#include "vinedge/engine.hpp"

namespace vinedge::detail {

struct EngineFactory {
  const char* name;
  // Why the engine cannot run here, with the remedy; empty when it can.
  std::string (*unavailable)(const EngineOptions& options);
  // Opens a network; throws Error, also when the model is not as its bundle says (`check_tensor`).
  std::unique_ptr<Engine> (*open)(const Network& network, const EngineOptions& options);
};

// Throws Error unless the model's tensor `found` has the wanted name and shape. N must be open in the model; any
// other size may be.
void check_tensor(const TensorInfo& wanted, const TensorInfo& found);

}  // namespace vinedge::detail
