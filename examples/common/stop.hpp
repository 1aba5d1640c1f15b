/// @file
/// Ctrl-C and SIGTERM: a program saves its state and ends between two steps.
#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

namespace example {

/// Thrown between two steps after Ctrl-C or SIGTERM.
struct Stopped : std::runtime_error {
  int signal;
  Stopped(int signal_, const std::string& what) : std::runtime_error(what), signal(signal_) {}
};

/// From now on Ctrl-C and SIGTERM ask the program to stop. A second signal ends it at once.
void listen_for_stop();

/// The signal that asked the program to stop, or 0.
int stop_signal();

/// Throws Stopped if the program was asked to stop. For loops without anything to save.
void stop_if_asked();

/// Whose loop a checkpoint is of.
enum class Loop {
  of_all_ranks,  ///< all ranks make the same steps and hold the same state; rank 0 saves it
  of_this_rank   ///< this rank works alone, as does a thread; it saves its own state
};

/// Saves the checkpoint of a loop.
class Saving {
 public:
  /// `save` writes the checkpoint to a file.
  Saving(std::filesystem::path file, std::function<void(const std::filesystem::path&)> save,
         Loop loop = Loop::of_all_ranks);

  /// To be called between two steps. Saves after a second, and then at intervals that double until
  /// they are of three minutes. If the program was asked to stop, on one rank at least, saves and
  /// throws Stopped.
  void after_step();

  void save();

 private:
  std::filesystem::path file_;
  std::function<void(const std::filesystem::path&)> save_;
  Loop loop_;
  double saved_;         // s, on a steady clock
  double interval_ = 1;  // s, to the next checkpoint
};

}  // namespace example
