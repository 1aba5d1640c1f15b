#include "common/machine.hpp"

#include <Eigen/Core>
#include <array>
#include <ctime>
#include <fstream>

#include "hebb/core/error.hpp"
#include "hebb/core/version.hpp"

namespace example {

std::string version_text() {
  return hebb::sentence(hebb::version.major, ".", hebb::version.minor, ".", hebb::version.patch);
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

std::string instruction_sets() { return Eigen::SimdInstructionSetsInUse(); }

std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text;
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

}  // namespace example
