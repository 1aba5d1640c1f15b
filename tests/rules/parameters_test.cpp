// Parameters that are not finite, or out of range, are refused by every rule under one wording.
#include <doctest/doctest.h>

#include <limits>

#include "tests/rules/catalogue.hpp"

using namespace hebb;

namespace {

/// Whether every value that the field must not take is refused, with an error that names the rule
/// and the field.
template <typename Rule>
bool refuses(const char* field, auto Rule::Parameters::*member, std::initializer_list<double> bad) {
  using Value = std::remove_cvref_t<decltype(std::declval<typename Rule::Parameters>().*member)>;
  for (const double value : bad) {
    Rule rule;
    rule.parameters.*member = Value(value);
    try {
      rule.init({.pre = 4, .post = 4});
      return false;
    } catch (const InvalidParameter& error) {
      if (std::string(error.what()).find(sentence(Rule::name, ": ", field, " must be ")) != 0)
        return false;
    }
  }
  return true;
}

constexpr double no_number = std::numeric_limits<double>::quiet_NaN(),
                 inf = std::numeric_limits<double>::infinity();

template <typename Rule>
void check_eta(const char*) {
  CAPTURE(doctest::toString<Rule>());
  CHECK(refuses<Rule>("eta", &Rule::Parameters::eta, {no_number, inf, -inf, 0, -1}));
}

}  // namespace

TEST_CASE("parameters: every rule refuses a learning rate that is not finite and positive") {
  const auto check = [](const auto& part) {
    std::apply(
        []<typename... Headers>(const Headers&... headers) {
          ([]<typename... Rules>(
               const Header<Rules...>& header) { (check_eta<Rules>(header.name), ...); }(headers),
           ...);
        },
        part);
  };
  check(Catalogue<double>::all);
}

TEST_CASE(
    "parameters: time constants, targets, floors and coefficients that are not finite, or out of "
    "range, are refused") {
  using B = Bcm<double>;
  CHECK(refuses<B>("tau_theta", &B::Parameters::tau_theta, {no_number, inf, 0.5, -1}));
  CHECK(
      refuses<B>("initial_threshold", &B::Parameters::initial_threshold, {no_number, inf, 0, -1}));
  using C = Covariance<double>;
  CHECK(refuses<C>("tau", &C::Parameters::tau, {no_number, inf, 0.5, -1}));
  using F = Foldiak<double>;
  CHECK(refuses<F>("eta_threshold", &F::Parameters::eta_threshold, {no_number, inf, 0, -1}));
  CHECK(refuses<F>("target_rate", &F::Parameters::target_rate, {no_number, inf, 0, 1, -1}));
  CHECK(refuses<F>("slope", &F::Parameters::slope, {no_number, inf, 0, -1}));
  using H = HomeostaticScaling<double>;
  CHECK(refuses<H>("target_rate", &H::Parameters::target_rate, {no_number, inf, 0, -1}));
  CHECK(refuses<H>("tau", &H::Parameters::tau, {no_number, inf, 0.5, -1}));
  using K = KrotovHopfield<double>;
  CHECK(refuses<K>("delta", &K::Parameters::delta, {no_number, inf, -1}));
  CHECK(refuses<K>("p", &K::Parameters::p, {no_number, inf, 1.5}));
  using L = Lpl<double>;
  CHECK(refuses<L>("predictive", &L::Parameters::predictive, {no_number, inf, -1}));
  CHECK(refuses<L>("hebbian", &L::Parameters::hebbian, {no_number, inf, -1}));
  CHECK(refuses<L>("decorrelation", &L::Parameters::decorrelation, {no_number, inf, -1}));
  CHECK(refuses<L>("epsilon", &L::Parameters::epsilon, {no_number, inf, 0, -1}));
  using O = Oja<double>;
  CHECK(refuses<O>("alpha", &O::Parameters::alpha, {no_number, inf, 0, -1}));
  using S = SoftHebb<double>;
  CHECK(refuses<S>("temperature", &S::Parameters::temperature, {no_number, inf, 0, -1}));
}

TEST_CASE("parameters: those of a rule's policies are checked, too") {
  for (const double bad : {no_number, inf, 0.0, -1.0}) {
    CHECK_THROWS_AS(
        (HomeostaticScaling<double, ProportionalIntegral>{.control = {.gain = bad}}.init({4, 4})),
        InvalidParameter);
    CHECK_THROWS_AS(
        (SoftHebb<double, SoftWinners, AdaptiveEta>{.adaptation = {.power = bad}}.init({4, 4})),
        InvalidParameter);
    if (bad != inf)  // then the averages stay as they are set
      CHECK_THROWS_AS(
          (Lpl<double, Causal, Plain, RunningStatistics>{.statistics = {.tau = bad}}.init({4, 4})),
          InvalidParameter);
    CHECK_THROWS_AS((KrotovHopfield<double>{.optimizer = {.smallest = bad}}.init({4, 4})),
                    InvalidParameter);
  }
}
