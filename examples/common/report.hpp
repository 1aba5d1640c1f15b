/// @file
/// report.html: one self-contained page with the results of a run.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/figure.hpp"
#include "common/file.hpp"
#include "common/image.hpp"
#include "common/table.hpp"

namespace example {

/// A description of a figure or table, and of its counterpart in the paper.
struct Caption {
  std::string see;
  std::string paper = "";
};

/// The publication whose results a report is compared with.
struct Paper {
  std::string name;       ///< e.g. "Halvagal & Zenke (2023)"
  std::string reference;  ///< authors, journal, pages
  std::string doi;        ///< e.g. "10.1038/s41593-023-01460-y"; empty if there is none
};

inline const Paper halvagal_zenke{
    "Halvagal & Zenke (2023)",
    "M. S. Halvagal & F. Zenke, The combination of Hebbian and predictive plasticity learns "
    "invariant object representations in deep sensory networks, Nat. Neurosci. 26:1906-1915 (2023)",
    "10.1038/s41593-023-01460-y"};

/// A page of sections, tables, figures and images, in the order in which they are added. All text
/// is plain text.
class Report {
 public:
  /// A quick run says so at the top.
  Report(const Options& options, const std::string& title, const std::string& lead,
         const Paper& paper = {});

  /// A line of the run's settings. They are listed at the end, after the command, the date, the
  /// version and the processor, and before every option of the command line.
  void setting(const std::string& name, const std::string& value) {
    settings_.emplace_back(name, value);
  }

  void section(const std::string& heading);

  void paragraph(const std::string& words);

  /// A highlighted sentence; nothing if `words` is empty.
  void warning(const std::string& words);

  void table(const Table& table, const Caption& caption);

  void figure(const Drawing& drawing, const Caption& caption);

  /// Images in a row, wrapped to the width of the window, each with its label above. Also written
  /// as <name>-<number>.png.
  void images(const std::string& name, const std::vector<std::pair<std::string, Image>>& labelled,
              const Caption& caption);

  /// Writes report.html and prints its path.
  void write() const;

 private:
  void block(const std::string& content, const Caption& caption, const std::string& note = "");

  std::filesystem::path directory_;
  std::string title_, body_, paper_;
  bool quick_;
  std::vector<std::pair<std::string, std::string>> settings_, given_;
};

}  // namespace example
