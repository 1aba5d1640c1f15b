/// @file
/// The part of MPI that the library uses: its lifetime, ranks, sums and lists over ranks.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "hebb/core/types.hpp"

namespace hebb::mpi {

/// MPI from here to the end of the scope. It belongs inside the `try` block of `main`: when an
/// exception leaves the scope, MPI is not finalised, because other ranks may wait for this one; the
/// program then ends with a message and an exit status, and `mpirun` ends the other ranks.
class Environment {
 public:
  /// Initialises MPI with the arguments of `main`, whose calls then all come from one thread.
  Environment(int& argc, char**& argv) {
    int given = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &given);
  }
  ~Environment() {
    if (std::uncaught_exceptions() == 0) MPI_Finalize();
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

/// MPI's name of a type of numbers.
template <typename T>
MPI_Datatype type_of() {
  if constexpr (std::same_as<T, float>)
    return MPI_FLOAT;
  else if constexpr (std::same_as<T, double>)
    return MPI_DOUBLE;
  else if constexpr (std::same_as<T, std::byte>)
    return MPI_BYTE;
  else if constexpr (std::same_as<T, std::int32_t>)
    return MPI_INT32_T;
  else
    return MPI_INT64_T;
}

/// Operations of MPI that have begun. They end with `wait`; a copy has none.
class Pending {
 public:
  Pending() = default;
  /// A copy has no operations. Throws InvalidCall if the other one has.
  Pending(const Pending& other) { other.require_none(); }
  Pending& operator=(const Pending& other) {
    require_none();
    other.require_none();
    return *this;
  }
  /// Takes the operations over.
  Pending(Pending&& other) noexcept : requests_(std::exchange(other.requests_, {})) {}
  Pending& operator=(Pending&& other) noexcept {
    std::swap(requests_, other.requests_);
    return *this;
  }

  bool any() const { return !requests_.empty(); }  ///< whether an operation has not ended
  /// The place for the request of one more operation; valid until the next call.
  MPI_Request& add() { return requests_.emplace_back(MPI_REQUEST_NULL); }
  /// Waits until all operations have ended.
  void wait() {
    if (requests_.empty()) return;
    MPI_Waitall(int(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    requests_.clear();
  }

 private:
  void require_none() const {
    require<InvalidCall>(requests_.empty(),
                         "hebb::mpi: a state is copied while its change is on the way: call settle "
                         "before");
  }

  std::vector<MPI_Request> requests_;
};

/// Some ranks that work together: a communicator of MPI, which the caller keeps.
///
/// All ranks must make the same calls in the same order.
class Communicator {
 public:
  /// Throws InvalidCall before MPI is initialised and after it is finalised.
  explicit Communicator(MPI_Comm communicator = MPI_COMM_WORLD) : communicator_(communicator) {
    int initialized = 0, finalized = 0;
    MPI_Initialized(&initialized);
    MPI_Finalized(&finalized);
    require<InvalidCall>(initialized && !finalized,
                         "hebb::mpi: MPI is not initialised: make an mpi::Environment, or call "
                         "MPI_Init, before a Communicator");
    MPI_Comm_rank(communicator_, &rank_);
    MPI_Comm_size(communicator_, &size_);
  }

  /// This process alone, without MPI: its sums and lists are its own.
  static Communicator alone() { return Communicator(Alone{}); }

  int rank() const { return rank_; }                 ///< this process's number, from 0
  int size() const { return size_; }                 ///< number of ranks
  MPI_Comm handle() const { return communicator_; }  ///< MPI's own name of the communicator

  /// Calls body(rank) for every rank but this one.
  void for_each_other(const auto& body) const {
    for (int rank = 0; rank < size_; ++rank)
      if (rank != rank_) body(rank);
  }

  /// Replaces numbers by their sums over all ranks.
  template <typename T>
  void sum(T* numbers, Index count) const {
    if (size_ == 1) return;
    in_pieces(numbers, count, [&](T* piece, int n) {
      MPI_Allreduce(MPI_IN_PLACE, piece, n, type_of<T>(), MPI_SUM, communicator_);
    });
  }

  /// Begins to send numbers to a rank, which receives as many. They must stay where they are, and
  /// as they are, until `pending.wait()`. Messages between two ranks arrive in their order.
  template <typename T>
  void begin_send(const T* numbers, Index count, int to, Pending& pending) const {
    in_pieces(numbers, count, [&](const T* piece, int n) {
      MPI_Isend(piece, n, type_of<T>(), to, tag, communicator_, &pending.add());
    });
  }

  /// Begins to receive numbers from a rank.
  template <typename T>
  void begin_receive(T* numbers, Index count, int from, Pending& pending) const {
    in_pieces(numbers, count, [&](T* piece, int n) {
      MPI_Irecv(piece, n, type_of<T>(), from, tag, communicator_, &pending.add());
    });
  }

  /// `count` numbers of every rank, in the order of the ranks.
  template <typename T>
  void gather(const T* own, int count, std::vector<T>& all) const {
    all.resize(std::size_t(count) * std::size_t(size_));
    if (size_ == 1)
      std::copy_n(own, count, all.begin());
    else
      MPI_Allgather(own, count, type_of<T>(), all.data(), count, type_of<T>(), communicator_);
  }

  /// Lists of any length of every rank, one after the other in the order of the ranks.
  template <typename T>
  void gather(const std::vector<T>& own, std::vector<T>& all) const {
    if (size_ == 1) {
      all = own;
      return;
    }
    require<ShapeError>(own.size() <= most, "hebb::mpi: a list of ", own.size(),
                        " numbers is longer than MPI counts");
    const int count = int(own.size());
    std::vector<int> counts, begins(std::size_t(size_), 0);
    gather(&count, 1, counts);
    const std::size_t whole = std::accumulate(counts.begin(), counts.end(), std::size_t(0));
    require<ShapeError>(whole <= most, "hebb::mpi: the lists of all ranks are ", whole,
                        " numbers, more than MPI counts");
    for (std::size_t r = 1; r < begins.size(); ++r) begins[r] = begins[r - 1] + counts[r - 1];
    all.resize(whole);
    MPI_Allgatherv(own.data(), count, type_of<T>(), all.data(), counts.data(), begins.data(),
                   type_of<T>(), communicator_);
  }

 private:
  struct Alone {};
  explicit Communicator(Alone) : communicator_(MPI_COMM_NULL) {}

  static constexpr int tag = 1;
  static constexpr std::size_t most = std::numeric_limits<int>::max();  // MPI counts with an int

  template <typename T>
  static void in_pieces(T* numbers, Index count, const auto& send) {
    for (Index begin = 0; begin < count; begin += Index(most))
      send(numbers + begin, int(std::min(Index(most), count - begin)));
  }

  MPI_Comm communicator_;
  int rank_ = 0, size_ = 1;
};

/// The columns [begin, begin + count) of a batch.
struct Range {
  Index begin, count;  ///< columns
};

/// The columns that belong to a rank: consecutive ones, as equal in number as can be. Every rank
/// but the last gets a multiple of `block`. Throws InvalidParameter for a block of fewer than 1.
inline Range shard(Index columns, const Communicator& ranks, Index block = 1) {
  require(columns >= 0 && block > 0, "hebb::mpi: ", columns, " columns in blocks of ", block,
          " have no shards");
  const Index blocks = (columns + block - 1) / block;
  const auto begin = [&](Index rank) {
    return std::min(columns, block * (blocks * rank / ranks.size()));
  };
  return {begin(ranks.rank()), begin(ranks.rank() + 1) - begin(ranks.rank())};
}

}  // namespace hebb::mpi
