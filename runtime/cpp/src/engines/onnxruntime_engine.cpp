// The CPU engine: ONNX Runtime's own library, opened at run time (`pip install onnxruntime` brings it).
//
// Looked for where VINEDGE_ONNXRUNTIME says, else where the caller says (Python finds the wheel), else by the
// system's loader.

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "engines/engine_factory.hpp"
#include "engines/onnxruntime_api.hpp"
#include "vinedge/error.hpp"

namespace vinedge::detail {
namespace {

// An opened library. It is never closed again: ONNX Runtime keeps threads and statics of its own.
struct Library {
  OrtApi api;
  std::string version;
};

std::string remedy() {
  return "run: pip install onnxruntime, or set VINEDGE_ONNXRUNTIME to the path of libonnxruntime.so (1.17 or later)";
}

Library open_library(const EngineOptions& options) {
  const char* override_path = std::getenv("VINEDGE_ONNXRUNTIME");
  std::vector<std::string> paths = {"libonnxruntime.so.1", "libonnxruntime.so"};
  if (override_path != nullptr && *override_path != '\0') {
    paths = {override_path};
  } else if (!options.library.empty()) {
    paths = {options.library};
  }
  void* handle = nullptr;
  std::string problem;
  for (const std::string& path : paths) {
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle != nullptr) break;
    if (const char* text = dlerror(); problem.empty() && text != nullptr) problem = text;
  }
  if (handle == nullptr) throw Error("engine 'onnxruntime' cannot open ONNX Runtime (" + problem + "); " + remedy());
  const auto get_base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(handle, "OrtGetApiBase"));
  if (get_base == nullptr) {
    throw Error("engine 'onnxruntime': the library found is not ONNX Runtime (no OrtGetApiBase); " + remedy());
  }
  const OrtApiBase* base = get_base();
  void* const* slots = base->get_api(kOrtApiVersion);
  if (slots == nullptr) {
    throw Error(std::string("engine 'onnxruntime': version ") + base->version() + " is too old; " + remedy());
  }
  return {OrtApi(slots), base->version()};
}

// Owns one handle of the C interface.
template <class T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

class OnnxRuntimeEngine final : public Engine {
 public:
  OnnxRuntimeEngine(const Network& network, const EngineOptions& options)
      : library_(open_library(options)),
        env_(make(api().create_env, api().release_env, kOrtLogErrors, "vinedge")),
        memory_(make(api().create_cpu_memory_info, api().release_memory_info, kOrtArenaAllocator, kOrtDefaultMemory)),
        session_(open_session(network.onnx, options)),
        input_(network.input),
        output_(network.output) {
    std::size_t inputs = 0, outputs = 0;
    check(api().input_count(session_.get(), &inputs));
    check(api().output_count(session_.get(), &outputs));
    if (inputs != 1 || outputs != 1) {
      throw Error("the network has " + std::to_string(inputs) + " inputs and " + std::to_string(outputs) +
                  " outputs, not one of each; re-run vin-export");
    }
    check_tensor(input_, found(api().input_name, api().input_type_info));
    check_tensor(output_, found(api().output_name, api().output_type_info));
  }

  std::string description() const override { return "onnxruntime " + library_.version + " (cpu)"; }
  const TensorInfo& input() const override { return input_; }
  const TensorInfo& output() const override { return output_; }

  void run(const float* in, float* out, int n) const override {
    // The interface takes inputs as mutable memory and does not write to them.
    const Handle<OrtValue> input = tensor(const_cast<float*>(in), input_, n);
    const Handle<OrtValue> output = tensor(out, output_, n);
    const char* input_name = input_.name.c_str();
    const char* output_name = output_.name.c_str();
    const OrtValue* inputs[] = {input.get()};
    OrtValue* outputs[] = {output.get()};
    check(api().run(session_.get(), nullptr, &input_name, inputs, 1, &output_name, 1, outputs));
  }

 private:
  const OrtApi& api() const { return library_.api; }

  void check(OrtStatus* status) const {
    if (status == nullptr) return;
    const std::string message = api().error_message(status);
    api().release_status(status);
    throw Error("onnxruntime " + library_.version + ": " + message + "; if the bundle is whole, re-run vin-export");
  }

  // Calls create(arguments..., &handle) and owns the handle.
  template <class T, class... Parameters, class... Arguments>
  Handle<T> make(OrtStatus* (*create)(Parameters...), void (*release)(T*), Arguments... arguments) const {
    T* handle = nullptr;
    check(create(arguments..., &handle));
    return Handle<T>(handle, release);
  }

  Handle<OrtSession> open_session(const std::string& model, const EngineOptions& options) const {
    const Handle<OrtSessionOptions> session_options =
        make(api().create_session_options, api().release_session_options);
    check(api().set_optimization_level(session_options.get(), kOrtAllOptimizations));
    check(api().set_intra_op_threads(session_options.get(), options.threads));
    check(api().set_inter_op_threads(session_options.get(), 1));
    return make(api().create_session_from_array, api().release_session, env_.get(),
                static_cast<const void*>(model.data()), model.size(),
                static_cast<const OrtSessionOptions*>(session_options.get()));
  }

  template <class Name, class Type>
  TensorInfo found(Name get_name, Type get_type) const {
    OrtAllocator* allocator = nullptr;  // the process's own, not ours to release
    check(api().default_allocator(&allocator));
    char* name = nullptr;
    check(get_name(session_.get(), 0, allocator, &name));
    TensorInfo info{name, {}};
    check(api().allocator_free(allocator, name));

    const Handle<OrtTypeInfo> type = make(get_type, api().release_type_info, session_.get(), std::size_t{0});
    const OrtTensorInfo* tensor = nullptr;
    check(api().tensor_info_from_type_info(type.get(), &tensor));
    int element_type = 0;
    if (tensor != nullptr) check(api().element_type(tensor, &element_type));
    if (element_type != kOrtFloat) {
      throw Error("'" + info.name + "' of the network is not a float32 tensor; re-run vin-export");
    }
    std::size_t rank = 0;
    check(api().dimensions_count(tensor, &rank));
    info.shape.resize(rank);
    check(api().dimensions(tensor, info.shape.data(), rank));
    return info;
  }

  // A tensor over the caller's memory, with `n` items.
  Handle<OrtValue> tensor(float* data, const TensorInfo& info, int n) const {
    std::array<std::int64_t, 4> shape = {n};  // on the stack: a read allocates nothing of ours
    std::size_t count = static_cast<std::size_t>(n);
    for (std::size_t axis = 1; axis < info.shape.size(); ++axis) {
      shape[axis] = info.shape[axis];
      count *= static_cast<std::size_t>(shape[axis]);
    }
    return make(api().create_tensor_with_data, api().release_value, memory_.get(), static_cast<void*>(data),
                count * sizeof(float), shape.data(), info.shape.size(), kOrtFloat);
  }

  Library library_;
  Handle<OrtEnv> env_;
  Handle<OrtMemoryInfo> memory_;
  Handle<OrtSession> session_;
  TensorInfo input_;
  TensorInfo output_;
};

std::string unavailable(const EngineOptions& options) {
  try {
    open_library(options);
    return "";
  } catch (const Error& reason) {
    return reason.what();
  }
}

std::unique_ptr<Engine> open(const Network& network, const EngineOptions& options) {
  return std::make_unique<OnnxRuntimeEngine>(network, options);
}

}  // namespace

extern const EngineFactory onnxruntime_engine;  // a constant is the file's own unless declared so
const EngineFactory onnxruntime_engine = {"onnxruntime", unavailable, open};

}  // namespace vinedge::detail
