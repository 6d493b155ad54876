// Recognizer: the GIL is released while pictures are preprocessed, run and decoded.

#include "vinedge/recognizer.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <deque>
#include <tuple>

#include "bind.hpp"
#include "picture.hpp"
#include "vinedge/charset.hpp"
#include "vinedge/engine.hpp"
#include "vinedge/error.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace vinedge::python {
namespace {

// The pictures of a list (or any iterable); a deque, since a Picture stays where it was made.
class Pictures {
 public:
  explicit Pictures(nb::handle pictures) {
    // One picture is a sequence too, of its rows, and these look like gray pictures.
    if (nb::hasattr(pictures, "ndim")) {
      const nb::object dimensions = pictures.attr("ndim");
      if (const int count = nb::cast<int>(dimensions); count < 4) {
        throw Error("pictures must be a list of arrays, got one array of " + std::to_string(count) +
                    " dimensions; give [picture]");
      }
    }
    if (!nb::hasattr(pictures, "__iter__")) {
      throw Error(std::string("pictures must be a list of arrays, got ") +
                  nb::type_name(pictures.type()).c_str() + "; give [picture]");
    }
    for (nb::handle picture : nb::iter(pictures)) pictures_.emplace_back(picture);
  }

  std::size_t size() const { return pictures_.size(); }

  std::vector<ImageView> views() {
    std::vector<ImageView> views;
    views.reserve(pictures_.size());
    for (Picture& picture : pictures_) views.push_back(picture.view());
    return views;
  }

 private:
  std::deque<Picture> pictures_;
};

Reading read(const Recognizer& self, nb::handle object) {
  Picture picture(object);
  const nb::gil_scoped_release release;
  return self.read(picture.view());
}

std::pair<Reading, StageTimes> read_timed(const Recognizer& self, nb::handle object) {
  Picture picture(object);
  const nb::gil_scoped_release release;
  return self.read_timed(picture.view());
}

std::vector<Reading> read_batch(const Recognizer& self, nb::handle objects) {
  Pictures pictures(objects);
  const nb::gil_scoped_release release;
  return self.read_batch(pictures.views());
}

nb::ndarray<nb::numpy, float, nb::ndim<3>> logits(const Recognizer& self, nb::handle objects) {
  Pictures pictures(objects);
  const std::size_t frames = static_cast<std::size_t>(self.frames());
  auto values = std::make_unique<float[]>(pictures.size() * frames * kNumClasses);
  {
    const nb::gil_scoped_release release;
    self.logits(pictures.views(), values.get());
  }
  nb::capsule owner(values.get(), [](void* array) noexcept { delete[] static_cast<float*>(array); });
  return {values.release(), {pictures.size(), frames, static_cast<std::size_t>(kNumClasses)}, owner};
}

std::string text_from(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

}  // namespace

void bind_recognizer(nb::module_& module) {
  nb::class_<Recognizer>(module, "Recognizer", "A bundle, an engine and a decoder in one; see vinedge.recognizer.")
      .def("__init__", [](Recognizer* self, const nb::bytes& folder, const std::string& engine, int threads,
                          const nb::bytes& library, const std::string& policy) {
        const std::string path = text_from(folder);
        const RecognizerOptions options{engine, threads, text_from(library), policy};
        const nb::gil_scoped_release release;
        new (self) Recognizer(Recognizer::from_bundle(path, options));
      }, "folder"_a, "engine"_a, "threads"_a, "library"_a, "policy"_a,
           "Paths are bytes as os.fsencode gives them; an empty library stands for the engine's own search.")
      .def("read", &read, "picture"_a.none(), nb::sig("def read(self, picture: numpy.ndarray) -> Reading"),
           "Read one picture, uint8 BGR (H, W, 3) or gray (H, W). `VinEdgeError` for anything else.\n\n"
           "Crops (`frame[y0:y1, x0:x1]`) are read in place; a layout whose pixels do not lie side by side in each\n"
           "row is copied once. Safe to call from many threads; the GIL is released.")
      .def("read_timed", &read_timed, "picture"_a.none(),
           nb::sig("def read_timed(self, picture: numpy.ndarray) -> tuple[Reading, StageTimes]"),
           "Read one picture and tell what each stage took.")
      .def("read_batch", &read_batch, "pictures"_a.none(),
           nb::sig("def read_batch(self, pictures: collections.abc.Iterable[numpy.ndarray]) -> list[Reading]"),
           "Read pictures of any sizes; the readings come in their order and are those that `read` gives.")
      .def("logits", &logits, "pictures"_a.none(),
           nb::sig("def logits(self, pictures: collections.abc.Iterable[numpy.ndarray]) -> numpy.ndarray"),
           "Return the raw logits of pictures, float32 (N, T, 34).")
      .def_prop_ro("name", &Recognizer::name, "Name of the bundle.")
      .def_prop_ro("frames", &Recognizer::frames, "T of the logits (N, T, 34).")
      .def_prop_ro("engine", &Recognizer::engine, "What really runs: \"onnxruntime 1.32.0 (cpu)\".")
      .def_prop_ro("input_spec", [](const Recognizer& self) {
        const InputSpec& spec = self.spec();
        return nb::make_tuple(spec.height, spec.width, spec.mean, spec.std);
      }, nb::sig("def input_spec(self) -> tuple[int, int, float, float]"),
                   "Height and width in pixels, mean and std of the input.");

  module.def("engines", [](const nb::bytes& library) {
    nb::list infos;
    for (const EngineInfo& info : engines({1, text_from(library)})) {
      infos.append(nb::make_tuple(info.name, info.available, info.reason));
    }
    return infos;
  }, "library"_a, nb::sig("def engines(library: bytes) -> list[tuple[str, bool, str]]"),
     "Name, availability and reason of every engine in this build.");
}

}  // namespace vinedge::python
