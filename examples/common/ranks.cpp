#include "common/ranks.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <string_view>
#include <thread>

#include "hebb/core/error.hpp"

namespace example {

namespace {

/// The first of these variables of the environment that is a number, or `otherwise`. They are set
/// by the mpirun of Open MPI and of MPICH, and by Slurm.
int number_in_environment(std::initializer_list<const char*> names, int otherwise) {
  for (const char* name : names) {
    const char* const given = std::getenv(name);
    if (given == nullptr) continue;
    const std::string_view text(given);
    int value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc())
      return value;
  }
  return otherwise;
}

}  // namespace

int launched_ranks() {
  const bool by_slurm = std::getenv("PMIX_RANK") != nullptr;
  return number_in_environment(
      {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", by_slurm ? "SLURM_STEP_NUM_TASKS" : "PMI_SIZE"}, 1);
}

int launched_rank() {
  return number_in_environment({"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"}, 0);
}

void require_share(const char* option, hebb::Index batch) {
  hebb::require(batch >= ranks().size(), option, " must be at least the number of ranks, ",
                ranks().size(), ", got ", batch);
}

void gather_columns(const hebb::View<float>& own, hebb::Index views, hebb::Matrix<float>& whole) {
  if (ranks().size() == 1) {
    whole = own;
    return;
  }
  std::vector<float> mine(std::size_t(own.size())), all;
  Eigen::Map<hebb::Matrix<float>>(mine.data(), own.rows(), own.cols()) = own;
  ranks().gather(mine, all);
  std::vector<std::int64_t> counts;
  const std::int64_t count = own.cols() / views;
  ranks().gather(&count, 1, counts);
  std::int64_t samples = 0, begin = 0;
  for (const std::int64_t each : counts) samples += each;
  whole.resize(own.rows(), views * samples);
  const float* part = all.data();
  for (const std::int64_t each : counts) {
    const Eigen::Map<const hebb::Matrix<float>> columns(part, own.rows(), views * each);
    for (hebb::Index view = 0; view < views; ++view)
      whole.middleCols(view * samples + begin, each) = columns.middleCols(view * each, each);
    begin += each;
    part += columns.size();
  }
}

int largest_of_ranks(int own) {
  if (ranks().size() == 1) return own;
  std::vector<std::int32_t> all;
  const std::int32_t number = own;
  ranks().gather(&number, 1, all);
  return *std::max_element(all.begin(), all.end());
}

void RanksSession::silence(bool now) {
  if (is_first_rank()) return;
  std::streambuf *const out = std::cout.rdbuf(now ? nullptr : out_), *const error = std::cerr.rdbuf(
                                                                         now ? nullptr : error_);
  if (now) out_ = out, error_ = error;
}

#ifdef HEBB_EXAMPLES_MPI

namespace {

bool running() {
  int begun = 0, ended = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&ended);
  return begun && !ended;
}

}  // namespace

RanksSession::RanksSession(bool for_several) {
  hebb::require(for_several || launched_ranks() == 1,
                "this program runs in one process: start it without mpirun");
  if (launched_ranks() == 1) return;
  int given = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given);
  current_ranks = Ranks();
  MPI_Comm neighbours;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &neighbours);
  MPI_Comm_size(neighbours, &on_this_machine_);
  MPI_Comm_free(&neighbours);
  silence(true);
}

RanksSession::~RanksSession() {
  silence(false);
  if (!running() || std::uncaught_exceptions() > 0) return;  // other ranks may wait for this one
  current_ranks = Ranks::alone();
  MPI_Finalize();
}

bool all_ranks_end(double seconds) {
  if (!running()) return true;
  MPI_Request all;
  MPI_Ibarrier(MPI_COMM_WORLD, &all);
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (int here = 0; std::chrono::steady_clock::now() < until;) {
    MPI_Test(&all, &here, MPI_STATUS_IGNORE);
    if (here) {
      current_ranks = Ranks::alone();
      MPI_Finalize();
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

void abort_ranks(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

#else

RanksSession::RanksSession(bool for_several) {
  hebb::require(
      launched_ranks() == 1,
      for_several ? "this program was built without MPI" : "this program runs in one process",
      ": start it without mpirun");
}

RanksSession::~RanksSession() = default;

bool all_ranks_end(double) { return true; }

void abort_ranks(int) {}

#endif

}  // namespace example
