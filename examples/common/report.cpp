#include "common/report.hpp"

#include <cstdint>
#include <iostream>
#include <string_view>

#include "common/machine.hpp"
#include "common/ranks.hpp"

namespace example {

namespace {

// In the dark, figures are inverted and their hues turned back, so that each arm keeps its hue.
constexpr std::string_view style = R"(
:root{color-scheme:light dark;--ground:#fbfbf9;--card:#fff;--ink:#1d2129;--soft:#454b57;
--faint:#6b7280;--line:#e6e5e0;--rule:#c9c7bf;--link:#0b5c91;--alert:#8a3b12;--note:#fff4d6;
--edge:rgba(0,0,0,.28)}
@media(prefers-color-scheme:dark){:root{--ground:#101216;--card:#1a1a1a;--ink:#e8e9ec;
--soft:#b9bec8;--faint:#9aa1ad;--line:#2c3037;--rule:#4a4f59;--link:#7cc0f0;--alert:#ffa97a;
--note:#3a3115;--edge:rgba(255,255,255,.3)}
.drawn{filter:invert(.9) hue-rotate(180deg);background:#fff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:17px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:clamp(1.2rem,5vw,4rem) clamp(1rem,4vw,2rem)}
h1{font-size:clamp(1.7rem,5vw,2.5rem);line-height:1.15;letter-spacing:-.02em;margin:0 0 .8rem;
text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.01em;margin:3.2rem 0 .6rem}
p{margin:.6rem 0;max-width:44rem;overflow-wrap:break-word}
.lead{font-size:1.15rem;color:var(--soft)}.source{font-size:.93rem;color:var(--soft)}
.quick{background:var(--note);border-radius:10px;padding:.7rem 1rem;max-width:none}
figure{margin:1.4rem 0 2.2rem;padding:clamp(.7rem,2.5vw,1.4rem);background:var(--card);
border:1px solid var(--line);border-radius:10px}
figure img{display:block;max-width:100%;height:auto}
.drawn{width:100%;max-width:46rem;margin:0 auto}
figcaption{margin-top:.9rem;padding-top:.8rem;border-top:1px solid var(--line);font-size:.93rem;
line-height:1.5;color:var(--soft);overflow-wrap:break-word}
figcaption span{display:block;margin-top:.25rem}figcaption b{color:var(--ink);font-weight:600}
.images{display:flex;flex-wrap:wrap;gap:1.2rem;align-items:flex-end}.images b{display:block;
font-size:.88rem;font-weight:600;line-height:1.35;margin-bottom:.35rem}
.pixels{image-rendering:pixelated}.missing{color:var(--alert)}
.scroll{overflow-x:auto;background:
linear-gradient(to right,var(--card) 40%,transparent) 0 0/3rem 100% no-repeat local,
linear-gradient(to left,var(--card) 40%,transparent) 100% 0/3rem 100% no-repeat local,
linear-gradient(to right,var(--edge),transparent) 0 0/1rem 100% no-repeat scroll,
linear-gradient(to left,var(--edge),transparent) 100% 0/1rem 100% no-repeat scroll}
.cue{display:none;font-size:.82rem;color:var(--faint);margin-top:.4rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.4rem .9rem .4rem 0;text-align:left;border-bottom:1px solid var(--line)}
td.n{white-space:nowrap}
th{font-weight:600;color:var(--soft);border-bottom:1.5px solid var(--rule)}.n{text-align:right}
th:last-child,td:last-child{padding-right:0}tr:last-child td{border-bottom:0}
a{color:var(--link)}footer{color:var(--soft);font-size:.93rem}summary{cursor:pointer}
dl{margin:0 0 1rem;display:grid;gap:.15rem}dl div{display:flex;gap:1rem}
dt{flex:0 0 11rem;color:var(--faint)}dd{margin:0;min-width:0;overflow-wrap:anywhere}
@media(max-width:40rem){dl div{display:block}dd{margin-bottom:.3rem}
figure .drawn{width:36rem;max-width:none}.cue{display:block}}
)";

/// The words with HTML's special characters escaped.
std::string text(const std::string& words) {
  std::string safe;
  for (const char c : words) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8 | (i + k < bytes.size() ? std::uint8_t(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      result += i + k <= bytes.size() ? letters[three >> (18 - 6 * k) & 63] : '=';
  }
  return result;
}

std::string embedded(const std::string& type, const std::string& bytes,
                     const std::string& alternative, const std::string& attributes) {
  return "<img" + attributes + " alt=\"" + text(alternative) + "\" src=\"data:" + type +
         ";base64," + base64(bytes) + "\">";
}

}  // namespace

Report::Report(const Options& options, const std::string& title, const std::string& lead,
               const Paper& paper)
    : directory_(options.directory),
      title_(title),
      paper_(paper.name),
      quick_(options.quick),
      given_(options.given) {
  body_ = "<header><h1>" + text(title) + "</h1><p class=lead>" + text(lead) + "</p>\n";
  if (!paper.name.empty())
    body_ += "<p class=source>Compared with: " + text(paper.reference) +
             (paper.doi.empty() ? "" : ", doi:" + text(paper.doi)) + ".</p>\n";
  if (quick_)
    body_ +=
        "<p class=quick><b>This is a quick run.</b> It takes fewer steps or less data than the "
        "full run, so effects can be weaker or absent, and its numbers are not those to compare "
        "with the paper. The full run is the same command without --quick.</p>\n";
  body_ += "</header>\n";
  settings_ = {{"command", options.command},
               {"date", date()},
               {"hebb", version_text()},
               {"processor", processor()},
               {"instruction sets", instruction_sets()},
               {"threads", std::to_string(options.threads)},
               {"ranks", std::to_string(ranks().size())},
               {"seed", std::to_string(options.seed)}};
}

void Report::section(const std::string& heading) { body_ += "<h2>" + text(heading) + "</h2>\n"; }

void Report::paragraph(const std::string& words) { body_ += "<p>" + text(words) + "</p>\n"; }

void Report::warning(const std::string& words) {
  if (!words.empty()) body_ += "<p class=missing><b>" + text(words) + "</b></p>\n";
}

void Report::table(const Table& table, const Caption& caption) {
  const auto line = [&](const std::vector<std::string>& cells, const std::string& tag) {
    std::string row = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      row += "<" + tag + (table.holds_numbers(i) ? " class=n>" : ">") + text(cells[i]) + "</" +
             tag + ">";
    return row + "</tr>\n";
  };
  std::string rows = line(table.head, "th");
  for (const auto& row : table.rows) rows += line(row, "td");
  block("<div class=scroll tabindex=0><table>" + rows + "</table></div>", caption);
}

void Report::figure(const Drawing& drawing, const Caption& caption) {
  const std::string numbers =
      "<a href=\"" + text(drawing.name) + ".csv\">" + text(drawing.name) + ".csv</a>";
  if (drawing.svg.empty())
    block("<p class=missing>There is no picture here: " + text(drawing.problem) +
              ". Its numbers are in " + numbers + ".</p>",
          caption);
  else
    block("<div class=scroll tabindex=0>" +
              embedded("image/svg+xml", drawing.svg, caption.see, " class=drawn") +
              "</div><div class=cue>The figure is wider than the window; it scrolls "
              "sideways.</div>",
          caption, " Numbers: " + numbers + ".");
}

void Report::images(const std::string& name,
                    const std::vector<std::pair<std::string, Image>>& labelled,
                    const Caption& caption) {
  std::string row = "<div class=images>";
  for (std::size_t i = 0; i < labelled.size(); ++i) {
    const auto& [label, image] = labelled[i];
    const std::string bytes = png(image);
    write_file(
        directory_ / (name + (labelled.size() > 1 ? "-" + std::to_string(i + 1) : "") + ".png"),
        bytes);
    row += "<div style=\"max-width:max(" + std::to_string(image.width) + "px,9rem)\">" +
           (label.empty() ? "" : "<b>" + text(label) + "</b>") +
           embedded("image/png", bytes, label.empty() ? caption.see : label,
                    " class=pixels width=" + std::to_string(image.width)) +
           "</div>";
  }
  block(row + "</div>", caption);
}

void Report::write() const {
  const auto list = [](const std::vector<std::pair<std::string, std::string>>& values) {
    std::string lines = "<dl>";
    for (const auto& [name, value] : values)
      lines += "<div><dt>" + text(name) + "</dt><dd>" + text(value) + "</dd></div>\n";
    return lines + "</dl>";
  };
  const auto path = directory_ / "report.html";
  write_file(path,
             "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport "
             "content=\"width=device-width, initial-scale=1\">"
             "<title>" +
                 text(title_) + "</title><style>" + std::string(style) +
                 "</style></head><body><main>\n" + body_ + "<footer><h2>This run</h2>" +
                 list(settings_) + "<details><summary>All options of the command line</summary>" +
                 list(given_) + "</details></footer>\n</main></body></html>\n");
  if (quick_) std::cout << "\nThis was a quick run: its numbers are not those of the full run.";
  std::cout << "\nThe report is " << path.string() << std::endl;
}

void Report::block(const std::string& content, const Caption& caption, const std::string& note) {
  body_ += "<figure>" + content + "<figcaption><span><b>What to see.</b> " + text(caption.see) +
           note + "</span>" +
           (caption.paper.empty() ? ""
                                  : "<span><b>In " + text(paper_.empty() ? "the paper" : paper_) +
                                        ":</b> " + text(caption.paper) + "</span>") +
           "</figcaption></figure>\n";
}

}  // namespace example
