#include "common/gnuplot.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

extern char** environ;

namespace example {

std::string gnuplot(const std::string& script, const std::filesystem::path& directory) {
  const std::filesystem::path output = directory / ".gnuplot.tmp";  // a file, so that neither side can wait for the other
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};  // a pipe that can be written without SIGPIPE
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[0], STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  std::array<char, 8> program{"gnuplot"};
  std::array<char, 19> plain{"--default-settings"};  // the user's own settings stay out of our figures
  std::array<char*, 3> arguments{program.data(), plain.data(), nullptr};
  pid_t child = 0;
  const bool started = posix_spawnp(&child, program.data(), &files, nullptr, arguments.data(), environ) == 0;
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
  std::string drawing;
  if (status == 0) {
    std::ifstream file(output, std::ios::binary);
    drawing.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::error_code ignored;
  std::filesystem::remove(output, ignored);
  return drawing;
}

}  // namespace example
