/// @file
/// Blocks of a population: consecutive neurons that are advanced together, by one thread.
///
/// The type of the neurons is erased: one virtual call per block and step.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hebb/spiking/any_array.hpp"
#include "hebb/spiking/neuron.hpp"
#include "hebb/spiking/poisson.hpp"

namespace hebb {

template <typename Scalar>
class Block {
 public:
  Block(Index first_neuron, Index neurons) : first(first_neuron), size(neurons) {}
  virtual ~Block() = default;

  const Index first, size;

  /// Makes the step that ends at a moment, and appends the neurons of the block that spike then.
  /// `current` holds one number per padded neuron, or is null. Returns false if a potential is not
  /// finite.
  virtual bool advance(std::int64_t moment, const Scalar* current, std::vector<Index>& spikes) = 0;

  virtual Index padded() const = 0;                     ///< numbers in a variable's array
  virtual Index receptor(Receptor receptor) const = 0;  ///< the place of its variable
  virtual Index variable(std::string_view variable) const = 0;
  virtual Scalar* values(Index variable) = 0;  ///< of all padded neurons
  virtual Index not_finite() const = 0;  ///< the first neuron of the block whose potential is not
  virtual std::vector<NamedArray> arrays() = 0;  ///< the saved state
};

/// Neurons of one model.
template <NeuronModel Model, typename Scalar>
class NeuronBlock final : public Block<Scalar> {
 public:
  NeuronBlock(const Model& model, Index first_neuron, Index neurons, double dt_ms)
      : Block<Scalar>(first_neuron, neurons), group_(model, neurons, dt_ms) {}

  bool advance(std::int64_t, const Scalar* current, std::vector<Index>& spikes) override {
    return group_.advance(current, spikes);
  }
  Index padded() const override { return group_.state.rows(); }
  Index receptor(Receptor receptor) const override { return group_.index_of(receptor); }
  Index variable(std::string_view variable) const override { return group_.index_of(variable); }
  Scalar* values(Index variable) override { return group_.state.col(variable).data(); }
  Index not_finite() const override { return group_.not_finite(); }
  std::vector<NamedArray> arrays() override {
    static constexpr Label model{name_of<Model>};
    return {{"neuron", AnyArray(&model)}, {"state", AnyArray(&group_.state)}};
  }

 private:
  NeuronGroup<Model, Scalar> group_;
};

/// Neurons that spike by themselves, whatever arrives.
template <SpikeInput Input, typename Scalar>
class SourceBlock final : public Block<Scalar> {
 public:
  explicit SourceBlock(const Input& input) : Block<Scalar>(0, input.size()), input_(input) {}

  /// Spikes of the input's step n are those of moment n + 1. A slice is computed when its first
  /// moment comes.
  bool advance(std::int64_t moment, const Scalar*, std::vector<Index>& spikes) override {
    const std::int64_t step = moment - 1, slice = step / Input::slice;
    if (slice != slice_) {
      list_ = SpikeList();
      input_.emit(slice, list_);
      list_.check(this->size, 0, slice * Input::slice, (slice + 1) * Input::slice,
                  "SpikingNetwork: the input");
      slice_ = slice;
      next_ = list_.find(step);
    }
    for (; next_ < list_.size() && list_[next_].step == step; ++next_)
      spikes.push_back(list_[next_].neuron);
    return true;
  }

  Index padded() const override { return 0; }
  Index receptor(Receptor receptor) const override {
    throw InvalidParameter(sentence("a source of spikes has no receptors, and no ", receptor.name));
  }
  Index variable(std::string_view variable) const override {
    throw InvalidParameter(sentence("a source of spikes has no variables, and no ", variable));
  }
  Scalar* values(Index) override { return nullptr; }
  Index not_finite() const override { return -1; }
  std::vector<NamedArray> arrays() override {
    slice_ = -1;  // a loaded network may be elsewhere
    return {};
  }

 private:
  Input input_;
  SpikeList list_;  // of a slice
  std::int64_t slice_ = -1;
  Index next_ = 0;
};

}  // namespace hebb
