#include "tests/rules/laws_suite.hpp"

TEST_CASE("the fourth part of the catalogue obeys the laws, in double") {
  hebb::try_laws_on_all(hebb::Catalogue<double>::fourth);
}
