#!/usr/bin/env bash
# Builds the Debian packages, unpacks them into an empty folder, and uses what is in them:
#
#   packages.sh SOURCE WORK
#
# A program is compiled with the options that pkg-config gives, an example with the CMake package.
# The compiler is that of CXX. Exit status 77 means that there is no dpkg here.
set -euo pipefail
source=$1 work=$2
command -v dpkg-deb >/dev/null || exit 77
rm -rf "$work"
mkdir -p "$work/root"
cd "$work"

cmake -S "$source" -B build -G Ninja -DHEBB_TESTS=OFF -DHEBB_BENCHMARKS=OFF -DHEBB_EXAMPLES=OFF
mkdir -p build/docs/html  # as the target `reference` makes it
echo reference >build/docs/html/index.html
(cd build && cpack -G DEB)
for name in libhebb-dev hebb-examples hebb-doc; do
  package=$(ls build/"${name}"_*_all.deb)
  dpkg-deb --field "$package" Package Version Depends Recommends
  dpkg-deb --extract "$package" root
  cmp "$source/LICENSE" "root/usr/share/doc/$name/copyright"
done
version=$(sed -nE 's/.*version\{([0-9]+), ([0-9]+), ([0-9]+)\}.*/\1.\2.\3/p' \
  "$source/include/hebb/core/version.hpp")
[[ -n $version && $(basename build/libhebb-dev_*) == "libhebb-dev_${version}_all.deb" ]]
for file in docs/rules.md docs/curves/oja.svg docs/gallery/video.png docs/gallery/swap.svg \
    html/index.html; do
  [[ -f root/usr/share/doc/hebb-doc/$file ]]
done

export PKG_CONFIG_PATH=$work/root/usr/share/pkgconfig
[[ $(pkg-config --modversion hebb) == "$version" ]]
cat >idx.cpp <<'END'
#include <hebb/core/threads.hpp>
#include <hebb/data/idx.hpp>
int main(int, char** arguments) {
  try {
    hebb::read_idx(arguments[0]);
  } catch (const hebb::FormatError&) {
    return hebb::max_threads() > 0 ? 0 : 1;
  }
}
END
# shellcheck disable=SC2046
"${CXX:-g++}" -std=c++20 idx.cpp -o idx $(pkg-config --cflags --libs hebb-threads hebb-files)
./idx

cmake -S root/usr/share/doc/hebb-examples/examples -B examples -G Ninja -DHEBB_EXAMPLES=start \
  -DCMAKE_PREFIX_PATH="$work/root/usr" -DHEBB_NATIVE=OFF
cmake --build examples --target start_first_rule
examples/start_first_rule
