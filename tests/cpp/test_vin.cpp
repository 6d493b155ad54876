// VIN rules against the golden answers of vinedge/vin.py.

#include "check.hpp"
#include "vinedge/vin.hpp"
#include "vinedge/vin_grammar.hpp"

int main() {
  const vinedge::Json golden = check::golden("vin.json");
  for (const vinedge::Json& example : check::items(golden, "cases")) {
    const std::string& vin = check::text(example, "vin");
    if (example.find("check_symbol")->is_null()) {
      CHECK(!vinedge::is_legal(vin));
      CHECK_REFUSED(vinedge::check_symbol(vin), "is not a VIN");
      CHECK_REFUSED(vinedge::check_digit(vin), "is not a VIN");
      CHECK_REFUSED(vinedge::outcome_of(vin), "is not a VIN");
    } else {
      CHECK(vinedge::is_legal(vin));
      CHECK_EQUAL(std::string(1, vinedge::check_symbol(vin)), check::text(example, "check_symbol"));
      CHECK_EQUAL(std::string(vinedge::name_of(vinedge::check_digit(vin))), check::text(example, "check_digit"));
      CHECK_EQUAL(static_cast<int>(vinedge::outcome_of(vin)), check::whole(example, "outcome"));
    }
  }
  return check::finish();
}
