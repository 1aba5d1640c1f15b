// Backpropagation, feedback alignment and direct feedback alignment: the controls.
#include "hebb/network/backpropagation.hpp"
#include "hebb/network/dendritic/dendritic_error.hpp"
#include "learner.hpp"

namespace temporal_hebb {

namespace {

using namespace hebb;

template <typename Network>
std::unique_ptr<Learner> make(const Model& model, const Settings& settings) {
  Network network({rule_of<ErrorRule>(settings), model.sizes});
  network.initialize({.seed = settings.seed});
  // Interneurons stay at the values to which their own learning would bring them. That learning
  // would have to be much faster than the network's, which is not possible with Adam.
  if constexpr (requires { network.predict_self(); })
    return std::make_unique<LearnerOf<Network>>(
        std::move(network), nullptr,
        [](Network& held, const Matrix<float>&) { held.predict_self(); });
  else
    return std::make_unique<LearnerOf<Network>>(std::move(network));
}

template <template <typename, typename, typename> typename Network>
std::unique_ptr<Learner> make_either(const Model& model, const Settings& settings) {
  if (model.unit == Unit::tanh)
    return make<Network<ErrorRule, Tanh, CrossEntropy>>(model, settings);
  return make<Network<ErrorRule, Sigmoid, CrossEntropy>>(model, settings);
}

}  // namespace

std::vector<Arm> sent_back_arms() {
  const Settings settings{.epochs = 8, .batch = 128, .eta = 4e-3},
      gentle{.epochs = 8, .batch = 128, .eta = 1e-3};
  const Model sigmoid{.sizes = {784, 256, 256, 256, 10}},
      tanh{.sizes = sigmoid.sizes, .unit = Unit::tanh};
  const Model squared{.sizes = {784, 500, 500, 10},
                      .unit = Unit::tanh,
                      .loss = Loss::squared,
                      .correct = 0.97,
                      .other = 0.03};
  const Model dendrites{
      .sizes = {784, 256, 256, 10}, .loss = Loss::squared, .correct = 1, .other = 0};
  return {
      {"bp", "error", "bp_error", "backpropagation", false, sigmoid, settings,
       make_either<Backpropagation>},
      {"fa", "error", "fa_error", "feedback alignment", false, sigmoid, settings,
       make_either<FeedbackAlignment>},
      {"dfa", "error", "dfa_error", "direct feedback alignment", false, sigmoid, settings,
       make_either<DirectFeedbackAlignment>},
      {"bp", "error", "bp_error_tanh", "backpropagation, tanh", true, tanh, gentle,
       make_either<Backpropagation>},
      {"fa", "error", "fa_error_tanh", "feedback alignment, tanh", true, tanh, gentle,
       make_either<FeedbackAlignment>},
      {"dfa", "error", "dfa_error_tanh", "direct feedback alignment, tanh", true, tanh, gentle,
       make_either<DirectFeedbackAlignment>},
      {"bp", "error", "bp_error_pc", "backpropagation, PC's network", true, squared, gentle,
       make<Backpropagation<ErrorRule, Tanh, SquaredError>>},
      {"dendritic", "error", "dendritic_error", "dendritic errors", true, dendrites, settings,
       make<DendriticError<ErrorRule, Sigmoid>>},
  };
}

}  // namespace temporal_hebb
