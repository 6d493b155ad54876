// The checks that every picture passes before a byte of it is read or a buffer is made for it.

#include "vinedge/image.hpp"

#include <string>

namespace vinedge {

void check_image(const ImageView& image) {
  const std::string size = std::to_string(image.height) + " x " + std::to_string(image.width);
  if (image.pixels == nullptr || image.height < 1 || image.width < 1) {
    throw Error("a picture of " + size + " pixels (height x width) has nothing to read; give at least one pixel");
  }
  if (image.channels != 1 && image.channels != 3) {
    throw Error("a picture must have 3 channels in BGR order or 1, got " + std::to_string(image.channels) +
                "; convert it");
  }
  if (image.height > kMaxSide || image.width > kMaxSide || image.height > kMaxPixels / image.width) {
    throw Error("a picture of " + size + " pixels (height x width) is over the limit of 100 megapixels and 1,000,000 "
                "pixels a side; crop it to the line of text, or make it smaller");
  }
}

}  // namespace vinedge
