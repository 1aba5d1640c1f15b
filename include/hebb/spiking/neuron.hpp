/// @file
/// A group of neurons of one model.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/label.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"
#include "hebb/spiking/arriving.hpp"
#include "hebb/spiking/neuron_model.hpp"
#include "hebb/spiking/spike_history.hpp"

namespace hebb {

/// Neurons of one model, one variable after the other in memory. Its number of rows is padded to
/// whole vectors; padded neurons are advanced like the others and never spike.
///
/// Throws what the model's `step` throws, and InvalidParameter for an empty group.
template <NeuronModel Model, typename Scalar>
class NeuronGroup {
 public:
  template <typename T>
  using State = typename Model::template State<T>;
  static constexpr Index variables = Index(Model::variables.size());

  Matrix<Scalar> state;  ///< padded neurons x variables

  NeuronGroup(const Model& model, Index neurons, double dt_ms)
      : neurons_(neurons), step_(model.template step<Scalar>(dt_ms)) {
    require(neurons > 0, name_of<Model>, ": an empty group of neurons");
    const auto at_first = model.initial();
    state.resize(padded(neurons), variables);
    for (Index v = 0; v < variables; ++v) {
      double value;
      std::memcpy(&value, reinterpret_cast<const char*>(&at_first) + std::size_t(v) * sizeof value,
                  sizeof value);
      state.col(v).setConstant(Scalar(value));
    }
  }

  Index size() const { return neurons_; }
  static constexpr Index padded(Index neurons) {
    return (neurons + padding - 1) / padding * padding;
  }

  /// The place of a variable. Throws InvalidParameter, with the names there are, for another name.
  static Index index_of(std::string_view name) {
    std::string known;
    for (Index v = 0; v < variables; ++v) {
      if (Model::variables[std::size_t(v)] == name) return v;
      known += sentence(v > 0 ? ", " : "", Model::variables[std::size_t(v)]);
    }
    throw InvalidParameter(sentence(name_of<Model>, " has no variable ", name, ", it has ", known));
  }

  /// The variable that a receptor stands for. Throws InvalidParameter likewise.
  static Index index_of(Receptor receptor) {
    std::string known;
    for (const ReceptorOf& own : Model::receptors) {
      if (own.name == receptor.name) return own.variable;
      known += sentence(known.empty() ? "" : ", ", own.name);
    }
    throw InvalidParameter(
        sentence(name_of<Model>, " has no receptor ", receptor.name, ", it has ", known));
  }

  /// The values of a variable, one per neuron.
  auto operator[](std::string_view name) { return state.col(index_of(name)).head(neurons_); }

  /// Advances by one step and appends the neurons that spike at its end. `current` holds one number
  /// per padded neuron, or is null. Returns false if a potential is not finite. Returns false
  /// before the step of a neuron for which it is unstable.
  bool advance(const Scalar* current, std::vector<Index>& spikes) {
    if constexpr (by_vectors)
      return current ? advance_vectors(
                           [&](Index at)
                               __attribute__((always_inline)) { return simd::load(current + at); },
                           spikes)
                     : advance_vectors(
                           [](Index) __attribute__((always_inline)) { return Vec{}; }, spikes);
    else
      return advance_each(current, spikes);
  }

  /// Advances by several steps, at most as many as the model's shortest interval, and lists the
  /// neurons that spike. What arrives in a step is added
  /// to the receptors' variables at its end; there is one Arriving per variable of
  /// receptor_variables. Writes the potentials after each step. Returns false if one is not finite
  /// at the end or if the next step is unstable for a neuron.
  bool advance(Index steps, std::span<const Arriving<Scalar>> arriving,
               const PotentialTiles<Scalar>& potentials, StepSpikes& spikes) {
    if (before_.size() != state.size()) {
      before_ = state;
      spiked_.setZero(state.rows());
    }
    std::swap(state, before_);
    found_.clear();
    const bool stable = run(0, neurons_, steps, arriving, potentials) && next_is_stable();
    if (any_spiked_)
      for (Index at = 0; at < neurons_; at += width) {
        unsigned spiked = simd::truth_bits(simd::load(&spiked_(at)) != Vec{});
        for (; spiked != 0; spiked &= spiked - 1) list_spikes(at + std::countr_zero(spiked));
      }
    if (found_.size() > 1) std::sort(found_.begin(), found_.end());
    spikes.add_steps(steps);
    for (const auto& [n, neuron] : found_) spikes.add(steps - n, neuron);
    return stable;
  }

