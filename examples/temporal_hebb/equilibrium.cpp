// Equilibrium propagation: learning from the contrast of two phases, and from changes of rates in
// the second one.
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "learner.hpp"

namespace temporal_hebb {

namespace {

using namespace hebb;
using Contrast = Hebbian<float>;
using Temporal = DifferentialHebbian<float>;

/// Learning rates are halved from each layer to the next, as published.
template <typename Network>
Arm arm(const std::string& rule, const std::string& variant, const std::string& title,
        bool is_variant) {
  return {"ep",
          rule,
          "ep_" + rule + variant,
          title,
          is_variant,
          {.sizes = {784, 500, 10},
           .unit = Unit::clip,
           .loss = Loss::squared,
           .correct = 1,
           .other = 0},
          {.epochs = 8, .batch = 20, .eta = 0.1, .inference = 20},
          [](const Model& model, const Settings& settings) -> std::unique_ptr<Learner> {
            using Rule = typename decltype(Network::layers)::Rule;
            std::vector<Rule> rules;
            Settings layer = settings;
            for (std::size_t k = 0; k + 1 < model.sizes.size(); ++k, layer.eta /= 2)
              rules.push_back(rule_of<Rule>(layer));
            Network network({rules, model.sizes});
            network.stop.most = settings.inference;
            if constexpr (requires { network.start.samples; })
              network.start.samples = settings.images + probe_images;
            // Small weights: the nudge has no effect on outputs that are driven below -beta.
            network.initialize({.seed = settings.seed}, 0.5f);
            return std::make_unique<LearnerOf<Network>>(std::move(network));
          }};
}

}  // namespace

std::vector<Arm> equilibrium_arms() {
  return {
      arm<EquilibriumPropagation<Contrast>>("error", "", "EP, contrast", false),
      arm<UntiedEquilibriumPropagation<Temporal>>("dh", "", "EP, differential Hebbian", false),
      arm<EquilibriumPropagation<Temporal, EquilibriumPolicies<LearnFromOneSidedEnds>>>(
          "dh", "_tied", "EP, differential Hebbian, tied feedback", true),
      // Both synapses of a pair make the same change.
      arm<EquilibriumPropagation<Contrast,
                                 EquilibriumPolicies<LearnFromSymmetricChanges, RandomNudge,
                                                     FreshStates, UntiedFeedback>>>(
          "dh", "_aligned", "EP, symmetric differential Hebbian, aligned feedback", true),
      arm<EquilibriumPropagation<Contrast, EquilibriumPolicies<LearnFromSymmetricChanges>>>(
          "dh", "_symmetric", "EP, symmetric differential Hebbian", true),
      arm<UntiedEquilibriumPropagation<Temporal, SymmetricNudge>>(
          "dh", "_nudged_twice", "EP, differential Hebbian, symmetric nudge", true),
      arm<EquilibriumPropagation<Contrast, EquilibriumPolicies<LearnFromContrast, SymmetricNudge>>>(
          "error", "_nudged_twice", "EP, symmetric nudge", true),
      arm<EquilibriumPropagation<Contrast, EquilibriumPolicies<LearnFromContrast, PositiveNudge>>>(
          "error", "_one_sided", "EP, one-sided nudge", true),
      arm<EquilibriumPropagation<
          Contrast, EquilibriumPolicies<LearnFromContrast, RandomNudge, PersistentStates>>>(
          "error", "_persistent", "EP, persistent states", true),
  };
}

}  // namespace temporal_hebb
