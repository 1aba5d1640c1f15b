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
#include <type_traits>
#include <utility>
#include <vector>

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
  /// Every option, e.g. "--eta", with its value as the command line takes it. An option without a
  /// default that was not given is "not given"; flags are "yes" or "no".
  std::vector<std::pair<std::string, std::string>> given = {};
};

/// Data that is not on this machine. The message says what to install or which option to set.
struct MissingData : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws MissingData unless the file is there.
void require_data(const std::filesystem::path& file, const std::string& remedy);

/// The name of a value among the values of an option; empty if it is none of them.
template <typename Value>
std::string name_of(const Value& value, const std::map<std::string, Value>& values) {
  for (const auto& [name, one] : values)
    if (one == value) return name;
  return {};
}

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
  /// Adds an option that takes one of several names. Its help and its default are such names.
  template <typename Value>
  CLI::Option* one_of(const std::string& name, Value& value, const std::string& description,
                      const std::map<std::string, Value>& values) {
    const auto text = [&value, values] { return name_of(value, values); };
    texts_[name] = text;
    return app.add_option(name, value, description + ": " + joined(values))
        ->transform(named(values))
        ->type_name("NAME")
        ->default_str(text());
  }
  /// Adds an option that takes a list of such names, separated by commas.
  template <typename Value>
  CLI::Option* some_of(const std::string& name, std::vector<Value>& list,
                       const std::string& description, const std::map<std::string, Value>& values) {
    const auto text = [&list, values] {
      std::string names;
      for (const Value& value : list) names += (names.empty() ? "" : ",") + name_of(value, values);
      return names;
    };
    texts_[name] = text;
    return app.add_option(name, list, description + ": some of " + joined(values))
        ->delimiter(',')
        ->transform(named(values))
        ->type_name("NAME,...")
        ->default_str(text());
  }

  /// Under mpirun the body of this program runs on all ranks (common/ranks.hpp). A program that
  /// does not call this refuses to run there.
  void run_over_ranks() { over_ranks_ = true; }

  /// Parses the command line, makes the directory of results, calls body(options), and returns the
  /// exit code: 0, 2 for bad input or missing data, 1 for any other error, 130 after Ctrl-C and 143
  /// after SIGTERM. After these two signals it prints the command that continues the run, if the
  /// program has the option --resume. An error of all ranks is printed once, and one of a single
  /// rank ends them all.
  ///
  /// In addition to the checks of each option, whole numbers must be decimal, not negative and in
  /// range, and other numbers must be finite.
  ///
  /// Unless the environment decides, waiting threads sleep, and without --threads each thread keeps
  /// to one processor. By default waiting threads occupy a core each, which makes a run on a busy
  /// machine several times slower. OpenMP reads this when the program is loaded, so the program
  /// sets it and starts itself again.
  int run(int argc, char** argv, const std::function<void(const Options&)>& body);

 private:
  template <typename Value>
  static std::string joined(const std::map<std::string, Value>& values) {
    std::string text;
    for (const auto& [name, value] : values) text += (text.empty() ? "" : ", ") + name;
    return text;
  }
  /// Replaces a name by its value's number, which CLI11 reads. CLI11's own transformer shows these
  /// numbers in the help and accepts them.
  template <typename Value>
  static CLI::Validator named(const std::map<std::string, Value>& values) {
    return CLI::Validator(
        [values](std::string& text) {
          const auto found = values.find(text);
          if (found == values.end()) return "'" + text + "' is none of " + joined(values);
          if constexpr (std::is_enum_v<Value>)
            text = std::to_string(std::underlying_type_t<Value>(found->second));
          return std::string();
        },
        "");
  }

  /// Waits for the other ranks to fail, too, for so many seconds.
  int fail(int code, const std::string& why, double patience = 1) const;
  /// Where --threads is not given, the programs on this machine get an equal number of threads.
  void share_processors(int programs);
  std::vector<std::pair<std::string, std::string>> given() const;

  Options options_;
  std::string out_;
  bool over_ranks_ = false;
  std::map<std::string, std::function<std::string()>> texts_;  ///< of the options' values
};

}  // namespace example
