/// @file
/// One checkpoint of objects that are spread over ranks. Needs `hebb::files`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hebb/io/checkpoint.hpp"
#include "hebb/mpi/communicator.hpp"

namespace hebb::mpi {

namespace collected {

/// Calls step(), and returns only if it succeeded on all ranks. Otherwise throws what it threw
/// here, or IoError with the first rank on which it failed to do `what`.
void on_all(const Communicator& ranks, const std::string& what, const auto& step) {
  std::exception_ptr error;
  try {
    step();
  } catch (...) {
    error = std::current_exception();
  }
  const std::int32_t failed = error ? 1 : 0;
  std::vector<std::int32_t> all;
  ranks.gather(&failed, 1, all);
  if (error) std::rethrow_exception(error);
  const auto first = std::find(all.begin(), all.end(), 1) - all.begin();
  require<IoError>(first == ranks.size(), "hebb::mpi: rank ", first, " could not ", what);
}

/// What stands for a name among ranks.
inline std::int64_t hash_of(std::string_view name) {
  return std::int64_t(fnv1a(name.data(), name.size()));
}

/// The names of the arrays of all ranks.
struct Names {
  std::set<std::int64_t> hashes = {};            ///< of all names
  std::vector<std::vector<bool>> is_first = {};  ///< of each rank's arrays: no lower rank has them

  /// From the hashes of the names of this rank, in the order of its arrays. All ranks make it.
  Names(const Communicator& ranks, const std::vector<std::int64_t>& own) {
    std::vector<std::int64_t> counts, all;
    const auto count = std::int64_t(own.size());
    ranks.gather(&count, 1, counts);
    ranks.gather(own, all);
    auto next = all.begin();
    for (const std::int64_t of_rank : counts) {
      is_first.emplace_back();
      for (std::int64_t k = 0; k < of_rank; ++k)
        is_first.back().push_back(hashes.insert(*next++).second);
    }
  }
};

/// An array before its data: the length of its name, its type, order, shape and bytes.
using Head = std::array<std::int64_t, 8>;

/// Sends an array to rank 0.
void send(const Communicator& ranks, std::string_view name, const auto& value) {
  const NpyArray own = describe_npy(value);
  const std::span<const std::byte> memory = memory_of(value);
  Head head{std::int64_t(name.size()), own.type.kind, std::int64_t(own.type.size),
            std::int64_t(own.order), std::int64_t(own.shape.size())};
  std::copy(own.shape.begin(), own.shape.end(), head.begin() + 5);
  head.back() = std::int64_t(memory.size());
  Pending pending;
  ranks.begin_send(head.data(), Index(head.size()), 0, pending);
  ranks.begin_send(text_bytes(name).data(), Index(name.size()), 0, pending);
  ranks.begin_send(memory.data(), Index(memory.size()), 0, pending);
  pending.wait();
}

/// The arrays that rank 0 gets from the others.
class Received {
 public:
  /// Those that the other ranks have first, rank by rank.
  Received(const Communicator& ranks, const Names& names) : ranks_(ranks) {
    ranks.for_each_other([&](int rank) {
      for (const bool sent : names.is_first[std::size_t(rank)])
        if (sent) from_.push_back(rank);
    });
  }

  /// Visits those that have not been visited.
  void each(auto&& visit) {
    while (next_ < from_.size()) {
      const int from = from_[next_++];
      Pending pending;
      Head head{};
      ranks_.begin_receive(head.data(), Index(head.size()), from, pending);
      pending.wait();
      std::string name;
      name.resize(std::size_t(head[0]));
      NpyArray array{{char(head[1]), std::size_t(head[2])},
                     {head.begin() + 5, head.begin() + 5 + head[4]},
                     NpyOrder(head[3])};
      array.data.resize(std::size_t(head.back()));
      ranks_.begin_receive(reinterpret_cast<std::byte*>(name.data()), head[0], from, pending);
      ranks_.begin_receive(array.data.data(), head.back(), from, pending);
      pending.wait();
      visit(name, array);
    }
  }

 private:
  Communicator ranks_;
  std::vector<int> from_ = {};
  std::size_t next_ = 0;
};

}  // namespace collected

/// Saves objects that are spread over ranks in one file, which rank 0 writes: one that
/// `mpi::load_checkpoint` loads on any number of ranks, and hebb::load_checkpoint in one process.
/// All ranks call it. An array that several ranks have is saved from the lowest of them. Other
/// ranks send their arrays one after another, so that rank 0 holds one of them at a time.
///
/// Throws on all ranks, and then `path` still holds its old content: what hebb::save_checkpoint
/// throws on the rank where it happened, on the others IoError with the number of that rank.
void save_checkpoint(const std::filesystem::path& path, const Communicator& ranks,
                     auto&&... objects) {
  const std::string what = sentence("save ", path.string());
  std::vector<std::int64_t> own;
  collected::on_all(ranks, what, [&] {
    const auto list = [&](std::string_view name, auto& value) {
      checkpoint::require_finite(name, value);
      own.push_back(collected::hash_of(name));
    };
    (objects.each(list), ...);
  });
  const collected::Names names(ranks, own);
  collected::on_all(ranks, what, [&] {
    if (ranks.rank() > 0) {
      auto next = names.is_first[std::size_t(ranks.rank())].begin();
      const auto send = [&](std::string_view name, auto& value) {
        if (*next++) collected::send(ranks, name, value);
      };
      (objects.each(send), ...);
      return;
    }
    collected::Received received(ranks, names);
    try {
      hebb::save_checkpoint(path, objects..., received);
    } catch (...) {
      received.each([](std::string_view, const NpyArray&) {});  // the others still send
      throw;
    }
  });
}

/// Loads what `mpi::save_checkpoint` or hebb::save_checkpoint saved: every rank reads the arrays
/// that it has. All ranks call it, with a path that all can read.
///
/// Throws on all ranks, and then no object changes: what hebb::load_checkpoint throws on the rank
/// where it happened, on the others IoError with the number of that rank.
void load_checkpoint(const std::filesystem::path& path, const Communicator& ranks,
                     auto&&... objects) {
  const std::string what = sentence("load ", path.string());
  checkpoint::Loaded loaded;
  std::vector<std::int64_t> own;
  collected::on_all(ranks, what, [&] {
    loaded = checkpoint::read(path, objects...);
    const auto list = [&](std::string_view name, auto&) {
      own.push_back(collected::hash_of(name));
    };
    (objects.each(list), ...);
  });
  const collected::Names names(ranks, own);
  for (const std::string& other : loaded.others)
    require<ShapeError>(names.hashes.contains(collected::hash_of(other)), path.string(),
                        " has an array that no rank has: ", other);
  loaded.make();
}

}  // namespace hebb::mpi
