#include "tests/spiking/catalogue.hpp"

TEST_CASE("every spiking rule obeys the laws, in float") { hebb::try_laws_on_all<float>(); }
