// The list of engines, how a library is looked for, and what a network must look like.

#include "check.hpp"
#include "engines/engine_factory.hpp"
#include "vinedge/engine.hpp"

using vinedge::TensorInfo;

namespace {

void test_tensor_check() {
  const TensorInfo wanted = {"image", {-1, 1, 32, 320}};
  vinedge::detail::check_tensor(wanted, wanted);
  vinedge::detail::check_tensor(wanted, {"image", {-1, 1, -1, -1}});
  const auto refused = [&wanted](const TensorInfo& found) {
    CHECK_REFUSED(vinedge::detail::check_tensor(wanted, found), "its bundle says 'image' (open, 1, 32, 320)");
  };
  refused({"other", {-1, 1, 32, 320}});
  refused({"image", {1, 1, 32, 320}});  // a batch size of its own
  refused({"image", {-1, 3, 32, 320}});
  refused({"image", {-1, 1, 32}});
  refused({"image", {}});
}

void test_list() {
  CHECK(!vinedge::engines().empty());
  for (const vinedge::EngineInfo& info : vinedge::engines()) CHECK_EQUAL(info.available, info.reason.empty());
  CHECK_REFUSED(vinedge::open_engine("warp", {}, {}), "unknown engine 'warp'; choose one of: auto, onnxruntime");
  CHECK_REFUSED(vinedge::open_engine("auto", {}, {0, ""}), "threads must be from 1 to 256");
  CHECK_REFUSED(vinedge::open_engine("auto", {}, {257, ""}), "threads must be from 1 to 256");
}

void test_missing_library() {
  setenv("VINEDGE_ONNXRUNTIME", "/nowhere/libonnxruntime.so", 1);
  const vinedge::EngineInfo info = vinedge::engines().front();
  CHECK(!info.available);
  CHECK(info.reason.find("/nowhere/libonnxruntime.so") != std::string::npos);
  CHECK_REFUSED(vinedge::open_engine("auto", {}, {}), "pip install onnxruntime");
  setenv("VINEDGE_ONNXRUNTIME", "libc.so.6", 1);
  CHECK_REFUSED(vinedge::open_engine("onnxruntime", {}, {}), "is not ONNX Runtime");
  unsetenv("VINEDGE_ONNXRUNTIME");
  CHECK_REFUSED(vinedge::open_engine("onnxruntime", {}, {1, "/nowhere/else.so"}), "/nowhere/else.so");
}

}  // namespace

int main() {
  test_tensor_check();
  test_list();
  test_missing_library();
  return check::finish();
}
