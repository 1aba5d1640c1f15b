/// @file
/// Spiking LPL in blocks of steps, exactly, and without touching a synapse per step.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/spike_list.hpp"

namespace hebb {

/// Accumulates the gradients of spiking LPL, a block of steps at a time.
///
/// The eligibility of a synapse is a linear filter of (pre trace) x (slope f'), and its gradient
/// the sum of eligibility times the filtered error e2. So the sum can be turned round: run the
/// filter backward in time over e2, once a postsynaptic neuron,
///
///     lam(n) = (1 - b) lam(n+1) + e(n);   E(n) = a E(n+1) + b lam(n);   acc = sum over n of P(n) F(n) E(n)
///
/// and the pre trace, itself a filter of spikes, once more:
///
///     pi(n) = F(n) E(n) + (1 - c) pi(n+1);   psi(n) = c pi(n+1) + d psi(n+1);   acc = sum over spikes at n of d psi(n+1)
///
/// with a, d the decays of rise and synapse in a step, b = dt / fall, c = dt / membrane. A spike
/// then costs one addition a synapse. What a block leaves behind in el and elf are sums of the same
/// form with F(n) a^(L-n+1) and F(n) h(L-n) in place of F E, and what it finds there, and in the
/// pre trace, enters once a block. Postsynaptic neurons go through this 16 at a time, so that all
/// stays in the second-level cache.
///
/// Means and variances decay slowly: inside a block they are powers of the decay times a sum of
/// spikes, and double at its ends, so that nothing is lost to rounding even in float.
///
/// Cost a step: about 1 ns a postsynaptic neuron, 10 ns a spike and sparse synapse, 3 ns a synapse
/// and block.
template <typename Scalar>
class LplBlocks {
 public:
  static constexpr Index lanes = 16;      ///< postsynaptic neurons a tile
  static constexpr Index longest = 1000;  ///< steps a block; longer ones leave the cache, shorter
                                          ///< ones pass over all synapses more often

  template <typename Rule>
  LplBlocks(const Rule& rule, const Connections& connections)
      : shape_(connections.shape),
        tiles_((shape_.post + lanes - 1) / lanes),
        delay_(rule.times.steps(rule.times.delay)),
        prediction_(rule.times.steps(rule.times.prediction)),
        potential_(
            Matrix<Scalar>::Constant(lanes, tiles_ * (delay_ + longest), Scalar(rule.threshold))),
        synapses_(Matrix<Scalar>::Zero(4, connections.size())),
        trace_(Vector<Scalar>::Zero(shape_.pre)),
        psp_(Vector<Scalar>::Zero(shape_.pre)),
        mean_(Vector<double>::Zero(tiles_ * lanes)),
        variance_(Vector<double>::Zero(tiles_ * lanes)),
        error_(Matrix<Scalar>::Zero(tiles_ * lanes, 2)) {
    sort_by_tile(connections);
    configure(rule);
  }

  /// Throws InvalidParameter unless `configure` can take over the numbers of a rule.
  template <typename Rule>
  void check(const Rule& rule) const {
    const SpikingLplTimes& t = rule.times;
    for (const double tau : {t.mean, t.variance, t.synapse, t.rise})
      require(double(longest) * t.dt / tau < 60, "LplBlocks: a time constant of ", tau,
              " s is too short for blocks of ", longest, " steps");
    require(t.steps(t.delay) == delay_ && t.steps(t.prediction) == prediction_,
            "LplBlocks: delay and prediction cannot change");
  }

