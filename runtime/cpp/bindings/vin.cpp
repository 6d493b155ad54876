// VIN rules by themselves: what the tests hold against vinedge/vin.py.

#include "vinedge/vin.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include <string>

#include "bind.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace vinedge::python {

void bind_vin(nb::module_& module) {
  module.def("is_legal", &is_legal, "text"_a);
  module.def("check_symbol", [](std::string_view vin) { return check_symbol(vin); }, "vin"_a);
  module.def("check_digit", [](std::string_view vin) { return name_of(check_digit(vin)); }, "vin"_a);
}

}  // namespace vinedge::python
