/// @file
/// The library's side of the comparison: its matrices from tables and back, and any of its
/// optimisers.
#pragma once

#include <doctest/doctest.h>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include <tuple>
#include <utility>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/optimizer/bounded.hpp"
#include "hebb/core/optimizer/clipped.hpp"
#include "hebb/core/optimizer/momentum.hpp"
#include "tests/oracle/optimizers.hpp"

namespace oracle {

using hebb::Index;
using Dense = hebb::Matrix<double>;

inline Dense matrix(const Table& table) {
  return Eigen::Map<const Dense>(table.data.data(), table.rows, table.cols);
}

inline Table table(const hebb::View<double>& m) {
  return tabulate(m.rows(), m.cols(), [&](Count i, Count j) { return m(i, j); });
}

#if defined(_OPENMP)
/// The configurations are too small for teams of threads, which would wait for each other; other
/// tests show that the number of threads changes no bit.
inline const bool one_thread = (omp_set_num_threads(1), true);
#endif

/// Fails unless every configuration that was asked for ran and agreed.
inline void check(const Result& result) {
  CHECK(result.failures == 0);
  CHECK(result.asked > 0);
  CHECK(result.ran == result.asked);
}

/// One of several optimisers, chosen at run time: rules are compiled once for all of them.
template <typename... Optimizers>
struct OneOf {
  std::tuple<Optimizers...> all = {};
  std::size_t chosen = 0;

  template <typename Scalar>
  struct State {
    std::tuple<typename Optimizers::template State<Scalar>...> all;

    void each(auto&& visit) {
      std::apply([&](auto&... states) { (states.each(visit), ...); }, all);
    }
  };

  template <typename Scalar>
  State<Scalar> init(hebb::Shape shape) const {
    return std::apply(
        [&](const auto&... each) { return State<Scalar>{{each.template init<Scalar>(shape)...}}; },
        all);
  }

  template <typename Scalar>
  void apply(hebb::Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    [&]<std::size_t... at>(std::index_sequence<at...>) {
      const auto apply_one = [&](const auto& optimizer, auto& memory) {
        optimizer.template apply<Scalar>(weights, change, decay, eta, memory);
      };
      ((at == chosen ? apply_one(std::get<at>(all), std::get<at>(state.all)) : void()), ...);
    }
    (std::index_sequence_for<Optimizers...>());
  }
};

using AnyOptimizer = OneOf<hebb::Plain, hebb::Momentum, hebb::Adam, hebb::Clipped<hebb::Momentum>,
                           hebb::Bounded<hebb::Plain>, hebb::Bounded<hebb::Clipped<hebb::Adam>>>;

/// The first and the last of them. All of them take each type of decay (none, a vector, a matrix)
/// from one rule; the other rules are compiled for these two, which takes half the time.
using FewOptimizers = OneOf<hebb::Plain, hebb::Bounded<hebb::Clipped<hebb::Adam>>>;

/// The same random optimiser on both sides, and a learning rate.
struct Learning {
  Optimizer oracle;
  AnyOptimizer all;
  double eta;

  FewOptimizers few() const {
    return {{std::get<0>(all.all), std::get<5>(all.all)}, all.chosen == 5 ? 1u : 0u};
  }

  static Learning among_few(Case& c) { return random(c, c.draw.chance(0.5) ? 0 : 5); }
  static Learning among_all(Case& c) { return random(c, std::size_t(c.draw.between(0, 5))); }

 private:
  static Learning random(Case& c, std::size_t chosen) {
    using Kind = Optimizer::Kind;
    Draw& draw = c.draw;
    constexpr Kind kinds[] = {Kind::plain,    Kind::momentum, Kind::adam,
                              Kind::momentum, Kind::plain,    Kind::adam};
    Optimizer o = Optimizer::random(draw);
    o.kind = kinds[chosen];
    if (chosen == 3 || chosen == 5) o.longest = draw.scale(0.03, 3);
    if (chosen >= 4) o.lower = draw.uniform(-0.9, -0.1), o.upper = draw.uniform(0.1, 0.9);
    c.note("optimiser", chosen);
    c.note("weight_decay", o.weight_decay);
    c.note("warmup", o.schedule.warmup);
    c.note("total", o.schedule.total);
    const double eta = c.note("eta", draw.scale(1e-3, 0.2));

    const hebb::Schedule schedule{o.schedule.warmup, o.schedule.total, o.schedule.floor};
    const hebb::Plain plain{o.weight_decay, schedule};
    const hebb::Momentum momentum{o.momentum, o.weight_decay, schedule};
    const hebb::Adam adam{.beta1 = o.beta1,
                          .beta2 = o.beta2,
                          .epsilon = o.epsilon,
                          .weight_decay = o.weight_decay,
                          .decoupled_decay = o.decoupled_decay,
                          .schedule = schedule};
    const double norm = o.longest < Optimizer::none ? o.longest : 1;
    const double lower = o.lower > -Optimizer::none ? o.lower : 0;
    const double upper = o.upper < Optimizer::none ? o.upper : 1;
    return {o,
            {{plain,
              momentum,
              adam,
              {norm, momentum},
              {plain, lower, upper},
              {{norm, adam}, lower, upper}},
             chosen},
            eta};
  }

 public:
  /// Weights from which learning starts, within the bounds.
  Table weights(Draw& draw, Count post, Count pre) const {
    return draw.table(post, pre, std::fmax(-1, oracle.lower), std::fmin(1, oracle.upper));
  }
};

/// Lets a rule learn: by `update`, or by its halves as layers and networks do.
template <typename Rule, typename Post>
void learn(const Rule& rule, bool in_halves, const Dense& x, const Post& post,
           typename Rule::State& state) {
  if (!in_halves) return rule.update(x, post, state);
  Table seen = table(x);
  if constexpr (requires { rule.pre_factor(x, state); }) seen = table(rule.pre_factor(x, state));
  const auto& factor = rule.post_factor(post, state);
  const Dense change = matrix(mean_outer(table(factor.post), seen));
  rule.apply(change, factor.decay, state);
}

}  // namespace oracle
