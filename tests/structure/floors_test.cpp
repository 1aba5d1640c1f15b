// Who may include whom: the floors of docs/design.md, read off the include lines.
#include <doctest/doctest.h>

#include <map>

#include "tests/structure/source.hpp"

using namespace structure;

namespace {

/// "core" of "hebb/core/types.hpp"; "" of "hebb/hebb.hpp".
std::string floor_of(const std::string& header) {
  const std::size_t begin = header.find('/') + 1, end = header.find('/', begin);
  return end == std::string::npos ? "" : header.substr(begin, end - begin);
}

/// What a header may include besides its own floor.
const std::map<std::string, std::set<std::string>> allowed{
    {"core", {}},
    {"rules", {"core"}},
    {"spiking", {"core"}},
    {"layers", {"core"}},
    {"data", {"core"}},
    {"analysis", {"core"}},
    {"io", {"core"}},
    {"network", {"layers", "core"}},
    {"mpi", {"core", "spiking", "io"}},
};

/// The libraries that each floor may use besides the standard one.
const std::map<std::string, std::set<std::string>> libraries{
    {"data", {"zlib.h", "png.h"}}, {"io", {"zlib.h", "zip.h"}}, {"mpi", {"mpi.h"}}};

const std::set<std::string> posix{"fcntl.h", "omp.h", "unistd.h"};

/// One sentence for every include line that breaks the rules.
std::vector<std::string> violations(const std::string& header, const std::string& source) {
  std::vector<std::string> found;
  const std::string own = floor_of(header);
  if (own.empty()) return found;
  if (!allowed.contains(own)) return {header + " stands on no floor"};
  for (const std::string& name : includes(source)) {
    const bool ours = name.starts_with("hebb/");
    const std::string other = floor_of(name);
    if (ours && other != own && !allowed.at(own).contains(other))
      found.push_back(header + " includes " + name);
    if (ours && own == "rules" && other == own)
      found.push_back(header + " includes another rule, " + name);
    const bool library = !ours && (name.ends_with(".h") || name.find('/') != std::string::npos);
    const bool system = name.starts_with("Eigen/") || name.starts_with("sys/") ||
                        name.ends_with("intrin.h") || posix.contains(name);
    if (library && !system && !(libraries.contains(own) && libraries.at(own).contains(name)))
      found.push_back(header + " includes the library " + name);
  }
  return found;
}

}  // namespace

TEST_CASE("floors: every header includes only what its floor may") {
  REQUIRE(headers().size() > 10);
  for (const std::string& header : headers())
    for (const std::string& violation : violations(header, content(root / "include" / header)))
      FAIL_CHECK(violation);
}

TEST_CASE("floors: a rule that includes a layer is caught") {
  CHECK(violations("hebb/rules/oja.hpp", "#include \"hebb/layers/dense.hpp\"\n").size() == 1);
  CHECK(violations("hebb/core/types.hpp", "#include <hebb/rules/oja.hpp>\n").size() == 1);
  CHECK(violations("hebb/rules/bcm.hpp", "#include \"hebb/rules/oja.hpp\"\n").size() == 1);
  CHECK(violations("hebb/core/random.hpp", "#include <zlib.h>\n").size() == 1);
  CHECK(violations("hebb/attic/old.hpp", "").size() == 1);
  CHECK(violations("hebb/network/stack.hpp",
                   "#include \"hebb/layers/dense.hpp\"\n#include <vector>\n")
            .empty());
}

TEST_CASE("floors: the umbrella holds every header of the floors that learn, and Eigen is enough") {
  const std::set<std::string> umbrella = reach("hebb/hebb.hpp");
  for (const char* library : {"zlib.h", "zip.h", "png.h", "mpi.h"})
    CHECK(!umbrella.contains(library));
  for (const std::string& header : headers())
    for (const char* floor : {"core", "layers", "network", "rules", "spiking"})
      if (header.starts_with(std::string("hebb/") + floor + "/"))
        CHECK_MESSAGE(umbrella.contains(header), header);
}

TEST_CASE("floors: every header includes the one that asks for C++20 and exceptions") {
  for (const std::string& header : headers())
    if (header != "hebb/core/language.hpp")
      CHECK_MESSAGE(reach(header).contains("hebb/core/language.hpp"), header);
}
