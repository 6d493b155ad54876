// The logits of a golden case, as logits_from_plan and doubt_in of tests/golden/make_golden.py draw them.
#pragma once

#include <vector>

#include "check.hpp"
#include "noise.hpp"
#include "vinedge/charset.hpp"

// Frames of the case: the length of its plan.
inline int frames_of(const vinedge::Json& example) { return static_cast<int>(check::items(example, "plan").size()); }

// Returns logits (frames, 34): noise, more for the planned classes, and the planned logit less a gap for every doubt.
inline std::vector<float> logits_from(const vinedge::Json& example) {
  const auto& plan = check::items(example, "plan");
  const auto place = [](std::size_t frame, int index) {
    return frame * static_cast<std::size_t>(vinedge::kNumClasses) + static_cast<std::size_t>(index);
  };
  std::vector<float> logits;
  const auto seed = static_cast<std::uint32_t>(check::whole(example, "seed"));
  for (const std::uint8_t byte : noise(seed, plan.size() * vinedge::kNumClasses)) {
    logits.push_back(static_cast<float>(byte - 128) / 16);
  }
  for (std::size_t t = 0; t < plan.size(); ++t) {
    logits[place(t, check::whole(plan[t]))] += static_cast<float>(check::whole(example, "bonus"));
  }
  if (example.find("doubts") != nullptr) {
    for (const vinedge::Json& doubt : check::items(example, "doubts")) {
      const auto& values = *doubt.get<vinedge::Json::Array>();
      const auto frame = static_cast<std::size_t>(check::whole(values[0]));
      logits[place(frame, check::whole(values[1]))] =
          logits[place(frame, check::whole(plan[frame]))] - static_cast<float>(check::number(values[2]));
    }
  }
  return logits;
}
