// A Python array as an ImageView; see picture.hpp.

#include "picture.hpp"

#include <cstring>
#include <string>

#include "vinedge/error.hpp"

namespace nb = nanobind;

namespace vinedge::python {
namespace {

bool is_picture(const Py_buffer& buffer) {
  if (std::strcmp(buffer.format, "B") != 0 || buffer.len == 0) return false;
  return buffer.ndim == 2 || (buffer.ndim == 3 && buffer.shape[2] == 3);
}

[[noreturn]] void refuse(nb::handle object) {
  if (nb::hasattr(object, "dtype") && nb::hasattr(object, "ndim")) {
    nb::module_::import_("vinedge.preprocess").attr("check_picture")(object);
  }
  throw Error(std::string("a picture must be a uint8 array of shape (H, W, 3) in BGR order or (H, W), got ") +
              nb::type_name(object.type()).c_str() + "; give a numpy array" +
              (object.is_none() ? " (cv2.imread returns None for a file that it cannot read)" : ""));
}

}  // namespace

Picture::Picture(nb::handle object) {
  if (PyObject_GetBuffer(object.ptr(), &buffer_, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    refuse(object);
  }
  if (!is_picture(buffer_)) {
    PyBuffer_Release(&buffer_);
    refuse(object);
  }
}

Picture::~Picture() { PyBuffer_Release(&buffer_); }

ImageView Picture::view() {
  const int channels = buffer_.ndim == 3 ? 3 : 1;
  ImageView image{static_cast<const std::uint8_t*>(buffer_.buf), buffer_.shape[0], buffer_.shape[1], channels,
                  buffer_.strides[0]};
  check_image(image);
  const Py_ssize_t pixel_step = buffer_.strides[1];
  const Py_ssize_t channel_step = channels == 3 ? buffer_.strides[2] : 1;
  if (channel_step == 1 && (pixel_step == channels || image.width == 1)) return image;

  copy_.resize(static_cast<std::size_t>(image.height * image.width * channels));
  std::uint8_t* to = copy_.data();
  for (Py_ssize_t y = 0; y < image.height; ++y) {
    const std::uint8_t* pixel = image.pixels + y * image.row_stride;
    for (Py_ssize_t x = 0; x < image.width; ++x, pixel += pixel_step) {
      for (int channel = 0; channel < channels; ++channel) *to++ = pixel[channel * channel_step];
    }
  }
  image.pixels = copy_.data();
  image.row_stride = image.width * channels;
  return image;
}

}  // namespace vinedge::python
