#!/usr/bin/env bash
# Walks a page of the documentation as a reader would: page.sh PAGE SOURCE WORK
#
# In the order of the page: a block whose first line is a comment with a file name becomes that file
# in WORK; the commands of every `sh` block are run there. SOURCE is WORK/hebb. `sudo apt install`
# only checks that the packages are known. A new CMakeLists.txt gets a new build folder. Exit status
# 77 means that NumPy is missing and a block needs it; everything before that block has passed.
set -euo pipefail
page=$1 source=$2 work=$3
CXX=$(command -v "${CXX:-g++}")
export CXX
rm -rf "$work"
mkdir -p "$work/bin"
ln -s "$source" "$work/hebb"

cat >"$work/bin/sudo" <<'END'
#!/usr/bin/env bash
[[ "$1 $2" == "apt install" ]] || { echo "the page wants root for: $*" >&2; exit 1; }
command -v dpkg-query >/dev/null || exit 0
for package in "${@:3}"; do dpkg-query --show "$package" >/dev/null; done
END
# Compiling for this machine and optimising take time, and change nothing that is tested here.
cat >"$work/bin/g++" <<'END'
#!/usr/bin/env bash
options=()
for option in "$@"; do
  case $option in
    -O3) ;;
    -march=native) ;;
    *) options+=("$option") ;;
  esac
done
exec "$CXX" "${options[@]}"
END
chmod +x "$work/bin/"*
for python in python3 /usr/bin/python3; do  # Debian's, if the first one has no NumPy
  if "$python" -c 'import numpy' 2>/dev/null; then
    ln -s "$(command -v $python)" "$work/bin/python3"
    break
  fi
done
export HOME=$work PATH=$work/bin:$PATH CMAKE_BUILD_TYPE=None CMAKE_GENERATOR=Ninja
# Projects of a page have the warnings of a strict one.
export CXXFLAGS="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wfloat-equal -Werror"
export OMP_WAIT_POLICY=passive

# One file per block: NUMBER.LANGUAGE.
mkdir "$work/blocks"
awk -v folder="$work/blocks" '
  /^```/ && inside { inside = 0; next }
  /^```/ { inside = 1; language = substr($0, 4)
           out = sprintf("%s/%03d.%s", folder, ++n, language == "" ? "text" : language)
           printf "" > out; next }
  inside { print > out }' "$page"

cd "$work"
commands=0
for block in blocks/*; do
  name=$(sed -nE '1s@^(//|#) ([A-Za-z0-9_./]+\.[a-z]+|CMakeLists.txt)$@\2@p' "$block")
  if [[ $block == *.sh ]]; then
    if grep -q python3 "$block" && [[ ! -e bin/python3 ]]; then
      echo "NumPy is not installed: $block and what follows was not run"
      exit 77
    fi
    commands=$((commands + 1))
    bash -euo pipefail "$block" || { echo "failed:"; cat "$block"; exit 1; } >&2
  elif [[ -n $name ]]; then
    [[ $name != CMakeLists.txt ]] || rm -rf build/own
    cp "$block" "$name"
  elif [[ $block == *.cpp || $block == *.cmake || $block == *.python ]]; then
    echo "a block names no file in its first line:" >&2
    cat "$block" >&2
    exit 1
  fi
done
((commands > 0)) || { echo "$page holds no command" >&2; exit 1; }
