/// @file
/// The ranks of a program: the processes that mpirun started. Without mpirun there is one, and so
/// it is in programs that are built without MPI.
///
/// All ranks run the same program and hold the same weights. Each learns from its share of every
/// batch. Rank 0 alone prints, and writes the files.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "hebb/core/batch.hpp"

#ifdef HEBB_EXAMPLES_MPI
#include "hebb/mpi/data_parallel.hpp"
#endif

namespace example {

#ifdef HEBB_EXAMPLES_MPI

using Ranks = hebb::mpi::Communicator;
using hebb::mpi::shard;

/// What this rank holds of a batch, for statistics of the whole.
using ShareOfBatch = hebb::mpi::Share;

/// A rule in the layers of a network whose batches are spread over ranks.
template <typename Rule>
using OverRanks = hebb::mpi::DataParallel<Rule>;

#else

/// One process.
struct Ranks {
  static Ranks alone() { return {}; }
  int rank() const { return 0; }
  int size() const { return 1; }
  template <typename T>
  void sum(T*, hebb::Index) const {}
  template <typename T>
  void gather(const T* own, int count, std::vector<T>& all) const {
    all.assign(own, own + count);
  }
  template <typename T>
  void gather(const std::vector<T>& own, std::vector<T>& all) const {
    all = own;
  }
};

/// The samples [begin, begin + count) of a batch.
struct Range {
  hebb::Index begin, count;
};

/// The samples that belong to a rank.
inline Range shard(hebb::Index samples, const Ranks&) { return {0, samples}; }

struct ShareOfBatch : hebb::WholeBatch {
  ShareOfBatch(const Ranks&, hebb::Index, hebb::Shape) {}
};

template <typename Rule>
struct OverRanks : Rule {
  OverRanks(Rule rule, const Ranks&) : Rule(std::move(rule)) {}
};

#endif

/// Set by RanksSession.
inline Ranks current_ranks = Ranks::alone();

inline const Ranks& ranks() { return current_ranks; }
inline bool is_first_rank() { return ranks().rank() == 0; }

template <typename Rule>
OverRanks<Rule> over_ranks(Rule rule) {
  return {std::move(rule), ranks()};
}

/// The samples of a batch that belong to this rank.
inline std::span<const hebb::Index> own_share(std::span<const hebb::Index> batch) {
  const auto [begin, count] = shard(hebb::Index(batch.size()), ranks());
  return batch.subspan(std::size_t(begin), std::size_t(count));
}

/// Throws InvalidParameter if a batch has fewer samples than there are ranks.
void require_share(const char* option, hebb::Index batch);

/// The columns of the whole batch, from those of every rank. Columns are ordered by `views` views.
/// Every rank calls it, and gets all.
void gather_columns(const hebb::View<float>& own, hebb::Index views, hebb::Matrix<float>& whole);

/// The largest of every rank's number.
int largest_of_ranks(int own);

/// Measures of every layer, e.g. readouts: each rank makes some of them, and gets all.
template <std::size_t depth>
std::array<double, depth> measure_layers(const auto& measure) {
  std::array<double, depth> result{};
  for (std::size_t k = 0; k < depth; ++k)
    if (int(k) % ranks().size() == ranks().rank()) result[k] = measure(k);
  ranks().sum(result.data(), depth);
  return result;
}

/// A network as an observer sees it: the responses of its layers are those to the whole batch.
/// Every rank makes it and visits its layers.
template <typename Network>
class WholeResponses {
 public:
  /// The columns of a response are ordered by `views` views.
  WholeResponses(Network& network, hebb::Index views) : network_(network), views_(views) {}

  std::int64_t step() const { return network_.step(); }

  void for_each_layer(const auto& visit) {
    network_.for_each_layer([&](auto& layer, std::size_t k) {
      gather_columns(layer.response(), views_, response_);
      const Seen<std::remove_reference_t<decltype(layer)>> seen{layer.rule, layer.state, response_};
      visit(seen, k);
    });
  }

 private:
  template <typename Layer>
  struct Seen {
    const typename Layer::Rule& rule;
    const typename Layer::Rule::State& state;
    const hebb::Matrix<float>& whole;
    const hebb::Matrix<float>& response() const { return whole; }
  };

  Network& network_;
  hebb::Index views_;
  hebb::Matrix<float> response_ = {};
};

/// The ranks from here to the end of the scope, if mpirun started the program. On ranks other than
/// 0 standard output and standard error are silent meanwhile.
class RanksSession {
 public:
  /// Throws InvalidParameter if there are several ranks, and the program is for one process or was
  /// built without MPI.
  explicit RanksSession(bool for_several);
  ~RanksSession();
  RanksSession(const RanksSession&) = delete;
  RanksSession& operator=(const RanksSession&) = delete;

  /// The ranks on this machine.
  int on_this_machine() const { return on_this_machine_; }

 private:
  void silence(bool now);

  int on_this_machine_ = 1;
  std::streambuf *out_ = nullptr, *error_ = nullptr;
};

/// The number of ranks that mpirun started, also before a RanksSession; 1 without mpirun.
int launched_ranks();

/// The rank that mpirun gave this process, also before a RanksSession; 0 without mpirun.
int launched_rank();

/// Waits until every rank has called this, and returns true; false after so many seconds. To be
/// called where a rank ends by an error, after its RanksSession.
bool all_ranks_end(double seconds);

/// Ends all ranks at once.
void abort_ranks(int code);

}  // namespace example