  /// Makes the last steps again for one neuron, where what arrives at it has changed. The spikes
  /// that were listed must remain.
  void repeat(Index neuron, Index steps, std::span<const Arriving<Scalar>> arriving,
              const PotentialTiles<Scalar>& potentials) {
    run(neuron, neuron + 1, steps, arriving, potentials);
  }

  /// The same with checks, for use without a network. Throws ShapeError unless there is one current
  /// per neuron, NonFinite for one that is not finite; Divergence, naming the neuron, for a
  /// potential that is not finite after the step, and where the step is unstable.
  void step(const View<Scalar>& current, std::vector<Index>& spikes) {
    require_shape<Scalar>(current, neurons_, 1, "current");
    require_finite<Scalar>(current, "current");
    check();
    current_.setZero(state.rows());
    current_.head(neurons_) = current.col(0);
    spikes.clear();
    const FlushDenormals guard;
    const bool stable = advance(current_.data(), spikes);
    if (stable) return;
    const Index bad = not_finite();
    require<Divergence>(bad < 0, name_of<Model>, ": the potential of neuron ", bad,
                        " is not finite");
    const auto [neuron, factor] = unstable();
    throw Divergence(sentence(name_of<Model>, ": the step is unstable for neuron ", neuron,
                              ", where it multiplies a difference of potentials by ", factor));
  }

  /// Throws ShapeError unless the state, which a checkpoint may have set, has its size.
  void check() const {
    require<ShapeError>(state.rows() == padded(neurons_) && state.cols() == variables,
                        name_of<Model>, ": state must be ", padded(neurons_), " x ", variables,
                        ", got ", state.rows(), " x ", state.cols());
  }

  /// The first neuron whose potential is not finite, or -1.
  Index not_finite() const {
    for (Index i = 0; i < neurons_; ++i)
      if (!all_finite(&state(i, 0), 1)) return i;
    return -1;
  }

  /// The first neuron whose next step is unstable, or -1, and the amplification by that step.
  std::pair<Index, double> unstable() const {
    if constexpr (amplifies)
      for (Index i = 0; i < neurons_; ++i)
        if (const Scalar factor = step_.amplification(state_of(state, i)); factor < -1)
          return {i, double(factor)};
    return {-1, 1};
  }

 private:
  static constexpr Index padding = 16;  // neurons; a multiple of every vector's width
  using Vec = simd::Vec<Scalar>;
  static constexpr Index width = simd::width<Scalar>;
  using Step = decltype(std::declval<const Model&>().template step<Scalar>(1.0));
  static constexpr bool by_vectors = std::invocable<Step, State<Vec>&, Vec>;
  static constexpr bool amplifies = HasAmplification<Step, State<Scalar>>;
  static_assert(!amplifies || !by_vectors || AmplificationFits<Step, State<Vec>, Vec>,
                "amplification takes a vector of neurons, as the step does");

  template <std::size_t... v>
  [[gnu::always_inline]] static State<Vec> load_state(const Scalar* at, Index stride,
                                                      std::index_sequence<v...>) {
    return {simd::load(at + Index(v) * stride)...};
  }

  static State<Scalar> state_of(const Matrix<Scalar>& from, Index neuron) {
    std::array<Scalar, std::size_t(variables)> values;
    for (Index v = 0; v < variables; ++v) values[std::size_t(v)] = from(neuron, v);
    return std::bit_cast<State<Scalar>>(values);
  }

  /// Whether the next step is stable for all neurons. (A pass of its own, since the loop over steps
  /// needs all registers.)
  bool next_is_stable() const {
    if constexpr (amplifies && by_vectors) {
      const Step step = step_;
      const Index rows = state.rows();
      Vec least = simd::splat(Scalar(0));
      for (Index at = 0; at < rows; at += width) {
        const Vec factor = step.amplification(load_state(
            state.data() + at, rows, std::make_index_sequence<std::size_t(variables)>{}));
        least = factor < least ? factor : least;
      }
      return simd::truth_bits(least < simd::splat(Scalar(-1))) == 0;
    } else {
      return unstable().first < 0;
    }
  }

