// Predictive coding: learning from errors, and from changes of activity.
#include "hebb/network/predictive/predictive_coding.hpp"
#include "learner.hpp"

namespace temporal_hebb {

namespace {

using namespace hebb;

template <typename Network>
Arm arm(const std::string& rule, const std::string& variant, const std::string& title,
        bool is_variant, double step = 0.1, Index inference = 5) {
  return {"pc",
          rule,
          "pc_" + rule + variant,
          title,
          is_variant,
          {.sizes = {784, 500, 500, 10},
           .unit = Unit::tanh,
           .loss = Loss::squared,
           .correct = 0.97,
           .other = 0.03},
          {.epochs = 8, .batch = 128, .eta = 1e-3, .inference = inference},
          [step](const Model& model, const Settings& settings) -> std::unique_ptr<Learner> {
            using Rule = typename decltype(Network::layers)::Rule;
            // Incremental coding applies a change after every step of inference.
            Settings per_change = settings;
            if constexpr (std::same_as<typename Network::Update, LearnIncrementally>) {
              per_change.epochs *= settings.inference;
              per_change.eta /= double(settings.inference);
            }
            Network network({rule_of<Rule>(per_change), model.sizes});
            network.stop.most = settings.inference;
            network.parameters.step_size = step;
            network.initialize({.seed = settings.seed});
            return std::make_unique<LearnerOf<Network>>(
                std::move(network), [](Network& probe) { probe.stop.most *= 10; });
          },
          rule == "error" ? "" : "pc_error"};
}

}  // namespace

std::vector<Arm> coding_arms() {
  return {
      arm<PredictiveCoding<ErrorRule>>("error", "", "PC, error", false),
      arm<TemporalPredictiveCoding<TemporalRule>>("dh", "", "PC, differential Hebbian", false),
      arm<PredictiveCoding<TemporalRule, Tanh,
                           CodingPolicies<StateInference, LearnFromTrajectory>>>(
          "dh", "_trajectory", "PC, differential Hebbian, every step", true),
      arm<IncrementalPredictiveCoding<ErrorRule>>("error", "_incremental", "PC, incremental", true),
      arm<ErrorPredictiveCoding<ErrorRule>>("error", "_errors_move", "PC, errors optimised (ePC)",
                                            true),
      arm<PredictiveCoding<ErrorRule, Tanh, CodingPolicies<FixedPredictionInference>>>(
          "error", "_fixed_prediction", "PC, fixed predictions", true, 1, 2),
  };
}

}  // namespace temporal_hebb
