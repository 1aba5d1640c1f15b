#include "common/summary.hpp"

#include <nlohmann/json.hpp>

namespace example {

Summary::Summary(const Options& options)
    : path_(options.directory / "summary.json"),
      values_(std::make_unique<nlohmann::ordered_json>(nlohmann::ordered_json::object())) {
  set("seed", options.seed);
  set("threads", options.threads);
}

Summary::~Summary() = default;

void Summary::set(const std::string& name, const std::string& value) { (*values_)[name] = value; }
void Summary::set_real(const std::string& name, double value) { (*values_)[name] = value; }
void Summary::set_integer(const std::string& name, std::int64_t value) { (*values_)[name] = value; }
void Summary::set_count(const std::string& name, std::uint64_t value) { (*values_)[name] = value; }

void Summary::write() {
  set("seconds", seconds());
  write_file(path_, values_->dump(2) + "\n");
}

}  // namespace example
