#include "common/stop.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <string_view>
#include <utility>

#include "common/ranks.hpp"
#include "hebb/core/error.hpp"

namespace example {

namespace {

std::atomic<int> asked = 0;
static_assert(std::atomic<int>::is_always_lock_free);  // or a signal handler could not write it

void ask(int signal) {
  asked = signal;
  constexpr std::string_view notice =
      "\nStopping after this step; the same signal again ends the program at once.\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, notice.data(), notice.size());
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string name_of(int signal) { return signal == SIGINT ? "Ctrl-C (SIGINT)" : "SIGTERM"; }

}  // namespace

void listen_for_stop() {
  asked = 0;
  struct sigaction action = {};
  action.sa_handler = ask;
  action.sa_flags = SA_RESTART | int(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int stop_signal() { return asked; }

void stop_if_asked() {
  if (const int signal = asked) throw Stopped(signal, "stopped by " + name_of(signal));
}

Saving::Saving(std::filesystem::path file, std::function<void(const std::filesystem::path&)> save,
               Loop loop)
    : file_(std::move(file)), save_(std::move(save)), loop_(loop), saved_(seconds_now()) {}

void Saving::after_step() {
  constexpr double longest_interval = 180;  // s
  const int signal = loop_ == Loop::of_all_ranks ? largest_of_ranks(asked) : int(asked);
  const bool due = seconds_now() - saved_ > interval_;
  if (due) interval_ = std::min(2 * interval_, longest_interval);
  if (signal != 0 || due) save();
  if (signal != 0)
    throw Stopped(signal, hebb::sentence("stopped by ", name_of(signal), "; the run is saved in ",
                                         file_.string()));
}

void Saving::save() {
  if (loop_ == Loop::of_this_rank || is_first_rank()) save_(file_);
  saved_ = seconds_now();
}

}  // namespace example
