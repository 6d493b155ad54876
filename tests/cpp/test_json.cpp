// The JSON reader: what RFC 8259 allows is read, everything else is refused with its place.

#include <limits>

#include "check.hpp"

using vinedge::Json;

namespace {

void test_values() {
  CHECK(Json::parse(" null ").is_null());
  CHECK_EQUAL(*Json::parse("true").get<bool>(), true);
  CHECK_EQUAL(*Json::parse("-0").get<std::int64_t>(), 0);
  CHECK_EQUAL(*Json::parse("9223372036854775807").get<std::int64_t>(), std::numeric_limits<std::int64_t>::max());
  CHECK_EQUAL(*Json::parse("9223372036854775808").get<double>(), 9223372036854775808.0);
  CHECK_EQUAL(*Json::parse("-12.5e-1").get<double>(), -1.25);
  CHECK_EQUAL(*Json::parse("1.0").get<double>(), 1.0);
  CHECK(Json::parse("1.0").get<std::int64_t>() == nullptr);
  CHECK_EQUAL(Json::parse("[]").get<Json::Array>()->size(), 0U);
  CHECK_EQUAL(Json::parse("[1, [2], {}]").get<Json::Array>()->size(), 3U);
  const Json object = Json::parse("{\"a\" : 1,\n\t\"b\":{\"c\":[true]}}");
  CHECK_EQUAL(*object.find("a")->get<std::int64_t>(), 1);
  CHECK(object.find("b")->find("c") != nullptr);
  CHECK(object.find("c") == nullptr);
  CHECK(Json::parse("[]").find("a") == nullptr);
}

void test_texts() {
  const auto text = [](const char* json) { return *Json::parse(json).get<std::string>(); };
  CHECK_EQUAL(text(R"("")"), "");
  CHECK_EQUAL(text(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  CHECK_EQUAL(text(R"("\u0041\u00e9\u20AC")"), "A\xC3\xA9\xE2\x82\xAC");
  CHECK_EQUAL(text(R"("\ud83d\ude97")"), "\xF0\x9F\x9A\x97");
  CHECK_EQUAL(text("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\x97\""), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\x97");
  CHECK_EQUAL(text(R"("\u0000")").size(), 1U);
}

void test_refusals() {
  for (const char* json :
       {"", " ", "nul", "truex", "01", "-", "1.", ".5", "1e", "+1", "0x10", "NaN", "Infinity", "[1,]", "[1 2]", "[",
        "]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "'a'", "\"a", "\"\\x\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ude97\"", "\"\\ud83d\\u0041\"", "\"a\nb\"", "1 1", "// x\n1",
        "\"\xC3\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"", "\"\xF5\x80\x80\x80\"", "\"\xE2\x82\"", "\"\xFF\"", "\"\\"}) {
    CHECK_REFUSED(Json::parse(json), "at byte");
  }
  CHECK_REFUSED(Json::parse("{\"a\":1,\"b\":2,\"a\":3}"), "twice");
  CHECK_REFUSED(Json::parse("{\"a\":1,\"\\u0061\":3}"), "twice");
  CHECK_REFUSED(Json::parse(std::string(1000000, '[')), "deeper");
  CHECK_REFUSED(Json::parse(std::string("1\0", 2)), "after the end");
  const std::string nested = std::string(Json::kMaxDepth, '[') + "1" + std::string(Json::kMaxDepth, ']');
  CHECK(!Json::parse(nested).is_null());
}

void test_shown() {
  CHECK_EQUAL(Json::parse("{\"a\":[1,2.5,null,true,\"x\"]}").shown(), "{\"a\": [1, 2.5, null, true, \"x\"]}");
  CHECK_EQUAL(Json::parse("\"a\\n\\u00e9\"").shown(), "\"a???\"");
  const std::string cut = Json::parse("\"" + std::string(1000, 'x') + "\"").shown(20);
  CHECK_EQUAL(cut, "\"" + std::string(16, 'x') + "...");
}

}  // namespace

int main() {
  test_values();
  test_texts();
  test_refusals();
  test_shown();
  return check::finish();
}
