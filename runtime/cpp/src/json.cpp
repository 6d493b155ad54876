// Recursive descent over the grammar of RFC 8259; see json.hpp for the limits.

#include "vinedge/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "vinedge/error.hpp"

namespace vinedge {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F)), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
  }
}

// Length of the well-formed UTF-8 sequence at `text`, or 0 (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&byte](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    return follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    return follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Json document() {
    Json json = value(0);
    skip_space();
    if (at_ != text_.size()) fail("text after the end of the document");
    return json;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(what + " at byte " + std::to_string(at_)); }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  bool take(char wanted) {
    skip_space();
    if (peek() != wanted || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!take(wanted)) fail(std::string("'") + wanted + "' expected");
  }

  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Json value(int depth) {
    if (depth > Json::kMaxDepth) fail("nested deeper than " + std::to_string(Json::kMaxDepth) + " levels");
    skip_space();
    const char first = peek();
    if (first == '{') return Json(object(depth));
    if (first == '[') return Json(array(depth));
    if (first == '"') return Json(string());
    if (first == '-' || is_digit(first)) return number();
    if (take_word("true")) return Json(true);
    if (take_word("false")) return Json(false);
    if (take_word("null")) return Json(nullptr);
    fail("a value expected");
  }

  Json::Object object(int depth) {
    Json::Object members;
    expect('{');
    if (take('}')) return members;
    do {
      skip_space();
      std::string key = string();
      expect(':');
      members.emplace_back(std::move(key), value(depth + 1));
    } while (take(','));
    expect('}');
    refuse_twins(members);
    return members;
  }

  // Two readers could take different ones. Sorted, because a stranger's object may have 100,000 keys.
  void refuse_twins(const Json::Object& members) const {
    std::vector<std::string_view> keys;
    for (const auto& member : members) keys.push_back(member.first);
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) fail("a key stands twice in one object");
  }

  Json::Array array(int depth) {
    Json::Array items;
    expect('[');
    if (take(']')) return items;
    do {
      items.push_back(value(depth + 1));
    } while (take(','));
    expect(']');
    return items;
  }

  std::string string() {
    if (peek() != '"') fail("a text in quotes expected");
    ++at_;
    std::string text;
    while (true) {
      if (at_ >= text_.size()) fail("a text without end");
      const char c = text_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a text");
      if (c == '\\') {
        ++at_;
        escape(text);
        continue;
      }
      const std::size_t length = utf8_length(text_.substr(at_));
      if (length == 0) fail("bytes that are not UTF-8");
      text += text_.substr(at_, length);
      at_ += length;
    }
    ++at_;
    return text;
  }

  void escape(std::string& text) {
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    const char c = peek();
    ++at_;
    const std::size_t index = kShort.find(c);
    if (c != '\0' && index != std::string_view::npos) {
      text += kMeaning[index];
    } else if (c == 'u') {
      append_utf8(text, code_point());
    } else {
      fail("an unknown escape in a text");
    }
  }

  // What follows \u; a character beyond 0xFFFF is written as two surrogates.
  std::uint32_t code_point() {
    const std::uint32_t first = hex4();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || !take_word("\\u")) fail("half a surrogate pair");
    const std::uint32_t second = hex4();
    if (second < 0xDC00 || second > 0xDFFF) fail("half a surrogate pair");
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }

  std::uint32_t hex4() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const char lower = is_digit(c) ? c : static_cast<char>(c | 0x20);
      const std::size_t digit = std::string_view("0123456789abcdef").find(lower);
      if (c == '\0' || digit == std::string_view::npos) fail("four hex digits expected");
      code = code << 4 | static_cast<std::uint32_t>(digit);
    }
    return code;
  }

  void digits() {
    if (!is_digit(peek())) fail("a digit expected");
    while (is_digit(peek())) ++at_;
  }

  Json number() {
    const std::size_t start = at_;
    bool whole = true;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else {
      digits();
    }
    if (peek() == '.') {
      whole = false;
      ++at_;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits();
    }
    const char* first = text_.data() + start;
    const char* last = text_.data() + at_;
    std::int64_t integer = 0;
    if (whole && std::from_chars(first, last, integer).ec == std::errc()) return Json(integer);
    double real = 0;
    // Too large for a double is infinite for Python, and too small is 0: neither is in the range of any known key.
    if (std::from_chars(first, last, real).ec != std::errc()) real = HUGE_VAL;
    return Json(real);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void show(const Json& json, std::string& text, std::size_t limit) {
  if (text.size() > limit) return;
  // For people: what a terminal should not print becomes a question mark.
  const auto quote = [&text](const std::string& value) {
    text += '"';
    for (const char c : value) text += c >= ' ' && c <= '~' ? c : '?';
    text += '"';
  };
  if (const auto* flag = json.get<bool>()) {
    text += *flag ? "true" : "false";
  } else if (const auto* integer = json.get<std::int64_t>()) {
    text += std::to_string(*integer);
  } else if (const auto* real = json.get<double>()) {
    char digits[32];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, *real).ptr);
  } else if (const auto* value = json.get<std::string>()) {
    quote(*value);
  } else if (const auto* items = json.get<Json::Array>()) {
    text += '[';
    for (const Json& item : *items) {
      if (&item != items->data()) text += ", ";
      show(item, text, limit);
    }
    text += ']';
  } else if (const auto* members = json.get<Json::Object>()) {
    text += '{';
    for (const auto& member : *members) {
      if (&member != members->data()) text += ", ";
      quote(member.first);
      text += ": ";
      show(member.second, text, limit);
    }
    text += '}';
  } else {
    text += "null";
  }
}

}  // namespace

Json Json::parse(std::string_view text) { return Reader(text).document(); }

const Json* Json::find(std::string_view key) const {
  const auto* members = get<Object>();
  if (members == nullptr) return nullptr;
  const auto found =
      std::find_if(members->begin(), members->end(), [key](const auto& member) { return member.first == key; });
  return found == members->end() ? nullptr : &found->second;
}

std::string Json::shown(std::size_t limit) const {
  std::string text;
  show(*this, text, limit);
  if (text.size() > limit) text = text.substr(0, limit - 3) + "...";
  return text;
}

}  // namespace vinedge
