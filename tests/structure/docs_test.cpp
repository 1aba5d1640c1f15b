// The pages of the documentation: their links lead somewhere, and their passages of programs are
// passages of programs that the tests run. Whole programs on pages are compiled by CMakeLists.txt.
#include <doctest/doctest.h>

#include <map>
#include <regex>

#include "hebb/core/error.hpp"
#include "hebb/core/version.hpp"
#include "tests/structure/source.hpp"

using namespace structure;

namespace {

std::vector<fs::path> pages() {
  std::vector<fs::path> found{root / "README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  return found;
}

/// The blocks of a page in one language, without their fences.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  const std::string begin = "\n```" + language + "\n";
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = page.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    const std::size_t end = page.find("\n```", at);
    found.push_back(page.substr(at, end + 1 - at));
    at = end;
  }
  return found;
}

/// The lines of a text without the blanks around them, and without empty lines.
std::string trimmed(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t first = text.find_first_not_of(' ', at);
    if (first < end) result += text.substr(first, text.find_last_not_of(' ', end - 1) + 1 - first);
    if (first < end) result += '\n';
    at = end + 1;
  }
  return result;
}

/// Whether the lines of a passage are consecutive lines of a program, at any indentation.
bool is_passage(const std::string& passage, const std::string& program) {
  return ("\n" + trimmed(program)).find("\n" + trimmed(passage)) != std::string::npos;
}

/// The text of a page without its blocks of code.
std::string prose(const std::string& page) {
  std::string result;
  std::size_t at = 0;
  for (std::size_t begin; (begin = page.find("\n```", at)) != std::string::npos;) {
    result += page.substr(at, begin + 1 - at);
    at = std::min(page.find("\n```", begin + 4), page.size() - 4) + 4;
  }
  return result + page.substr(at);
}

/// The targets of a page's links, [a](target) or [a]: target, without those to other sites.
std::vector<std::string> links(const std::string& page) {
  static const std::regex link(R"(\]\(([^)\s]+)\)|\n\[[^\]]+\]: (\S+))");
  const std::string text = prose(page);
  std::vector<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), link); at != std::sregex_iterator();
       ++at)
    if (const std::string target = (*at)[1].str() + (*at)[2].str();
        target.find("://") == std::string::npos)
      found.push_back(target);
  return found;
}

/// The headings of second level whose first paragraph is not a sentence.
std::vector<std::string> entries_without_sentence(const std::string& page) {
  static const std::regex entry(R"(\n## ([^\n]+)\n\n((?:[^\n]+\n)*))");
  static const std::regex sentence(R"([A-Z][^*]*\.\n)");
  std::vector<std::string> found;
  for (auto at = std::sregex_iterator(page.begin(), page.end(), entry);
       at != std::sregex_iterator(); ++at)
    if (!std::regex_match((*at)[2].str(), sentence)) found.push_back((*at)[1]);
  return found;
}

/// The heads of the entries of a catalogue, by name: what stands before their lists.
std::map<std::string, std::string> heads_of_entries(const std::string& page) {
  static const std::regex entry(R"(\n## (\w+)\n((?:[^*#\n][^\n]*\n|\n)*)\* )");
  std::map<std::string, std::string> found;
  for (auto at = std::sregex_iterator(page.begin(), page.end(), entry);
       at != std::sregex_iterator(); ++at)
    found[(*at)[1]] = (*at)[2];
  return found;
}

/// The name of a type as that of a file: PairStdp is pair_stdp.
std::string snake_case(const std::string& type) {
  std::string result;
  for (const char c : type) {
    if (std::isupper(static_cast<unsigned char>(c)) && !result.empty()) result += '_';
    result += char(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

/// The anchor that a heading of a page has.
std::string anchor(const std::string& heading) {
  std::string result;
  for (const char c : heading)
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c < 0)
      result += char(std::tolower(static_cast<unsigned char>(c)));
    else if (c == ' ')
      result += '-';
  return result;
}

bool has_heading(const std::string& page, const std::string& wanted) {
  static const std::regex heading(R"(\n#+ ([^\n]+))");
  const std::string text = "\n" + page;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), heading);
       at != std::sregex_iterator(); ++at)
    if (anchor((*at)[1]) == wanted) return true;
  return false;
}

}  // namespace

TEST_CASE("docs: every link leads to a file, and to a heading of it") {
  int count = 0;
  for (const fs::path& page : pages())
    for (const std::string& link : links(content(page))) {
      const std::size_t hash = std::min(link.find('#'), link.size());
      const fs::path target = hash == 0 ? page : page.parent_path() / link.substr(0, hash);
      CHECK_MESSAGE(fs::exists(target), page.string(), ": ", link);
      if (hash < link.size())
        CHECK_MESSAGE(has_heading(content(target), link.substr(hash + 1)), page.string(), ": ",
                      link);
      ++count;
    }
  CHECK(count > 50);
}

