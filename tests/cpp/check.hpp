// The little that our C++ tests need: CHECK, CHECK_EQUAL, CHECK_REFUSED, and the folder with the golden files.
//
// A failed check is printed with its place and the test goes on; `finish()` is what main returns.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "vinedge/error.hpp"
#include "vinedge/json.hpp"

namespace check {

inline int checks = 0;
inline int failures = 0;

inline std::ostream& fail(const char* file, int line) {
  ++failures;
  return std::cerr << file << ":" << line << ": ";
}

inline int finish() {
  std::cout << checks << " checks, " << failures << " failed\n";
  return failures == 0 && checks > 0 ? 0 : 1;
}

inline std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot open " + path);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

inline std::string golden_path(const std::string& name) { return std::string(VINEDGE_GOLDEN_DIR) + "/" + name; }
inline vinedge::Json golden(const std::string& name) { return vinedge::Json::parse(read_file(golden_path(name))); }

// Members of a golden file's objects, which are known to be there.
inline const vinedge::Json::Array& items(const vinedge::Json& json, const char* key) {
  return *json.find(key)->get<vinedge::Json::Array>();
}
const vinedge::Json::Array& items(const vinedge::Json&&, const char*) = delete;  // it would die too early
inline const std::string& text(const vinedge::Json& json, const char* key) {
  return *json.find(key)->get<std::string>();
}
inline int whole(const vinedge::Json& json) { return static_cast<int>(*json.get<std::int64_t>()); }
inline int whole(const vinedge::Json& json, const char* key) { return whole(*json.find(key)); }
inline double number(const vinedge::Json& json) {
  const auto* real = json.get<double>();
  return real != nullptr ? *real : static_cast<double>(*json.get<std::int64_t>());
}

}  // namespace check

#define CHECK(condition) \
  (++check::checks, (condition) ? void() : void(check::fail(__FILE__, __LINE__) << #condition << "\n"))

#define CHECK_EQUAL(found, wanted)                                                             \
  do {                                                                                         \
    ++check::checks;                                                                           \
    const auto check_found = (found);                                                          \
    const auto check_wanted = (wanted);                                                        \
    if (!(check_found == check_wanted)) {                                                      \
      check::fail(__FILE__, __LINE__) << #found << " is " << check_found << ", not " << check_wanted << "\n"; \
    }                                                                                          \
  } while (false)

// The expression throws vinedge::Error, and its sentence holds `mentioned`.
#define CHECK_REFUSED(expression, mentioned)                                                          \
  do {                                                                                                \
    ++check::checks;                                                                                  \
    try {                                                                                             \
      (void)(expression);                                                                             \
      check::fail(__FILE__, __LINE__) << #expression << " was accepted\n";                            \
    } catch (const vinedge::Error& error) {                                                           \
      if (std::string(error.what()).find(mentioned) == std::string::npos) {                           \
        check::fail(__FILE__, __LINE__) << "'" << error.what() << "' lacks '" << (mentioned) << "'\n"; \
      }                                                                                               \
    }                                                                                                 \
  } while (false)
