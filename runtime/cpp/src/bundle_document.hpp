// What `bundle.json` may say: format version 1, every known key checked for type and range (twin of
// vinedge/bundle_document.py, sentence by sentence).
//
// Unknown keys are ignored, because a later 0.x or 1.x release may add some. A value that is not understood in a
// known key is refused: a bundle that was verified with another decoder or another resize must not be read without it.
#pragma once

#include <cstdint>
#include <string>

#include "vinedge/bundle.hpp"

namespace vinedge::detail {

inline constexpr const char* kDocument = "bundle.json";
inline constexpr std::int64_t kMaxDocumentBytes = std::int64_t{1} << 20;
inline constexpr const char* kAgain = "copy the bundle again or re-run vin-export";

// What the text of a `bundle.json` says; `folder` and `onnx` stay empty. `where` opens every error ("bundle 'demo'").
Bundle bundle_from_document(const std::string& text, const std::string& where);

}  // namespace vinedge::detail