TEST_CASE("docs: a passage of a program on a page is a passage of a program that the tests run") {
  std::vector<std::string> programs;
  for (const char* folder : {"examples", "tests", "bench"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      for (const char* extension : {".cpp", ".hpp", ".py"})
        if (entry.path().extension() == extension) programs.push_back(content(entry.path()));
  for (const fs::path& page : pages())
    for (const char* language : {"cpp", "python"})
      for (const std::string& passage : blocks(content(page), language))
        if (passage.find("int main(") == std::string::npos && page.filename() != "start.md")
          CHECK_MESSAGE(std::ranges::any_of(
                            programs, [&](const auto& text) { return is_passage(passage, text); }),
                        page.string(), ":\n", passage);
}

TEST_CASE("docs: the entry of a rule begins with what the rule is for") {
  const std::string catalogue = content(root / "docs/rules.md");
  CHECK(entries_without_sentence(catalogue) == std::vector<std::string>{});
  CHECK(entries_without_sentence(
            "\n## Oja\n\n* **Equation** dw\n\n## Bcm\n\nFinds\nedges.\n\n* a\n") ==
        std::vector<std::string>{"Oja"});
}

TEST_CASE("docs: the entry of every rule begins with its curve, which the target curves draws") {
  const std::string catalogue = content(root / "docs/rules.md");
  const auto heads = heads_of_entries(catalogue);
  CHECK(heads.size() == 23);
  for (const auto& entry : heads) {  // clang++ 14 cannot capture names of a structured binding
    const std::string picture = "](curves/" + snake_case(entry.first) + ".svg)";
    CHECK_MESSAGE(entry.second.find(picture) != std::string::npos, entry.first);
  }
  std::set<std::string> shown, kept, drawn;
  for (const std::string& link : links(catalogue))
    if (link.starts_with("curves/")) shown.insert(fs::path(link).stem().string());
  for (const auto& entry : fs::directory_iterator(root / "docs/curves"))
    if (entry.path().extension() == ".svg") {
      CHECK_MESSAGE(entry.file_size() < 30'000, entry.path().string());
      kept.insert(entry.path().stem().string());
    }
  static const std::regex named(R"x(Named\{"(\w+)")x");
  const std::string program = content(root / "docs/curves/main.cpp");
  for (auto at = std::sregex_iterator(program.begin(), program.end(), named);
       at != std::sregex_iterator(); ++at)
    drawn.insert((*at)[1]);
  CHECK(shown == kept);
  CHECK(drawn == kept);
  CHECK(heads_of_entries("\n## Oja\n\nFinds.\n\n* a\n\n## Bcm\n\n* b\n").at("Oja") ==
        "\nFinds.\n\n");
  CHECK(snake_case("OjaSubspace") == "oja_subspace");
}

TEST_CASE("docs: the gallery has a small picture of each example, and each short program") {
  const std::string gallery = content(root / "docs/gallery.md");
  const std::vector<std::string> shown = links(gallery);
  std::set<std::string> pictures;
  for (const auto& entry : fs::directory_iterator(root / "docs/gallery")) {
    CHECK_MESSAGE(entry.file_size() < 60'000, entry.path().string());
    CHECK_MESSAGE(std::ranges::count(shown, "gallery/" + entry.path().filename().string()) == 1,
                  entry.path().string());
    pictures.insert(entry.path().stem().string());
  }
  std::set<std::string> examples;
  for (const auto& entry : fs::directory_iterator(root / "examples"))
    if (fs::exists(entry.path() / "main.cpp")) examples.insert(entry.path().filename().string());
  CHECK(pictures == examples);
  for (const std::string& name : examples) {
    CHECK_MESSAGE(has_heading(gallery, name), name);
    CHECK_MESSAGE(gallery.find("`examples/run.sh " + name) != std::string::npos, name);
  }
  for (const auto& entry : fs::directory_iterator(root / "examples/start"))
    if (entry.path().extension() == ".cpp")
      CHECK_MESSAGE(
          std::ranges::count(shown, "../examples/start/" + entry.path().filename().string()) == 1,
          entry.path().string());
}

TEST_CASE("docs: the recipes for package managers have the version of the library") {
  const std::string version =
      hebb::sentence(hebb::version.major, ".", hebb::version.minor, ".", hebb::version.patch);
  for (const char* recipe : {"vcpkg/vcpkg.json", "conan/conanfile.py", "spack/package.py"})
    CHECK_MESSAGE(
        content(root / "docs/packaging" / recipe).find("\"" + version + "\"") != std::string::npos,
        recipe);
}

TEST_CASE("docs: dead links, other headings and changed passages are caught") {
  CHECK(links("[a](b.md#c) and [d](https://e.org)") == std::vector<std::string>{"b.md#c"});
  CHECK(links("[a][b] and\n[b]: c.md\n") == std::vector<std::string>{"c.md"});
  CHECK(links("text\n```cpp\n[&](Index i);\n```\n[a](b)") == std::vector<std::string>{"b"});
  CHECK(has_heading("# One\n\n## Two words, and more\n", "two-words-and-more"));
  CHECK_FALSE(has_heading("# One\n", "two"));
  CHECK(blocks("text\n```cpp\nint a;\n```\n", "cpp") == std::vector<std::string>{"int a;\n"});
  CHECK(is_passage("a = 1;\n\nb = 2;\n", "int main() {\n  a = 1;\n  b = 2;\n}\n"));
  CHECK_FALSE(is_passage("a = 1;\nb = 3;\n", "  a = 1;\n  b = 2;\n"));
}