  bool advance_vectors(const auto& current, std::vector<Index>& spikes) {
    const Index rows = state.rows();
    Scalar* const data = state.data();
    const Step step = step_;  // a copy, so that its numbers stay in registers
    Vec bad{};
    for (Index at = 0; at < rows; at += width) {
      State<Vec> s =
          load_state(data + at, rows, std::make_index_sequence<std::size_t(variables)>{});
      if constexpr (amplifies)
        if (simd::truth_bits(step.amplification(s) < simd::splat(Scalar(-1))) != 0) [[unlikely]]
          return false;
      const auto spiked = step(s, current(at));
      simd::unroll<int(variables)>([&](auto v) __attribute__((always_inline)) {
        Vec value;
        std::memcpy(&value, reinterpret_cast<const char*>(&s) + int(v) * int(sizeof(Vec)),
                    sizeof(Vec));
        simd::store(data + at + Index(v) * rows, value);
        if constexpr (int(v) == 0) bad += value * Scalar(0);
      });
      for (unsigned lanes = simd::truth_bits(spiked); lanes != 0; lanes &= lanes - 1) {
        const Index neuron = at + std::countr_zero(lanes);
        if (neuron < neurons_) spikes.push_back(neuron);
      }
    }
    return !simd::any_of(simd::magnitude(bad));
  }

  bool advance_each(const Scalar* current, std::vector<Index>& spikes) {
    bool finite = true;
    for (Index i = 0; i < neurons_; ++i) {
      auto s = state_of(state, i);
      if constexpr (amplifies)
        if (step_.amplification(s) < -1) return false;
      if (step_(s, current ? current[i] : Scalar(0))) spikes.push_back(i);
      const auto values = std::bit_cast<std::array<Scalar, std::size_t(variables)>>(s);
      for (Index v = 0; v < variables; ++v) state(i, v) = values[std::size_t(v)];
      finite = finite && all_finite(values.data(), 1);
    }
    return finite;
  }

  static constexpr auto& receptors = receptor_variables<Model>;

  /// A neuron spikes at most once in some steps.
  static constexpr bool once = requires(const Model& model) { model.shortest_interval(1.0); };

  /// Makes steps from `before_` to `state` for the vectors that hold neurons begin ... end - 1, and
  /// writes to `spiked_` when they spike. Returns false if a potential is not finite.
  bool run(Index begin, Index end, Index steps, std::span<const Arriving<Scalar>> arriving,
           const PotentialTiles<Scalar>& potentials) {
    if constexpr (by_vectors) {
      // Several vectors are independent chains of operations, which hides their latency.
      Vec any{}, bad{};
      for (Index at = begin / width * width; at < end;) {
        const Index left = (end - at + width - 1) / width, count = left == 3 ? 3 : left > 1 ? 2 : 1;
        if (count == 2)
          run_vectors<2>(at, steps, arriving, potentials, any, bad);
        else if (count == 3)
          run_vectors<3>(at, steps, arriving, potentials, any, bad);
        else
          run_vectors<1>(at, steps, arriving, potentials, any, bad);
        at += count * width;
      }
      any_spiked_ = simd::any_of(any);
      return !simd::any_of(simd::magnitude(bad));
    } else {
      return run_each(begin, end, steps, arriving, potentials);
    }
  }

