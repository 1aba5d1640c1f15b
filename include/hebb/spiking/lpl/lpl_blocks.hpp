/// @file
/// Spiking LPL in blocks of steps: exact, and without work per synapse and step.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/spiking/lpl/lpl_tile.hpp"
#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/lpl/tiled_connections.hpp"
#include "hebb/spiking/spike_list.hpp"

namespace hebb {

/// Accumulates the gradients of spiking LPL, one block of steps at a time.
///
/// The eligibility of a synapse is a linear filter of (trace of the psp) x f', and its gradient is
/// the sum of eligibility times the filtered error e2. The order of summation can therefore be
/// reversed. For each postsynaptic neuron, e2 passes the filters backward in time,
///
///     lam(n) = (1 - b) lam(n+1) + e2(n);   E(n) = a E(n+1) + b lam(n)
///     acc = sum over n of P(n) F(n) E(n)
///
/// and then those of the presynaptic trace, which is itself a filter of spikes:
///
///     pi(n) = F(n) E(n) + (1 - c) pi(n+1);   psi(n) = c pi(n+1) + d psi(n+1)
///     acc = sum over spikes at n of d psi(n+1)
///
/// with P the trace of the psp, F = f', a and d the decays of rise and synapse per step, b = dt /
/// tau_fall and c = dt / tau_membrane. A presynaptic spike then costs one addition per synapse. The
/// values of el and elf at the end of a block are sums of the same form, with F(n) a^(L-n+1) and
/// F(n) h(L-n) in place of F E. Their values at its beginning, and those of the presynaptic traces,
/// are added once per block.
///
/// Tiles of 16 postsynaptic neurons stay in the second-level cache. Cost: about 1 ns per
/// postsynaptic neuron and step, 10 ns per spike and sparse synapse, 3 ns per synapse and block.
template <typename Scalar>
class LplBlocks {
 public:
  static constexpr Index lanes = LplTile<Scalar>::lanes;        ///< postsynaptic neurons per tile
  static constexpr Index longest = LplTables<Scalar>::longest;  ///< steps per block

  /// All traces are 0. Throws what LplTables throws.
  template <typename Rule>
  LplBlocks(const Rule& rule, const Connections& connections)
      : connections_(connections),
        shape_(connections.shape),
        tiles_(connections_.tiles()),
        delay_(rule.times.steps(rule.times.delay_ms)),
        prediction_(rule.times.steps(rule.times.prediction_ms)),
        tables_(rule),
        potential_(Matrix<Scalar>::Constant(lanes, tiles_ * (delay_ + longest),
                                            Scalar(rule.threshold_mv))),
        synapses_(Matrix<Scalar>::Zero(4, connections.size())),
        trace_(Vector<Scalar>::Zero(shape_.pre)),
        psp_(Vector<Scalar>::Zero(shape_.pre)),
        mean_(Vector<double>::Zero(tiles_ * lanes)),
        variance_(Vector<double>::Zero(tiles_ * lanes)),
        error_(Matrix<Scalar>::Zero(tiles_ * lanes, 2)) {}

  /// Throws InvalidParameter unless `configure` accepts a rule.
  template <typename Rule>
  void check(const Rule& rule) const {
    LplTables<Scalar>::check(rule);
    const SpikingLplTimes& t = rule.times;
    require(t.steps(t.delay_ms) == delay_ && t.steps(t.prediction_ms) == prediction_,
            "LplBlocks: delay_ms and prediction_ms cannot change");
  }

  /// Takes over the parameters of a rule; between blocks only.
  template <typename Rule>
  void configure(const Rule& rule) {
    check(rule);
    tables_ = LplTables<Scalar>(rule);
  }

  /// Throws ShapeError unless all arrays, which a checkpoint may have set, have their sizes.
  void check_sizes() const {
    const auto size = [](const auto& array, Index rows, Index cols, const char* name) {
      require_size(array, rows, cols, "LplBlocks", name);
    };
    size(potential_, lanes, tiles_ * (delay_ + longest), "potential");
    size(synapses_, 4, connections_.size(), "synapses");
    size(trace_, shape_.pre, 1, "trace");
    size(psp_, shape_.pre, 1, "psp");
    size(mean_, tiles_ * lanes, 1, "mean");
    size(variance_, tiles_ * lanes, 1, "variance");
    size(error_, tiles_ * lanes, 2, "error");
  }

  Index tiles() const { return tiles_; }               ///< of 16 postsynaptic neurons
  Index synapses() const { return synapses_.cols(); }  ///< of all tiles

  /// Where to write the potentials of a tile's neurons after the n-th step of the open block (from
  /// 1), in mV. Those of the next step follow behind them.
  Scalar* potentials(Index tile, Index n) {
    return potential_.col(tile * (delay_ + longest) + delay_ + n - 1).data();
  }

