// A Python array as an ImageView.
//
// Rows whose pixels lie side by side are read where they are, so a crop `frame[y0:y1, x0:x1]` or a flipped
// `picture[::-1]` costs nothing; any other layout (`picture[:, :, ::-1]`, a transposed array) is copied once.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <vector>

#include "vinedge/image.hpp"

namespace vinedge::python {

// Holds the array's buffer, so that it stays where it is while the GIL is released. Made and destroyed with the GIL.
class Picture {
 public:
  // Raises VinEdgeError, in the words of vinedge.preprocess.check_picture, for anything but uint8 (H, W, 3) or (H, W).
  explicit Picture(nanobind::handle object);
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  // The pixels, valid as long as this object; copies them if it must. Needs no GIL. Throws Error as check_image does.
  ImageView view();

 private:
  Py_buffer buffer_;
  std::vector<std::uint8_t> copy_;
};

}  // namespace vinedge::python
