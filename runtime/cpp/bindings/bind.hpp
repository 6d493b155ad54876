// One function for each file of this folder: it adds its class or functions to the module.
#pragma once

#include <nanobind/nanobind.h>

namespace vinedge::python {

void bind_bundle(nanobind::module_& module);
void bind_ctc(nanobind::module_& module);
void bind_decoder(nanobind::module_& module);
void bind_preprocess(nanobind::module_& module);
void bind_reading(nanobind::module_& module);
void bind_recognizer(nanobind::module_& module);
void bind_vin(nanobind::module_& module);

}  // namespace vinedge::python