  /// Takes over the numbers of a rule; between blocks only.
  template <typename Rule>
  void configure(const Rule& rule) {
    check(rule);
    const SpikingLplTimes& t = rule.times;
    const SpikingLplStep step = rule.parameters.step(t);
    const double dt = t.dt, rate = dt / t.mean;
    steepness_ = Scalar(rule.steepness);
    threshold_ = Scalar(rule.threshold);
    predictive_ = Scalar(step.predictive);
    hebbian_ = Scalar(step.hebbian);
    epsilon_ = Scalar(step.epsilon);
    transmitter_ = Scalar(step.transmitter);
    follow_rise_ = Scalar(dt / t.rise);
    follow_fall_ = Scalar(dt / t.fall);
    follow_membrane_ = Scalar(dt / t.membrane);
    decay_rise_ = Scalar(std::exp(-dt / t.rise));
    decay_synapse_ = Scalar(std::exp(-dt / t.synapse));

    tables_.resize(longest + 1);
    silent_.resize(longest + 1);
    left_.resize(longest + 1);
    double psp = 0, eligibility = dt / t.fall;
    for (Index n = 0; n <= longest; ++n) {
      const double time = double(n) * dt, mean = std::exp(-time / t.mean),
                   grown = step.variance_gain * std::exp(time / t.variance);
      Powers& p = tables_[std::size_t(n)];
      p.mean = mean;
      p.variance = std::exp(-time / t.variance);
      p.rate = Scalar(rate * mean);
      silent_[std::size_t(n)] = {Scalar(p.variance), Scalar(-step.hebbian * rate * mean),
                                 Scalar(rate * mean * rate * mean * grown)};
      left_[std::size_t(n)] = {Scalar(std::exp(-time / t.rise)), Scalar(eligibility)};
      p.mean_growth = Scalar(1 / mean);
      p.variance_growth = Scalar(grown);
      p.synapse = Scalar(std::exp(-time / t.synapse));
      p.membrane = Scalar(std::pow(1 - dt / t.membrane, double(n)));
      p.fall = Scalar(std::pow(1 - dt / t.fall, double(n)));
      p.psp = Scalar(psp);
      psp = (1 - dt / t.membrane) * psp + dt / t.membrane * std::exp(-time / t.synapse);
      eligibility =
          (1 - dt / t.fall) * eligibility + dt / t.fall * std::exp(-double(n + 1) * dt / t.rise);
    }
  }

  /// Throws ShapeError unless all arrays, which may be loaded, have their sizes.
  void check_sizes() const {
    const auto size = [](const auto& array, Index rows, Index cols, const char* name) {
      require_size(array, rows, cols, "LplBlocks", name);
    };
    size(potential_, lanes, tiles_ * (delay_ + longest), "potential");
    size(synapses_, 4, Index(lane_.size()), "synapses");
    size(trace_, shape_.pre, 1, "trace");
    size(psp_, shape_.pre, 1, "psp");
    size(mean_, tiles_ * lanes, 1, "mean");
    size(variance_, tiles_ * lanes, 1, "variance");
    size(error_, tiles_ * lanes, 2, "error");
  }

  Index tiles() const { return tiles_; }

  /// Where the potentials of a tile's neurons go, after the n-th step of the open block (from 1);
  /// the next step's stand behind them.
  Scalar* potentials(Index tile, Index n) {
    return potential_.col(tile * (delay_ + longest) + delay_ + n - 1).data();
  }

  /// Learns from the steps base + 1 ... base + length, whose potentials were written: the lists
  /// hold at least the spikes emitted since base - 2 delays, and since base - prediction.
  void close(std::int64_t base, Index length, const SpikeList& pre, const SpikeList& post) {
    eigen_assert(length > 0 && length <= longest);
    sort_events(base, length, pre);
    if (Index(rooms_.size()) < max_threads()) rooms_.resize(std::size_t(max_threads()));
    const Index work =
        synapses_.cols() +
        100 * shape_.post;  // below the threshold a team of threads costs more than it saves
    if (work > 100000)
      parallel_for(tiles_, [&](Index tile, int worker) {
        learn(tile, base, length, post, rooms_[std::size_t(worker)]);
      });
    else
      for (Index tile = 0; tile < tiles_; ++tile) learn(tile, base, length, post, rooms_[0]);
    advance_traces(length);
    for (Index tile = 0; tile < tiles_; ++tile) {
      const Index first = tile * (delay_ + longest);
      for (Index n = 0; n < delay_; ++n)
        potential_.col(first + n) = potential_.col(first + n + length);
    }
  }

  /// Moves what has accumulated since the last time into a vector, in the order of the connections.
  void collect(Vector<Scalar>& accumulated) {
    accumulated.resize(synapses_.cols());
    for (Index j = 0; j < shape_.pre; ++j) {
      Index to = first_of_pre_[std::size_t(j)];
      for (Index tile = 0; tile < tiles_; ++tile)
        for (Index k = run(tile, j); k < run(tile, j + 1); ++k)
          accumulated(to++) = std::exchange(synapses_(0, k), Scalar(0));
    }
  }

  /// As of the last block's end: traces of the mean and of the variance, of neuron i at i.
  Vector<double>& mean() { return mean_; }
  Vector<double>& variance() { return variance_; }

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
  using Vec = simd::Vec<Scalar>;
  using Quad = simd::Lanes<Scalar, 4>;
  static constexpr Index width = simd::width<Scalar>;

