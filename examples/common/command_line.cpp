#include "common/command_line.hpp"

#include <exception>

namespace example {

void require_data(const std::filesystem::path& file, const std::string& remedy) {
  if (!std::filesystem::exists(file)) throw MissingData(hebb::sentence(file.string(), " is not there: ", remedy));
}

Program::Program(const std::string& name, const std::string& description) : app(description, name), out_("out/" + name) {
  options_.name = name;
  options_.threads = hebb::max_threads();
  app.add_option("--out", out_, "directory for the report, figures and numbers")->capture_default_str();
  app.add_option("--seed", options_.seed, "seed of all random numbers")->capture_default_str();
  app.add_option("--threads", options_.threads, "number of threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_flag("--quick", options_.quick, "a run of seconds, for a first look");
}

Program::~Program() = default;

int Program::run(int argc, char** argv, const std::function<void(const Options&)>& body) {
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

int Program::fail(int code, const std::string& why) const {
  std::cerr << options_.name << ": " << why << '\n';
  return code;
}

}  // namespace example
