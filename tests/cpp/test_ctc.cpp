// Greedy decoding against the golden answers of vinedge/ctc.py, and its buffers.

#include <cmath>

#include "check.hpp"
#include "golden_logits.hpp"
#include "vinedge/ctc.hpp"

namespace {

void test_golden() {
  vinedge::Decoded decoded;  // reused: nothing of one line may be left in the next
  const vinedge::Json golden = check::golden("ctc.json");
  for (const vinedge::Json& example : check::items(golden, "cases")) {
    const std::vector<float> logits = logits_from(example);
    vinedge::decode_greedy(logits.data(), frames_of(example), decoded);
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
