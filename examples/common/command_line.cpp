#include "common/command_line.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/machine.hpp"
#include "common/ranks.hpp"
#include "common/stop.hpp"
#include "hebb/core/waking.hpp"

namespace example {

namespace {

/// Empty if the text is a whole number that `Number` holds, not negative; what is wrong otherwise.
template <typename Number>
std::string whole_number_error(const std::string& text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 0) return {};
  return hebb::sentence("'", text, "' is not a whole number from 0 to ",
                        std::numeric_limits<Number>::max());
}

std::string real_number_error(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool finite =
      std::abs(value) <= double(std::numeric_limits<float>::max());  // false for NaN
  if (error == std::errc() && end == text.data() + text.size() && finite) return {};
  return "'" + text + "' is not a finite number";
}

/// CLI11 takes "-1" for 2^64 - 1, an empty text for 0, 010 for 8, too large numbers for the largest
/// one, and NaN for a number.
void check_numbers(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    std::string (*error)(const std::string&) = nullptr;
    if (type.starts_with("UINT")) error = whole_number_error<std::uint64_t>;
    if (type.starts_with("INT")) error = whole_number_error<std::int64_t>;
    if (type.starts_with("FLOAT")) error = real_number_error;
    if (!error) continue;
    const bool whole = error != real_number_error;
    // A transformation, since these come before the option's own checks.
    option->transform(CLI::Validator(
        [error, whole](std::string& text) {
          const std::string wrong = error(text);
          if (wrong.empty() && whole)
            text.erase(
                0, std::min(text.find_first_not_of('0'), text.size() - 1));  // or it would be octal
          return wrong;
        },
        ""));
  }
}

/// Starts the program again with the environment that OpenMP reads when a program is loaded, unless
/// the environment decides already. Waiting threads sleep. If the program uses all processors, each
/// thread keeps to one: a virtual machine may hide which processors share a cache, and Linux then
/// wakes all threads on one of them. Programs with --threads are not bound, because several of them
/// would share processors; nor are ranks. Returns only if there is nothing to do. Arguments of a
/// caller other than the shell, as in a test, are left alone.
void prepare_threads([[maybe_unused]] int argc, [[maybe_unused]] char** argv) {
#ifdef _OPENMP
  if (argc == 0 || argv[0] != program_invocation_name) return;
  const auto set_unless = [](std::initializer_list<const char*> decided, const char* name,
                             const char* value) {
    for (const char* one : decided)
      if (std::getenv(one) != nullptr) return false;
    return ::setenv(name, value, 0) == 0;
  };
  bool again = set_unless({"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"}, "OMP_WAIT_POLICY",
                          "passive");
  if (launched_ranks() == 1 && std::none_of(argv, argv + argc, [](std::string_view text) {
        return text.starts_with("--threads");
      }))
    again |= set_unless({"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"},
                        "OMP_PROC_BIND", "true");
  if (again) ::execv("/proc/self/exe", argv);
#endif
}

void require_writable(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  hebb::require(!error && std::filesystem::is_directory(directory, error), "--out: the directory '",
                directory.string(), "' cannot be made", error ? ": " + error.message() : "");
  const std::filesystem::path probe = directory / ".writable.tmp";
  const int file = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  hebb::require(file >= 0, "--out: nothing can be written to ", directory.string(), ": ",
                std::generic_category().message(errno));
  ::close(file);
  ::unlink(probe.c_str());
}

std::string quoted(const std::string& argument) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./,:@%";
  if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) return argument;
  std::string result = "'";
  for (const char c : argument) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

std::string joined(const std::vector<std::string>& arguments) {
  std::string command;
  for (const std::string& argument : arguments)
    command += (command.empty() ? "" : " ") + quoted(argument);
  return command;
}

/// The whole command, with that of MPI where there are several ranks.
std::string command_of(const std::vector<std::string>& arguments) {
  const int ranks = launched_ranks();
  return (ranks > 1 ? hebb::sentence("mpirun -n ", ranks, " ") : "") + joined(arguments);
}

