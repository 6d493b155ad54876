// Checks `bundle.json` key by key; see bundle_document.hpp.

#include "bundle_document.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "vinedge/charset.hpp"
#include "vinedge/error.hpp"
#include "vinedge/json.hpp"

namespace vinedge::detail {
namespace {

constexpr std::int64_t kFormatVersion = 1;
constexpr const char* kReferenceVariant = "fp32";
constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 30;
constexpr std::size_t kMaxFiles = 64;

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Letters, digits, '.', '_' and '-', not opening with a mark, at most 64.
bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && is_alnum(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

// Where ONNX writers put tensors that they leave outside the model (`model.onnx.data`, `model.onnx_data`, ...).
bool is_sidecar(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  for (const std::string_view end : {".data", "_data", ".weight", ".weights", ".bin", ".pb"}) {
    if (name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0) return true;
  }
  return false;
}

bool is_text(const Json& value) {
  const auto* text = value.get<std::string>();
  if (text == nullptr || text->empty()) return false;
  const auto characters = std::count_if(text->begin(), text->end(), [](char c) { return (c & 0xC0) != 0x80; });
  return characters <= 200;
}

bool is_whole(const Json& value, std::int64_t low, std::int64_t high) {
  const auto* number = value.get<std::int64_t>();
  return number != nullptr && *number >= low && *number <= high;
}

double number_of(const Json& value) {
  if (const auto* whole = value.get<std::int64_t>()) return static_cast<double>(*whole);
  const auto* real = value.get<double>();
  return real != nullptr ? *real : std::nan("");
}

// One JSON object of the document; `path` is how an error names it ("input."), `where` opens every error.
class Section {
 public:
  using Check = std::function<bool(const Json&)>;

  Section(const Json& values, std::string path, std::string where)
      : values_(values), path_(std::move(path)), where_(std::move(where)) {}

  const Json& want(const std::string& key, const Check& good, const std::string& wanted) const {
    const Json* value = values_.find(key);
    if (value == nullptr) throw Error(where_ + ": " + kDocument + " has no '" + path_ + key + "'; " + kAgain);
    if (!good(*value)) {
      throw Error(where_ + ": '" + path_ + key + "' in " + kDocument + " is " + value->shown() + ", not " + wanted +
                  "; " + kAgain);
    }
    return *value;
  }

  const std::string& text(const std::string& key) const {
    return *want(key, is_text, "a non-empty text").get<std::string>();
  }

  void text(const std::string& key, std::string_view only) const {
    const auto same = [only](const Json& value) {
      const auto* found = value.get<std::string>();
      return found != nullptr && *found == only;
    };
    want(key, same, "'" + std::string(only) + "'");
  }

  std::int64_t whole(const std::string& key, std::int64_t low, std::int64_t high, const std::string& wanted) const {
    return *want(key, [=](const Json& value) { return is_whole(value, low, high); }, wanted).get<std::int64_t>();
  }

  double number(const std::string& key, double low, double high, const std::string& wanted) const {
    const auto within = [=](const Json& value) { return number_of(value) >= low && number_of(value) <= high; };
    return number_of(want(key, within, wanted));
  }

  Section section(const std::string& key) const {
    const auto is_object = [](const Json& value) { return value.get<Json::Object>() != nullptr; };
    return Section(want(key, is_object, "an object"), path_ + key + ".", where_);
  }

  const Json::Object& members() const { return *values_.get<Json::Object>(); }
  const std::string& where() const { return where_; }

 private:
  const Json& values_;
  std::string path_;
  std::string where_;
};

std::string range(std::int64_t low, std::int64_t high, const char* of = "") {
  return "a whole number " + std::string(of) + "from " + std::to_string(low) + " to " + std::to_string(high);
}

void check_version(const Json* version, const std::string& where) {
  if (version == nullptr || !is_whole(*version, 1, INT64_MAX)) {
    throw Error(where + ": 'format_version' in " + kDocument + " is not a whole number from 1; " + kAgain);
  }
  const std::int64_t found = *version->get<std::int64_t>();
  if (found > kFormatVersion) {
    throw Error(where + " has format version " + std::to_string(found) + ", and vinedge " VINEDGE_VERSION
                " reads up to " + std::to_string(kFormatVersion) +
                "; upgrade vinedge, or re-run vin-export with this version");
  }
}

void check_file_name(const std::string& name, const std::string& where) {
  if (!is_name(name) || name == kDocument) {
    throw Error(where + ": " + kDocument + " lists a file named " + Json(name).shown() +
                ", and only plain names (letters, digits, '.', '_', '-') inside the bundle's folder are allowed; " +
                kAgain);
  }
  if (is_sidecar(name)) {
    throw Error(where + ": " + kDocument + " lists " + name + ", which holds tensors outside their ONNX file; " +
                "a bundle takes only self-contained ONNX files, re-run vin-export");
  }
}

bool is_sha256(const Json& value) {
  const auto* text = value.get<std::string>();
  return text != nullptr && text->size() == 64 && text->find_first_not_of("0123456789abcdef") == std::string::npos;
}

void read_network(const Section& top, Bundle& bundle) {
  const Section input = top.section("input");
  bundle.input_name = input.text("name");
  input.text("color", "gray");
  bundle.input.height = static_cast<int>(input.whole("height", 8, 512, range(8, 512, "of pixels ")));
  bundle.input.width = static_cast<int>(input.whole("width", 32, 4096, range(32, 4096, "of pixels ")));
  input.text("resize", "box-linear");
  bundle.input.mean = input.number("mean", -1e6, 1e6, "a number from -1e6 to 1e6");
  bundle.input.std = input.number("std", 1e-6, 1e6, "a number from 1e-6 to 1e6");
  const Section output = top.section("output");
  bundle.output_name = output.text("name");
  output.text("kind", "ctc");
  bundle.frames = static_cast<int>(output.whole("frames", kMinFrames, 4096, range(kMinFrames, 4096)));
  output.whole("classes", kNumClasses, kNumClasses, std::to_string(kNumClasses));
}

void read_files(const Section& top, Bundle& bundle) {
  const Section files = top.section("files");
  const std::size_t count = files.members().size();
  if (count < 1 || count > kMaxFiles) {
    throw Error(top.where() + ": 'files' in " + kDocument + " lists " + std::to_string(count) + " files, not 1 to " +
                std::to_string(kMaxFiles) + "; " + kAgain);
  }
  for (const auto& member : files.members()) {
    check_file_name(member.first, top.where());
    const Section record = files.section(member.first);
    const std::int64_t bytes = record.whole("bytes", 1, kMaxFileBytes, range(1, kMaxFileBytes));
    bundle.files[member.first] = {bytes, *record.want("sha256", is_sha256, "64 hex digits").get<std::string>()};
  }
  const Section variants = top.section("variants");
  variants.want(kReferenceVariant, [](const Json&) { return true; }, "");
  const auto is_listed = [&bundle](const Json& value) {
    const auto* name = value.get<std::string>();
    return name != nullptr && bundle.files.count(*name) != 0;
  };
  for (const auto& member : variants.members()) {
    bundle.variants[member.first] = *variants.want(member.first, is_listed, "one of 'files'").get<std::string>();
  }
}

Json parse(const std::string& text, const std::string& where) {
  if (static_cast<std::int64_t>(text.size()) > kMaxDocumentBytes) {
    throw Error(where + ": " + kDocument + " is larger than " + std::to_string(kMaxDocumentBytes) + " bytes; " +
                kAgain);
  }
  try {
    return Json::parse(text);
  } catch (const Error& reason) {
    throw Error(where + ": " + kDocument + " is not valid JSON (" + reason.what() + "); " + kAgain);
  }
}

}  // namespace

Bundle bundle_from_document(const std::string& text, const std::string& where) {
  const Json document = parse(text, where);
  const Json* format = document.find("format");
  const auto* name = format == nullptr ? nullptr : format->get<std::string>();
  if (name == nullptr || *name != "vinedge-bundle") {
    throw Error(where + ": " + kDocument + " does not say \"format\": \"vinedge-bundle\", so this is not a vinedge " +
                "bundle; give the folder that vin-export wrote");
  }
  check_version(document.find("format_version"), where);
  const Section top(document, "", where);
  Bundle bundle;
  const auto has_name = [](const Json& value) {
    const auto* text = value.get<std::string>();
    return text != nullptr && is_name(*text);
  };
  bundle.name = *top.want("name", has_name, "a name of letters, digits, '.', '_' and '-', at most 64")
                     .get<std::string>();
  top.text("created_by");
  top.text("charset", kSymbols);
  top.whole("blank", kBlank, kBlank, std::to_string(kBlank));
  read_network(top, bundle);
  // Later decoders and calibrations change readings: without them, what the export verified does not hold.
  const auto is_off = [](const Json& value) {
    const auto* policy = value.get<std::string>();
    return policy != nullptr && *policy == "off";
  };
  top.section("decoder").want("policy", is_off, "'off' (all that vinedge " VINEDGE_VERSION " knows)");
  top.want("calibration", [](const Json& value) { return value.is_null(); },
           "null (vinedge " VINEDGE_VERSION " knows no calibration)");
  top.section("provenance");
  top.section("report");
  read_files(top, bundle);
  return bundle;
}

}  // namespace vinedge::detail
