/// @file
/// The neurons of a circuit of spiking LPL, advanced by chunks of steps.
#pragma once

#include <algorithm>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/vectors.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// Excitatory and inhibitory neurons of one model. What arrives in a chunk is summed up in buffers
/// before it; then each vector of neurons makes all steps of the chunk with its state in registers.
///
/// Neurons stand in tiles of 16, in which inhibitory neurons begin a new one. Buffers and
/// potentials hold one tile after the other, and within a tile one step after the other.
template <typename Scalar>
class LplNeurons {
 public:
  static constexpr Index lanes = 16, width = simd::width<Scalar>;

  /// A neuron spikes at a step of the chunk, from 0.
  struct Event {
    Index n, neuron;
  };

  Matrix<Scalar> ampa, gaba;  ///< the buffers

  LplNeurons(const ConductanceLif& neuron, double dt_ms, const Vector<double>& potential_mv,
             Index excitatory, Index longest)
      : step_(neuron.template step<Scalar>(dt_ms)),
        neurons_(potential_mv.size()),
        excitatory_(excitatory),
        exc_tiles_((excitatory + lanes - 1) / lanes),
        tiles_(exc_tiles_ + (neurons_ - excitatory + lanes - 1) / lanes),
        longest_(longest) {
    now_.setZero(lanes * tiles_, 5);
    now_.col(0).setConstant(Scalar(neuron.rest_mv));
    for (Index i = 0; i < neurons_; ++i) now_(row(i), 0) = Scalar(potential_mv(i));
    before_ = now_;
    ampa.setZero(lanes * longest, tiles_);
    gaba.setZero(lanes * longest, tiles_);
    spiked_.setZero(lanes * tiles_);
    unused_.setZero(width);
  }

  /// The place in the buffers of what arrives at a neuron in the first step of a chunk; those of
  /// the next steps are `lanes` apart.
  Index place(Index neuron) const {
    return row(neuron) / lanes * lanes * longest_ + row(neuron) % lanes;
  }

  void clear_buffers(Index length) {
    ampa.topRows(lanes * length).setZero();
    gaba.topRows(lanes * length).setZero();
  }

  /// Makes the steps of a chunk, and lists the spikes by step and neuron. Writes the potentials of
  /// excitatory neurons to potentials_of(tile).
  void advance(Index length, const auto& potentials_of, std::vector<Event>& spikes) {
    std::swap(now_, before_);
    constexpr Index side_by_side = 2;  // independent chains of operations, to hide their latency
    Vec any{};
    Index at = 0;
    for (; at + side_by_side * width <= lanes * tiles_; at += side_by_side * width)
      any += run<side_by_side>(at, length, potentials_of);
    for (; at < lanes * tiles_; at += width) any += run<1>(at, length, potentials_of);
    spikes.clear();
    if (!simd::any_of(any)) return;
    for (at = 0; at < lanes * tiles_; at += width) {
      if (!simd::any_of(simd::load(&spiked_(at)))) continue;
      for (Index l = at; l < at + width; ++l)
        if (spiked_(l) != 0) spikes.push_back({Index(spiked_(l)) - 1, neuron_at(l)});
    }
    std::sort(spikes.begin(), spikes.end(), [](const Event& a, const Event& b) {
      return a.n != b.n ? a.n < b.n : a.neuron < b.neuron;
    });
  }

  /// Computes the last chunk again for a neuron whose buffers have changed.
  void repeat(Index neuron, Index length, const auto& potentials_of) {
    run<1>(row(neuron) / width * width, length, potentials_of);
  }

  Scalar potential_mv(Index neuron) const { return now_(row(neuron), 0); }

  /// Throws Divergence, naming the neuron, for a potential that is not finite or a conductance that
  /// is too large for the step.
  void check(std::int64_t steps, const char* owner) const {
    for (Index i = 0; i < neurons_; ++i) {
      const Index at = row(i);
      require<Divergence>(all_finite(&now_(at, 0), 1), owner, ": the potential of neuron ", i,
                          " is ", now_(at, 0), " after ", steps, " steps");
      const Scalar conductance =
          1 + step_.ampa_share * now_(at, 1) + step_.nmda_share * now_(at, 2) + now_(at, 3);
      require<Divergence>(step_.leak * conductance < 2, owner, ": neuron ", i,
                          " has a conductance of ", conductance, " times its leak after ", steps,
                          " steps: the step is unstable");
    }
  }

  /// Throws ShapeError unless the state, which a checkpoint may have set, has its size.
  void check_sizes(const char* owner) const {
    require_size(now_, lanes * tiles_, 5, owner, "neurons");
  }

  void each(auto&& visit) { visit("neurons", now_); }

 private:
  using Vec = simd::Vec<Scalar>;

  Index row(Index neuron) const {
    return neuron < excitatory_ ? neuron : exc_tiles_ * lanes + neuron - excitatory_;
  }
  Index neuron_at(Index row) const {
    return row < exc_tiles_ * lanes ? row : row - exc_tiles_ * lanes + excitatory_;
  }

  /// Advances `count` vectors of neurons from `before_` to `now_`. Writes to `spiked_` in which
  /// step of the chunk, from 1, each neuron spiked, and returns the sum of these vectors.
  template <Index count>
  Vec run(Index first, Index length, const auto& potentials_of) {
    ConductanceLif::State<Vec> s[count];
    const Scalar *of_ampa[count], *of_gaba[count];
    Scalar* potential[count];
    Index stride[count];
    Vec spiked[count] = {};
    for (Index v = 0; v < count; ++v) {
      const Index at = first + v * width, tile = at / lanes, lane = at % lanes;
      s[v] = {simd::load(&before_(at, 0)), simd::load(&before_(at, 1)), simd::load(&before_(at, 2)),
              simd::load(&before_(at, 3)), simd::load(&before_(at, 4))};
      of_ampa[v] = &ampa(lane, tile);
      of_gaba[v] = &gaba(lane, tile);
      const bool learns = tile < exc_tiles_;
      potential[v] = learns ? potentials_of(tile) + lane : unused_.data();
      stride[v] = learns ? lanes : 0;
    }
    const ConductanceLif::Step<Scalar> step = step_;
    for (Index n = 0; n < length; ++n)
      for (Index v = 0; v < count; ++v) {
        spiked[v] = step(s[v]) ? simd::splat(Scalar(n + 1)) : spiked[v];
        simd::store(potential[v] + n * stride[v], s[v].potential);
        s[v].ampa += simd::load(of_ampa[v] + n * lanes);
        s[v].gaba += simd::load(of_gaba[v] + n * lanes);
      }
    Vec sum{};
    for (Index v = 0; v < count; ++v) {
      const Index at = first + v * width;
      simd::store(&now_(at, 0), s[v].potential);
      simd::store(&now_(at, 1), s[v].ampa);
      simd::store(&now_(at, 2), s[v].nmda);
      simd::store(&now_(at, 3), s[v].gaba);
      simd::store(&now_(at, 4), s[v].raised);
      simd::store(&spiked_(at), spiked[v]);
      sum += spiked[v];
    }
    return sum;
  }

  ConductanceLif::Step<Scalar> step_;
  Index neurons_, excitatory_, exc_tiles_, tiles_, longest_;
  Matrix<Scalar> now_ = {};     // rows x (potential, ampa, nmda, gaba, raised threshold)
  Matrix<Scalar> before_ = {};  // at the beginning of the chunk; scratch space, as the next two
  Vector<Scalar> spiked_ = {}, unused_ = {};
};

}  // namespace hebb
