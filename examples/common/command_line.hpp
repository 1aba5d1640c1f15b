/// @file
/// The command line and the exit codes that all example programs share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

#include "hebb/core/error.hpp"
#include "hebb/core/threads.hpp"

namespace example {

/// The options that every program has.
struct Options {
  std::string name;                 ///< of the program
  std::filesystem::path directory;  ///< of the results
  std::uint64_t seed = 1;
  int threads = 0;      ///< by default as many as the machine has
  bool quick = false;   ///< a run of seconds, for a first look
  std::string command;  ///< the whole command, quoted for a shell
};

/// Data that is not on this machine. The message says what to install or which option to set.
struct MissingData : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws MissingData unless the file is there.
void require_data(const std::filesystem::path& file, const std::string& remedy);

/// A program's command line. Add the program's own options, then call `run`.
class Program {
 public:
  CLI::App app;

  Program(const std::string& name, const std::string& description);
  ~Program();

  /// Adds an option that takes a value and whose help shows the default.
  template <typename Value>
  CLI::Option* option(const std::string& name, Value& value, const std::string& description) {
    return app.add_option(name, value, description)->capture_default_str();
  }
  /// The same for a number above zero.
  template <typename Number>
  CLI::Option* positive(const std::string& name, Number& value, const std::string& description) {
    return option(name, value, description)->check(CLI::PositiveNumber);
  }
  /// The same for a number that is not negative.
  template <typename Number>
  CLI::Option* not_negative(const std::string& name, Number& value,
                            const std::string& description) {
    return option(name, value, description)->check(CLI::NonNegativeNumber);
  }
  /// Adds an option that takes one of several names.
  template <typename Value>
  CLI::Option* one_of(const std::string& name, Value& value, const std::string& description,
                      const std::map<std::string, Value>& values) {
    return app.add_option(name, value, description)->transform(CLI::CheckedTransformer(values));
  }

  /// Parses the command line, makes the directory of results, calls body(options), and returns the
  /// exit code: 0, 2 for bad input or missing data, 1 for any other error, 130 after Ctrl-C and 143
  /// after SIGTERM. After these two signals it prints the command that continues the run, if the
  /// program has the option --resume.
  ///
  /// In addition to the checks of each option, whole numbers must be decimal, not negative and in
  /// range, and other numbers must be finite.
  int run(int argc, char** argv, const std::function<void(const Options&)>& body);

 private:
  int fail(int code, const std::string& why) const;

  Options options_;
  std::string out_;
};

}  // namespace example
