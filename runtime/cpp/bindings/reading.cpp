// Reading and StageTimes: values that compare, print and pickle.

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bind.hpp"
#include "vinedge/error.hpp"
#include "vinedge/recognizer.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace vinedge::python {
namespace {

std::optional<std::string> check_digit_name(const Reading& reading) {
  if (!reading.check_digit) return std::nullopt;
  return name_of(*reading.check_digit);
}

Reading make_reading(std::optional<std::string> vin, std::string raw, double confidence,
                     std::vector<double> char_confidences, const std::optional<std::string>& check_digit,
                     int n_changed) {
  Reading reading{std::move(vin), std::move(raw), confidence, std::move(char_confidences), std::nullopt, n_changed};
  if (!check_digit) return reading;
  for (const CheckDigit state : {CheckDigit::valid, CheckDigit::invalid, CheckDigit::not_applicable}) {
    if (*check_digit == name_of(state)) reading.check_digit = state;
  }
  if (!reading.check_digit) {
    throw Error("check_digit must be 'valid', 'invalid', 'not_applicable' or None, got '" + *check_digit + "'");
  }
  return reading;
}

nb::tuple fields(const Reading& reading) {
  return nb::make_tuple(reading.vin, reading.raw, reading.confidence, reading.char_confidences,
                        check_digit_name(reading), reading.n_changed);
}

nb::tuple fields(const StageTimes& times) {
  return nb::make_tuple(times.preprocess_us, times.network_us, times.decode_us, times.total_us);
}

// __repr__, __eq__, __hash__ and pickling from the tuple of fields.
template <class T>
void add_value_methods(nb::class_<T>& type, const char* format) {
  const std::string text = format;
  type.def("__repr__", [text](const T& self) { return nb::str(text.c_str()).attr("format")(*fields(self)); },
           nb::sig("def __repr__(self) -> str"));
  type.def("__eq__", [](const T& self, nb::handle other) {
    return nb::isinstance<T>(other) && fields(self).equal(fields(nb::cast<const T&>(other)));
  }, nb::sig("def __eq__(self, other: object, /) -> bool"));
  type.def("__hash__", [](const T& self) { return nb::hash(nb::repr(nb::cast(self))); });
  type.def("__reduce__", [](const T& self) { return nb::make_tuple(nb::type<T>(), fields(self)); },
           nb::sig("def __reduce__(self) -> tuple[type, tuple[object, ...]]"));
}

}  // namespace

void bind_reading(nb::module_& module) {
  nb::class_<Reading> reading(module, "Reading", "What was read from one picture.");
  reading
      .def("__init__", [](Reading* self, std::optional<std::string> vin, std::string raw, double confidence,
                          std::vector<double> char_confidences, const std::optional<std::string>& check_digit,
                          int n_changed) {
        new (self) Reading(make_reading(std::move(vin), std::move(raw), confidence, std::move(char_confidences),
                                        check_digit, n_changed));
      }, "vin"_a.none(), "raw"_a, "confidence"_a, "char_confidences"_a, "check_digit"_a.none(), "n_changed"_a = 0)
      .def_ro("vin", &Reading::vin, "17 characters of the VIN alphabet, or None.")
      .def_ro("raw", &Reading::raw, "The greedy reading as it came.")
      .def_ro("confidence", &Reading::confidence,
              "0..1: the probability of `vin` where a policy has weighed it; else the product of the character\n"
              "confidences, 0 when `raw` is empty. Not calibrated.")
      .def_ro("char_confidences", &Reading::char_confidences, "0..1 for each character of `raw`.")
      .def_prop_ro("check_digit", &check_digit_name,
                   nb::sig("def check_digit(self) -> "
                           "typing.Literal['valid', 'invalid', 'not_applicable'] | None"),
                   "State of the check digit; None when `vin` is None.")
      .def_ro("n_changed", &Reading::n_changed,
              "Edit distance from `raw` to `vin`: what the policy changed; 0 when `vin` is None.");
  add_value_methods(reading, "Reading(vin={!r}, raw={!r}, confidence={!r}, char_confidences={!r}, check_digit={!r}, "
                             "n_changed={!r})");

  nb::class_<StageTimes> times(module, "StageTimes", "Microseconds that the parts of one read took.");
  times
      .def("__init__", [](StageTimes* self, double preprocess_us, double network_us, double decode_us,
                          double total_us) {
        new (self) StageTimes{preprocess_us, network_us, decode_us, total_us};
      }, "preprocess_us"_a, "network_us"_a, "decode_us"_a, "total_us"_a)
      .def_ro("preprocess_us", &StageTimes::preprocess_us)
      .def_ro("network_us", &StageTimes::network_us)
      .def_ro("decode_us", &StageTimes::decode_us)
      .def_ro("total_us", &StageTimes::total_us, "Measured over all of it.");
  add_value_methods(times, "StageTimes(preprocess_us={!r}, network_us={!r}, decode_us={!r}, total_us={!r})");
}

}  // namespace vinedge::python
