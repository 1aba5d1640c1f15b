/// @file
/// Bundles of synapses: those of a projection that end on one block of neurons and share a delay.
///
/// A bundle is what a network works with from moment to moment. Its type is erased, so that any
/// rule fits: one virtual call per moment.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "hebb/spiking/any_array.hpp"
#include "hebb/spiking/connectivity.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/transmission.hpp"

namespace hebb {

/// What happens at a bundle at one moment. Borrowed for one call.
template <typename Scalar>
struct SpikeMoment {
  double time_ms;
  std::span<const Index> arrivals;  ///< presynaptic neurons whose spikes arrive
  std::span<const Index> emitted;   ///< neurons of the block that spike
  std::span<const Index> target;    ///< neurons of the block that should have spiked
  const Scalar* potential_mv;       ///< of the block
};

template <typename Scalar>
class Bundle {
 public:
  virtual ~Bundle() = default;

  /// Transmits the spikes that arrive to the receptor's variable, and lets the rule learn.
  virtual void advance(const SpikeMoment<Scalar>& moment, Scalar* receptor) = 0;

  virtual void settle() {}  ///< brings postponed weights up to date
  virtual Index begin(Index pre) const = 0;
  virtual Index end(Index pre) const = 0;
  virtual Index post(Index synapse) const = 0;  ///< in the block
  virtual double weight(Index synapse) const = 0;
  virtual std::vector<NamedArray> arrays() = 0;  ///< everything that moves
};

/// Synapses with fixed weights, ordered by presynaptic neuron.
///
/// Memory: 2 bytes per synapse, and its weight where weights differ.
template <typename Scalar, typename Transmission>
class FixedBundle final : public Bundle<Scalar> {
 public:
  FixedBundle(const Connections& connections, const Vector<double>& weights,
              const Transmission& transmission)
      : transmission_(transmission), state_(transmission.init(connections.shape.pre)) {
    require(connections.shape.post <= 1 << 16, "FixedBundle: a block has at most ", 1 << 16,
            " neurons, not ", connections.shape.post);
    first_.assign(connections.first.begin(), connections.first.end());
    post_.assign(connections.post.begin(), connections.post.end());
    const bool alike = weights.size() == 0 || (weights.array() == weights(0)).all();
    if (alike)
      one_ = weights.size() == 0 ? Scalar(0) : Scalar(weights(0));
    else
      weights_ = weights.template cast<Scalar>();
  }

  void advance(const SpikeMoment<Scalar>& moment, Scalar* receptor) override {
    const std::uint16_t* const post = post_.data();
    for (std::size_t n = 0; n < moment.arrivals.size(); ++n) {
      const Index j = moment.arrivals[n], begin = first_[std::size_t(j)],
                  end = first_[std::size_t(j) + 1];
      if (n + 1 < moment.arrivals.size())
        __builtin_prefetch(post + first_[std::size_t(moment.arrivals[n + 1])]);
      const Scalar factor = Scalar(transmission_.transmit(moment.time_ms, j, state_));
      if (weights_.size() == 0) {
        const Scalar weight = factor * one_;
        for (Index k = begin; k < end; ++k) receptor[post[k]] += weight;
      } else {
        for (Index k = begin; k < end; ++k) receptor[post[k]] += factor * weights_(k);
      }
    }
  }

  Index begin(Index pre) const override { return first_[std::size_t(pre)]; }
  Index end(Index pre) const override { return first_[std::size_t(pre) + 1]; }
  Index post(Index synapse) const override { return post_[std::size_t(synapse)]; }
  double weight(Index synapse) const override {
    return double(weights_.size() == 0 ? one_ : weights_(synapse));
  }
  std::vector<NamedArray> arrays() override { return arrays_of(state_); }

 private:
  std::vector<std::int32_t> first_;
  std::vector<std::uint16_t> post_;
  Vector<Scalar> weights_;  // empty where all are alike
  Scalar one_ = 0;
  Transmission transmission_;
  typename Transmission::State state_;
};

}  // namespace hebb
