#include "tests/rules/laws_suite.hpp"

TEST_CASE("the second part of the catalogue obeys the laws, in float") {
  hebb::try_laws_on_all(hebb::Catalogue<float>::second);
}
