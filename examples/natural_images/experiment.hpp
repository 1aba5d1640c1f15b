/// @file
/// The experiment with one seed: all learners, the exact components they are compared with, and the
/// measures of their fields.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "hebb/rules/oja.hpp"
#include "hebb/rules/sanger.hpp"
#include "natural_images/fields.hpp"
#include "natural_images/learn.hpp"

namespace natural {

using namespace hebb;

constexpr Index held_out = 6;          // photographs that no unit learns from
constexpr Index many_patches = 20000;  // for exact components and for measurements
constexpr double f0 = 200;             // cycles per picture

/// The sets of fields of whitened patches that are compared.
enum Set : std::size_t { random_set, principal_set, bcm_set, hebbian_set, lpl_set, sets };
inline const std::array<std::string, sets> set_names{"random", "principal components", "BCM",
                                                     "Hebb", "LPL"};
inline const std::array<std::string, sets> set_keys{"random", "principal", "bcm", "hebb", "lpl"};

/// The results of one seed.
struct Outcome {
  PrincipalComponents exact;  // of raw patches
  Matrix<float> sanger,
      oja;  // of raw patches; one per row, of unit length, with the signs of `exact`
  std::vector<double> cosines;  // |cosine| of Sanger's with the exact ones
  double oja_cosine = 0;        // of Oja's with the first
  std::array<Matrix<float>, sets> fields;
  std::array<Character, sets> character;
};

/// The fields at unit length, each with the sign that gives a positive product with the exact one.
inline Matrix<float> aligned(const Matrix<float>& fields, const Matrix<float>& exact) {
  Matrix<float> result = fields.rowwise().normalized();
  for (Index i = 0; i < result.rows(); ++i)
    if (result.row(i).dot(exact.row(i)) < 0) result.row(i) *= -1;
  return result;
}

inline void learn_raw(std::span<const Picture> pictures, const Setting& setting,
                      const Random& random, const Kept& kept, Outcome& outcome) {
  Matrix<float> patches(setting.pixels(), many_patches);
  draw_patches(pictures, full_window(setting.side), random.stream("whitening"), patches);
  const Vector<float> mean = patches.rowwise().mean();
  patches.colwise() -= mean;
  outcome.exact = principal_components(patches, setting.components);
  const Matrix<float>& exact = outcome.exact.fields;

  const float eta = float(setting.principal_eta);
  const Plain falling{.schedule = {.total = setting.principal_steps}};
  const Sanger<float> sanger{.parameters = {.eta = eta}, .optimizer = falling};
  const Oja<float> oja{.parameters = {.eta = eta}, .optimizer = falling};
  outcome.sanger = aligned(learn_principal(sanger, setting.components, patches, setting,
                                           random.stream("principal components"), kept, "sanger"),
                           exact);
  outcome.oja = aligned(
      learn_principal(oja, 1, patches, setting, random.stream("principal components"), kept, "oja"),
      exact);
  for (Index i = 0; i < setting.components; ++i)
    outcome.cosines.push_back(double(outcome.sanger.row(i).dot(exact.row(i))));
  outcome.oja_cosine = double(outcome.oja.row(0).dot(exact.row(0)));
}

inline Outcome run(const Photographs& photographs, const Setting& setting, std::uint64_t seed,
                   const example::Checkpoints& checkpoints) {
  const Index trained = Index(photographs.white.size()) - held_out;
  const std::span<const Picture> white(photographs.white), seen = white.first(std::size_t(trained)),
                                                           unseen = white.last(held_out);
  const Picture window = round_window(setting.side);
  const Random random{.seed = seed};
  const Kept kept{checkpoints, std::to_string(seed)};
  Outcome outcome;
  parallel_for(4, [&](Index job) {
    if (job == 0)
      learn_raw(std::span(photographs.raw).first(std::size_t(trained)), setting, random, kept,
                outcome);
    if (job == 1) outcome.fields[bcm_set] = learn_bcm(seen, setting, random, kept);
    if (job == 2) outcome.fields[hebbian_set] = learn_lpl(seen, 0, setting, random, kept);
    if (job == 3) outcome.fields[lpl_set] = learn_lpl(seen, 1, setting, random, kept);
  });

  Matrix<float> patches(setting.pixels(), many_patches), pairs;
  draw_patches(seen, window, random.stream("seen"), patches);
  outcome.fields[principal_set] = principal_components(patches, setting.units).fields;
  outcome.fields[random_set] =
      first_weights(setting.units, setting.pixels(), random.stream("random fields")) *
      window.reshaped().asDiagonal();
  DriftingWindows(unseen, window, many_patches, random.stream("unseen")).next(pairs);
  const Probe probe(setting.side, pairs);
  for (std::size_t set = 0; set < sets; ++set)
    outcome.character[set] = probe.measure(outcome.fields[set]);
  return outcome;
}

}  // namespace natural
