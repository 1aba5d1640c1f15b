/// @file
/// Layer parallel learning: consecutive layers on consecutive ranks, and signals that only go up.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <tuple>
#include <type_traits>
#include <vector>

#include "hebb/mpi/communicator.hpp"

namespace hebb::mpi {

/// How a rank of a Pipeline gets the output of the rank below.
enum class Delivery {
  as_it_arrives,  ///< the newest output that has arrived, without waiting where it may be old
  by_number,      ///< every (batches + 1)-th output, which is learned from so many times
};

/// How old the output of the rank below may be from which a rank learns. In its training step t, a
/// rank takes the output of step t - age of the rank below, 0 <= age <= batches; with 0 it always
/// waits for that of its own step. Ages of successive ranks add up. An output is never taken before
/// its own step, and one that comes late is passed over for a newer one.
///
/// With `as_it_arrives`, ages depend on the time that ranks take, and so do the weights. With
/// `by_number`, the age is t modulo (batches + 1): the oldest that is allowed, the same bits from
/// run to run, and (batches + 1) times fewer messages.
struct Staleness {
  Index batches = 0;                            ///< >= 0
  Delivery delivery = Delivery::as_it_arrives;  ///< which output is taken
};

/// This rank's place in a row of ranks, each of which holds the next layers of a deep stack.
///
/// `train` of rank r takes the output of rank r - 1, lets its own stack learn from it, and sends
/// its output up. Nothing flows back, so rank r may be some steps ahead of rank r + 1: it waits
/// only where its last output has not yet left. Without staleness, the weights have the bits of one
/// stack of all layers in one process. All ranks make the same calls.
///
/// The streams of random numbers of a layer are numbered in the whole stack: call `initialize` of
/// this class and not that of the stack. Throws InvalidParameter for a staleness below 0, and what
/// the stack throws; see Environment for what happens to the other ranks.
template <typename Scalar>
class Pipeline {
 public:
  /// Throws InvalidParameter for a staleness below 0.
  explicit Pipeline(const Communicator& ranks = Communicator(), Staleness staleness = {})
      : ranks_(ranks), staleness_(staleness) {
    require(staleness.batches >= 0, "hebb::mpi: a staleness must be >= 0 batches, got ",
            staleness.batches);
  }
  ~Pipeline() {
    if (std::uncaught_exceptions() > 0) return;
    if (!is_first() && staleness_.delivery == Delivery::as_it_arrives)
      while (held_ + 1 < calls_) take();  // what came too late to be learned from
    sending_.wait();
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  bool is_first() const { return ranks_.rank() == 0; }  ///< whether this rank takes the input
  /// Whether this rank holds the last layers.
  bool is_last() const { return ranks_.rank() + 1 == ranks_.size(); }

  /// Initialises a stack whose first layer is number `first` of the whole stack, as Stack does.
  static void initialize(auto& stack, std::size_t first, const auto& random, auto... scale) {
    stack.for_each_layer([&](auto& layer, std::size_t k) {
      layer.initialize(random.stream("layer", first + k), scale...);
    });
  }

  /// One step of learning. `x` is the input of the first rank; others ignore it.
  void train(auto& stack, const View<Scalar>& x) {
    step(
        x, [&](const auto& input) { stack.train(input); }, stack, staleness_);
  }

  /// Runs the layers without learning, on the output of this call of the rank below. The response
  /// of the whole stack is in the last rank's stack. No later step learns from it.
  void forward(auto& stack, const View<Scalar>& x) {
    first_ = calls_;
    step(x, [&](const auto& input) { stack.forward(input); }, stack, {});
    first_ = calls_;
  }

  /// How many steps took an output of each age, from age 0 on.
  const std::vector<Index>& ages() const { return ages_; }

 private:
  void step(const View<Scalar>& x, const auto& run, auto& stack, Staleness staleness) {
    constexpr std::size_t depth = std::remove_reference_t<decltype(stack)>::depth;
    const bool by_number = staleness.delivery == Delivery::by_number;
    const Index begun = calls_ - first_,
                age = by_number ? begun % (staleness.batches + 1) : Index(0);
    if (is_first()) {
      run(x);
    } else {
      const Index oldest = calls_ - (by_number ? age : std::min(begun, staleness.batches));
      while (held_ < oldest || (!by_number && held_ < calls_ && has_arrived())) take();
      const auto taken = std::size_t(calls_ - held_);
      if (ages_.size() <= taken) ages_.resize(taken + 1);
      ++ages_[taken];
      run(input_);
    }
    if (!is_last() && age == 0) send(std::get<depth - 1>(stack.layers).output());
    ++calls_;
  }

  bool has_arrived() const {
    int result = 0;
    MPI_Iprobe(ranks_.rank() - 1, MPI_ANY_TAG, ranks_.handle(), &result, MPI_STATUS_IGNORE);
    return result != 0;
  }

  /// Takes the next output of the rank below.
  void take() {
    Pending receiving;
    const int from = ranks_.rank() - 1;
    std::array<std::int64_t, 3> head;
    ranks_.begin_receive(head.data(), 3, from, receiving);
    receiving.wait();
    input_.resize(head[0], head[1]);
    held_ = head[2];
    ranks_.begin_receive(input_.data(), input_.size(), from, receiving);
    receiving.wait();
  }

  void send(const auto& output) {
    sending_.wait();  // for the output of the step before
    if constexpr (requires { output.matrix(output_); })
      output.matrix(output_);
    else
      output_ = output;
    head_ = {output_.rows(), output_.cols(), calls_};
    const int to = ranks_.rank() + 1;
    ranks_.begin_send(head_.data(), 3, to, sending_);
    ranks_.begin_send(output_.data(), output_.size(), to, sending_);
  }

  Communicator ranks_;
  Staleness staleness_;
  Index calls_ = 0;  // of train and forward
  Index first_ = 0;  // the first call after the last forward
  Index held_ = -1;  // the call of the rank below whose output is the input
  std::vector<Index> ages_ = {};
  Matrix<Scalar> input_ = {}, output_ = {};
  std::array<std::int64_t, 3> head_ = {};  // rows, columns, call
  Pending sending_ = {};
};

}  // namespace hebb::mpi
