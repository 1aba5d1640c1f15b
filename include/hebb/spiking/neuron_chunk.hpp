/// @file
/// Several steps of a group of neurons at once, with the state of a few neurons in registers.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/spiking/arriving.hpp"
#include "hebb/spiking/neuron_states.hpp"
#include "hebb/spiking/spike_history.hpp"

namespace hebb {

/// Makes at most as many steps as the model's shortest interval, and keeps what is needed to make
/// them again. What arrives in a step is added to the receptors' variables at its end; there is one
/// Arriving per variable of receptor_variables. Potentials after each step are written.
template <NeuronModel Model, typename Scalar>
class NeuronChunk {
 public:
  /// A step of the model.
  using Step = decltype(std::declval<const Model&>().template step<Scalar>(1.0));

  /// Chunks of steps like this one, which is copied.
  explicit NeuronChunk(const Step& step) : step_(step) {}

  /// Advances the state of `neurons` neurons and lists those that spike. Returns false if a
  /// potential is not finite at the end, or if one of the steps was unstable for a neuron.
  bool advance(Index neurons, Index steps, std::span<const Arriving<Scalar>> arriving,
               const PotentialTiles<Scalar>& potentials, Matrix<Scalar>& state,
               SpikesByStep& spikes) {
    if (before_.size() != state.size()) {
      before_ = state;
      spiked_.setZero(state.rows());
    }
    std::swap(state, before_);
    found_.clear();
    const bool good = run(0, neurons, steps, arriving, potentials, state);
    if (any_spiked_)
      for (Index at = 0; at < neurons; at += width) {
        unsigned spiked = simd::truth_bits(simd::load(&spiked_(at)) != Vec{});
        for (; spiked != 0; spiked &= spiked - 1)
          if (const Index neuron = at + std::countr_zero(spiked); neuron < neurons)
            list_spikes(neuron);
      }
    if (found_.size() > 1) std::sort(found_.begin(), found_.end());
    spikes.add_steps(steps);
    for (const auto& [n, neuron] : found_) spikes.add(steps - n, neuron);
    return good;
  }

  /// Makes the last steps again for one neuron, where what arrives at it has changed. The spikes
  /// that were listed must remain. Returns false likewise.
  bool repeat(Index neuron, Index steps, std::span<const Arriving<Scalar>> arriving,
              const PotentialTiles<Scalar>& potentials, Matrix<Scalar>& state) {
    return run(neuron, neuron + 1, steps, arriving, potentials, state);
  }

 private:
  using States = NeuronStates<Model, Scalar>;
  using Vec = typename States::Vec;
  template <typename T>
  using State = typename States::template State<T>;
  static constexpr Index width = States::width;
  static constexpr bool by_vectors = std::invocable<Step, State<Vec>&, Vec>;
  static constexpr bool amplifies = HasAmplification<Step, State<Scalar>>;
  static constexpr auto& receptors = receptor_variables<Model>;

  /// A neuron spikes at most once in some steps.
  static constexpr bool once = requires(const Model& model) { model.shortest_interval(1.0); };

  /// Makes steps from `before_` to `state` for the vectors that hold neurons begin ... end - 1, and
  /// writes to `spiked_` when they spike. Returns false if a potential is not finite, or if a step
  /// was unstable.
  bool run(Index begin, Index end, Index steps, std::span<const Arriving<Scalar>> arriving,
           const PotentialTiles<Scalar>& potentials, Matrix<Scalar>& state) {
    if constexpr (by_vectors) {
      // Several vectors are independent chains of operations, which hides their latency.
      Vec any{}, bad{}, least{};
      for (Index at = begin / width * width; at < end;) {
        const Index left = (end - at + width - 1) / width, count = left == 3 ? 3 : left > 1 ? 2 : 1;
        if (count == 2)
          run_vectors<2>(at, steps, arriving, potentials, state, any, bad, least);
        else if (count == 3)
          run_vectors<3>(at, steps, arriving, potentials, state, any, bad, least);
        else
          run_vectors<1>(at, steps, arriving, potentials, state, any, bad, least);
        at += count * width;
      }
      any_spiked_ = simd::any_of(any);
      return !simd::any_of(simd::magnitude(bad)) &&
             simd::truth_bits(least < simd::splat(Scalar(-1))) == 0;
    } else {
      return run_each(begin, end, steps, arriving, potentials, state);
    }
  }

