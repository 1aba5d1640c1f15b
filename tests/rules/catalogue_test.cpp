#include "tests/rules/catalogue.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>

using namespace hebb;

TEST_CASE("every header of include/hebb/rules is in the catalogue, and nothing else") {
  std::set<std::string> headers, catalogue;
  for (const auto& file : std::filesystem::directory_iterator("../include/hebb/rules"))
    headers.insert(file.path().stem().string());
  const auto list = [&](const auto& part) {
    std::apply([&](const auto&... header) { (catalogue.insert(header.name), ...); }, part);
  };
  list(Catalogue<float>::all);
  CHECK(headers == catalogue);
}

TEST_CASE(
    "every form of every rule has a label of its own, so that checkpoints cannot be mistaken") {
  std::set<std::string> labels;
  std::size_t forms = 0;
  const auto add = [&]<typename... Rules>(const Header<Rules...>&) {
    forms += sizeof...(Rules);
    (labels.insert(laws::labels(Rules{})), ...);
  };
  const auto list = [&](const auto& part) {
    std::apply([&](const auto&... header) { (add(header), ...); }, part);
  };
  list(Catalogue<float>::all);
  CHECK(labels.size() == forms);
  CHECK(laws::labels(Bcm<float, LawCooper>{}) == "rule = Bcm<LawCooper>; optimizer = Plain; ");
}