  struct Powers {
    double mean, variance;
    Scalar rate, mean_growth, variance_growth, synapse, membrane, fall, psp;
  };
  struct Silent {
    Scalar variance, error, square;
  };
  struct Left {
    Scalar rise, eligibility;
  };

  /// Room for a tile's block.
  struct Room {
    std::vector<Scalar> slope, error;  // F(n) and e(n): lanes a step
    std::vector<Scalar> rows;          // d psi(n+1) at steps with a presynaptic spike: 3 x lanes
    struct PostEvent {
      Index n;
      int kind;  // 0: emitted now, 1: a delay ago, 2: a prediction ago
      Index lane;
    };
    std::vector<PostEvent> events;
    Scalar start[8][lanes];  // pi and psi at the first step, then E and (1 - b) lam
  };

  struct PreEvent {
    std::int32_t row, pre, n;
  };

  Index run(Index tile, Index pre) const {
    return runs_[std::size_t(tile * (shape_.pre + 1) + pre)];
  }

  void sort_by_tile(const Connections& connections) {
    first_of_pre_.assign(connections.first.begin(), connections.first.end() - 1);
    std::vector<Index> next = first_of_pre_;
    runs_.reserve(std::size_t(tiles_ * (shape_.pre + 1)));
    lane_.reserve(std::size_t(connections.size()));
    pre_.reserve(std::size_t(connections.size()));
    for (Index tile = 0; tile < tiles_; ++tile) {
      for (Index j = 0; j < shape_.pre; ++j) {
        runs_.push_back(std::int32_t(lane_.size()));
        for (Index& k = next[std::size_t(j)];
             k < connections.end(j) && connections.post[std::size_t(k)] < (tile + 1) * lanes; ++k) {
          lane_.push_back(std::uint8_t(connections.post[std::size_t(k)] - tile * lanes));
          pre_.push_back(std::int32_t(j));
        }
      }
      runs_.push_back(std::int32_t(lane_.size()));
    }
  }

  /// Presynaptic spikes meet potentials two delays after they were emitted: one of the axon, one
  /// that aligns them.
  void sort_events(std::int64_t base, Index length, const SpikeList& pre) {
    pre_events_.clear();
    row_of_.assign(std::size_t(length) + 1, 0);
    std::int32_t row = 0;
    for (Index k = pre.find(base + 1 - 2 * delay_); k < pre.size(); ++k) {
      const Spike spike = pre[k];
      const Index n = Index(spike.step - base) + 2 * delay_;
      if (n > length) break;
      if (pre_events_.empty() || pre_events_.back().n != n) row_of_[std::size_t(n)] = ++row;
      pre_events_.push_back({row, std::int32_t(spike.neuron), std::int32_t(n)});
    }
    for (std::size_t n = 1; n < row_of_.size(); ++n)
      row_of_[n] = std::max(row_of_[n], row_of_[n - 1]);
  }

  void learn(Index tile, std::int64_t base, Index length, const SpikeList& post, Room& room) {
    room.slope.resize(std::size_t(longest * lanes));
    room.error.resize(std::size_t(longest * lanes));
    room.rows.resize(std::size_t((longest + 1) * 3 * lanes));
    room.events.clear();
    const Index ago[] = {0, delay_, prediction_};
    for (int kind = 0; kind < 3; ++kind)
      for (Index k = post.find(base + 1 - ago[kind]); k < post.size(); ++k) {
        const Spike spike = post[k];
        const Index n = Index(spike.step - base) + ago[kind];
        if (n > length) break;
        if (spike.neuron / lanes == tile) room.events.push_back({n, kind, spike.neuron % lanes});
      }
    std::sort(room.events.begin(), room.events.end(),
              [](const auto& a, const auto& b) { return a.n < b.n; });
    for (Index lane = 0; lane < lanes && tile * lanes + lane < shape_.post; lane += width) {
      forward(tile, lane, length, room);
      backward(lane, length, room);
    }
    carry(tile, length, room);
    for (const PreEvent& event : pre_events_) {
      const Scalar* const row = room.rows.data() + std::ptrdiff_t(event.row) * 3 * lanes;
      for (Index k = run(tile, event.pre), end = run(tile, event.pre + 1); k < end; ++k) {
        const Scalar* const change = row + lane_[std::size_t(k)];
        Scalar* const synapse = synapses_.data() + 4 * k;
        synapse[0] += change[0];
        synapse[1] += change[lanes];
        synapse[2] += change[2 * lanes];
      }
    }
  }

