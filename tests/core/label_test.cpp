#include "hebb/core/label.hpp"

#include <doctest/doctest.h>

#include "hebb/core/activation.hpp"
#include "hebb/core/digest.hpp"

using namespace hebb;

namespace {

template <typename Inner, int>
struct OfMine {};

struct Named {
  static constexpr std::string_view name = "a policy";
};

struct Object {
  const Label& label;
  void each(auto&& visit) { visit("rule", label); }
};

}  // namespace

TEST_CASE(
    "label: a class and its policies by name; without a name of its own, by that of its type, in "
    "any namespace") {
  CHECK(label_of<"Oja">.text == "Oja");
  CHECK(label_of<"Mine", Relu, Named>.text == "Mine<Relu, a policy>");
  CHECK(label_of<"Mine", OfMine<OfMine<Tanh, 1>, 2>, Matrix<float>>.text.starts_with(
      "Mine<OfMine<OfMine<Tanh, 1>, 2>, Matrix<float, "));
}

TEST_CASE("label: a digest includes it as it includes an array") {
  Object oja{label_of<"Oja">}, again{label_of<"Oja">}, sanger{label_of<"Sanger">};
  CHECK(digest(oja) == digest(again));
  CHECK(digest(oja) != digest(sanger));
}