  /// How many numbers lie between the potentials of a tile and those of the next.
  Index tile_stride() const { return lanes * (delay_ + longest); }

  /// Learns from the steps base + 1 ... base + length, whose potentials were written. `pre` holds
  /// at least the spikes emitted since base - 2 delays, `post` those since base - prediction.
  void close(std::int64_t base, Index length, const SpikeList& pre, const SpikeList& post) {
    eigen_assert(length > 0 && length <= longest);
    sort_spikes(base, length, pre);
    if (Index(work_.size()) < max_threads()) work_.resize(std::size_t(max_threads()));
    // In nanoseconds per step, by measurement: 0.015 per synapse, 1.5 per neuron.
    const double step_time = 0.015 * double(synapses_.cols()) + 1.5 * double(shape_.post);
    parallel_for(
        tiles_,
        [&](Index tile, int worker) {
          learn(tile, base, length, post, work_[std::size_t(worker)]);
        },
        step_time * double(length));
    advance_traces(length);
    for (Index tile = 0; tile < tiles_; ++tile) {
      const Index first = tile * (delay_ + longest);
      for (Index n = 0; n < delay_; ++n)
        potential_.col(first + n) = potential_.col(first + n + length);
    }
  }

  /// Moves what has accumulated since the last call into a vector, in the order of the connections.
  void collect(Vector<Scalar>& accumulated) {
    accumulated.resize(synapses_.cols());
    for (Index k = 0; k < synapses_.cols(); ++k)
      accumulated(connections_.place[std::size_t(k)]) = std::exchange(synapses_(0, k), Scalar(0));
  }

  /// Traces of mean and variance per neuron, as of the end of the last block.
  Vector<double>& mean() { return mean_; }
  Vector<double>& variance() { return variance_; }  ///< in the unit of the rule's `Units`

  void each(auto&& visit) {
    visit("potential", potential_);
    visit("synapses", synapses_);
    visit("trace", trace_);
    visit("psp", psp_);
    visit("mean", mean_);
    visit("variance", variance_);
    visit("error", error_);
  }

 private:
  using Tile = LplTile<Scalar>;
  using Quad = simd::Lanes<Scalar, 4>;

  struct PreSpike {
    std::int32_t row, pre, n;  ///< row of Tile::rows, neuron, step of the block
  };

  /// Presynaptic spikes act two delays after they were emitted: that of the axon, and the one by
  /// which the rule aligns all signals.
  void sort_spikes(std::int64_t base, Index length, const SpikeList& pre) {
    pre_spikes_.clear();
    row_of_.assign(std::size_t(length) + 1, 0);
    std::int32_t row = 0;
    for (Index k = pre.find(base + 1 - 2 * delay_); k < pre.size(); ++k) {
      const Spike spike = pre[k];
      const Index n = Index(spike.step - base) + 2 * delay_;
      if (n > length) break;
      if (pre_spikes_.empty() || pre_spikes_.back().n != n) row_of_[std::size_t(n)] = ++row;
      pre_spikes_.push_back({row, std::int32_t(spike.neuron), std::int32_t(n)});
    }
    for (std::size_t n = 1; n < row_of_.size(); ++n)
      row_of_[n] = std::max(row_of_[n], row_of_[n - 1]);
  }

  void learn(Index tile, std::int64_t base, Index length, const SpikeList& post, Tile& work) {
    work.begin();
    const Index ago[] = {0, delay_, prediction_};
    for (const auto kind : {Tile::emitted, Tile::arriving, Tile::earlier})
      for (Index k = post.find(base + 1 - ago[kind]); k < post.size(); ++k) {
        const Spike spike = post[k];
        const Index n = Index(spike.step - base) + ago[kind];
        if (n > length) break;
        if (spike.neuron / lanes == tile) work.spikes.push_back({n, kind, spike.neuron % lanes});
      }
    std::sort(work.spikes.begin(), work.spikes.end(),
              [](const auto& a, const auto& b) { return a.n < b.n; });
    const Index first = tile * lanes;
    const typename Tile::Neurons neurons{&mean_(first), &variance_(first), &error_(first, 0),
                                         &error_(first, 1)};
    const Scalar* const potential = potential_.col(tile * (delay_ + longest)).data();
    for (Index lane = 0; lane < lanes && first + lane < shape_.post; lane += Tile::width) {
      work.forward(tables_, potential, neurons, lane, length);
      work.backward(tables_, row_of_, lane, length);
    }
    carry(tile, length, work);
    add_spikes(tile, work);
  }

