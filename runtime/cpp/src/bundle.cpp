// Opening a bundle: its document, then every file for size and hash; see bundle.hpp.

#include "vinedge/bundle.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "bundle_document.hpp"
#include "vinedge/error.hpp"
#include "vinedge/sha256.hpp"

namespace vinedge {
namespace {

namespace fs = std::filesystem;
using detail::kAgain;
using detail::kDocument;
using detail::kMaxDocumentBytes;

// A StringStringEntryProto with the key "location" opens with these bytes; in ONNX it stands only in a tensor whose
// values lie in another file. Readers never follow such a path.
constexpr std::string_view kExternalData = "\x0a\x08location";

// At most `limit` bytes of `path`, or nothing if there is no such file; a pipe or a folder is none.
std::optional<std::string> read_file(const fs::path& path, std::int64_t limit, const std::string& where) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  const auto fail = [&](int reason) {
    throw Error(where + ": cannot read " + path.filename().string() + ": " + std::strerror(reason) +
                "; check its permissions");
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) fail(errno);
  std::string data;
  char part[1 << 16];
  while (static_cast<std::int64_t>(data.size()) < limit) {
    const std::size_t wanted = std::min(sizeof part, static_cast<std::size_t>(limit) - data.size());
    const std::size_t got = std::fread(part, 1, wanted, file.get());
    data.append(part, got);
    if (got < wanted) {
      if (std::ferror(file.get()) != 0) fail(errno);
      break;
    }
  }
  return data;
}

std::string read_document(const std::string& folder, const std::string& where) {
  const fs::path path = fs::path(folder) / kDocument;
  std::optional<std::string> data = read_file(path, kMaxDocumentBytes + 1, where);
  if (data) return *std::move(data);
  std::error_code ignored;
  std::string problem = "does not exist";
  if (fs::is_directory(folder, ignored)) {
    problem = std::string("has no ") + kDocument + ", so it is not a bundle";
  } else if (fs::exists(folder, ignored)) {
    problem = "is not a folder";
  }
  throw Error(where + " " + problem + "; give the folder that vin-export wrote");
}

const std::string& file_of(const Bundle& bundle, const std::string& variant, const std::string& where) {
  const auto found = bundle.variants.find(variant);
  if (found != bundle.variants.end()) return found->second;
  std::string known;
  for (const auto& entry : bundle.variants) known += (known.empty() ? "" : ", ") + entry.first;
  throw Error(where + " has no variant '" + variant + "'; choose one of: " + known);
}

std::string read_verified(const std::string& folder, const std::string& name, const Bundle::File& record,
                          const std::string& where) {
  const fs::path path = fs::path(folder) / name;
  // One byte beyond the record is read at most, enough to see that a file has grown.
  std::optional<std::string> data = read_file(path, record.bytes + 1, where);
  if (!data) throw Error(where + ": " + name + " is missing; " + kAgain);
  const std::string hash = sha256(*data);
  const std::string found = hash.substr(0, 8), wanted = record.sha256.substr(0, 8);
  if (static_cast<std::int64_t>(data->size()) != record.bytes) {
    std::error_code ignored;
    throw Error(where + ": " + name + " has " + std::to_string(fs::file_size(path, ignored)) + " bytes (sha256 " +
                found + "), " + kDocument + " says " + std::to_string(record.bytes) + " (" + wanted + "); " + kAgain);
  }
  if (hash != record.sha256) {
    throw Error(where + ": " + name + " has sha256 " + found + ", " + kDocument + " says " + wanted + "; " + kAgain);
  }
  if (data->find(kExternalData) != std::string::npos) {
    throw Error(where + ": " + name + " keeps tensors outside its own file; a bundle takes only self-contained ONNX " +
                "files, re-run vin-export");
  }
  return *std::move(data);
}

}  // namespace

Bundle open_bundle(const std::string& folder, const std::string& variant) {
  const std::string where = "bundle '" + folder + "'";
  Bundle bundle = detail::bundle_from_document(read_document(folder, where), where);
  bundle.folder = folder;
  const std::string& wanted = file_of(bundle, variant, where);
  for (const auto& file : bundle.files) {
    std::string content = read_verified(folder, file.first, file.second, where);
    if (file.first == wanted) bundle.onnx = std::move(content);
  }
  return bundle;
}

}  // namespace vinedge
