#include "tests/rules/laws_suite.hpp"

TEST_CASE_TEMPLATE("laws: LPL obeys them", Scalar, float, double) {
  hebb::try_laws_on_all(hebb::Catalogue<Scalar>::lpl);
}

TEST_CASE("laws: LPL obeys them with the statistics of other batches, in float") {
  hebb::try_laws_on_all(hebb::Catalogue<float>::lpl_statistics);
}
