/// @file
/// The command line every example program has, and the exit codes it keeps.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "hebb/core/error.hpp"
#include "hebb/core/threads.hpp"

namespace example {

/// What every program is told.
struct Options {
  std::string name;                 ///< of the program
  std::filesystem::path directory;  ///< where its results go
  std::uint64_t seed = 1;
  int threads = 0;     ///< as many as the machine has, unless the user says otherwise
  bool quick = false;  ///< a run of seconds, for a first look
  std::string command;
};

/// Data that is not on this machine; the sentence says what to install or which option to point.
struct MissingData : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws MissingData unless the file is there.
inline void require_data(const std::filesystem::path& file, const std::string& remedy) {
  if (!std::filesystem::exists(file)) throw MissingData(hebb::sentence(file.string(), " is not there: ", remedy));
}

/// A program's command line. Add options of its own to `app`, then `run`.
class Program {
 public:
  CLI::App app;

  Program(const std::string& name, const std::string& description) : app(description, name), out_("out/" + name) {
    options_.name = name;
    options_.threads = hebb::max_threads();
    app.add_option("--out", out_, "directory for the report, figures and numbers")->capture_default_str();
    app.add_option("--seed", options_.seed, "seed of all random numbers")->capture_default_str();
    app.add_option("--threads", options_.threads, "number of threads")->check(CLI::Range(1, 1024))->capture_default_str();
    app.add_flag("--quick", options_.quick, "a run of seconds, for a first look");
  }

  /// Parses, calls body(options), and returns the exit code: 0, 2 for bad input or missing data, 1 for anything else that fails.
  template <typename Body>
  int run(int argc, char** argv, const Body& body) {
    try {
      app.parse(argc, argv);
      options_.directory = out_;
      for (int i = 0; i < argc; ++i) options_.command += (i ? " " : "") + std::string(argv[i]);
#ifdef _OPENMP
      omp_set_num_threads(options_.threads);
#endif
      body(options_);
      return 0;
    } catch (const CLI::CallForHelp&) {
      std::cout << app.help();
      return 0;
    } catch (const CLI::ParseError& error) {
      return fail(2, hebb::sentence(error.what(), " (--help lists the options)"));
    } catch (const MissingData& error) {
      return fail(2, error.what());
    } catch (const hebb::InvalidParameter& error) {
      return fail(2, error.what());
    } catch (const std::exception& error) {
      return fail(1, error.what());
    }
  }

 private:
  int fail(int code, const std::string& why) const {
    std::cerr << options_.name << ": " << why << '\n';
    return code;
  }

  Options options_;
  std::string out_;
};

}  // namespace example
