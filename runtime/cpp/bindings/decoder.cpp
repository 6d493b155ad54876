// The parts of the decoder by themselves: what the tests hold against their twins in Python.

#include "vinedge/decoder.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "bind.hpp"
#include "vinedge/charset.hpp"
#include "vinedge/error.hpp"
#include "vinedge/vin_grammar.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace vinedge::python {
namespace {

using Logits = nb::ndarray<const float, nb::shape<-1, kNumClasses>, nb::c_contig, nb::device::cpu>;
using Slots = nb::ndarray<const float, nb::shape<kVinLength, kNumClasses>, nb::c_contig, nb::device::cpu>;

CtcWeights weights_from(const Logits& logits) {
  CtcWeights weights;
  weights.set(logits.data(), static_cast<int>(logits.shape(0)));
  return weights;
}

nb::list list_from(const std::vector<Candidate>& candidates) {
  nb::list list;
  for (const Candidate& candidate : candidates) {
    const std::string_view text = candidate.text();
    list.append(nb::make_tuple(nb::str(text.data(), text.size()), static_cast<int>(candidate.outcome),
                               candidate.log_prob));
  }
  return list;
}

nb::tuple tuple_from(const Decision& decision) {
  nb::object none = nb::none();
  return nb::make_tuple(decision.raw.text, decision.vin.empty() ? none : nb::cast(decision.vin),
                        decision.log_prob ? nb::cast(*decision.log_prob) : none, decision.n_changed,
                        list_from(decision.candidates));
}

}  // namespace

void bind_decoder(nb::module_& module) {
  module.def("log_probability", [](const Logits& logits, std::string_view text) {
    return CtcForward().log_probability(weights_from(logits), text);
  }, "logits"_a, "text"_a, nb::sig("def log_probability(logits: numpy.ndarray, text: str) -> float"));
  module.def("log_probability_of_any", [](const Logits& logits) {
    CtcLookahead ahead;
    ahead.set(weights_from(logits), BeamOptions().floor, BeamOptions().symbols);
    return ahead.log_probability();
  }, "logits"_a, nb::sig("def log_probability_of_any(logits: numpy.ndarray) -> float"),
     "log P(any line of 17 symbols) for float32 logits (T, 34), but for those with symbols that the beam leaves out.");
  module.def("prefix_beam", [](const Logits& logits) {
    std::vector<Candidate> candidates;
    CtcBeam(vin_grammar()).run(weights_from(logits), candidates);
    return list_from(candidates);
  }, "logits"_a, nb::sig("def prefix_beam(logits: numpy.ndarray) -> list[tuple[str, int, float]]"),
     "Return text, outcome and log probability of each candidate.");
  module.def("best_of_slots", [](const Slots& log_probs) {
    std::vector<Candidate> candidates;
    SlotSearch(vin_grammar()).run(log_probs.data(), candidates);
    return list_from(candidates);
  }, "log_probs"_a, nb::sig("def best_of_slots(log_probs: numpy.ndarray) -> list[tuple[str, int, float]]"));

  nb::class_<Decoder>(module, "Decoder", "Decides on one line at a time; see vinedge.decoder.")
      .def("__init__", [](Decoder* self, std::string_view policy, double margin, double compulsory, double elsewhere) {
        new (self) Decoder(policy_from_name(policy, {margin, compulsory, elsewhere}));
      }, "policy"_a, "margin"_a = PolicyOptions().margin, "compulsory"_a = PolicyOptions().compulsory,
           "elsewhere"_a = PolicyOptions().elsewhere)
      .def("run", [](Decoder& self, const Logits& logits) {
        Decision decision;
        self.run(logits.data(), static_cast<int>(logits.shape(0)), decision);
        return tuple_from(decision);
      }, "logits"_a,
           nb::sig("def run(self, logits: numpy.ndarray) -> "
                   "tuple[str, str | None, float | None, int, list[tuple[str, int, float]]]"),
           "Return reading, VIN, its log probability, number of changes and candidates.")
      .def("run_slots", [](Decoder& self, const Slots& log_probs) {
        Decision decision;
        self.run_slots(log_probs.data(), decision);
        return tuple_from(decision);
      }, "log_probs"_a,
           nb::sig("def run_slots(self, log_probs: numpy.ndarray) -> "
                   "tuple[str, str | None, float | None, int, list[tuple[str, int, float]]]"))
      .def_prop_ro("log_weights", [](const Decoder& self) {
        nb::list weights;
        for (const double weight : self.policy().log_weights) weights.append(weight);
        return weights;
      }, nb::sig("def log_weights(self) -> list[float]"), "Of every outcome.");
}

}  // namespace vinedge::python
