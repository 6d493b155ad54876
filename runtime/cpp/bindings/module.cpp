// vinedge._native: the Python face of the C++ core. An Error arrives as vinedge.errors.VinEdgeError.

#include <nanobind/nanobind.h>

#include "bind.hpp"
#include "vinedge/error.hpp"

namespace nb = nanobind;

namespace {

void translate(const std::exception_ptr& thrown, void* vinedge_error) {
  try {
    std::rethrow_exception(thrown);
  } catch (const vinedge::Error& error) {
    // A path in the sentence may hold bytes that are not UTF-8.
    const std::string_view text = error.what();
    PyObject* message = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape");
    if (message == nullptr) return;
    PyErr_SetObject(static_cast<PyObject*>(vinedge_error), message);
    Py_DECREF(message);
  }
}

}  // namespace

NB_MODULE(_native, module) {
  module.doc() = "The C++ core of vinedge. Use it through vinedge.recognizer; the rest is here for the tests.";
  nb::object vinedge_error = nb::module_::import_("vinedge.errors").attr("VinEdgeError");
  // Kept for the life of the process, as the module is.
  nb::register_exception_translator(translate, vinedge_error.release().ptr());
  vinedge::python::bind_reading(module);
  vinedge::python::bind_recognizer(module);
  vinedge::python::bind_bundle(module);
  vinedge::python::bind_preprocess(module);
  vinedge::python::bind_ctc(module);
  vinedge::python::bind_decoder(module);
  vinedge::python::bind_vin(module);
}
