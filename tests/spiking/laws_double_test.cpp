#include <filesystem>

#include "tests/spiking/catalogue.hpp"

TEST_CASE(
    "every spiking rule obeys the laws, in double, and every header of include/hebb/spiking/rules "
    "is among them") {
  std::set<std::string> headers{"spiking_lpl"};  // of include/hebb/spiking/lpl
  for (const auto& file : std::filesystem::directory_iterator("../include/hebb/spiking/rules"))
    headers.insert(file.path().stem().string());
  CHECK(headers == hebb::try_laws_on_all<double>());
}