  template <int count>
  void run_vectors(Index first, Index steps, std::span<const Arriving<Scalar>> arriving,
                   const PotentialTiles<Scalar>& potentials, Vec& any, Vec& bad) {
    const Index rows = before_.rows();
    State<Vec> s[count];
    Vec spiked[count] = {};
    const Scalar* incoming[receptors.size()];
    Scalar* potential[count];
    for (std::size_t r = 0; r < receptors.size(); ++r) incoming[r] = arriving[r].data() + first;
    simd::unroll<count>([&](auto v) __attribute__((always_inline)) {
      s[v] = load_state(before_.data() + first + v * width, rows,
                        std::make_index_sequence<std::size_t(variables)>{});
      potential[v] = potentials.of(first + v * width);
    });
    const Step step = step_;  // a copy, so that its numbers stay in registers
    Scalar now = 1;           // of the step, in `spiked`: its number, or its bit
    for (Index n = 0; n < steps; ++n, now = once ? now + 1 : 2 * now)
      simd::unroll<count>([&](auto v) __attribute__((always_inline)) {
        const auto spikes = [&]() __attribute__((always_inline)) {
          if constexpr (std::invocable<Step, State<Vec>&>)
            return step(s[v]);
          else
            return step(s[v], Vec{});
        }
        ();
        if constexpr (once)
          spiked[v] = spikes ? simd::splat(now) : spiked[v];
        else
          spiked[v] += spikes ? simd::splat(now) : Vec{};
        simd::store(potential[v] + n * PotentialTiles<Scalar>::lanes, variable<0>(s[v]));
        simd::unroll<int(receptors.size())>([&](auto r) __attribute__((always_inline)) {
          constexpr Index changed = receptors[std::size_t(r)];
          set<changed>(s[v],
                       variable<changed>(s[v]) + simd::load(incoming[r] + n * rows + v * width));
        });
      });
    simd::unroll<count>([&](auto v) __attribute__((always_inline)) {
      simd::unroll<int(variables)>([&](auto k) __attribute__((always_inline)) {
        simd::store(state.data() + first + v * width + k * rows, variable<k>(s[v]));
      });
      simd::store(spiked_.data() + first + v * width, spiked[v]);
      any += spiked[v];
      bad += variable<0>(s[v]) * Scalar(0);
    });
  }

  template <Index v>
  [[gnu::always_inline]] static Vec variable(const State<Vec>& s) {
    Vec value;
    std::memcpy(&value, reinterpret_cast<const char*>(&s) + v * Index(sizeof(Vec)), sizeof(Vec));
    return value;
  }
  template <Index v>
  [[gnu::always_inline]] static void set(State<Vec>& s, const Vec& value) {
    std::memcpy(reinterpret_cast<char*>(&s) + v * Index(sizeof(Vec)), &value, sizeof(Vec));
  }

  /// Lists the steps in which a neuron has spiked.
  void list_spikes(Index neuron) {
    if (neuron >= neurons_) return;
    const auto number = unsigned(spiked_(neuron));
    if constexpr (once)
      found_.push_back({Index(number) - 1, neuron});
    else
      for (unsigned bits = number; bits != 0; bits &= bits - 1)
        found_.push_back({std::countr_zero(bits), neuron});
  }

  bool run_each(Index begin, Index end, Index steps, std::span<const Arriving<Scalar>> arriving,
                const PotentialTiles<Scalar>& potentials) {
    bool finite = true;
    any_spiked_ = true;
    const Index rows = before_.rows();
    for (Index i = begin; i < end; ++i) {
      auto s = state_of(before_, i);
      auto values = std::bit_cast<std::array<Scalar, std::size_t(variables)>>(s);
      spiked_(i) = 0;
      for (Index n = 0; n < steps; ++n) {
        if (step_(s, Scalar(0))) spiked_(i) += once ? Scalar(n + 1) : Scalar(1 << n);
        values = std::bit_cast<decltype(values)>(s);
        potentials.of(i)[n * PotentialTiles<Scalar>::lanes] = values[0];
        for (std::size_t r = 0; r < receptors.size(); ++r)
          values[std::size_t(receptors[r])] += arriving[r].data()[n * rows + i];
        s = std::bit_cast<State<Scalar>>(values);
      }
      for (Index v = 0; v < variables; ++v) state(i, v) = values[std::size_t(v)];
      finite = finite && all_finite(values.data(), 1);
    }
    return finite;
  }

  Index neurons_;
  Step step_;
  // Scratch space; not saved in checkpoints: the state before the last steps, spikes as numbers per
  // neuron and as steps and neurons, and currents.
  Matrix<Scalar> before_ = {};
  Vector<Scalar> spiked_ = {};
  bool any_spiked_ = false;
  std::vector<std::pair<Index, Index>> found_ = {};
  Vector<Scalar> current_ = {};
};

}  // namespace hebb
