/// @file
/// Spiking LPL in blocks of steps: the work on 16 postsynaptic neurons in one block.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/spiking/lpl/lpl_tables.hpp"

namespace hebb {

/// Filters of a tile of postsynaptic neurons over one block; see LplBlocks for the equations. First
/// `forward` for the error and f', then `backward` for the adjoint filters; each works on one
/// vector of neurons. Everything here is scratch space.
template <typename Scalar>
class LplTile {
 public:
  static constexpr Index lanes = 16;                            ///< postsynaptic neurons per tile
  static constexpr Index longest = LplTables<Scalar>::longest;  ///< steps of a block, at most
  using Vec = simd::Vec<Scalar>;                                ///< the neurons of one instruction
  static constexpr Index width = simd::width<Scalar>;           ///< neurons per vector

  /// Emitted now, one delay ago, one prediction ago.
  enum Kind { emitted, arriving, earlier };  ///< emitted now, one delay ago, one prediction ago

  /// A spike of a postsynaptic neuron of the tile, as the filters of its error meet it.
  struct PostSpike {
    Index n;     ///< step of the block, from 1
    Kind kind;   ///< what it does in that step
    Index lane;  ///< the neuron
  };

  /// Slow or filtered quantities of the neurons, one number per lane.
  struct Neurons {
    double *mean, *variance;  ///< running mean and variance
    Scalar *e1, *e2;          ///< filtered errors
  };

  /// A presynaptic spike at one synapse.
  struct Event {
    std::int32_t synapse, row;  ///< row: the place in `rows`
    Scalar scale;               ///< of the row
  };

  std::array<Event, 512> events;       ///< scratch space of `backward`
  std::vector<PostSpike> spikes = {};  ///< of the block, in the order of steps
  /// d^n d psi(n+1) at steps n with presynaptic spikes: 3 x lanes each.
  std::vector<Scalar> rows = {};
  Scalar start[8][lanes] = {};  ///< pi and psi at the first step, then E and (1 - b) lam

  /// Call it before every block.
  void begin() {
    derivative_.resize(std::size_t(longest * lanes));
    error_.resize(std::size_t(longest * lanes));
    rows.resize(std::size_t((longest + 1) * 3 * lanes));
    spikes.clear();
  }

  /// Mean, variance, error and f' of the lanes from `lane` on, forward in time. `potential` points
  /// to the potentials of one delay before the block's first step, `lanes` per step.
  void forward(const LplTables<Scalar>& t, const Scalar* potential, const Neurons& neurons,
               Index lane, Index length) {
    potential += lane;
    Scalar *const derivatives = derivative_.data() + lane, *const errors = error_.data() + lane;
    Scalar start_mean[std::size_t(width)], start_variance[std::size_t(width)];
    for (Index l = 0; l < width; ++l) {
      start_mean[l] = Scalar(neurons.mean[lane + l]);
      start_variance[l] = Scalar(neurons.variance[lane + l]);
    }
    Vec mean = simd::load(start_mean), square = mean * mean, variance = simd::load(start_variance),
        grown{};
    Vec e1 = simd::load(neurons.e1 + lane), e2 = simd::load(neurons.e2 + lane);

    const auto* const silent = t.silent.data();
    const Scalar slope = t.slope, threshold = t.threshold, epsilon = t.epsilon,
                 transmitter = t.transmitter, follow_rise = t.follow_rise,
                 follow_fall = t.follow_fall;
    // One step; error_of returns the error for a gain of 1 / (variance + epsilon).
    const auto step = [&](Index n, const auto& error_of) __attribute__((always_inline)) {
      const Vec v = (variance + grown) * silent[n - 1].variance + epsilon;
      const Vec u =
          Scalar(1) + slope * simd::magnitude(simd::load(potential + (n - 1) * lanes) - threshold);
      const Vec uu = u * u;
      const Vec reciprocal = simd::reciprocal(Vec(uu * v));  // one for both divisions
      simd::store(derivatives + (n - 1) * lanes, silent[n - 1].slope * v * reciprocal);
      simd::store(errors + (n - 1) * lanes, e2);
      const Vec error = error_of(uu * reciprocal);
      e1 += follow_rise * (error - e1);
      e2 += follow_fall * (e1 - e2);
    };
    auto spike = spikes.begin();
    for (Index n = 1;; ++n) {
      for (const Index until = spike == spikes.end() ? length + 1 : spike->n; n < until; ++n)
        step(
            n, [&](Vec gain) __attribute__((always_inline)) {
              grown += square * silent[n - 1].square;
              return mean * silent[n - 1].error * gain + transmitter;
            });
      if (n > length) break;
      Scalar now[3][lanes] = {};
      for (; spike != spikes.end() && spike->n == n; ++spike) now[spike->kind][spike->lane] = 1;
      const Vec of_now = simd::load(now[emitted] + lane),
                of_arriving = simd::load(now[arriving] + lane),
                of_earlier = simd::load(now[earlier] + lane);
      const auto& p = t.powers[std::size_t(n - 1)];
      step(
          n, [&](Vec gain) __attribute__((always_inline)) {
            const Vec deviation = of_arriving - mean * p.rate;
            grown += deviation * deviation * p.variance_growth;
            return t.hebbian * deviation * gain + transmitter -
                   t.predictive * (of_arriving - of_earlier);
          });
      mean += of_now * p.mean_growth;
      square = mean * mean;
    }
    simd::store(neurons.e1 + lane, e1);
    simd::store(neurons.e2 + lane, e2);
    const auto& p = t.powers[std::size_t(length)];
    for (Index l = 0; l < width; ++l)
      neurons.variance[lane + l] = p.variance * (neurons.variance[lane + l] + double(grown[l]));
    for (const PostSpike& one : spikes)
      if (one.kind == emitted && one.lane >= lane && one.lane < lane + width)
        neurons.mean[one.lane] += 1 / t.powers[std::size_t(one.n - 1)].mean;
    for (Index l = 0; l < width; ++l) neurons.mean[lane + l] *= p.mean;
  }

