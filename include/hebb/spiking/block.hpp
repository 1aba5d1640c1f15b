/// @file
/// Blocks of a population: consecutive neurons that are advanced together, by one thread.
///
/// The type of the neurons is erased: one virtual call per block and step, or per some steps.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hebb/spiking/any_array.hpp"
#include "hebb/spiking/neuron.hpp"
#include "hebb/spiking/poisson.hpp"

namespace hebb {

/// Neurons that are advanced together, whatever their model.
template <typename Scalar>
class Block {
 public:
  /// Neurons `first_neuron` and the following ones of a population.
  Block(Index first_neuron, Index neurons) : first(first_neuron), size(neurons) {}
  virtual ~Block() = default;

  const Index first, size;  ///< first neuron in the population, and number of neurons

  /// Makes the step that ends at a moment, and appends the neurons of the block that spike then.
  /// `current` holds one number per padded neuron, or is null. Returns false if a potential is not
  /// finite or the step unstable.
  virtual bool advance(std::int64_t moment, const Scalar* current, std::vector<Index>& spikes) = 0;

  /// Makes several steps at once, the first of which ends at a moment; see NeuronGroup. Returns
  /// false likewise.
  virtual bool advance(std::int64_t moment, Index steps, std::span<const Arriving<Scalar>> arriving,
                       const PotentialTiles<Scalar>& potentials, SpikesByStep& spikes) = 0;

  /// Makes the last steps again for a neuron at which other spikes arrive. Returns false likewise.
  virtual bool repeat(Index, Index, std::span<const Arriving<Scalar>>,
                      const PotentialTiles<Scalar>&) {
    return true;
  }

  /// The variables to which arriving spikes add, each once.
  virtual std::span<const Index> receptor_variables() const { return {}; }
  /// The least number of steps between two spikes of a neuron, or 0 where it is not known.
  virtual Index shortest_interval() const { return 0; }

  virtual Index padded() const = 0;                             ///< numbers in a variable's array
  virtual Index receptor(Receptor receptor) const = 0;          ///< the place of its variable
  virtual Index variable(std::string_view variable) const = 0;  ///< its place, by name
  virtual Scalar* values(Index variable) = 0;                   ///< of all padded neurons
  virtual Index not_finite() const { return -1; }  ///< the first neuron whose potential is not
  virtual std::pair<Index, double> unstable() const { return {-1, 1}; }  ///< see NeuronGroup
  virtual void check() const {}                  ///< throws unless a loaded state fits the block
  virtual std::vector<NamedArray> arrays() = 0;  ///< the saved state
};

/// Neurons of one model.
template <NeuronModel Model, typename Scalar>
class NeuronBlock final : public Block<Scalar> {
 public:
  /// Neurons at rest. Throws what the model's `step` throws.
  NeuronBlock(const Model& model, Index first_neuron, Index neurons, double dt_ms)
      : Block<Scalar>(first_neuron, neurons), group_(model, neurons, dt_ms) {
    if constexpr (requires { model.shortest_interval(dt_ms); })
      shortest_interval_ = model.shortest_interval(dt_ms);
  }

  bool advance(std::int64_t, const Scalar* current, std::vector<Index>& spikes) override {
    return group_.advance(current, spikes);
  }
  bool advance(std::int64_t, Index steps, std::span<const Arriving<Scalar>> arriving,
               const PotentialTiles<Scalar>& potentials, SpikesByStep& spikes) override {
    return group_.advance(steps, arriving, potentials, spikes);
  }
  bool repeat(Index neuron, Index steps, std::span<const Arriving<Scalar>> arriving,
              const PotentialTiles<Scalar>& potentials) override {
    return group_.repeat(neuron, steps, arriving, potentials);
  }
  std::span<const Index> receptor_variables() const override {
    return hebb::receptor_variables<Model>;
  }
  Index shortest_interval() const override { return shortest_interval_; }
  Index padded() const override { return NeuronGroup<Model, Scalar>::padded(this->size); }
  Index receptor(Receptor receptor) const override { return group_.index_of(receptor); }
  Index variable(std::string_view variable) const override { return group_.index_of(variable); }
  Scalar* values(Index variable) override { return group_.state.col(variable).data(); }
  Index not_finite() const override { return group_.not_finite(); }
  std::pair<Index, double> unstable() const override { return group_.unstable(); }
  void check() const override { group_.check(); }
  std::vector<NamedArray> arrays() override {
    static constexpr Label model{name_of<Model>};
    return {{"neuron", AnyArray(&model)}, {"state", AnyArray(&group_.state)}};
  }

 private:
  NeuronGroup<Model, Scalar> group_;
  Index shortest_interval_ = 0;
};

/// Neurons that spike by themselves, whatever arrives.
template <SpikeInput Input, typename Scalar>
class SourceBlock final : public Block<Scalar> {
 public:
  /// All neurons of the input.
  explicit SourceBlock(const Input& input) : Block<Scalar>(0, input.size()), input_(input) {}

  /// Spikes of the input's step n are those of moment n + 1. A slice is computed when its first
  /// moment comes.
  bool advance(std::int64_t moment, const Scalar*, std::vector<Index>& spikes) override {
    const std::int64_t step = moment - 1;
    if (step / Input::slice != slice_) compute(step);
    for (; step == next_step_; go_on()) spikes.push_back(list_[next_].neuron);
    return true;
  }
  bool advance(std::int64_t moment, Index steps, std::span<const Arriving<Scalar>>,
               const PotentialTiles<Scalar>&, SpikesByStep& spikes) override {
    spikes.add_steps(steps);
    for (std::int64_t step = moment - 1, end = step + steps; step < end;) {
      if (step / Input::slice != slice_) compute(step);
      for (; next_step_ < end && next_step_ >= 0; go_on())
        spikes.add(Index(end - next_step_), list_[next_].neuron);
      step = std::min<std::int64_t>(end, (slice_ + 1) * Input::slice);
    }
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
  std::vector<NamedArray> arrays() override {
    slice_ = -1;  // a loaded network may be elsewhere
    return {};
  }

 private:
  void compute(std::int64_t step) {
    slice_ = step / Input::slice;
    list_.drop_before(std::numeric_limits<std::int64_t>::max());
    list_.next = 0;
    input_.emit(slice_, list_);
    list_.check(this->size, 0, slice_ * Input::slice, (slice_ + 1) * Input::slice,
                "SpikingNetwork: the input");
    next_ = list_.find(step) - 1;
    go_on();
  }
  void go_on() {
    ++next_;
    next_step_ = next_ < list_.size() ? list_[next_].step : -1;
  }

  Input input_;
  SpikeList list_;  // of a slice
  std::int64_t slice_ = -1;
  Index next_ = 0;  // spike, and its step
  std::int64_t next_step_ = -1;
};

}  // namespace hebb
