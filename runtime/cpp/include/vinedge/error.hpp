// The one exception of this library: bad input, said in one sentence (what, where, what to do).
//
// Python sees it as vinedge.errors.VinEdgeError. Anything else that escapes (std::bad_alloc,
// std::logic_error) is not the user's mistake.
#pragma once

#include <stdexcept>
#include <string>

namespace vinedge {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& sentence) : std::runtime_error(sentence) {}
};

}  // namespace vinedge
