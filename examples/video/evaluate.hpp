/// @file
/// Measures of the layers of a network, with labels and without.
#pragma once

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "common/stop.hpp"
#include "hebb/analysis/disentanglement.hpp"
#include "hebb/analysis/linear_readout.hpp"
#include "hebb/analysis/spread.hpp"
#include "video/film.hpp"
#include "video/network.hpp"

namespace video {

constexpr std::size_t factor_count = hebb::shapes3d::sizes.size();

/// Settings of the readouts, the same for every arm.
struct Protocol {
  Index scenes = 20'000;  ///< random scenes that all votes and probes use
  Index images = 500;     ///< per draw of the vote
  Index repetitions = 5;  ///< of the votes
  Index contexts = 100;   ///< of the similarity matrices
  std::uint64_t seed = 1;
};

/// Features of frames, one matrix per layer: units x frames.
using Features = std::vector<Matrix<float>>;
/// A function from the network's input frames to features.
using Encoder = std::function<Features(const Matrix<float>& frames)>;

/// The pooled responses of all layers.
inline Encoder layers_of(Network& network) {
  return [&network](const Matrix<float>& frames) {
    Features features;
    network.forward(frames);
    network.for_each_layer([&](auto& layer, std::size_t) { features.push_back(layer.response()); });
    return features;
  };
}

inline Encoder pixels() {
  return [](const Matrix<float>& frames) { return Features{frames}; };
}

/// Encodes scenes in batches.
inline Features encode(const Encoder& encoder, const hebb::Shapes3d& shapes, const Film& film,
                       const std::vector<Index>& scenes) {
  Features all;
  Matrix<float> frames;
  const Index count = Index(scenes.size());
  constexpr Index batch = 256;
  for (Index begin = 0; begin < count; begin += batch) {
    example::stop_if_asked();
    const Index size = std::min(batch, count - begin);
    frames.resize(film.shape.size(), size);
    shapes.render(std::span(scenes).subspan(std::size_t(begin), std::size_t(size)), frames);
    hebb::standardise(film.statistics, frames);
    const Features features = encoder(frames);
    all.resize(features.size());
    for (std::size_t k = 0; k < features.size(); ++k) {
      all[k].resize(features[k].rows(), count);
      all[k].middleCols(begin, size) = features[k];
    }
  }
  return all;
}

/// Results of the vote for one layer, in percent.
struct Votes {
  hebb::Spread score, strict;
  double unvoted = 0;  ///< number of units without a vote, mean over repetitions
  /// The share of each factor's draws that go to units assigned to it, mean over repetitions.
  std::array<double, factor_count> recall{};
};

/// The measures of one arm. All but `votes` are of the last layer.
struct Outcome {
  std::vector<Votes> votes;                  ///< of every layer
  std::array<double, factor_count> probe{};  ///< linear readout of each factor, percent
  /// Cosines between the responses to two values of a factor; hues in the order of the film.
  std::array<Matrix<double>, factor_count> similarity{};
  /// Correlation of the similarity with the probability of transition between the two values.
  std::array<double, factor_count> match{};
  Index units = 0, dead = 0;
  double dimension = 0, activity = 0;
};

/// The values of a factor in the order of the film.
inline std::vector<Index> values_in_order(const hebb::Clips& clips, std::size_t factor) {
  if (factor > hebb::shapes3d::object_hue) return hebb::range(0, hebb::shapes3d::sizes[factor]);
  const auto& colours = clips.colours(hebb::shapes3d::Factor(factor));
  return {colours.begin(), colours.end()};
}

inline Matrix<Index> factors_of(const std::vector<Index>& scenes) {
  Matrix<Index> factors(Index(factor_count), Index(scenes.size()));
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const hebb::shapes3d::Factors values = hebb::shapes3d::factors_of(scenes[i]);
    for (std::size_t f = 0; f < factor_count; ++f) factors(Index(f), Index(i)) = values[f];
  }
  return factors;
}

inline Votes vote(const Matrix<float>& features, const Matrix<Index>& factors,
                  const Protocol& protocol) {
  std::vector<double> scores, stricts;
  Votes votes;
  for (Index repetition = 0; repetition < protocol.repetitions; ++repetition) {
    const hebb::MajorityVote method{
        .images = protocol.images,
        .random = hebb::Random{.seed = protocol.seed}.at(std::uint64_t(repetition))};
    const hebb::Disentanglement result =
        method.operator()<float>(features, factors, hebb::shapes3d::sizes);
    scores.push_back(100 * result.score);
    stricts.push_back(100 * result.strict);
    votes.unvoted += double(result.unvoted) / double(protocol.repetitions);
    for (std::size_t f = 0; f < factor_count; ++f)
      votes.recall[f] += 100 * result.recall[Index(f)] / double(protocol.repetitions);
  }
  votes.score = hebb::spread(scores);
  votes.strict = hebb::spread(stricts);
  return votes;
}