  /// Mean, variance, error and slope of some lanes, forward in time.
  void forward(Index tile, Index lane, Index length, Room& room) {
    const Index neuron = tile * lanes + lane;
    const Scalar* const potential =
        potential_.col(tile * (delay_ + longest)).data() + lane;  // a delay ago
    Scalar *const slopes = room.slope.data() + lane, *const errors = room.error.data() + lane;
    Scalar start_mean[width], start_variance[width];
    for (Index l = 0; l < width; ++l) {
      start_mean[l] = Scalar(mean_(neuron + l));
      start_variance[l] = Scalar(variance_(neuron + l));
    }
    Vec mean = simd::load(start_mean), square = mean * mean, variance = simd::load(start_variance),
        grown{};
    Vec e1 = simd::load(&error_(neuron, 0)), e2 = simd::load(&error_(neuron, 1));

    const Silent* const silent = silent_.data();
    /// One step; `error_of` makes the error of the gain 1 / (variance + epsilon).
    const auto step = [&](Index n, const auto& error_of) __attribute__((always_inline)) {
      const Vec v = (variance + grown) * silent[n - 1].variance + epsilon_;
      const Vec u =
          Scalar(1) +
          steepness_ * simd::magnitude(simd::load(potential + (n - 1) * lanes) - threshold_);
      const Vec uu = u * u,
                reciprocal = simd::reciprocal(Vec(uu * v));  // one for both divisions
      simd::store(slopes + (n - 1) * lanes, steepness_ * v * reciprocal);
      simd::store(errors + (n - 1) * lanes, e2);
      const Vec error = error_of(uu * reciprocal);
      e1 += follow_rise_ * (error - e1);
      e2 += follow_fall_ * (e1 - e2);
    };
    auto event = room.events.begin();
    for (Index n = 1;; ++n) {
      for (const Index until = event == room.events.end() ? length + 1 : event->n; n < until; ++n)
        step(
            n, [&](Vec gain) __attribute__((always_inline)) {
              grown += square * silent[n - 1].square;
              return mean * silent[n - 1].error * gain + transmitter_;
            });
      if (n > length) break;
      Scalar spikes[3][lanes] = {};
      for (; event != room.events.end() && event->n == n; ++event)
        spikes[event->kind][event->lane] = 1;
      const Vec emitted = simd::load(spikes[0] + lane), arriving = simd::load(spikes[1] + lane),
                earlier = simd::load(spikes[2] + lane);
      const Powers& p = tables_[std::size_t(n - 1)];
      step(
          n, [&](Vec gain) __attribute__((always_inline)) {
            const Vec deviation = arriving - mean * p.rate;
            grown += deviation * deviation * p.variance_growth;
            return hebbian_ * deviation * gain + transmitter_ - predictive_ * (arriving - earlier);
          });
      mean += emitted * p.mean_growth;
      square = mean * mean;
    }
    simd::store(&error_(neuron, 0), e1);
    simd::store(&error_(neuron, 1), e2);
    const Powers& p = tables_[std::size_t(length)];
    for (Index l = 0; l < width; ++l)
      variance_(neuron + l) = p.variance * (variance_(neuron + l) + double(grown[l]));
    for (const auto& one : room.events)
      if (one.kind == 0 && one.lane >= lane && one.lane < lane + width)
        mean_(tile * lanes + one.lane) += 1 / tables_[std::size_t(one.n - 1)].mean;
    for (Index l = 0; l < width; ++l) mean_(neuron + l) *= p.mean;
  }

