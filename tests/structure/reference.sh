#!/usr/bin/env bash
# The build of the reference catches what it should: reference.sh SOURCE WORK PYTHON DOXYGEN MATHJAX
#
# A small project with a header and two pages passes; then it gets one fault at a time.
set -euo pipefail
source=$1 work=$2 python=$3 doxygen=$4 mathjax=$5
rm -rf "$work"
mkdir -p "$work/docs" "$work/include/hebb" "$work/examples"
cp -r "$source/docs/reference" "$work/docs"
cd "$work"
echo 'int main() {}' >examples/main.cpp
cat >docs/page.md <<'END_OF_PAGE'
# A page

Back to [the start](../README.md), to [a program](../examples/main.cpp), and to
[the header](../include/hebb/rule.hpp).

## Two words

Text.
END_OF_PAGE
cat >README.md <<'END_OF_PAGE'
# Project

[`A heading`](docs/page.md#two-words) and [the page][page].

[page]: docs/page.md
END_OF_PAGE
cat >include/hebb/rule.hpp <<'END_OF_HEADER'
/// @file
/// A rule.
namespace hebb {

/// The rule \f$ \Delta w = \eta x y \f$.
struct Rule {
  struct State {
    int weights;  ///< one per synapse
    int mean = 0, square = 0;  ///< moments
    friend bool operator==(const State&, const State&) = default;
  };
};

/// The shape of a layer.
struct Shape {
  int pre = 0;   ///< presynaptic neurons
  int post = 0;  ///< postsynaptic neurons
};

namespace detail {
struct Inside {
  int anything;
};
}  // namespace detail

}  // namespace hebb
END_OF_HEADER

build() {
  "$python" -I docs/reference/build.py "$doxygen" "$mathjax" "" 1.0 "$work/out" >log 2>&1
}

# fails_with WORDS: the build fails, and its messages hold the words.
fails_with() {
  if build || ! grep -qF "$1" log; then
    echo "not caught: $1" >&2
    cat log >&2
    exit 1
  fi
}

build || { cat log; exit 1; } >&2
grep -qF '0 warnings' log
grep -qF 'href="docs_page.html#docs_page_two_words"' out/html/index.html
grep -qF 'What changes from call to call' out/html/structhebb_1_1Rule_1_1State.html
[[ -f out/html/mathjax/MathJax.js && -f out/html/examples/main.cpp ]]

sed -i.good '/The shape/d' include/hebb/rule.hpp
fails_with 'Compound hebb::Shape is not documented'
sed 's|  ///< presynaptic neurons||' include/hebb/rule.hpp.good >include/hebb/rule.hpp
fails_with 'Member pre (variable) of struct hebb::Shape is not documented'
sed 's|^/// The rule|/// @unknown The rule|' include/hebb/rule.hpp.good >include/hebb/rule.hpp
fails_with "Found unknown command '@unknown'"
mv include/hebb/rule.hpp.good include/hebb/rule.hpp

sed -i.good 's|#two-words|#three-words|' README.md
fails_with "'docs_page_three_words'"
mv README.md.good README.md

echo '<a href="nowhere.html">a</a> <a href="page.html#nothing">b</a>' >>docs/page.md
fails_with 'docs_page.html: no such file: nowhere.html'
fails_with 'docs_page.html: no such file: page.html#nothing'
mkdir site
echo '<a href="#there">a</a> <a href="#not-there">b</a> <p id="there">' >site/page.html
if "$python" -I docs/reference/check_links.py site >log; then
  echo "a dead anchor is not caught" >&2
  exit 1
fi
grep -qx 'page.html: no such anchor: #not-there' log
grep -qx '1 pages, 2 links, 1 dead' log
