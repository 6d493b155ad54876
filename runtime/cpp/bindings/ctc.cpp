// Greedy CTC decoding by itself: what the tests hold against vinedge/ctc.py.

#include "vinedge/ctc.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bind.hpp"
#include "vinedge/charset.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace vinedge::python {

void bind_ctc(nb::module_& module) {
  using Logits = nb::ndarray<const float, nb::shape<-1, kNumClasses>, nb::c_contig, nb::device::cpu>;
  module.def("decode_greedy", [](const Logits& logits) {
    Decoded decoded;
    decode_greedy(logits.data(), static_cast<int>(logits.shape(0)), decoded);
    return nb::make_tuple(decoded.text, decoded.char_confidences, decoded.frames);
  }, "logits"_a, nb::sig("def decode_greedy(logits: numpy.ndarray) -> tuple[str, list[float], list[int]]"),
     "Decode float32 logits (T, 34): text, and the confidence and frame of each character.");
}

}  // namespace vinedge::python
