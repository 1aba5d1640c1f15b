#!/usr/bin/env bash
# Opens reports in chromium, without a window, and fails where one has an error of layout:
#   tests/reports.sh FOLDER...     each FOLDER holds a report.html
#
# Each is opened 1200 and 390 pixels wide, in light and in dark. The page may not be wider than the
# window, its text not wider than its frame, every picture must load and be wide enough to be read,
# and text must differ from its ground by a contrast of 4.5. First a page with these faults must
# fail. Prints one line per page, and at the end the number of pages and of failures.
set -euo pipefail
browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ]; then
  echo "reports.sh: install chromium" >&2
  exit 2
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A page that opens the report in a frame, and writes the faults that it finds into its title.
cat >"$scratch/look.html" <<'HTML'
<!DOCTYPE html><title>not loaded</title>
<style>body{margin:0}iframe{border:0;width:100vw;height:100vh;display:block}</style>
<iframe></iframe>
<script>
function luminance(rgb) {
  const [r, g, b] = rgb.match(/[\d.]+/g).slice(0, 3).map((byte) => {
    const c = byte / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ground(view, element) {
  for (let e = element; e; e = e.parentElement) {
    const colour = view.getComputedStyle(e).backgroundColor;
    if (!/, 0\)$/.test(colour)) return colour;
  }
  return 'rgb(255, 255, 255)';
}
const frame = document.querySelector('iframe');
frame.onload = () => {
  const page = frame.contentDocument, view = frame.contentWindow, faults = [];
  const root = page.documentElement;
  if (root.scrollWidth > root.clientWidth)
    faults.push(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`);
  for (const picture of page.images) {
    const name = picture.alt.slice(0, 40);
    if (!picture.complete || picture.naturalWidth === 0) faults.push(`no picture: ${name}`);
    if (picture.classList.contains('drawn') && picture.clientWidth < 500)
      faults.push(`a figure ${picture.clientWidth} px wide: ${name}`);
  }
  for (const element of page.querySelectorAll('h1,h2,p,figcaption,dd,th,td,.cue')) {
    if (element.clientWidth === 0) continue;
    const words = element.textContent.slice(0, 40);
    if (element.scrollWidth > element.clientWidth + 1) faults.push(`text is cut: ${words}`);
    const [a, b] = [luminance(view.getComputedStyle(element).color),
                    luminance(ground(view, element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faults.push(`too little contrast: ${words}`);
  }
  const dark = view.matchMedia('(prefers-color-scheme: dark)').matches;
  if (dark !== (luminance(ground(view, page.body)) < 0.2)) faults.push('the ground is not dark');
  document.title = `${faults.length} faults; ${faults.slice(0, 5).join('; ')}`;
};
frame.src = decodeURIComponent(location.hash.slice(1));
</script>
HTML

# look PAGE WIDTH SCHEME: prints the faults; SCHEME is light or dark.
look() {
  local scheme=1
  [ "$3" = dark ] && scheme=0
  "$browser" --headless --no-sandbox --disable-gpu --allow-file-access-from-files \
    --user-data-dir="$scratch/profile" --window-size="$2",1000 --virtual-time-budget=20000 \
    --blink-settings=preferredColorScheme=$scheme --dump-dom \
    "file://$scratch/look.html#file://$1" 2>/dev/null |
    sed -n 's|.*<title>\(.*\)</title>.*|\1|p' | head -1
}

cat >"$scratch/bad.html" <<'HTML'
<!DOCTYPE html><meta name=viewport content="width=device-width">
<style>body{background:#fff}</style><p style="color:#ccc">pale</p>
<div style="width:1500px">wide</div><img alt=none src="data:image/png;base64,AAAA">
<img class=drawn style="width:100px" alt=small
src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>">
HTML
found=$(look "$scratch/bad.html" 1200 dark)
case $found in
"5 faults"* | "6 faults"*) ;;
*)
  echo "reports.sh: a page with faults passes: $found" >&2
  exit 1
  ;;
esac

pages=0 failures=0
for folder in "$@"; do
  page=$(realpath "$folder")/report.html
  if [ ! -f "$page" ]; then
    echo "$folder: no report.html" && failures=$((failures + 1))
    continue
  fi
  for width in 1200 390; do
    for scheme in light dark; do
      pages=$((pages + 1))
      found=$(look "$page" "$width" "$scheme")
      case $found in
      "0 faults"*) echo "$folder, $width px, $scheme: passed" ;;
      *)
        echo "$folder, $width px, $scheme: ${found:-no answer}"
        failures=$((failures + 1))
        ;;
      esac
    done
  done
done
echo "reports: $pages pages, $failures failures"
[ "$failures" -eq 0 ] && [ "$pages" -gt 0 ]