  /// The adjoint filters of some lanes, backward in time.
  void backward(Index lane, Index length, Room& room) const {
    const Scalar *const slopes = room.slope.data() + lane, *const errors = room.error.data() + lane;
    Scalar* const rows = room.rows.data() + lane;
    const Left* const left = left_.data();
    const Scalar a = decay_rise_, b = follow_fall_, c = follow_membrane_, d = decay_synapse_,
                 keep_b = 1 - b, keep_c = 1 - c;
    Vec lam{}, e{}, pi0{}, pi1{}, pi2{}, psi0{}, psi1{}, psi2{};
    for (Index n = length; n > 0; --n) {
      Scalar* const row = rows + std::ptrdiff_t(row_of_[std::size_t(n)]) * 3 * lanes;
      psi0 *= d;
      psi1 *= d;
      psi2 *= d;
      simd::store(row, psi0);
      simd::store(row + lanes, psi1);
      simd::store(row + 2 * lanes, psi2);
      psi0 += c * pi0;
      psi1 += c * pi1;
      psi2 += c * pi2;
      const Vec f = simd::load(slopes + (n - 1) * lanes);
      lam = keep_b * lam + simd::load(errors + (n - 1) * lanes);
      e = a * e + b * lam;
      pi0 = keep_c * pi0 + f * e;
      pi1 = keep_c * pi1 + f * left[length - n + 1].rise;
      pi2 = keep_c * pi2 + f * left[length - n].eligibility;
    }
    const Vec results[] = {pi0, pi1, pi2, psi0, psi1, psi2, e, keep_b * lam};
    for (std::size_t r = 0; r < 8; ++r) simd::store(room.start[r] + lane, results[r]);
  }

  /// What the filters held at the block's start, moved to its end.
  void carry(Index tile, Index length, const Room& room) {
    const Powers& p = tables_[std::size_t(length)];
    const Scalar rise = left_[std::size_t(length)].rise,
                 eligibility = left_[std::size_t(length - 1)].eligibility;
    Quad of_psp[lanes], of_trace[lanes], of_rising[lanes], of_eligibility[lanes];
    for (Index l = 0; l < lanes; ++l) {
      const auto at = [&](std::size_t r) { return room.start[r][l]; };
      of_psp[l] = Quad{at(0), at(1), at(2), 0};
      of_trace[l] = Quad{at(3), at(4), at(5), 0};
      of_rising[l] = Quad{at(6), rise, eligibility, 0};
      of_eligibility[l] = Quad{at(7), 0, p.fall, 0};
    }
    const Quad kept{1, 0, 0, 0};
    const Scalar *psp = psp_.data(), *trace = trace_.data();
    for (Index k = run(tile, 0), end = run(tile, shape_.pre); k < end; ++k) {
      const std::size_t l = lane_[std::size_t(k)];
      const std::int32_t j = pre_[std::size_t(k)];
      Scalar* const synapse = synapses_.data() + 4 * k;
      Quad s;
      std::memcpy(&s, synapse, sizeof(s));
      s = kept * s + s[1] * of_rising[l] + s[2] * of_eligibility[l] + psp[j] * of_psp[l] +
          trace[j] * of_trace[l];
      std::memcpy(synapse, &s, sizeof(s));
    }
  }

  void advance_traces(Index length) {
    const Powers& p = tables_[std::size_t(length)];
    psp_ = p.membrane * psp_ + p.psp * trace_;
    trace_ *= p.synapse;
    for (const PreEvent& event : pre_events_) {
      trace_(event.pre) += tables_[std::size_t(length - event.n + 1)].synapse;
      psp_(event.pre) += decay_synapse_ * tables_[std::size_t(length - event.n)].psp;
    }
  }

  Shape shape_;
  Index tiles_, delay_, prediction_;
  std::vector<Index> first_of_pre_ = {};
  std::vector<std::int32_t> runs_ =
      {};  // tile x (pre + 1): where the synapses of a tile and presynaptic neuron begin
  std::vector<std::uint8_t> lane_ = {};  // of a synapse in its tile
  std::vector<std::int32_t> pre_ = {};   // of a synapse

  Matrix<Scalar> potential_;  // a tile after the other: of `delay` steps before the block, then of
                              // the block; lanes x steps
  Matrix<Scalar> synapses_;   // acc, el, elf, and nothing, of a synapse
  Vector<Scalar> trace_, psp_;
  Vector<double> mean_, variance_;
  Matrix<Scalar> error_;  // e1, e2

  Scalar steepness_ = 0, threshold_ = 0, predictive_ = 0, hebbian_ = 0, epsilon_ = 0,
         transmitter_ = 0;
  Scalar follow_rise_ = 0, follow_fall_ = 0, follow_membrane_ = 0, decay_rise_ = 0,
         decay_synapse_ = 0;
  std::vector<Powers> tables_ = {};  // what n steps do
  std::vector<Silent> silent_ = {};  // likewise, to the variance and to a neuron without spikes
  std::vector<Left> left_ =
      {};  // what is left of a drive n steps later, in el and, one step less, in elf

  std::vector<PreEvent> pre_events_ = {};
  std::vector<std::int32_t> row_of_ = {};
  std::vector<Room> rooms_ = {};
};

}  // namespace hebb
