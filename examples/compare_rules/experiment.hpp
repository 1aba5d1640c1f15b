/// @file
/// The comparison: every rule at several rates, on validation images; then every rule with every
/// seed, on test images; then the speeds.
#pragma once

#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/checkpoint.hpp"
#include "common/progress.hpp"
#include "compare_rules/scores.hpp"

namespace compare_rules {

// In place of a readout. Checkpoints hold no NaN.
constexpr double not_yet = -1, diverged = -2;

/// The results of one rule, or of a control.
struct Outcome {
  std::string name, response;
  double eta = 0;              ///< to start from; 0 where nothing is learned
  Matrix<double> validation;   ///< 1 x factors: readout in percent
  Matrix<double> scores;       ///< scores x seeds
  Matrix<float> weights = {};  ///< of the first seed
  double updates_per_second = not_yet;

  bool learns() const { return eta > 0; }

  /// The factor of the starting rate: 1, or the one with the best readout of validation images.
  double factor(const Setting& setting) const {
    if (!learns() || !setting.choose) return 1;
    Index best = 0;  // of equals the first
    validation.row(0).maxCoeff(&best);
    return setting.factors[std::size_t(best)];
  }

  /// Whether a readout was measured with every seed.
  bool finished() const { return (scores.row(readout).array() >= 0).all(); }

  /// A score over seeds.
  Spread score(Index which) const { return spread(scores.row(which)); }

  void each(auto&& visit) {
    visit("validation", validation);
    visit("scores", scores);
    visit("weights", weights);
  }
};

struct Results {
  std::vector<Outcome> outcomes;  ///< the controls, then the rules
  std::vector<double> pixels;     ///< readout of the pixels, by seed, in percent

  const Outcome& of(const std::string& name) const {
    for (const Outcome& one : outcomes)
      if (one.name == name) return one;
    throw InvalidParameter(sentence("there is no result of ", name));
  }

  void each(auto&& visit) {
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      outcomes[i].each([&](const std::string& array, auto& value) {
        visit(std::to_string(i) + "." + array, value);
      });
  }
};

inline const std::string random_name = "random weights", principal_name = "PCA";

/// Weights that no rule changes, as a contender.
inline Contender control(const std::string& name, const auto& weights) {
  return {name, "Linear", 0,
          [weights](const Data& data, const Setting& setting, double, const Random& random) {
            const Matrix<float> w = weights(data, setting, random);
            return Trained{w, 0, 0, [w](const Matrix<float>& x) { return Matrix<float>(w * x); }};
          }};
}

/// The first weights of all rules, and the principal components.
inline std::vector<Contender> controls(const Judge& judge) {
  return {control(random_name,
                  [](const Data& data, const Setting& setting, const Random& random) {
                    return fan_in_uniform<float>({.pre = data.inputs(), .post = setting.units},
                                                 data.inputs(), random.stream("weights"),
                                                 first_scale);
                  }),
          control(principal_name, [&judge](const Data&, const Setting& setting, const Random&) {
            return judge.components(setting.units);
          })};
}

/// Runs job(i) on all threads, and failed(i) where a rule diverged: its optimiser or the next
/// update reports it.
inline void run_jobs(const std::string& label, Index count, const auto& job, const auto& failed) {
  if (count == 0) return;
  example::Progress progress(label, count, "runs");
  std::mutex mutex;
  parallel_for(count, [&](Index i) {
    try {
      job(i);
    } catch (const Divergence&) {
      failed(i);
    } catch (const NonFinite&) {
      failed(i);
    }
    const std::lock_guard guard(mutex);
    progress.advance();
  });
}

/// Updates per second of a rule on one thread, the best of three short runs.
inline double speed(const Contender& contender, const Data& data, Setting setting, double factor,
                    const Random& random) {
  const double before = std::exchange(worth_waking, std::numeric_limits<double>::infinity());
  setting.steps = std::min<Index>(setting.steps, 200);
  double least = std::numeric_limits<double>::infinity();
  for (int repetition = 0; repetition < 3; ++repetition)
    least = std::min(least, contender.train(data, setting, factor, random).seconds);
  worth_waking = before;
  return double(setting.steps) / least;
}

inline void run(const std::vector<Contender>& contenders, const Data& data, const Setting& setting,
                const Judge& judge, std::uint64_t first_seed, Results& results) {
  const Index count = Index(contenders.size()), factors = Index(setting.factors.size());
  const auto seed_of = [&](Index k) { return first_seed + std::uint64_t(k); };
  const auto random_of = [&](Index k) { return Random{.seed = seed_of(k)}; };

  // Neighbouring jobs are those of different rules, so that threads get equal shares.
  run_jobs(
      "several rates", count * factors,
      [&](Index i) {
        Outcome& own = results.outcomes[std::size_t(i % count)];
        if (!own.learns() || own.validation(i / count) != not_yet) return;
        const double factor = setting.factors[std::size_t(i / count)];
        own.validation(i / count) = judge.validate(
            contenders[std::size_t(i % count)].train(data, setting, factor, random_of(0)),
            seed_of(0));
      },
      [&](Index i) { results.outcomes[std::size_t(i % count)].validation(i / count) = diverged; });
  run_jobs(
      "learning", count * setting.seeds,
      [&](Index i) {
        Outcome& own = results.outcomes[std::size_t(i % count)];
        const Index k = i / count;
        if (own.scores(readout, k) != not_yet) return;
        const Trained trained = contenders[std::size_t(i % count)].train(
            data, setting, own.factor(setting), random_of(k));
        own.scores.col(k) = judge.measure(trained, seed_of(k));
        if (k == 0) own.weights = trained.weights;
      },
      [&](Index i) {
        results.outcomes[std::size_t(i % count)].scores.col(i / count).setConstant(diverged);
      });
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    Outcome& own = results.outcomes[i];
    if (own.learns() && own.finished())
      own.updates_per_second =
          speed(contenders[i], data, setting, own.factor(setting), random_of(0));
  }
  results.pixels.clear();
  for (Index k = 0; k < setting.seeds; ++k) results.pixels.push_back(judge.pixels(seed_of(k)));
}

/// Runs the comparison of the rules and the controls. If it is stopped, the finished runs are
/// saved.
inline Results compare(const std::vector<Contender>& rules, const Data& data,
                       const Setting& setting, std::uint64_t first_seed,
                       const example::Checkpoints& checkpoints) {
  const Judge judge(data, setting.readout_images);
  std::vector<Contender> contenders = controls(judge);
  contenders.insert(contenders.end(), rules.begin(), rules.end());
  Results results;
  for (const Contender& one : contenders)
    results.outcomes.push_back(
        {one.name, one.response, one.eta,
         Matrix<double>::Constant(1, Index(setting.factors.size()), not_yet),
         Matrix<double>::Constant(static_cast<Index>(score_count), setting.seeds, not_yet)});
  example::Saving saving = checkpoints.begin("results", results);
  try {
    run(contenders, data, setting, judge, first_seed, results);
  } catch (const example::Stopped&) {
    saving.save();
    throw;
  }
  return results;
}

}  // namespace compare_rules
