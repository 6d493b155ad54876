// Greedy decoding against the golden answers of vinedge/ctc.py, and its buffers.

#include <cmath>

#include "check.hpp"
#include "noise.hpp"
#include "vinedge/charset.hpp"
#include "vinedge/ctc.hpp"

namespace {

std::vector<float> logits_from_plan(std::uint32_t seed, const vinedge::Json::Array& plan, int bonus) {
  const std::vector<std::uint8_t> raw = noise(seed, plan.size() * vinedge::kNumClasses);
  std::vector<float> logits;
  for (const std::uint8_t byte : raw) logits.push_back(static_cast<float>(byte - 128) / 16);
  for (std::size_t t = 0; t < plan.size(); ++t) {
    logits[t * vinedge::kNumClasses + static_cast<std::size_t>(check::whole(plan[t]))] += static_cast<float>(bonus);
  }
  return logits;
}

void test_golden() {
  vinedge::Decoded decoded;  // reused: nothing of one line may be left in the next
  const vinedge::Json golden = check::golden("ctc.json");
  for (const vinedge::Json& example : check::items(golden, "cases")) {
    const auto& plan = check::items(example, "plan");
    const auto seed = static_cast<std::uint32_t>(check::whole(example, "seed"));
    const std::vector<float> logits = logits_from_plan(seed, plan, check::whole(example, "bonus"));
    vinedge::decode_greedy(logits.data(), static_cast<int>(plan.size()), decoded);
    CHECK_EQUAL(decoded.text, check::text(example, "text"));
    const auto& confidences = check::items(example, "char_confidences");
    const auto& frames = check::items(example, "frames");
    CHECK_EQUAL(decoded.char_confidences.size(), confidences.size());
    CHECK_EQUAL(decoded.frames.size(), frames.size());
    double product = decoded.text.empty() ? 0 : 1;
    for (std::size_t i = 0; i < confidences.size(); ++i) {
      const double wanted = check::number(confidences[i]);
      CHECK(std::abs(decoded.char_confidences[i] - wanted) < 1e-11 * wanted);
      CHECK_EQUAL(decoded.frames[i], check::whole(frames[i]));
      product *= wanted;
    }
    CHECK(std::abs(decoded.confidence() - product) <= 1e-9 * product);
  }
}

}  // namespace

int main() {
  test_golden();
  return check::finish();
}
