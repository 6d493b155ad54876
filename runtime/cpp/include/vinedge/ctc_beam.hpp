// CTC prefix beam search for lines of exactly 17 symbols (twin of vinedge/ctc_beam.py).
//
// Hannun et al. 2014, algorithm 1, with a lookahead that tells what a prefix is worth, and with one prefix for each
// length and grammar state, so that the beam holds several check-digit residues at any time.
#pragma once

#include <cstdint>
#include <vector>

#include "vinedge/ctc_forward.hpp"
#include "vinedge/ctc_lookahead.hpp"
#include "vinedge/ctc_weights.hpp"
#include "vinedge/grammar.hpp"

namespace vinedge {

// Where the numbers come from is said in ctc_beam.py.
struct BeamOptions {
  int width = 12;                // prefixes alive at a frame
  double margin = 9;             // nats below the best at which a prefix dies
  double floor = 5;              // nats below a frame's best class at which a symbol is not tried
  int symbols = 5;               // tried in a frame
  double lowest_log_prob = -11;  // less probable lines are not proposed
};

// Keeps its buffers: after the first lines it allocates nothing. Not safe for concurrent use.
class CtcBeam {
 public:
  explicit CtcBeam(const Grammar& grammar, const BeamOptions& options = {});

  // Writes lines of 17 symbols to `candidates`, the most probable first, at most one for each grammar state; none where
  // none is probable. The search finds the lines; their probabilities are exact.
  void run(const CtcWeights& weights, std::vector<Candidate>& candidates);

 private:
  // A prefix: one symbol behind another prefix.
  struct Node {
    int parent;
    int index;
    int slot;        // in the beam,
    int generation;  // of this one
  };
  // A prefix in the beam: the masses of its alignments that end in a blank and in its last symbol.
  struct Alive {
    double blank;
    double symbol;
    int node;
    int last;
    int length;
    int state;
  };
  // A prefix that may be in the next beam; `node` is that of its parent as long as it is new.
  struct Grown {
    Alive alive;
    double worth;
    bool is_new;
  };

  void grow(int t);
  void skip();
  void stay(int t);
  void extend(int t);
  void select();
  Candidate candidate_from(const Alive& alive) const;

  const Grammar& grammar_;
  BeamOptions options_;
  double smallest_share_;  // e^-margin
  CtcLookahead ahead_;
  CtcForward forward_;
  int generation_ = 0;  // how often the beam was chosen anew
  std::vector<Node> nodes_;
  std::vector<Alive> beam_;
  std::vector<std::uint64_t> taken_;  // by slot: classes by which a prefix becomes another that is alive
  std::vector<Grown> grown_;
  std::vector<int> best_of_;  // by length and state: the most worthy in grown_, -1 for none
  std::vector<int> used_;     // places in best_of_ that are not -1
  std::vector<int> ranked_;   // of grown_, the most worthy first
};

}  // namespace vinedge
