#include "common/gnuplot.hpp"

#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "common/stop.hpp"

extern char** environ;

namespace example {

std::string gnuplot(const std::string& script) {
  // The script is in a file, so that neither process can block the other. The file has no name, so
  // that nothing is left of it, however this program ends.
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output(std::tmpfile(), std::fclose);
  if (!output) throw std::runtime_error("no temporary file can be made for gnuplot");
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error("gnuplot cannot be started");  // a pipe without SIGPIPE
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, ::fileno(output.get()), STDOUT_FILENO);
  std::array<char, 8> program{"gnuplot"};
  std::array<char, 19> plain{"--default-settings"};  // ignores the user's own settings
  std::array<char*, 3> arguments{program.data(), plain.data(), nullptr};
  pid_t child = 0;
  const bool started =
      posix_spawnp(&child, program.data(), &files, nullptr, arguments.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&files);
  close(ends[0]);
  for (std::size_t sent = 0; started && sent < script.size();) {
    const ssize_t count = send(ends[1], script.data() + sent, script.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) break;
    sent += std::size_t(count);
  }
  close(ends[1]);
  int status = 1;
  if (started) waitpid(child, &status, 0);
  stop_if_asked();  // Ctrl-C on a terminal also ends gnuplot
  if (!started) throw std::runtime_error("gnuplot is not installed");
  if (status != 0) throw std::runtime_error("gnuplot failed");
  std::string drawing;
  std::rewind(output.get());
  std::array<char, 1 << 14> part;
  for (std::size_t count; (count = std::fread(part.data(), 1, part.size(), output.get())) > 0;)
    drawing.append(part.data(), count);
  return drawing;
}

}  // namespace example
