// Preprocessing by itself, with a kernel of one's choice: what the tests hold against vinedge/preprocess.py.

#include "vinedge/preprocess.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bind.hpp"
#include "picture.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace vinedge::python {
namespace {

nb::ndarray<nb::numpy, float, nb::ndim<3>> preprocess(nb::handle object, int height, int width, double mean,
                                                      double std, const std::string& kernel) {
  Picture picture(object);
  Preprocessor preprocessor({height, width, mean, std}, kernel);
  const std::size_t rows = static_cast<std::size_t>(height), columns = static_cast<std::size_t>(width);
  auto values = std::make_unique<float[]>(rows * columns);
  {
    const nb::gil_scoped_release release;
    preprocessor.run(picture.view(), values.get());
  }
  nb::capsule owner(values.get(), [](void* array) noexcept { delete[] static_cast<float*>(array); });
  return {values.release(), {1, rows, columns}, owner};
}

}  // namespace

void bind_preprocess(nb::module_& module) {
  module.def("preprocess", &preprocess, "picture"_a.none(), "height"_a, "width"_a, "mean"_a, "std"_a,
             "kernel"_a = "auto",
             nb::sig("def preprocess(picture: numpy.ndarray, height: int, width: int, mean: float, std: float, "
                     "kernel: str = 'auto') -> numpy.ndarray"),
             "Return the network input, float32 (1, height, width), of one picture.");
  module.def("preprocess_kernels", &preprocess_kernels, "Kernels that this machine can run, slowest first.");
}

}  // namespace vinedge::python