  /// The adjoint filters of the lanes from `lane` on, backward in time. Step n is written to row
  /// row_of[n].
  void backward(const LplTables<Scalar>& t, const std::vector<std::int32_t>& row_of, Index lane,
                Index length) {
    const Scalar *const derivatives = derivative_.data() + lane, *const errors =
                                                                     error_.data() + lane;
    Scalar* const out = rows.data() + lane;
    const std::int32_t* const row_at = row_of.data();
    const auto* const left = t.left.data();
    // pi and psi are scaled by the decays of their filters in n steps, (1 - c)^n and d^n; so is f',
    // by that of pi. A step then is one multiplication and addition for each of them.
    const auto* const adjoint = t.adjoint.data();
    const Scalar a = t.decay_rise, b = t.follow_fall, keep_b = 1 - b;
    Vec lam{}, e{}, pi0{}, pi1{}, pi2{}, psi0{}, psi1{}, psi2{};
    for (Index n = length; n > 0; --n) {
      Scalar* const row = out + std::ptrdiff_t(row_at[n]) * 3 * lanes;
      simd::store(row, psi0);
      simd::store(row + lanes, psi1);
      simd::store(row + 2 * lanes, psi2);
      const Scalar taken = adjoint[n].taken;
      psi0 += taken * pi0;
      psi1 += taken * pi1;
      psi2 += taken * pi2;
      const Vec f = simd::load(derivatives + (n - 1) * lanes);
      lam = keep_b * lam + simd::load(errors + (n - 1) * lanes);
      e = a * e + b * lam;
      pi0 += f * e;
      pi1 += f * left[length - n + 1].rise;
      pi2 += f * left[length - n].eligibility;
    }
    const Scalar pi = 1 / (1 - t.follow_membrane), psi = adjoint[1].inverse;
    const Vec results[] = {pi * pi0,   pi * pi1,   pi * pi2, psi * psi0,
                           psi * psi1, psi * psi2, e,        keep_b * lam};
    for (std::size_t r = 0; r < 8; ++r) simd::store(start[r] + lane, results[r]);
  }

 private:
  // f'(n) times the decay of the trace of the psp in n steps, and e(n); `lanes` per step.
  std::vector<Scalar> derivative_ = {}, error_ = {};
};

}  // namespace hebb
