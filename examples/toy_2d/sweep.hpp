/// @file
/// The experiment: many units learn from the same sequences while the noise grows (sigma_y) or the
/// clusters persist less (p).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/progress.hpp"
#include "common/stop.hpp"
#include "hebb/analysis/spread.hpp"
#include "hebb/core/threads.hpp"
#include "toy_2d/toy.hpp"

namespace example {

/// A rule under study.
struct Arm {
  Rule rule;
  std::string name, key;
  double decays = 1;  ///< weight decay, as a multiple of the experiment's
};

enum Place : std::size_t { lpl, hebbian, predictive, oja, naive, naive_weak, hinge, arms };
inline const std::array<Arm, arms> arm_list{
    {{Rule::Lpl, "LPL", "lpl"},
     {Rule::Hebbian, "prediction off", "prediction_off"},
     {Rule::Predictive, "prediction only", "prediction_only"},
     {Rule::Oja, "Oja", "oja"},
     {Rule::Naive, "-σ², decay x 10", "naive", 10},
     {Rule::Naive, "-σ²", "naive_weak_decay"},
     {Rule::Hinge, "variance hinge", "hinge"}}};

struct Experiment {
  Index steps = 10000;  // max(10000, 100 sigma_y), which is the same for every sigma_y of the sweep
  Index repetitions = 10, values = 50, interval = 100, batch = 200;
  double eta = 1e-2, weight_decay = 0.15;
  double some_flips = 0.2;  // p of the sweep over sigma_y with clusters that change

  double sigma_y(Index i) const { return std::pow(10, -2 + 4 * double(i) / double(values - 1)); }
  double flip(Index i) const { return double(i) / double(values - 1); }
};

/// All units of one repetition. Every rule, sigma_y and p learns from the same noise and starts
/// from the same weights.
class Repetition {
 public:
  /// Sequences, and the units that learn from them.
  struct Bank {
    Sequences sequences;
    std::vector<Unit> units = {};

    Bank(double flip, Index batch) : sequences(flip, batch) {}
  };

  Bank still, flipping;       ///< units by arm and sigma_y; LPL by sigma_y
  Bank course;                ///< units by arm, at sigma_y = 1
  std::vector<Bank> by_flip;  ///< one LPL unit each, at sigma_y = 1

  Repetition(const Experiment& experiment, const Random& random)
      : still(0, experiment.batch),
        flipping(experiment.some_flips, experiment.batch),
        course(0, experiment.batch),
        random_(random),
        batch_(experiment.batch) {
    const auto unit = [&](const Arm& arm, double sigma_y, std::uint64_t which) {
      const double bound = std::sqrt(0.5);
      return Unit{arm.rule, sigma_y, arm.decays * experiment.weight_decay,
                  random.stream("weights", which).uniform<double>(2, 1, -bound, bound),
                  experiment.eta};
    };
    for (const Arm& arm : arm_list) {
      for (Index i = 0; i < experiment.values; ++i)
        still.units.push_back(unit(arm, experiment.sigma_y(i), std::uint64_t(i)));
      course.units.push_back(unit(arm, 1, std::uint64_t(experiment.values)));
    }
    for (Index i = 0; i < experiment.values; ++i) {
      flipping.units.push_back(unit(arm_list[lpl], experiment.sigma_y(i), std::uint64_t(i)));
      by_flip.emplace_back(experiment.flip(i), batch_)
          .units.push_back(unit(arm_list[lpl], 1, std::uint64_t(i)));
    }
    noise_.draw(random_.stream("noise"), batch_);
    each_bank([&](Bank& bank) { bank.sequences.begin(noise_); });
  }

  void learn(Index steps) {
    for (Index step = 0; step < steps; ++step) {
      noise_.draw(random_.stream("noise").at(++seen_), batch_);
      each_bank([&](Bank& bank) {
        bank.sequences.advance(noise_);
        const Moments moments = moments_of(bank.sequences.now, bank.sequences.before);
        for (Unit& unit : bank.units) unit.learn(moments);
      });
    }
  }

 private:
  void each_bank(const auto& visit) {
    for (Bank* bank : {&still, &flipping, &course}) visit(*bank);
    for (Bank& bank : by_flip) visit(bank);
  }

