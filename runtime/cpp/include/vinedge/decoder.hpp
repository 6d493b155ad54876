// From logits or slot posteriors to one decision: what was read, what VIN it is under a policy, and what changed (twin
// of vinedge/decoder.py).
//
//   greedy reading ---- the policy is off ---------------------------------> it is the VIN, if it is one
//                  ---- it is a VIN, and no other line can score higher ---> it is the VIN (the easy case)
//                  ---- else: beam search ---> the policy's choice -------> it is the VIN, unless too unlikely
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vinedge/ctc.hpp"
#include "vinedge/ctc_beam.hpp"
#include "vinedge/ctc_forward.hpp"
#include "vinedge/ctc_weights.hpp"
#include "vinedge/grammar.hpp"
#include "vinedge/policy.hpp"
#include "vinedge/slots.hpp"

namespace vinedge {

// What a policy made of a line. `off` weighs nothing, and the easy case only the reading itself.
struct Decision {
  Decoded raw;                        // the greedy reading
  std::string vin;                    // 17 legal characters, or empty
  std::optional<double> log_prob;     // log P(vin | picture); none where nothing was weighed or no VIN is given
  int n_changed = 0;                  // edit distance from the reading to `vin`, 0 without one
  std::vector<Candidate> candidates;  // what was weighed, the most probable first
};

// Keeps its buffers. Not safe for concurrent use; make one per thread.
class Decoder {
 public:
  explicit Decoder(Policy policy);

  const Policy& policy() const { return policy_; }
  // Decides on CTC logits (frames, 34), all finite. Memory of `decision` is reused.
  void run(const float* logits, int frames, Decision& decision);
  // Decides on slot log probabilities (17, 34), whose blanks are not looked at.
  void run_slots(const float* log_probs, Decision& decision);

 private:
  void decide(Decision& decision);

  Policy policy_;
  CtcWeights weights_;
  CtcForward forward_;
  CtcBeam beam_;
  SlotSearch slots_;
  std::vector<int> distances_;
};

}  // namespace vinedge
