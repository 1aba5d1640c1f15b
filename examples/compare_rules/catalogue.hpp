/// @file
/// The rules that are compared. To add one, add a line.
///
///     dense<Relu>("mine", RuleOf<MyRule>{.parameters = {.eta = 0.01f}}),
///
/// The template argument is the response of the layer while it learns, an activation function of
/// the library or of your own. `RuleOf` makes a rule of an equation; any rate rule will do.
#pragma once

#include <vector>

#include "compare_rules/contender.hpp"
#include "compare_rules/layers.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/instar.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/oja_subspace.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"

namespace compare_rules {

/// The starting rates of docs/which_rule.md. With lateral weights that learn as fast as the table
/// says for inputs of lower variance, Oja+AntiHebb diverges; it has a thousandth.
inline std::vector<Contender> catalogue() {
  using Unbounded = Normalised<Hebbian<float>>;
  using UnboundedCovariance = Normalised<Covariance<float>>;
  const auto decorrelated = [](Shape shape, float factor) {
    return Competing(
        Oja<float>{.parameters = {.eta = 1e-5f * factor}},
        Inhibition(LinearAntiHebbian<float>{.parameters = {.eta = 1e-5f * factor}}, shape.post),
        shape);
  };
  const auto foldiak = [](Shape shape, float factor) {
    const Foldiak<float> lateral{
        .parameters = {.eta = 0.1f * factor, .eta_threshold = 0.02f * factor}};
    return Competing(Instar<float>{.parameters = {.eta = 0.02f * factor}},
                     Inhibition(lateral, shape.post), shape);
  };
  const auto winner = [](Shape shape, float factor) {
    return Competing(Instar<float>{.parameters = {.eta = 0.01f * factor}}, Nearest{}, shape);
  };
  return {
      dense<Linear>("Hebb", Unbounded{{.parameters = {.eta = 0.01f}}}),
      dense<Linear>("Covariance", UnboundedCovariance{{.parameters = {.eta = 0.01f}}}),
      dense<Linear>("Oja", Oja<float>{.parameters = {.eta = 0.01f}}),
      dense<Linear>("OjaSubspace", OjaSubspace<float>{.parameters = {.eta = 0.01f}}),
      dense<Linear>("Sanger", Sanger<float>{.parameters = {.eta = 0.005f}}),
      contender("Oja+AntiHebb", "linear, inhibited", 1e-5, decorrelated),
      dense<Relu>("Bcm", Bcm<float, LawCooper>{.parameters = {.eta = 0.001f}}),
      dense<Relu>("Lpl", Lpl<float, Symmetric, Adam>{.parameters = {.eta = 1e-3f}}, Sees::pairs),
      dense<Linear>("SoftHebb", SoftHebb<float>{.parameters = {.eta = 0.01f}}),
      dense<Linear>("KrotovHopfield", KrotovHopfield<float>{.parameters = {.eta = 0.02f}}),
      contender("Instar", "one winner", 0.01, winner),
      contender("Foldiak", "binary, inhibited", 0.02, foldiak),
  };
}

}  // namespace compare_rules
