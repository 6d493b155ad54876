// The part of ONNX Runtime's C interface that we call, declared by ourselves: its wheels hold the library and no
// headers, and linking it would tie us to one version (its one export is versioned).
//
// OrtApi is a table of functions that only ever grows; slot numbers never change. GetApi(17) is answered by 1.17 and
// every later version.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vinedge::detail {

struct OrtEnv;
struct OrtStatus;
struct OrtMemoryInfo;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtTypeInfo;
struct OrtTensorInfo;
struct OrtAllocator;

inline constexpr std::uint32_t kOrtApiVersion = 17;
inline constexpr int kOrtLogErrors = 3;
inline constexpr int kOrtAllOptimizations = 99;
inline constexpr int kOrtArenaAllocator = 1;
inline constexpr int kOrtDefaultMemory = 0;
inline constexpr int kOrtFloat = 1;

struct OrtApiBase {
  void* const* (*get_api)(std::uint32_t version);
  const char* (*version)();
};

// Typed pointers into the table.
struct OrtApi {
  explicit OrtApi(void* const* slots) {
    const auto take = [slots](auto& function, std::size_t slot) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(slots[slot]);
    };
    take(error_message, 2);
    take(create_env, 3);
    take(create_session_from_array, 8);
    take(run, 9);
    take(create_session_options, 10);
    take(set_optimization_level, 23);
    take(set_intra_op_threads, 24);
    take(set_inter_op_threads, 25);
    take(input_count, 30);
    take(output_count, 31);
    take(input_type_info, 33);
    take(output_type_info, 34);
    take(input_name, 36);
    take(output_name, 37);
    take(create_tensor_with_data, 49);
    take(tensor_info_from_type_info, 55);
    take(element_type, 60);
    take(dimensions_count, 61);
    take(dimensions, 62);
    take(create_cpu_memory_info, 69);
    take(allocator_free, 76);
    take(default_allocator, 78);
    take(release_env, 92);
    take(release_status, 93);
    take(release_memory_info, 94);
    take(release_session, 95);
    take(release_value, 96);
    take(release_type_info, 98);
    take(release_session_options, 100);
  }

  // A null status is success.
  const char* (*error_message)(const OrtStatus*);
  OrtStatus* (*create_env)(int log_level, const char* log_id, OrtEnv**);
  OrtStatus* (*create_session_from_array)(const OrtEnv*, const void* model, std::size_t bytes,
                                          const OrtSessionOptions*, OrtSession**);
  OrtStatus* (*run)(OrtSession*, const OrtRunOptions*, const char* const* input_names, const OrtValue* const* inputs,
                    std::size_t inputs_count, const char* const* output_names, std::size_t outputs_count, OrtValue**);
  OrtStatus* (*create_session_options)(OrtSessionOptions**);
  OrtStatus* (*set_optimization_level)(OrtSessionOptions*, int level);
  OrtStatus* (*set_intra_op_threads)(OrtSessionOptions*, int);
  OrtStatus* (*set_inter_op_threads)(OrtSessionOptions*, int);
  OrtStatus* (*input_count)(const OrtSession*, std::size_t*);
  OrtStatus* (*output_count)(const OrtSession*, std::size_t*);
  OrtStatus* (*input_type_info)(const OrtSession*, std::size_t index, OrtTypeInfo**);
  OrtStatus* (*output_type_info)(const OrtSession*, std::size_t index, OrtTypeInfo**);
  OrtStatus* (*input_name)(const OrtSession*, std::size_t index, OrtAllocator*, char**);
  OrtStatus* (*output_name)(const OrtSession*, std::size_t index, OrtAllocator*, char**);
  OrtStatus* (*create_tensor_with_data)(const OrtMemoryInfo*, void* data, std::size_t bytes, const std::int64_t* shape,
                                        std::size_t rank, int element_type, OrtValue**);
  // The result belongs to the type info; null when that is no tensor.
  OrtStatus* (*tensor_info_from_type_info)(const OrtTypeInfo*, const OrtTensorInfo**);
  OrtStatus* (*element_type)(const OrtTensorInfo*, int*);
  OrtStatus* (*dimensions_count)(const OrtTensorInfo*, std::size_t*);
  OrtStatus* (*dimensions)(const OrtTensorInfo*, std::int64_t*, std::size_t rank);
  OrtStatus* (*create_cpu_memory_info)(int allocator, int memory, OrtMemoryInfo**);
  OrtStatus* (*allocator_free)(OrtAllocator*, void*);
  OrtStatus* (*default_allocator)(OrtAllocator**);
  void (*release_env)(OrtEnv*);
  void (*release_status)(OrtStatus*);
  void (*release_memory_info)(OrtMemoryInfo*);
  void (*release_session)(OrtSession*);
  void (*release_value)(OrtValue*);
  void (*release_type_info)(OrtTypeInfo*);
  void (*release_session_options)(OrtSessionOptions*);
};

}  // namespace vinedge::detail
