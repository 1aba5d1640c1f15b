/// @file
/// Layer parallel learning: consecutive layers on consecutive ranks, and signals that only go up.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <tuple>
#include <type_traits>

#include "hebb/mpi/communicator.hpp"

namespace hebb::mpi {

/// This rank's place in a row of ranks, each of which holds the next layers of a deep stack.
///
/// `train` of rank r takes the output of rank r - 1, lets its own stack learn from it, and sends
/// its output up. Nothing flows back, so rank r may be some steps ahead of rank r + 1: it waits
/// only where its last output has not yet left. The weights have the bits of one stack of all
/// layers in one process.
///
/// The streams of random numbers of a layer are numbered in the whole stack: call `initialize` of
/// this class and not that of the stack. Throws what the stack throws; see Environment for what
/// happens to the other ranks.
template <typename Scalar>
class Pipeline {
 public:
  explicit Pipeline(const Communicator& ranks = Communicator()) : ranks_(ranks) {}
  ~Pipeline() {
    if (std::uncaught_exceptions() == 0) sending_.wait();
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  bool is_first() const { return ranks_.rank() == 0; }
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
        x, [&](const auto& input) { stack.train(input); }, stack);
  }

  /// Runs the layers without learning. The response of the whole stack is in the last rank's stack.
  void forward(auto& stack, const View<Scalar>& x) {
    step(
        x, [&](const auto& input) { stack.forward(input); }, stack);
  }

 private:
  void step(const View<Scalar>& x, const auto& run, auto& stack) {
    constexpr std::size_t depth = std::remove_reference_t<decltype(stack)>::depth;
    if (is_first()) {
      run(x);
    } else {
      receive();
      run(input_);
    }
    if (!is_last()) send(std::get<depth - 1>(stack.layers).output());
  }

  void receive() {
    std::array<std::int64_t, 2> shape;
    const int from = ranks_.rank() - 1;
    MPI_Recv(shape.data(), 2, MPI_INT64_T, from, tag, ranks_.handle(), MPI_STATUS_IGNORE);
    input_.resize(shape[0], shape[1]);
    MPI_Recv(input_.data(), int(input_.size()), type_of<Scalar>(), from, tag, ranks_.handle(),
             MPI_STATUS_IGNORE);
  }

  void send(const auto& output) {
    sending_.wait();  // for the output of the step before
    if constexpr (requires { output.matrix(output_); })
      output.matrix(output_);
    else
      output_ = output;
    shape_ = {output_.rows(), output_.cols()};
    const int to = ranks_.rank() + 1;
    MPI_Isend(shape_.data(), 2, MPI_INT64_T, to, tag, ranks_.handle(), &sending_.add());
    MPI_Isend(output_.data(), int(output_.size()), type_of<Scalar>(), to, tag, ranks_.handle(),
              &sending_.add());
  }

  static constexpr int tag = 0;
  Communicator ranks_;
  Matrix<Scalar> input_ = {}, output_ = {};
  std::array<std::int64_t, 2> shape_ = {};
  Pending sending_ = {};
};

}  // namespace hebb::mpi
