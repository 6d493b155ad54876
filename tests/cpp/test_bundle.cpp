// Opening bundles: the specimen of format version 1, every refusal that Python is held to, and spoiled files.

#include <filesystem>

#include "check.hpp"
#include "vinedge/bundle.hpp"
#include "vinedge/sha256.hpp"

namespace fs = std::filesystem;

namespace {

// A folder that is deleted at the end.
struct TemporaryFolder {
  fs::path path;
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "vinedge-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    path = name;
  }
  ~TemporaryFolder() { fs::remove_all(path); }
};

void write(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

const std::string kSpecimen = check::golden_path("bundle_v1");

// FIPS 180-4's examples, and lengths on both sides of a block's end.
void test_sha256() {
  CHECK_EQUAL(vinedge::sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_EQUAL(vinedge::sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_EQUAL(vinedge::sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK_EQUAL(vinedge::sha256(std::string(1000000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

void test_specimen() {
  const vinedge::Bundle bundle = vinedge::open_bundle(kSpecimen);
  CHECK_EQUAL(bundle.name, "gray-reader");
  CHECK_EQUAL(bundle.input_name, "image");
  CHECK_EQUAL(bundle.output_name, "logits");
  CHECK_EQUAL(bundle.input.height, 32);
  CHECK_EQUAL(bundle.input.width, 320);
  CHECK_EQUAL(bundle.input.mean, 127.5);
  CHECK_EQUAL(bundle.frames, 80);
  CHECK(bundle.onnx == check::read_file(kSpecimen + "/model.onnx"));
  CHECK_REFUSED(vinedge::open_bundle(kSpecimen, "int8"), "has no variant 'int8'; choose one of: fp32");
}

void test_documents() {
  const TemporaryFolder folder;
  fs::copy(kSpecimen, folder.path, fs::copy_options::recursive);
  const vinedge::Json golden = check::golden("bundle_refusals.json");
  const auto put = [&folder](const vinedge::Json& example) {
    std::string text = check::text(example, "text");
    if (example.find("repeat") != nullptr) {
      text.append(static_cast<std::size_t>(check::whole(example, "times")), check::text(example, "repeat")[0]);
    }
    write(folder.path / "bundle.json", text);
  };
  for (const vinedge::Json& example : check::items(golden, "refused")) {
    put(example);
    CHECK_REFUSED(vinedge::open_bundle(folder.path), check::text(example, "mentions"));
  }
  for (const vinedge::Json& example : check::items(golden, "accepted")) {
    put(example);
    CHECK_EQUAL(vinedge::open_bundle(folder.path).frames, 80);
  }
}

void test_spoiled_files() {
  const TemporaryFolder folder;
  fs::copy(kSpecimen, folder.path, fs::copy_options::recursive);
  const fs::path model = folder.path / "model.onnx";
  const std::string content = check::read_file(model);

  std::string changed = content;
  changed[100] = static_cast<char>(changed[100] ^ 1);
  write(model, changed);
  CHECK_REFUSED(vinedge::open_bundle(folder.path), vinedge::sha256(changed).substr(0, 8));
  CHECK_REFUSED(vinedge::open_bundle(folder.path), vinedge::sha256(content).substr(0, 8));
  write(model, content.substr(0, content.size() - 1));
  CHECK_REFUSED(vinedge::open_bundle(folder.path), "model.onnx has 641 bytes");
  write(model, content + "x");
  CHECK_REFUSED(vinedge::open_bundle(folder.path), "model.onnx has 643 bytes");
  fs::remove(model);
  CHECK_REFUSED(vinedge::open_bundle(folder.path), "model.onnx is missing");
  fs::create_directory(model);
  CHECK_REFUSED(vinedge::open_bundle(folder.path), "model.onnx is missing");

  CHECK_REFUSED(vinedge::open_bundle(folder.path / "nowhere"), "does not exist");
  CHECK_REFUSED(vinedge::open_bundle(folder.path / "bundle.json"), "is not a folder");
  fs::remove(folder.path / "bundle.json");
  CHECK_REFUSED(vinedge::open_bundle(folder.path), "has no bundle.json");
}

// A hash that fits does not make tensors in other files acceptable.
void test_external_data() {
  const TemporaryFolder folder;
  const std::string model = std::string("model \x0a\x08location\x12\x06sneaky", 24);
  std::string document = check::read_file(kSpecimen + "/bundle.json");
  const auto replace = [&document](const std::string& from, const std::string& to) {
    document.replace(document.find(from), from.size(), to);
  };
  const std::string content = check::read_file(kSpecimen + "/model.onnx");
  replace(vinedge::sha256(content), vinedge::sha256(model));
  replace(std::to_string(content.size()), std::to_string(model.size()));
  write(folder.path / "model.onnx", model);
  write(folder.path / "bundle.json", document);
  CHECK_REFUSED(vinedge::open_bundle(folder.path), "outside its own file");
}

}  // namespace

int main() {
  test_sha256();
  test_specimen();
  test_documents();
  test_spoiled_files();
  test_external_data();
  return check::finish();
}
