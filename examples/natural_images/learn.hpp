/// @file
/// The learners: principal components by Oja's and Sanger's rules, BCM units, and latent predictive
/// learning.
#pragma once

#include "common/checkpoint.hpp"
#include "hebb/core/activation.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/lpl.hpp"
#include "natural_images/photographs.hpp"

namespace natural {

/// Settings shared by all seeds.
struct Setting {
  Index side = 16;        // of a patch
  Index units = 32;       // of a layer
  Index batch = 100;      // patches or pairs per step
  Index components = 12;  // of raw patches
  Index principal_steps = 60000, bcm_steps = 12000, lpl_steps = 20000;
  double principal_eta = 0.08;
  double bcm_eta = 2e-3, tau_theta = 100, saturation = 20;
  double lpl_eta = 0.02, decorrelation = 100, weight_decay = 1e-3;  // with and without prediction

  Index pixels() const { return side * side; }
};

/// Where the checkpoints of one seed are.
struct Kept {
  const example::Checkpoints& checkpoints;
  std::string seed;
};

/// The number of steps a learner has made.
struct Progressed {
  std::int64_t steps = 0;
  void each(auto&& visit) { visit("steps", steps); }
};

/// Calls step(number) for the remaining steps of a learner, and saves the objects that it changes.
void for_steps(const Kept& kept, const std::string& learner, Index steps, const auto& step,
               auto&... objects) {
  Progressed progress;
  example::Saving saving =
      kept.checkpoints.begin("seed" + kept.seed + "_" + learner, objects..., progress);
  while (progress.steps < steps) {
    step(progress.steps++);
    saving.after_step();
  }
  saving.save();
}

inline Matrix<float> first_weights(Index units, Index pixels, Random random) {
  return random.normal<float>(units, pixels) / std::sqrt(float(pixels));
}

/// Trains linear units under Oja's or Sanger's rule on batches from a fixed set of centred patches.
template <typename R>
Matrix<float> learn_principal(const R& rule, Index units, const Matrix<float>& patches,
                              const Setting& setting, const Random& random, const Kept& kept,
                              const std::string& name) {
  auto state = rule.init({.pre = patches.rows(), .post = units});
  state.weights = first_weights(units, patches.rows(), random.stream("weights"));
  Matrix<float> x(patches.rows(), setting.batch), y;
  const auto learn = [&](std::int64_t step) {
    Random draw = random.stream("patches").at(std::uint64_t(step));
    for (Index i = 0; i < x.cols(); ++i) x.col(i) = patches.col(draw.below(patches.cols()));
    y.noalias() = state.weights * x;
    rule.update(x, y, state);
  };
  for_steps(kept, name, setting.principal_steps, learn, state);
  return state.weights;
}

/// Trains rectified, saturating units independently of each other. They see the same patches and
/// differ only in their first weights.
inline Matrix<float> learn_bcm(std::span<const Picture> pictures, const Setting& setting,
                               const Random& random, const Kept& kept) {
  const hebb::Bcm<float, hebb::LawCooper> rule{
      .parameters = {.eta = float(setting.bcm_eta), .tau_theta = float(setting.tau_theta)},
      .modification = {.smallest_threshold = 1e-3},
      .optimizer = {.schedule = {.total = setting.bcm_steps}}};
  auto state = rule.init({.pre = setting.pixels(), .post = setting.units});
  const Picture window = round_window(setting.side);
  state.weights = first_weights(setting.units, setting.pixels(), random.stream("weights")) *
                  window.reshaped().asDiagonal();
  const float ceiling = float(setting.saturation);
  Matrix<float> x(setting.pixels(), setting.batch), drive, rate;
  const auto learn = [&](std::int64_t step) {
    draw_patches(pictures, window, random.stream("patches").at(std::uint64_t(step)), x);
    drive.noalias() = state.weights * x;
    rate = ceiling * (drive.array().max(0.0f) / ceiling).tanh();
    rule.update(x, rate, state);
  };
  for_steps(kept, "bcm", setting.bcm_steps, learn, state);
  return state.weights;
}

/// Trains rectified units on pairs of consecutive views of drifting windows. If `predictive` is 0
/// the rule is Hebbian.
inline Matrix<float> learn_lpl(std::span<const Picture> pictures, double predictive,
                               const Setting& setting, const Random& random, const Kept& kept) {
  const hebb::Lpl<float, hebb::Symmetric> rule{
      .parameters = {.eta = float(setting.lpl_eta),
                     .predictive = float(predictive),
                     .decorrelation = float(setting.decorrelation)},
      .optimizer = {.weight_decay = setting.weight_decay,
                    .schedule = {.total = setting.lpl_steps}}};
  auto state = rule.init({.pre = setting.pixels(), .post = setting.units});
  const Picture window = round_window(setting.side);
  // Small, so that directions in which the patches do not vary stay near zero.
  state.weights = 0.3f * first_weights(setting.units, setting.pixels(), random.stream("weights")) *
                  window.reshaped().asDiagonal();
  DriftingWindows windows(pictures, window, setting.batch, random.stream("windows"));
  Matrix<float> x, drive, rate, gain;
  const auto learn = [&](std::int64_t) {
    windows.next(x);
    drive.noalias() = state.weights * x;
    hebb::Relu::respond<float>(drive, rate, gain);
    rule.update(x, hebb::Response<float>(rate, gain), state);
  };
  hebb::Named seen{"windows", windows};
  for_steps(kept, predictive > 0 ? "lpl" : "hebb", setting.lpl_steps, learn, state, seen);
  return state.weights;
}

}  // namespace natural