  Random random_;
  Index batch_;
  Noise noise_;
  std::uint64_t seen_ = 0;
};

/// Outcomes over repetitions.
struct Cell {
  std::vector<Outcome> outcomes = {};

  Spread spread(double Outcome::*what) const { return hebb::spread(outcomes, what); }
  double mean(double Outcome::*what) const { return spread(what).mean; }
};

struct Results {
  std::array<std::vector<Cell>, arms> still;  // by sigma_y
  std::array<Cell, arms> unity;               // sigma_y = 1
  std::vector<Cell> flipping;                 // by sigma_y
  std::vector<Cell> by_flip;                  // by p
  std::array<std::vector<std::vector<double>>, arms>
      norms;  // by time and repetition, at sigma_y = 1
};

inline Results run(const Experiment& experiment, std::uint64_t seed) {
  const auto at = [](Index i) { return std::size_t(i); };
  std::vector<Repetition> repetitions;
  for (Index i = 0; i < experiment.repetitions; ++i)
    repetitions.emplace_back(experiment, Random{.seed = seed + std::uint64_t(i)});

  Results results;
  Progress progress("learning", experiment.steps);
  for (Index step = 0;; step += experiment.interval) {
    for (std::size_t arm = 0; arm < arms; ++arm) {
      results.norms[arm].emplace_back();
      for (const Repetition& one : repetitions)
        results.norms[arm].back().push_back(one.course.units[arm].w.norm());
    }
    if (step >= experiment.steps) break;
    stop_if_asked();
    const Index few = std::min(experiment.interval, experiment.steps - step);
    parallel_for(experiment.repetitions, [&](Index i) { repetitions[at(i)].learn(few); });
    progress.advance(few);
  }

  for (auto& row : results.still) row.resize(at(experiment.values));
  results.flipping.resize(at(experiment.values));
  results.by_flip.resize(at(experiment.values));
  for (Index i = 0; i < experiment.repetitions; ++i) {
    const Repetition& one = repetitions[at(i)];
    const PointRows points = fresh_points(Random{.seed = seed + std::uint64_t(i)}.stream("points"));
    for (std::size_t arm = 0; arm < arms; ++arm) {
      for (std::size_t k = 0; k < at(experiment.values); ++k)
        results.still[arm][k].outcomes.push_back(
            measure(one.still.units[arm * at(experiment.values) + k], points));
      results.unity[arm].outcomes.push_back(measure(one.course.units[arm], points));
    }
    for (std::size_t k = 0; k < at(experiment.values); ++k) {
      results.flipping[k].outcomes.push_back(measure(one.flipping.units[k], points));
      results.by_flip[k].outcomes.push_back(measure(one.by_flip[k].units[0], points));
    }
  }
  return results;
}

/// The mean over the values of sigma_y between `low` and `high`.
inline double mean_between(const Experiment& experiment, const std::vector<Cell>& cells, double low,
                           double high, double Outcome::*what) {
  double sum = 0, count = 0;
  for (Index i = 0; i < experiment.values; ++i) {
    if (experiment.sigma_y(i) < low || experiment.sigma_y(i) > high) continue;
    sum += cells[std::size_t(i)].mean(what);
    ++count;
  }
  return sum / count;
}

/// The index of the first cell whose mean alignment is below that of the diagonal.
inline Index switch_index(const std::vector<Cell>& cells) {
  const auto leaves = [](const Cell& cell) {
    return cell.mean(&Outcome::alignment) < std::sqrt(0.5);
  };
  return std::find_if(cells.begin(), cells.end(), leaves) - cells.begin();
}

/// The number of values of sigma_y whose weights end beyond the range of single precision.
inline Index beyond_single_precision(const std::vector<Cell>& cells) {
  return std::count_if(cells.begin(), cells.end(), [](const Cell& cell) {
    return !(cell.mean(&Outcome::norm) < double(std::numeric_limits<float>::max()));
  });
}

/// The geometric mean of the last norms at sigma_y = 1, because norms of diverging and collapsing
/// units lie decades apart.
inline double norm_at_one(const Results& results, std::size_t arm) {
  double sum = 0;
  for (const double norm : results.norms[arm].back()) sum += std::log(norm);
  return std::exp(sum / double(results.norms[arm].back().size()));
}

}  // namespace example
