// Balance-controlled plasticity: learning from broken balance of excitation and inhibition.
#include "hebb/network/backpropagation.hpp"
#include "hebb/network/balance/balance_control.hpp"
#include "learner.hpp"

namespace temporal_hebb {

namespace {

using namespace hebb;

/// The authors' networks: 128 units per hidden layer, targets 0.99, Adam.
Arm arm(const std::string& framework, const std::string& variant, const std::string& title,
        bool is_variant, bool deep,
        std::function<std::unique_ptr<Learner>(const Model&, const Settings&)> make) {
  return {framework,
          "error",
          framework + "_error" + variant,
          title,
          is_variant,
          {.sizes =
               deep ? std::vector<Index>{784, 128, 128, 128, 10} : std::vector<Index>{784, 128, 10},
           .unit = Unit::balanced,
           .correct = 0.99,
           .other = 0.01 / 9},
          {.epochs = 8, .batch = 100, .eta = 1e-3, .inference = 50},
          std::move(make)};
}

/// With three hidden layers the feedback is normalised, and control weaker.
template <typename Feedback = JacobianFeedback>
std::unique_ptr<Learner> make(const Model& model, const Settings& settings) {
  using Network = BalanceControl<ErrorRule, CrossEntropy, Feedback>;
  Network network({rule_of<ErrorRule>(settings), model.sizes});
  network.stop.most = settings.inference;
  if (model.sizes.size() > 3)
    network.parameters = {.proportional = 0.05, .integral = 0.1, .normalized = true};
  network.initialize({.seed = settings.seed});
  return std::make_unique<LearnerOf<Network>>(std::move(network));
}

std::unique_ptr<Learner> make_control(const Model& model, const Settings& settings) {
  using Network = Backpropagation<ErrorRule, BalancedUnit, CrossEntropy>;
  Network network({rule_of<ErrorRule>(settings), model.sizes});
  network.initialize({.seed = settings.seed});
  return std::make_unique<LearnerOf<Network>>(std::move(network));
}

}  // namespace

std::vector<Arm> balance_arms() {
  return {
      arm("balance", "", "balance control", false, false, make<>),
      arm("balance", "_deep", "balance control, 3 hidden layers", true, true, make<>),
      arm("balance", "_random", "balance control, 3 hidden layers, random feedback", true, true,
          make<FixedFeedback>),
      arm("bp", "_balance", "backpropagation, balanced units", true, false, make_control),
      arm("bp", "_balance_deep", "backpropagation, balanced units, 3 hidden layers", true, true,
          make_control),
  };
}

}  // namespace temporal_hebb