  template <int count>
  void run_vectors(Index first, Index steps, std::span<const Arriving<Scalar>> arriving,
                   const PotentialTiles<Scalar>& potentials, Matrix<Scalar>& state, Vec& any,
                   Vec& bad, Vec& least) {
    const Index rows = before_.rows();
    State<Vec> s[std::size_t(count)];
    Vec spiked[std::size_t(count)] = {};
    const Scalar* incoming[receptors.size()];
    Scalar* potential[std::size_t(count)];
    for (std::size_t r = 0; r < receptors.size(); ++r) incoming[r] = arriving[r].data() + first;
    simd::unroll<count>([&](auto v) __attribute__((always_inline)) {
      s[v] = States::load(before_.data() + first + v * width, rows);
      potential[v] = potentials.of(first + v * width);
    });
    const Step step = step_;  // a copy, so that its numbers stay in registers
    Scalar now = 1;           // of the step, in `spiked`: its number, or its bit
    Vec lowest = least;       // amplification by a step
    for (Index n = 0; n < steps; ++n, now = once ? now + 1 : 2 * now)
      simd::unroll<count>([&](auto v) __attribute__((always_inline)) {
        if constexpr (amplifies) {
          const Vec factor = step.amplification(s[v]);
          lowest = factor < lowest ? factor : lowest;
        }
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
        simd::store(potential[v] + n * PotentialTiles<Scalar>::lanes,
                    States::template variable<0>(s[v]));
        simd::unroll<int(receptors.size())>([&](auto r) __attribute__((always_inline)) {
          constexpr Index changed = receptors[std::size_t(r)];
          States::template set<changed>(s[v], States::template variable<changed>(s[v]) +
                                                  simd::load(incoming[r] + n * rows + v * width));
        });
      });
    least = lowest;
    simd::unroll<count>([&](auto v) __attribute__((always_inline)) {
      States::store(state.data() + first + v * width, rows, s[v]);
      simd::store(spiked_.data() + first + v * width, spiked[v]);
      any += spiked[v];
      bad += States::template variable<0>(s[v]) * Scalar(0);
    });
  }

  /// Lists the steps in which a neuron has spiked.
  void list_spikes(Index neuron) {
    const auto number = unsigned(spiked_(neuron));
    if constexpr (once)
      found_.push_back({Index(number) - 1, neuron});
    else
      for (unsigned bits = number; bits != 0; bits &= bits - 1)
        found_.push_back({std::countr_zero(bits), neuron});
  }

  bool run_each(Index begin, Index end, Index steps, std::span<const Arriving<Scalar>> arriving,
                const PotentialTiles<Scalar>& potentials, Matrix<Scalar>& state) {
    bool good = true;
    any_spiked_ = true;
    const Index rows = before_.rows();
    for (Index i = begin; i < end; ++i) {
      auto s = States::of_neuron(before_, i);
      auto values = States::numbers(s);
      spiked_(i) = 0;
      for (Index n = 0; n < steps; ++n) {
        if constexpr (amplifies) good = good && !(step_.amplification(s) < -1);
        if (step_(s, Scalar(0))) spiked_(i) += once ? Scalar(n + 1) : Scalar(1 << n);
        values = States::numbers(s);
        potentials.of(i)[n * PotentialTiles<Scalar>::lanes] = values[0];
        for (std::size_t r = 0; r < receptors.size(); ++r)
          values[std::size_t(receptors[r])] += arriving[r].data()[n * rows + i];
        s = std::bit_cast<State<Scalar>>(values);
      }
      for (Index v = 0; v < States::variables; ++v) state(i, v) = values[std::size_t(v)];
      good = good && all_finite(values.data(), 1);
    }
    return good;
  }

  Step step_;
  // Scratch space; not saved in checkpoints: the state before the last steps, and spikes as numbers
  // per neuron and as steps and neurons.
  Matrix<Scalar> before_ = {};
  Vector<Scalar> spiked_ = {};
  bool any_spiked_ = false;
  std::vector<std::pair<Index, Index>> found_ = {};
};

}  // namespace hebb
