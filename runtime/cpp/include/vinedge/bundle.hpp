// A bundle: the folder that carries a reader to a device, `bundle.json` plus the files that it lists with their
// hashes. Format version 1, see docs/bundle.md; the rules and sentences are those of vinedge/bundle.py.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "vinedge/image.hpp"

namespace vinedge {

struct Bundle {
  struct File {
    std::int64_t bytes = 0;
    std::string sha256;
  };

  std::string folder;
  std::string name;
  InputSpec input;
  std::string input_name;
  std::string output_name;
  int frames = 0;                               // T of the logits (N, T, 34)
  std::map<std::string, std::string> variants;  // precision -> file name; "fp32" is always there
  std::map<std::string, File> files;
  std::string onnx;  // content of the ONNX file of the precision asked for, the very bytes that were verified
};

// Opens the bundle in `folder` for one precision after verifying its document, and the size and hash of every file.
// Throws Error.
Bundle open_bundle(const std::string& folder, const std::string& variant = "fp32");

}  // namespace vinedge
