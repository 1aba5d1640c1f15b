// Saving and loading where system calls fail, and where the process is killed.
#include "tests/faults/saving.hpp"

#include <sys/mman.h>
#include <sys/wait.h>

#include <csignal>
#include <string>

#include "hebb/core/random.hpp"
#include "tests/faults/inject.hpp"

using namespace hebb;
using namespace faults;

namespace {

auto open_files() {
  using Entries = std::filesystem::directory_iterator;
  return std::distance(Entries("/proc/self/fd"), Entries());
}

constexpr int errors[] = {EIO, ENOSPC, EDQUOT, EACCES, EMFILE, EINTR};

}  // namespace

TEST_CASE(
    "saving: whichever system call fails, the file is the old one or the new one, and a failed "
    "save is reported") {
  Tally tally("saving, system calls that fail");
  for (const int error : errors)
    for (const bool lasting : {false, true}) {
      if (lasting && error == EINTR)
        continue;  // a call that is always interrupted would be repeated without end
      for (long k = 1;; ++k) {
        const TemporaryDirectory directory;
        const auto path = directory / "run.npz";
        State old = state_of(1), next = state_of(2), later = state_of(3);
        save_checkpoint(path, old);
        const auto open_before = open_files();
        bool returned = true, told = true, fired = false;
        {
          const Armed armed({.failing = k, .lasting = lasting, .error = error});
          try {
            save_checkpoint(path, next);
          } catch (const IoError&) {
            returned = false;
          } catch (...) {
            returned = told = false;
          }
          fired = plan.fired();
        }
        const auto held = version_in(path);
        bool good = told && (returned ? held == 2 : held == 1 || held == 2);
        if (!lasting) good = good && directory.files() == 1;
        good = good && open_files() == open_before;
        try {
          save_checkpoint(path, later);
        } catch (const std::exception& problem) {
          std::fprintf(stderr, "%s\n", problem.what());
        }
        good = good && version_in(path) == 3;
        CHECK_MESSAGE(good, "call ", k, ", error ", error, ", lasting ", lasting, ", held ", held,
                      ", returned ", returned);
        if (!fired) break;
        tally.add(good);
        REQUIRE(k < 1000);
      }
    }
  CHECK(tally.cases() > 50);
}

TEST_CASE("saving: a file system that takes only part of each write gets all of it in the end") {
  const TemporaryDirectory directory;
  const auto path = directory / "run.npz";
  State state = state_of(5);
  {
    const Armed armed({.short_writes = true});
    save_checkpoint(path, state);
  }
  CHECK(version_in(path) == 5);
}

TEST_CASE(
    "loading: whichever system call fails, the error is reported and the object is unchanged") {
  Tally tally("loading, system calls that fail");
  const TemporaryDirectory directory;
  const auto path = directory / "run.npz";
  State saved = state_of(2);
  save_checkpoint(path, saved);
  for (const int error : errors)
    for (const bool lasting : {false, true}) {
      if (lasting && error == EINTR) continue;
      for (long k = 1;; ++k) {
        State object = state_of(1);
        const auto open_before = open_files();
        bool returned = true, told = true, fired = false;
        {
          const Armed armed({.failing = k, .lasting = lasting, .error = error});
          try {
            load_checkpoint(path, object);
          } catch (const IoError&) {
            returned = false;
          } catch (...) {
            returned = told = false;
          }
          fired = plan.fired();
        }
        const bool good = told && object.is(returned ? 2 : 1) && open_files() == open_before;
        CHECK_MESSAGE(good, "call ", k, ", error ", error, ", lasting ", lasting, ", returned ",
                      returned);
        if (!fired) break;
        tally.add(good);
        REQUIRE(k < 1000);
      }
    }
  CHECK(tally.cases() > 10);
}

TEST_CASE(
    "saving: a process killed at any moment leaves a whole file, no older than its last finished "
    "save") {
  const long kills = setting("HEBB_FAULTS_KILLS", 100), seed = setting("HEBB_FAULTS_SEED", 1);
  Tally tally("saving, kills", seed);
  const TemporaryDirectory directory;
  const auto path = directory / "run.npz";
  Random random{.seed = std::uint64_t(seed)};
  void* const page = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(page != MAP_FAILED);
  volatile std::int64_t& finished = *static_cast<std::int64_t*>(page);

  State first = state_of(1);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) save_checkpoint(path, first);
  const double microseconds =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
      5;

  std::int64_t held = 1;
  for (long kill = 0; kill < kills; ++kill) {
    finished = held;
    const pid_t child = ::fork();
    if (child == 0) {
      State state;
      try {
        for (std::int64_t next = held + 1;; ++next) {
          state.become(next);
          save_checkpoint(path, state);
          finished = next;
        }
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
      }
      ::_exit(1);
    }
    REQUIRE(child > 0);
    ::usleep(useconds_t(random.below(Index(3 * microseconds) + 1)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    const std::int64_t done = finished;
    held = version_in(path);
    const bool good = WIFSIGNALED(status) && (held == done || held == done + 1);
    CHECK_MESSAGE(good, "kill ", kill, ": finished ", done, ", held ", held);
    tally.add(good);
    if (!good) break;
  }
  ::munmap(page, sizeof(std::int64_t));
  CHECK(tally.cases() == kills);

  State last = state_of(held + 1);
  save_checkpoint(path, last);
  CHECK(version_in(path) == held + 1);
  CHECK(directory.files() == 1);  // the next save removes what killed processes left
}
