/// @file
/// The laws that every rule obeys, each a predicate on a rule. A rule that declares an exception
/// (core/law.hpp) must break that law: the tests assert `law(rule) == !breaks<Rule, Law>`.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "hebb/core/concepts.hpp"
#include "hebb/core/digest.hpp"
#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/random.hpp"

namespace hebb::laws {

/// The shape and weights with which a law tries a rule. Specialise for a rule with lateral weights,
/// or with more than one column per sample.
template <typename Rule>
struct Trial {
  static constexpr Shape shape{.pre = 6, .post = 9};
  static constexpr Index fewest_columns = 1;

  /// Any weights from which one step does not meet a bound.
  static Matrix<typename Rule::Scalar> weights(Random& random) {
    return random.uniform<typename Rule::Scalar>(shape.post, shape.pre, -1, 1);
  }
};

inline constexpr Index columns = 8;

template <typename Rule>
using MatrixOf = Matrix<typename Rule::Scalar>;

/// One step, with gain 1: the laws are about rates. Not inlined, to save minutes of compile time.
template <typename Rule>
[[gnu::noinline]] void step(const Rule& rule, const MatrixOf<Rule>& pre, const MatrixOf<Rule>& post,
                            typename Rule::State& state) {
  using Scalar = typename Rule::Scalar;
  const Matrix<Scalar> ones = Matrix<Scalar>::Ones(post.rows(), post.cols());
  rule.update(pre, Response<Scalar>{post, ones}, state);
}

/// A state with random weights.
template <typename Rule>
[[gnu::noinline]] typename Rule::State begin(const Rule& rule, std::uint64_t seed = 1) {
  Random random{.seed = seed};
  auto state = rule.init(Trial<Rule>::shape);
  state.weights = Trial<Rule>::weights(random);
  return state;
}

template <typename Rule>
[[gnu::noinline]] MatrixOf<Rule> random_pre(std::uint32_t stream, Index count = columns) {
  return Random{.seed = 2}
      .stream("pre", stream)
      .normal<typename Rule::Scalar>(Trial<Rule>::shape.pre, count);
}

template <typename Rule>
[[gnu::noinline]] MatrixOf<Rule> random_post(std::uint32_t stream, Index count = columns) {
  return Random{.seed = 3}
      .stream("post", stream)
      .normal<typename Rule::Scalar>(Trial<Rule>::shape.post, count);
}

/// Equal to rounding: some hundred units in the last place of numbers of order one.
template <typename Scalar>
[[gnu::noinline]] bool close(const Matrix<Scalar>& a, const Matrix<Scalar>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && a.allFinite() && b.allFinite() &&
         ((a - b).array().abs() <=
          500 * std::numeric_limits<Scalar>::epsilon() * (1 + a.array().abs()))
             .all();
}

template <typename A, typename B>
bool same_bits(const A& a, const B& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && (a.array() == b.array()).all();
}

/// init gives weights of post x pre.
template <typename Rule>
bool init_gives_post_by_pre(const Rule& rule) {
  const auto state = rule.init(Trial<Rule>::shape);
  return state.weights.rows() == Trial<Rule>::shape.post &&
         state.weights.cols() == Trial<Rule>::shape.pre;
}

/// Equal state and input give equal results, and a copied state is independent.
template <typename Rule>
bool copies_are_equal_and_independent(const Rule& rule) {
  auto a = begin(rule);
  step(rule, random_pre<Rule>(0), random_post<Rule>(0), a);
  auto b = a;
  const auto before = digest(b);
  step(rule, random_pre<Rule>(1), random_post<Rule>(1), a);
  const bool independent = digest(b) == before && digest(a) != before;
  step(rule, random_pre<Rule>(1), random_post<Rule>(1), b);
  return independent && digest(a) == digest(b);
}

/// Permuting the columns of every step changes nothing.
template <typename Rule>
bool permutation(const Rule& rule) {
  auto a = begin(rule), b = begin(rule);
  Eigen::PermutationMatrix<Eigen::Dynamic> order(columns);
  const auto shuffled = Random{.seed = 4}.permutation(columns);
  for (Index c = 0; c < columns; ++c) order.indices()(c) = int(shuffled[std::size_t(c)]);
  for (std::uint32_t t = 0; t < 3; ++t) {
    step(rule, random_pre<Rule>(t), random_post<Rule>(t), a);
    step<Rule>(rule, random_pre<Rule>(t) * order, random_post<Rule>(t) * order, b);
  }
  return close(a.weights, b.weights);
}

/// Showing every column twice changes nothing: updates are means.
template <typename Rule>
bool repetition(const Rule& rule) {
  auto a = begin(rule), b = begin(rule);
  for (std::uint32_t t = 0; t < 3; ++t) {
    step(rule, random_pre<Rule>(t), random_post<Rule>(t), a);
    step<Rule>(rule, random_pre<Rule>(t).replicate(1, 2), random_post<Rule>(t).replicate(1, 2), b);
  }
  return close(a.weights, b.weights);
}

/// The decay D in W += eta (... - D W), post x post, from the rule's equation: none. Specialise for
/// a rule that has one.
template <typename Rule>
struct Decay {
  static MatrixOf<Rule> of(const Rule&, const MatrixOf<Rule>& post, const typename Rule::State&) {
    return MatrixOf<Rule>::Zero(post.rows(), post.rows());
  }
};

/// A presynaptic neuron that is silent at a step keeps its weights, but for the decay of the rule's
/// equation.
template <typename Rule>
bool silent_pre(const Rule& rule) {
  auto state = begin(rule);
  step(rule, random_pre<Rule>(0), random_post<Rule>(0), state);
  const MatrixOf<Rule> before = state.weights, post = random_post<Rule>(1);
  const MatrixOf<Rule> decay = Decay<Rule>::of(rule, post, state) * before;
  MatrixOf<Rule> pre = random_pre<Rule>(1);
  pre.row(2).setZero();
  step(rule, pre, post, state);
  const MatrixOf<Rule> expected = before.col(2) - rule.parameters.eta * decay.col(2);
  return close<typename Rule::Scalar>(state.weights.col(2), expected);
}

/// Half the rate, half the first change.
template <typename Rule>
bool half_rate(const Rule& rule) {
  Rule slow = rule;
  slow.parameters.eta /= 2;
  auto a = begin(rule), b = begin(slow);
  const MatrixOf<Rule> before = a.weights;
  for (std::uint32_t t = 0; t < 2; ++t) {  // a differential rule learns from its second step on
    a.weights = b.weights = before;
    step(rule, random_pre<Rule>(t), random_post<Rule>(t), a);
    step(slow, random_pre<Rule>(t), random_post<Rule>(t), b);
  }
  return close<typename Rule::Scalar>(a.weights - before, 2 * (b.weights - before)) &&
         a.weights != before;
}

/// A thousand random steps at default parameters stay finite.
template <typename Rule>
bool stays_finite(const Rule& rule) {
  auto state = begin(rule);
  for (std::uint32_t t = 0; t < 1000; ++t)
    step(rule, random_pre<Rule>(t), random_post<Rule>(t), state);
  bool finite = true;
  state.each([&](std::string_view, auto& value) {
    if constexpr (requires { value.allFinite(); }) finite = finite && value.allFinite();
  });
  return finite;
}

/// Calls f(name, bytes, cols) for every array and number of a state.
template <typename State, typename F>
void for_each_bytes(State& state, const F& f) {
  state.each([&](std::string_view name, auto& value) {
    if constexpr (requires { value.data(); })
      f(std::string(name),
        std::string(reinterpret_cast<const char*>(value.data()),
                    sizeof(*value.data()) * std::size_t(value.size())),
        value.cols());
    else
      f(std::string(name), std::string(reinterpret_cast<const char*>(&value), sizeof(value)),
        Index(1));
  });
}

/// The labels of a fresh state.
template <typename Rule>
std::string labels(const Rule& rule) {
  std::string text;
  auto state = rule.init(Trial<Rule>::shape);
  state.each([&](std::string_view name, auto& value) {
    if constexpr (std::is_same_v<decltype(value), const Label&>)
      text += sentence(name, " = ", value.text, "; ");
  });
  return text;
}

/// forget leaves weights and per-neuron memory bitwise equal; the next sequence may have another
/// number of columns.
template <typename Rule>
bool forget_keeps_what_is_learned(const Rule& rule) {
  auto state = begin(rule);
  for (std::uint32_t t = 0; t < 2; ++t)
    step(rule, random_pre<Rule>(t), random_post<Rule>(t), state);
  std::map<std::string, std::string> before;
  for_each_bytes(state, [&](const std::string& name, const std::string& bytes, Index cols) {
    if (cols != columns) before[name] = bytes;  // per-sequence memory has one column per sequence
  });
  rule.forget(state);
  bool equal = true;
  for_each_bytes(state, [&](const std::string& name, const std::string& bytes, Index) {
    if (before.contains(name)) equal = equal && before[name] == bytes;
  });
  try {
    step(rule, random_pre<Rule>(2, columns - 2), random_post<Rule>(2, columns - 2), state);
  } catch (const ShapeError&) {
    return false;
  }
  return equal;
}

/// A fresh state into which every array that `each` names is copied continues as the original does.
template <typename Rule>
bool each_round_trips(const Rule& rule) {
  auto original = begin(rule);
  for (std::uint32_t t = 0; t < 3; ++t)
    step(rule, random_pre<Rule>(t), random_post<Rule>(t), original);
  auto copy = rule.init(Trial<Rule>::shape);
  std::set<std::string_view> names;
  bool unique = true;
  original.each([&](std::string_view name, auto& value) {
    unique = unique && names.insert(name).second;
    copy.each([&](std::string_view other, auto& target) {
      if constexpr (std::is_assignable_v<decltype(target), decltype(value)>)
        if (name == other) target = value;
    });
  });
  for (std::uint32_t t = 3; t < 6; ++t) {
    step(rule, random_pre<Rule>(t), random_post<Rule>(t), original);
    step(rule, random_pre<Rule>(t), random_post<Rule>(t), copy);
  }
  return unique && digest(original) == digest(copy);
}

/// update changes the weights as pre_factor, post_factor and apply do one after the other.
template <typename Rule>
bool update_is_factor_and_apply(const Rule&) {
  return true;  // a rule that is not factored
}
template <FactoredRule Rule>
bool update_is_factor_and_apply(const Rule& rule) {
  using Scalar = typename Rule::Scalar;
  for (const Index count : {Trial<Rule>::fewest_columns, columns}) {
    auto a = begin(rule), b = begin(rule);
    for (std::uint32_t t = 0; t < 3; ++t) {
      const Matrix<Scalar> pre = random_pre<Rule>(t, count), post = random_post<Rule>(t, count);
      step(rule, pre, post, a);
      const Matrix<Scalar> ones = Matrix<Scalar>::Ones(post.rows(), post.cols());
      const auto& factor = rule.post_factor(Response<Scalar>{post, ones}, b);
      Matrix<Scalar> change;
      mean_outer_product<Scalar>(factor.post, presynaptic_factor(rule, pre, b), change);
      rule.apply(Change<Scalar>(change), factor.decay, b);
    }
    if (!close(a.weights, b.weights)) return false;
  }
  return true;
}

/// The change by one batch is the mean of the changes by its halves.
template <typename Rule>
bool additivity(const Rule& rule) {
  const MatrixOf<Rule> half_pre = random_pre<Rule>(0, columns / 2),
                       half_post = random_post<Rule>(0, columns / 2);
  auto left = begin(rule);
  step(rule, half_pre, half_post, left);
  auto right = left, whole = begin(rule);
  step<Rule>(rule, half_pre.replicate(1, 2), half_post.replicate(1, 2),
             whole);  // all have seen the same samples
  whole.weights = left.weights;
  const MatrixOf<Rule> before = left.weights, pre = random_pre<Rule>(1),
                       post = random_post<Rule>(1);
  step<Rule>(rule, pre.leftCols(columns / 2), post.leftCols(columns / 2), left);
  step<Rule>(rule, pre.rightCols(columns / 2), post.rightCols(columns / 2), right);
  step(rule, pre, post, whole);
  return close<typename Rule::Scalar>(whole.weights - before,
                                      (left.weights + right.weights) / 2 - before);
}

/// Numbers near the largest give a finite state, or an error that names the rule; none becomes
/// infinite or NaN unnoticed.
template <typename Rule>
bool huge_numbers_are_named(const Rule& rule) {
  using Scalar = typename Rule::Scalar;
  const double most = double(std::numeric_limits<Scalar>::max());
  for (const double exponent : {0.3, 0.51, 0.7, 0.98})
    for (const int loud : {1, 2, 3}) {  // pre, post, both
      auto state = begin(rule);
      const Scalar size = Scalar(std::pow(most, exponent));
      const Scalar of_pre = loud & 1 ? size : 1, of_post = loud & 2 ? size : 1;
      try {
        for (std::uint32_t t = 0; t < 3; ++t) {
          const MatrixOf<Rule> pre = random_pre<Rule>(t).cwiseMin(1).cwiseMax(-1),
                               post = random_post<Rule>(t).cwiseMin(1).cwiseMax(-1);
          step<Rule>(rule, of_pre * pre, of_post * post, state);
          bool finite = true;
          state.each([&](std::string_view, auto& value) {
            if constexpr (requires { value.allFinite(); }) finite = finite && value.allFinite();
          });
          if (!finite) return false;
        }
      } catch (const Divergence& error) {
        if constexpr (requires { Rule::name; })
          if (std::string(error.what()).find(Rule::name) != 0) return false;
      }
    }
  return true;
}

/// A state with an array of another shape is refused, and the weights stay as they were, unless the
/// rule never reads that array.
template <typename Rule>
bool states_of_another_shape_are_refused(const Rule& rule) {
  auto good = begin(rule);
  for (std::uint32_t t = 0; t < 2; ++t) step(rule, random_pre<Rule>(t), random_post<Rule>(t), good);
  auto expected = good;
  step(rule, random_pre<Rule>(2), random_post<Rule>(2), expected);
  for (const Index growth : {-1, 1}) {
    for (int which = 0, arrays = 1; which < arrays; ++which) {
      auto bad = good;
      arrays = 0;
      bad.each([&](std::string_view, auto& value) {
        if constexpr (requires { value.allFinite(); })
          if (value.size() > 0 && arrays++ == which) {
            using Array = std::remove_cvref_t<decltype(value)>;
            value = Array::Ones(value.rows() + growth, value.cols());
          }
      });
      const auto weights = bad.weights;
      try {
        step(rule, random_pre<Rule>(2), random_post<Rule>(2), bad);
        if (!same_bits(bad.weights, expected.weights)) return false;
      } catch (const ShapeError&) {
        if (!same_bits(bad.weights, weights)) return false;
      }
    }
  }
  return true;
}

/// A state that init did not make is refused, with a message that says so.
template <typename Rule>
bool states_not_made_by_init_are_named(const Rule& rule) {
  typename Rule::State state;
  try {
    step(rule, random_pre<Rule>(0), random_post<Rule>(0), state);
  } catch (const InvalidCall& error) {
    return std::string_view(error.what()).ends_with(": the state was not made by init");
  } catch (const ShapeError&) {
    return false;
  }
  return false;
}

/// The change of a weight depends on its own presynaptic and postsynaptic neuron alone: after the
/// activity or the weights of another neuron are perturbed, it has the same bits. For single
/// samples and for batches.
template <typename Rule>
bool locality(const Rule& rule) {
  const Shape shape = Trial<Rule>::shape;
  for (const Index count : {Trial<Rule>::fewest_columns, columns})
    for (Index trial = 0; trial < 3 * std::max(shape.pre, shape.post); ++trial) {
      const Index kind = trial % 3, who = trial / 3;
      if (who >= (kind == 0 ? shape.pre : shape.post)) continue;
      auto a = begin(rule), b = begin(rule);
      if (kind == 2) b.weights.row(who) *= typename Rule::Scalar(0.75);
      for (std::uint32_t t = 0; t < 3; ++t) {
        MatrixOf<Rule> pre = random_pre<Rule>(t, count), post = random_post<Rule>(t, count);
        step(rule, pre, post, a);
        if (kind == 0) pre.row(who) *= typename Rule::Scalar(0.75);
        if (kind == 1) post.row(who) *= typename Rule::Scalar(0.75);
        step(rule, pre, post, b);
      }
      for (Index i = 0; i < shape.post; ++i)
        for (Index j = 0; j < shape.pre; ++j) {
          const bool its_own = kind == 0 ? j == who : i == who;
          if (!its_own && a.weights(i, j) != b.weights(i, j)) return false;
        }
    }
  return true;
}

}  // namespace hebb::laws