  /// Adds to acc, el and elf what the presynaptic spikes of the block contribute.
  void add_spikes(Index tile, Tile& work) {
    Scalar* const synapses = synapses_.data();
    const std::uint8_t* const lane = connections_.lane.data();
    const auto add = [&](Index k, const Scalar* row, Scalar scale) {
      const Scalar* const change = row + lane[k];
      Scalar* const synapse = synapses + 4 * k;
      synapse[0] += scale * change[0];
      synapse[1] += scale * change[lanes];
      synapse[2] += scale * change[2 * lanes];
    };
    // Where a spike reaches few of the neurons of a tile, how many cannot be predicted. Its
    // synapses are then listed first, always at least `listed` of them, without a branch.
    constexpr std::int32_t listed = 4;
    const bool few = synapses_.cols() <= listed * tiles_ * shape_.pre;
    std::size_t end = 0;
    const auto flush = [&] {
      for (std::size_t e = 0; e < end; ++e)
        add(work.events[e].synapse, work.rows.data() + work.events[e].row, work.events[e].scale);
      end = 0;
    };
    for (const PreSpike& spike : pre_spikes_) {
      const std::int32_t first = connections_.begin(tile, spike.pre),
                         count = connections_.begin(tile, spike.pre + 1) - first,
                         row = spike.row * 3 * std::int32_t(lanes);
      const Scalar scale = tables_.adjoint[std::size_t(spike.n)].inverse;
      if (!few) {
        for (std::int32_t k = 0; k < count; ++k) add(first + k, work.rows.data() + row, scale);
        continue;
      }
      auto* const to = work.events.data() + end;
      for (std::int32_t k = 0; k < listed; ++k) to[k] = {first + k, row, scale};
      for (std::int32_t k = listed; k < count; ++k) to[k] = {first + k, row, scale};
      end += std::size_t(count);
      if (end + lanes > work.events.size()) flush();
    }
    flush();
  }

  /// Adds what the filters held at the beginning of the block to acc, el and elf at its end.
  void carry(Index tile, Index length, const Tile& work) {
    const auto& p = tables_.powers[std::size_t(length)];
    const Scalar rise = tables_.left[std::size_t(length)].rise,
                 eligibility = tables_.left[std::size_t(length - 1)].eligibility;
    constexpr std::size_t size = lanes;
    Quad of_psp[size], of_trace[size], of_rising[size], of_eligibility[size];
    for (Index l = 0; l < lanes; ++l) {
      const auto at = [&](std::size_t r) { return work.start[r][l]; };
      of_psp[l] = Quad{at(0), at(1), at(2), 0};
      of_trace[l] = Quad{at(3), at(4), at(5), 0};
      of_rising[l] = Quad{at(6), rise, eligibility, 0};
      of_eligibility[l] = Quad{at(7), 0, p.fall, 0};
    }
    const Scalar *psp = psp_.data(), *trace = trace_.data();
    const std::uint8_t* const lane = connections_.lane.data();
    const std::int32_t* const pre = connections_.pre.data();
    const Index end = connections_.begin(tile, shape_.pre);
    for (Index k = connections_.begin(tile, 0); k < end; ++k) {
      const std::size_t l = lane[k];
      const std::int32_t j = pre[k];
      Scalar* const synapse = synapses_.data() + 4 * k;
      Quad s;
      std::memcpy(&s, synapse, sizeof(s));
      s = Quad{1, 0, 0, 0} * s + s[1] * of_rising[l] + s[2] * of_eligibility[l] +
          psp[j] * of_psp[l] + trace[j] * of_trace[l];
      std::memcpy(synapse, &s, sizeof(s));
    }
  }

  void advance_traces(Index length) {
    const auto& powers = tables_.powers;
    const auto& p = powers[std::size_t(length)];
    psp_ = p.membrane * psp_ + p.psp * trace_;
    trace_ *= p.synapse;
    for (const PreSpike& spike : pre_spikes_) {
      trace_(spike.pre) += powers[std::size_t(length - spike.n + 1)].synapse;
      psp_(spike.pre) += tables_.decay_synapse * powers[std::size_t(length - spike.n)].psp;
    }
  }

  TiledConnections<lanes> connections_;
  Shape shape_;
  Index tiles_, delay_, prediction_;
  LplTables<Scalar> tables_;

  /// lanes x steps, tile by tile: `delay` steps before the block, then those of the block.
  Matrix<Scalar> potential_;
  Matrix<Scalar> synapses_;  // per synapse acc, el, elf, and an unused number
  Vector<Scalar> trace_, psp_;
  Vector<double> mean_, variance_;
  Matrix<Scalar> error_;  // e1, e2

  std::vector<PreSpike> pre_spikes_ = {};  // of the block; scratch space, as the next two
  std::vector<std::int32_t> row_of_ = {};
  std::vector<Tile> work_ = {};  // one per thread
};

}  // namespace hebb
