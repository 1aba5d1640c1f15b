/// @file
/// Learning on many ranks: a model in closed form, and a simulation of the same schedule with
/// ranks that are not equally fast.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace cluster {

/// What ranks and their network do.
struct Machine {
  double rate;           ///< multiply-adds per second of a rank
  double latency_s;      ///< of a message
  double bandwidth;      ///< bytes per second into and out of a rank, at once
  double imbalance = 0;  ///< standard deviation of a piece of work, relative to its mean
};

/// One layer and a whole batch.
struct Layer {
  double forward = 0, learn = 0;  ///< multiply-adds
  double change = 0;              ///< bytes of weights, summed over ranks
  double statistics = 0;          ///< bytes, summed before the change is known
  double signal = 0;              ///< bytes of the output
};

using Network = std::vector<Layer>;

/// The mean of the largest of so many normal numbers, in standard deviations; E. J. Gumbel's
/// asymptote, exact for one and two.
inline double largest_of(int ranks) {
  if (ranks == 1) return 0;
  if (ranks == 2) return 0.564;
  const double a = std::sqrt(2 * std::log(double(ranks)));
  return a - (std::log(std::log(double(ranks))) + std::log(4 * M_PI) - 2 * 0.5772) / (2 * a);
}

/// A sum over ranks: each sends a part of its numbers to every other, and its result to all.
inline double sum_s(const Machine& m, int ranks, double bytes) {
  if (ranks == 1) return 0;
  return 2 * (ranks - 1) * (m.latency_s + bytes / ranks / m.bandwidth);
}

/// A short list of every rank for all.
inline double list_s(const Machine& m, int ranks) {
  return m.latency_s * std::ceil(std::log2(double(ranks)));
}

/// One step of data parallel learning: layers in turn, a synchronisation per layer, changes that
/// travel behind the next layers where `overlapped`, else at once.
inline double data_parallel_s(const Machine& m, int ranks, const Network& network,
                              bool overlapped) {
  double now = 0, sent = 0, late = 0;
  const double slowest = largest_of(ranks);
  for (const Layer& layer : network) {
    // What a rank has done since the last synchronisation varies by itself.
    const double forward = layer.forward / ranks / m.rate, learn = layer.learn / ranks / m.rate;
    now += forward + slowest * m.imbalance * std::hypot(forward, late) + list_s(m, ranks) +
           sum_s(m, ranks, layer.statistics) + learn;
    late = learn;
    sent = std::max(sent, now) + sum_s(m, ranks, layer.change);
    if (!overlapped) now = sent, late = 0;
  }
  return std::max(now + slowest * m.imbalance * late, sent);
}

/// Normal numbers, one sequence for a simulation.
class Noise {
 public:
  double operator()(double mean, double relative) {
    return mean * std::max(0.0, 1 + relative * normal_(engine_));
  }

 private:
  std::mt19937_64 engine_{1};
  std::normal_distribution<double> normal_{};
};

/// The same schedule, rank by rank, with work of random length; the mean of some steps.
inline double simulate_data_parallel(const Machine& m, int ranks, const Network& network,
                                     bool overlapped, int steps = 20) {
  Noise noise;
  std::vector<double> now(std::size_t(ranks), 0);
  const auto meet = [&](double cost) {
    const double all = *std::max_element(now.begin(), now.end()) + cost;
    std::fill(now.begin(), now.end(), all);
  };
  for (int step = 0; step < steps; ++step) {
    double sent = 0;
    for (const Layer& layer : network) {
      for (double& t : now) t += noise(layer.forward / ranks / m.rate, m.imbalance);
      meet(list_s(m, ranks) + sum_s(m, ranks, layer.statistics));
      for (double& t : now) t += noise(layer.learn / ranks / m.rate, m.imbalance);
      sent =
          std::max(sent, *std::max_element(now.begin(), now.end())) + sum_s(m, ranks, layer.change);
      if (!overlapped) std::fill(now.begin(), now.end(), sent);
    }
    for (double& t : now) t = std::max(t, sent);
  }
  return *std::max_element(now.begin(), now.end()) / steps;
}

/// Consecutive layers divided over ranks so that the slowest has least to do; each part's layers
/// are summed, with the signal of its last.
inline Network divide(const Network& network, int ranks) {
  const auto work = [](const Layer& layer) { return layer.forward + layer.learn; };
  double low = 0, high = 0;
  for (const Layer& layer : network) low = std::max(low, work(layer)), high += work(layer);
  const auto parts_for = [&](double most) {
    Network parts(1);
    for (const Layer& layer : network) {
      if (work(parts.back()) > 0 && work(parts.back()) + work(layer) > most) parts.push_back({});
      Layer& part = parts.back();
      part.forward += layer.forward;
      part.learn += layer.learn;
      part.signal = layer.signal;
    }
    return parts;
  };
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (int(parts_for(middle).size()) <= ranks ? high : low) = middle;
  }
  return parts_for(high);
}