/// The probability of each transition of a factor, from x to, over the steps in which it alone
/// changes. Rows sum to 1.
inline Matrix<double> transitions(const hebb::Clips& clips, std::size_t factor) {
  const std::vector<Index> order = values_in_order(clips, factor);
  std::vector<Index> place(order.size()),
      scenes(static_cast<std::size_t>(std::min<Index>(clips.size(), 100'000)));
  for (std::size_t i = 0; i < order.size(); ++i) place[std::size_t(order[i])] = Index(i);
  clips.scenes(0, scenes);
  Matrix<double> counts = Matrix<double>::Zero(Index(order.size()), Index(order.size()));
  const Matrix<Index> factors = factors_of(scenes);
  for (Index t = 1; t < factors.cols(); ++t) {
    const bool alone = (factors.col(t).array() != factors.col(t - 1).array()).count() == 1;
    if (alone && factors(Index(factor), t) != factors(Index(factor), t - 1))
      counts(place[std::size_t(factors(Index(factor), t - 1))],
             place[std::size_t(factors(Index(factor), t))]) += 1;
  }
  for (Index row = 0; row < counts.rows(); ++row)
    counts.row(row) /= std::max(1.0, counts.row(row).sum());
  return counts;
}

/// Pearson's correlation of the off-diagonal elements of two square matrices, the first one
/// symmetrised. 0 if one of them does not vary.
inline double correlation(const Matrix<double>& transition, const Matrix<double>& similarity) {
  std::vector<double> a, b;
  for (Index i = 0; i < transition.rows(); ++i)
    for (Index k = 0; k < i; ++k) {
      a.push_back(transition(i, k) + transition(k, i));
      b.push_back(similarity(i, k));
    }
  const double mean_a = hebb::spread(a).mean, mean_b = hebb::spread(b).mean;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// <(z(t + lag) - z(t))^2> / variance, mean over the units that vary: 2 for noise.
inline double slowness(const Matrix<float>& response, Index lag = 1) {
  const Index steps = response.cols(), pairs = steps - lag;
  hebb::require(lag > 0 && pairs > 0, "slowness: ", steps, " frames have no two that are ", lag,
                " apart");
  const Matrix<float> x = hebb::centred<float>(response);
  double sum = 0;
  Index units = 0;
  for (Index unit = 0; unit < x.rows(); ++unit) {
    const double variance = double(x.row(unit).squaredNorm()) / double(steps);
    if (!(variance > 1e-12)) continue;
    sum += double((x.row(unit).rightCols(pairs) - x.row(unit).leftCols(pairs)).squaredNorm()) /
           double(pairs) / variance;
    ++units;
  }
  return units ? sum / double(units) : 0;
}

inline Outcome evaluate(const Encoder& encoder, const hebb::Shapes3d& shapes,
                        const hebb::Clips& clips, const Film& film, const Protocol& protocol) {
  const hebb::Random random{.seed = protocol.seed};
  const std::vector<Index> scenes = random_scenes(protocol.scenes, random.stream("readout scenes"));
  const Matrix<Index> factors = factors_of(scenes);
  const Features features = encode(encoder, shapes, film, scenes);
  Outcome outcome;
  for (const Matrix<float>& layer : features)
    outcome.votes.push_back(vote(layer, factors, protocol));

  const Matrix<float>& last = features.back();
  outcome.units = last.rows();
  outcome.dead = hebb::dead_units<float>(last);
  outcome.activity = hebb::mean_activity<float>(last);
  outcome.dimension =
      hebb::participation_ratio<float>(last.leftCols(std::min<Index>(last.cols(), 2000)));
  const Index half = std::min<Index>(5000, last.cols() / 2);
  const Matrix<float> train = last.leftCols(half), test = last.rightCols(half);
  for (std::size_t f = 0; f < factor_count; ++f) {
    const hebb::Vector<Index> labels = factors.row(Index(f));
    const hebb::LinearReadout<> readout{.parameters = {.seed = protocol.seed}};
    const auto classifier = readout.fit(train, labels.head(half), hebb::shapes3d::sizes[f]);
    outcome.probe[f] = 100 * hebb::accuracy(classifier.predict(test), labels.tail(half));

    std::vector<Index> varied;
    for (Index context = 0; context < protocol.contexts; ++context) {
      hebb::shapes3d::Factors values = hebb::shapes3d::factors_of(scenes[std::size_t(context)]);
      for (const Index value : values_in_order(clips, f)) {
        values[f] = value;
        varied.push_back(hebb::shapes3d::scene_of(values));
      }
    }
    outcome.similarity[f] = hebb::similarity_matrix<float>(
        encode(encoder, shapes, film, varied).back(), hebb::shapes3d::sizes[f]);
    if (f != hebb::shapes3d::shape)
      outcome.match[f] = correlation(transitions(clips, f), outcome.similarity[f]);
  }
  return outcome;
}

}  // namespace video
