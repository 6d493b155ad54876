// A small strict JSON reader (RFC 8259) for documents that may come from a stranger.
//
// Bounded: depth and size are limited, a key that stands twice, NaN, trailing text and invalid UTF-8 are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vinedge {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;
  // A number without fraction and exponent that fits is an int64, every other one a double.
  using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;

  static constexpr int kMaxDepth = 64;

  Json() = default;
  explicit Json(Value value) : value_(std::move(value)) {}

  // Throws Error with what is wrong and at which byte; the caller says in which file.
  static Json parse(std::string_view text);

  template <class T>
  const T* get() const {
    return std::get_if<T>(&value_);
  }
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }

  // The member of an object, or nullptr if this is no object or has no such key.
  const Json* find(std::string_view key) const;

  // The value as JSON text, cut after about `limit` bytes: for error messages.
  std::string shown(std::size_t limit = 60) const;

 private:
  Value value_ = nullptr;
};

}  // namespace vinedge
