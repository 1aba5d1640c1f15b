#include "tests/rules/laws_suite.hpp"

TEST_CASE_TEMPLATE("laws: the rules with homeostasis obey them", Scalar, float, double) {
  hebb::try_laws_on_all(hebb::Catalogue<Scalar>::homeostasis);
}