/// The time per step of a row of ranks, each with its part of the layers, over so many steps: the
/// slowest sets the pace, and the row is filled once.
inline double pipeline_s(const Machine& m, const Network& parts, int steps) {
  double slowest = 0, fill = 0;
  for (std::size_t r = 0; r < parts.size(); ++r) {
    const double work = (parts[r].forward + parts[r].learn) / m.rate;
    // A rank takes its input from the network and gives its output to it.
    const double copy = (r > 0 ? parts[r - 1].signal / m.bandwidth + m.latency_s : 0);
    slowest = std::max(slowest, work + copy);
    if (r + 1 < parts.size()) fill += parts[r].forward / m.rate + parts[r].learn / m.rate + copy;
  }
  return slowest + fill / steps;
}

/// The same, with work of random length; a rank sends when its last output has been taken.
inline double simulate_pipeline(const Machine& m, const Network& parts, int steps) {
  Noise noise;
  std::vector<double> now(parts.size(), 0), taken(parts.size(), 0);
  for (int step = 0; step < steps; ++step) {
    double arrival = 0;
    for (std::size_t r = 0; r < parts.size(); ++r) {
      double begin = std::max(now[r], arrival);
      if (r > 0) begin += parts[r - 1].signal / m.bandwidth + m.latency_s;
      taken[r] = begin;
      now[r] = begin + noise((parts[r].forward + parts[r].learn) / m.rate, m.imbalance);
      // The output of the step before has been taken by the next rank in its own step before.
      if (r + 1 < parts.size()) now[r] = std::max(now[r], taken[r + 1]);
      arrival = now[r];
    }
  }
  return *std::max_element(now.begin(), now.end()) / steps;
}

/// Backpropagation in the same row: the batch in micro-batches, whose backward pass is twice the
/// forward pass; all ranks wait for the last before weights change.
inline double backpropagation_s(const Machine& m, const Network& parts, int micro_batches) {
  const double n = micro_batches, ranks = double(parts.size());
  double slowest = 0, copy = 0;
  for (const Layer& part : parts) {
    slowest = std::max(slowest, 3 * part.forward / m.rate);
    copy = std::max(copy, 2 * (part.signal / n / m.bandwidth + m.latency_s));
  }
  return (slowest / n + (parts.size() > 1 ? copy : 0)) * (n + ranks - 1);
}

/// The same, event by event: first all micro-batches up, then all down.
inline double simulate_backpropagation(const Machine& m, const Network& parts, int micro_batches,
                                       int steps = 20) {
  Noise noise;
  const std::size_t ranks = parts.size();
  std::vector<double> now(ranks, 0);
  const auto copy = [&](std::size_t r) {
    return parts[r].signal / micro_batches / m.bandwidth + m.latency_s;
  };
  for (int step = 0; step < steps; ++step) {
    std::vector<double> up(std::size_t(micro_batches), 0), down(up);
    for (std::size_t r = 0; r < ranks; ++r)
      for (double& ready : up) {
        if (r > 0) ready += copy(r - 1);
        now[r] =
            std::max(now[r], ready) + noise(parts[r].forward / micro_batches / m.rate, m.imbalance);
        ready = now[r];
      }
    for (std::size_t r = ranks; r-- > 0;)
      for (double& ready : down) {
        if (r + 1 < ranks) ready += copy(r);
        now[r] = std::max(now[r], ready) +
                 noise(2 * parts[r].forward / micro_batches / m.rate, m.imbalance);
        ready = now[r];
      }
    const double all = *std::max_element(now.begin(), now.end());
    std::fill(now.begin(), now.end(), all);
  }
  return now[0] / steps;
}

/// A spiking network, in seconds of one rank per simulated second.
struct Spiking {
  double own = 0;     ///< divided over ranks: neurons, and synapses that end on them
  double common = 0;  ///< the same on every rank: each hears all spikes
  double chunks = 0;  ///< exchanges per simulated second
  double spikes = 0;  ///< per simulated second
};

/// Seconds per simulated second.
inline double spiking_s(const Machine& m, int ranks, const Spiking& net) {
  const double bytes = ranks > 1 ? 4 * net.spikes : 0;
  return net.common + net.own / ranks * (1 + largest_of(ranks) * m.imbalance) +
         net.chunks * list_s(m, ranks) + bytes / m.bandwidth;
}

/// The same, chunk by chunk; the mean of 200 chunks.
inline double simulate_spiking(const Machine& m, int ranks, const Spiking& net) {
  Noise noise;
  double sum = 0;
  const int chunks = 200;
  for (int chunk = 0; chunk < chunks; ++chunk) {
    double slowest = 0;
    for (int r = 0; r < ranks; ++r)
      slowest = std::max(slowest, noise(net.own / ranks / net.chunks, m.imbalance));
    sum += slowest + net.common / net.chunks + list_s(m, ranks) +
           (ranks > 1 ? 4 * net.spikes / net.chunks / m.bandwidth : 0);
  }
  return sum * net.chunks / chunks;
}

}  // namespace cluster
