/// @file
/// The arms of the comparison. They share the network and the stream of images, and differ in the
/// rule of the layers.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "head.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/rules/lpl.hpp"
#include "network.hpp"
#include "of_whole_batch.hpp"
#include "shuffled_lpl.hpp"

namespace lpl_deep {

enum class Arm {
  lpl,
  shuffled,
  no_predictive,
  no_hebbian,
  no_decorrelation,
  per_location,
  supervised,
  negative,
  untrained
};

struct Naming {
  Arm arm;
  const char* name;   ///< on the command line and in summary.json
  const char* title;  ///< in tables and figures
  int shade;          ///< its colour in all figures
};

inline constexpr std::array arms{
    Naming{Arm::lpl, "lpl", "LPL", 0},
    Naming{Arm::shuffled, "shuffled", "shuffled pairs", 1},
    Naming{Arm::no_predictive, "no_predictive", "prediction off", 2},
    Naming{Arm::no_hebbian, "no_hebbian", "Hebbian off", 3},
    Naming{Arm::no_decorrelation, "no_decorrelation", "decorrelation off", 4},
    Naming{Arm::per_location, "per_location", "loss per location", 8},
    Naming{Arm::supervised, "supervised", "layer-local labels", 9},
    Naming{Arm::negative, "negative", "negative samples", 10},
    Naming{Arm::untrained, "untrained", "untrained", 5},
};

inline const Naming& naming_of(Arm arm) {
  return *std::find_if(arms.begin(), arms.end(),
                       [&](const Naming& naming) { return naming.arm == arm; });
}

using Lpl = hebb::Lpl<float, hebb::Symmetric, hebb::Adam>;

/// Calls visit(rule, Pooled or PerPlace) with the rule of this arm's layers, over ranks, and the
/// responses that it learns from.
void with_rule(Arm arm, const Settings& settings, std::uint64_t seed, const auto& visit) {
  const auto over_ranks = [&](const auto& rule, auto learning) {
    visit(example::over_ranks(rule), learning);
  };
  const hebb::Random random{.seed = seed};
  Lpl rule{.parameters = {.eta = float(settings.eta)}, .optimizer = settings.optimizer()};
  switch (arm) {
    case Arm::shuffled:
      return over_ranks(OfWholeBatch(ShuffledLpl<float>{rule, random}), hebb::Pooled{});
    case Arm::per_location:
      return over_ranks(rule, hebb::PerPlace{});
    case Arm::supervised:
      return over_ranks(OfWholeBatch(ByHead<float, Supervision>{
                            .parameters = {.eta = rule.parameters.eta, .random = random},
                            .optimizer = rule.optimizer}),
                        hebb::Pooled{});
    case Arm::negative:
      return over_ranks(
          OfWholeBatch(ByHead<float, NegativeSamples>{
              .parameters = {.eta = rule.parameters.eta, .random = random},
              .optimizer = rule.optimizer,
              .objective = {.hidden = settings.scaled(2048), .outputs = settings.scaled(256)}}),
          hebb::Pooled{});
    case Arm::no_predictive:
      rule.parameters.predictive = 0;
      break;
    case Arm::no_hebbian:
      rule.parameters.hebbian = 0;
      break;
    case Arm::no_decorrelation:
      rule.parameters.decorrelation = 0;
      break;
    case Arm::lpl:
    case Arm::untrained:
      break;
  }
  over_ranks(rule, hebb::Pooled{});
}

}  // namespace lpl_deep