/// The same command, which continues from the checkpoints in --out.
std::string resuming(const std::vector<std::string>& arguments) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--resume" && i + 1 < arguments.size() && !arguments[i + 1].starts_with("-"))
      ++i;  // its directory
    if (argument != "--resume" && !argument.starts_with("--resume=")) kept.push_back(argument);
  }
  kept.push_back("--resume");
  return command_of(kept);
}

}  // namespace

void require_data(const std::filesystem::path& file, const std::string& remedy) {
  if (!std::filesystem::exists(file))
    throw MissingData(hebb::sentence(file.string(), " is not there: ", remedy));
}

Program::Program(const std::string& name, const std::string& description)
    : app(description, name), out_("out/" + name) {
  options_.name = name;
  options_.threads = hebb::max_threads();
  app.add_option("--out", out_, "directory for the report, figures and numbers")
      ->capture_default_str();
  app.add_option("--seed", options_.seed, "seed of all random numbers")->capture_default_str();
  app.add_option("--threads", options_.threads, "number of threads")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_flag("--quick", options_.quick, "a run of seconds, for a first look");
  app.set_version_flag("--version", "hebb " + version_text(), "prints the version of hebb");
}

Program::~Program() = default;

int Program::run(int argc, char** argv, const std::function<void(const Options&)>& body) {
  const std::vector<std::string> arguments(argv, argv + argc);
  try {
    check_numbers(app);
    app.parse(argc, argv);
    prepare_threads(argc, argv);
    const RanksSession session(over_ranks_);
    share_processors(session.on_this_machine());
    options_.directory = out_;
    options_.command = command_of(arguments);
    options_.given = given();
    require_writable(options_.directory);
    listen_for_stop();
#ifdef _OPENMP
    omp_set_num_threads(options_.threads);
#endif
    hebb::worth_waking = hebb::measured_worth_waking();
    body(options_);
    return 0;
  } catch (const CLI::CallForHelp&) {
    if (launched_rank() == 0) std::cout << app.help();
    return 0;
  } catch (const CLI::CallForVersion& version) {
    if (launched_rank() == 0) std::cout << version.what() << '\n';
    return 0;
  } catch (const CLI::ParseError& error) {
    std::string why = error.what();
    if (const auto range = why.find(" not in range 0.000000 to "); range != why.npos)
      why = why.substr(0, range) + " is too small";
    return fail(2, why + " (--help lists the options)");
  } catch (const Stopped& stopped) {
    const bool resumable = app.get_option_no_throw("--resume") != nullptr;
    constexpr double time_to_save = 10;  // s
    return fail(128 + stopped.signal,
                std::string(stopped.what()) + (resumable ? ". To go on:\n  " + resuming(arguments)
                                                         : "; start it again for the results."),
                time_to_save);
  } catch (const MissingData& error) {
    return fail(2, error.what());
  } catch (const hebb::InvalidParameter& error) {
    return fail(2, error.what());
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}

std::vector<std::pair<std::string, std::string>> Program::given() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (name == "--help" || name == "--version") continue;
    std::string value;
    if (option->get_expected_max() == 0)
      value = option->count() > 0 ? "yes" : "no";
    else if (const auto text = texts_.find(name); text != texts_.end())
      value = text->second();
    else if (option->count() > 0)
      value = CLI::detail::join(option->results(), ",");
    else
      value = option->get_default_str();
    all.emplace_back(name, value.empty() ? "not given" : value);
  }
  return all;
}

void Program::share_processors(int programs) {
  CLI::Option* const option = app.get_option("--threads");
  if (programs == 1 || option->count() > 0 || std::getenv("OMP_NUM_THREADS") != nullptr) return;
  const int share = std::max(1, int(::sysconf(_SC_NPROCESSORS_ONLN)) / programs);
  options_.threads = std::min(options_.threads, share);  // mpirun may have bound this rank
  option->capture_default_str();
}

int Program::fail(int code, const std::string& why, double patience) const {
  const bool first = launched_rank() == 0;
  if (first) std::cerr << options_.name << ": " << why << '\n';
  if (all_ranks_end(patience)) return code;
  if (!first) std::cerr << options_.name << ": rank " << launched_rank() << ": " << why << '\n';
  abort_ranks(code);
  return code;
}

}  // namespace example
