// Opening a bundle by itself: what the tests hold against vinedge/bundle.py.

#include "vinedge/bundle.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>

#include "bind.hpp"
#include "vinedge/sha256.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace vinedge::python {

void bind_bundle(nb::module_& module) {
  nb::class_<Bundle>(module, "Bundle", "A verified bundle, as the C++ reader sees it.")
      .def("__init__", [](Bundle* self, const nb::bytes& folder, const std::string& variant) {
        const std::string path(folder.c_str(), folder.size());
        const nb::gil_scoped_release release;
        new (self) Bundle(open_bundle(path, variant));
      }, "folder"_a, "variant"_a = "fp32", "Open and verify a bundle; the path is bytes as os.fsencode gives them.")
      .def_ro("name", &Bundle::name)
      .def_ro("frames", &Bundle::frames)
      .def_ro("variants", &Bundle::variants)
      .def_prop_ro("spec", [](const Bundle& self) {
        return nb::make_tuple(self.input.height, self.input.width, self.input.mean, self.input.std);
      }, nb::sig("def spec(self) -> tuple[int, int, float, float]"))
      .def_prop_ro("onnx", [](const Bundle& self) {
        return nb::bytes(self.onnx.data(), self.onnx.size());
      }, "Content of the ONNX file of the precision asked for.");

  module.def("sha256", [](const nb::bytes& data) {
    return sha256({data.c_str(), data.size()});
  }, "data"_a, "Return 64 hex digits.");
}

}  // namespace vinedge::python
