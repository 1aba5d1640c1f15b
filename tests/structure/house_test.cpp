// What the repository holds, and what its headers never say.
#include <doctest/doctest.h>

#include <regex>

#include "tests/structure/source.hpp"

using namespace structure;

namespace {

/// Names whose results differ between standard libraries, or that keep a hidden global state; and
/// macros of our own.
const std::regex banned(R"(\w+_distribution\b|std::(random_)?shuffle\b|std::rand\b|\bsrand\b)"
                        R"(|::(Random|setRandom)\s*\(|#define\b|std::cout|std::cerr|\bprintf\b)");

/// The number of code points in UTF-8.
std::ptrdiff_t characters(const std::string& line) {
  return std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

}  // namespace

TEST_CASE(
    "house: headers draw random numbers from hebb::Random alone, print nothing, and define no "
    "macros") {
  for (const std::string& header : headers()) {
    const std::string text = code(content(root / "include" / header));
    std::smatch match;
    CHECK_MESSAGE(!std::regex_search(text, match, banned), header, ": ", match.str());
  }
}

TEST_CASE("house: a banned name is caught in code, and may stand in a comment") {
  CHECK(std::regex_search(code("x = std::normal_distribution<float>{}(g);"), banned));
  CHECK(std::regex_search(code("Eigen::MatrixXf::Random(2, 2);"), banned));
  CHECK(std::regex_search(code("std::shuffle(a, b, g);"), banned));
  CHECK_FALSE(std::regex_search(code("int x;  // not std::shuffle\n/* nor srand */"), banned));
  CHECK_FALSE(std::regex_search(
      code("require(ok, \"std::rand is not used\"); random.normal<float>(2, 2);"), banned));
}

TEST_CASE("house: every header opens with its file comment and is included once") {
  for (const std::string& header : headers()) {
    const std::string text = content(root / "include" / header);
    CHECK_MESSAGE(text.starts_with("/// @file\n"), header);
    CHECK_MESSAGE(text.find("#pragma once\n") != std::string::npos, header);
  }
}

TEST_CASE("house: the top level holds what it should and nothing else") {
  const std::set<std::string> expected{"include", "tests",          "bench",   "examples",
                                       "docs",    "CMakeLists.txt", "LICENSE", "README.md"};
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(".") && !name.starts_with("build") && name != "out")
      found.insert(name);  // the last two are not in git
  }
  CHECK(found == expected);
}

TEST_CASE("house: no line of code or text has more than 100 characters") {
  const std::set<std::string> texts{".hpp", ".cpp", ".md", ".txt", ".sh", ".py", ".cmake"};
  std::vector<fs::path> files{root / "README.md", root / "CMakeLists.txt"};
  for (const char* folder : {"include", "tests", "bench", "examples", "docs"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (texts.contains(entry.path().extension().string())) files.push_back(entry.path());
  std::size_t lines = 0;
  for (const fs::path& file : files) {
    std::ifstream stream(file);
    std::string line;
    for (int number = 1; std::getline(stream, line); ++number, ++lines)
      CHECK_MESSAGE(characters(line) <= 100, file.string(), ":", number);
  }
  CHECK(lines > 30'000);
}

TEST_CASE("house: characters are counted, not bytes") {
  CHECK(characters("x\u0304 = \u03b7") == 6);
}
