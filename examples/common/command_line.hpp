/// @file
/// The command line every example program has, and the exit codes it keeps.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>

#include "hebb/core/error.hpp"
#include "hebb/core/threads.hpp"

namespace example {

/// What every program is told.
struct Options {
  std::string name;                 ///< of the program
  std::filesystem::path directory;  ///< where its results go
  std::uint64_t seed = 1;
  int threads = 0;      ///< as many as the machine has, unless the user says otherwise
  bool quick = false;   ///< a run of seconds, for a first look
  std::string command;  ///< as a shell reads it
};

/// Data that is not on this machine; the sentence says what to install or which option to point.
struct MissingData : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws MissingData unless the file is there.
void require_data(const std::filesystem::path& file, const std::string& remedy);

/// A program's command line. Add options of its own to `app`, then `run`.
class Program {
 public:
  CLI::App app;

  Program(const std::string& name, const std::string& description);
  ~Program();

  /// Parses, makes the directory of results, calls body(options), and returns the exit code: 0, 2
  /// for bad input or missing data, 1 for anything else that fails; 130 after Ctrl-C and 143 after
  /// SIGTERM, with the command that continues the run where there is --resume.
  ///
  /// Whole numbers must be decimal, not negative and in range, other numbers finite, whatever
  /// checks the options have of their own.
  int run(int argc, char** argv, const std::function<void(const Options&)>& body);

 private:
  int fail(int code, const std::string& why) const;

  Options options_;
  std::string out_;
};

}  // namespace example
