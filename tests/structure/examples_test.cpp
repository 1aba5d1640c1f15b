// The examples: every rule of the library is used by one, and the programs stay short.
#include <doctest/doctest.h>

#include <regex>

#include "tests/structure/source.hpp"

using namespace structure;

namespace {

/// The names of the rules that a header defines.
std::vector<std::string> rules_in(const std::string& text) {
  static const std::regex rule(R"(\nstruct (\w+) \{\n  using Scalar = Scalar_;)");
  std::vector<std::string> names;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), rule); at != std::sregex_iterator();
       ++at)
    names.push_back((*at)[1]);
  return names;
}

std::vector<fs::path> example_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / "examples"))
    if (entry.path().extension() == ".hpp" || entry.path().extension() == ".cpp")
      files.push_back(entry.path());
  return files;
}

bool uses(const std::string& source, const std::string& name) {
  return std::regex_search(source, std::regex("\\b" + name + "\\b"));
}

std::ptrdiff_t lines_of(const fs::path& file) {
  const std::string text = content(file);
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST_CASE("examples: every rule of the catalogue is used by an example") {
  std::string sources;
  for (const fs::path& file : example_files()) sources += code(content(file));
  int rules = 0;
  for (const std::string& header : headers()) {
    if (header.find("rules/") == std::string::npos && !header.ends_with("/spiking_lpl.hpp"))
      continue;
    const std::vector<std::string> names = rules_in(content(root / "include" / header));
    CHECK_MESSAGE(!names.empty(), header, " defines no rule");
    for (const std::string& name : names) {
      CHECK_MESSAGE(uses(sources, name), "no example uses ", name, " of ", header);
      ++rules;
    }
  }
  CHECK(rules > 20);
}

TEST_CASE("examples: a rule that is only mentioned in a comment or within another name is missed") {
  CHECK_FALSE(uses(code("int x;  // Oja\n"), "Oja"));
  CHECK_FALSE(uses(code("OjaSubspace<float> rule;"), "Oja"));
  CHECK(uses(code("Oja<float> rule;"), "Oja"));
  CHECK(rules_in("\nstruct A {\n  using Scalar = Scalar_;\n};\nstruct B {\n};\n") ==
        std::vector<std::string>{"A"});
}

TEST_CASE("which_rule.md: the example beside a rule uses it") {
  const std::string page = content(root / "docs" / "which_rule.md");
  static const std::regex row(R"(\n(\|.*) \| `([a-z_/]+)` \|)"), rule(R"([\[`]([A-Z]\w+)[\]`])");
  int rules = 0;
  for (auto at = std::sregex_iterator(page.begin(), page.end(), row); at != std::sregex_iterator();
       ++at) {
    const fs::path example = root / "examples" / (*at)[2].str();
    std::string sources;
    for (const fs::path& file : example_files())
      if (file.parent_path() == example || fs::path(file).replace_extension() == example)
        sources += code(content(file));
    const std::string cells = (*at)[1];
    for (auto name = std::sregex_iterator(cells.begin(), cells.end(), rule);
         name != std::sregex_iterator(); ++name, ++rules)
      CHECK_MESSAGE(uses(sources, (*name)[1]), example.string(), " does not use ", (*name).str());
  }
  CHECK(rules > 25);
}

TEST_CASE("examples: a main.cpp has at most 150 lines, a program of start/ at most 90") {
  for (const fs::path& file : example_files()) {
    const std::string folder = file.parent_path().filename().string();
    if (file.filename() == "main.cpp") CHECK_MESSAGE(lines_of(file) <= 150, file.string());
    if (folder == "start") CHECK_MESSAGE(lines_of(file) <= 90, file.string());
  }
}
