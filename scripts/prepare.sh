# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# prepare.sh -- what scripts/test and scripts/quickstart have in common: the
# tools, and the build. Sourced, from the root of the work tree.

say() { echo "==> $*" >&2; }
fail() { echo "$(basename "$0"): $*" >&2; exit 1; }

# One package, and a file or command that shows it is there, a line.
needed_packages() {
    cat <<'END'
gcc gcc
g++ g++
clang clang
llvm llvm-symbolizer
cmake cmake
ninja-build ninja
pkg-config pkg-config
binutils nm
patchelf patchelf
python3 python3
python3-jsonschema /usr/lib/python3/dist-packages/jsonschema
libunwind-dev libunwind.pc
libc6-dev /usr/include/stdio.h
END
}

is_there() {
    case $1 in
    /*) [ -e "$1" ] ;;
    *.pc) pkg-config --exists "${1%.pc}" 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

install_packages() {
    missing=$(needed_packages | while read -r package sign; do
        is_there "$sign" || echo "$package"
    done | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null ||
        fail "please install these first: $missing"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        as_root="sudo -n"
        sudo -n true 2>/dev/null ||
            fail "installing ${missing}needs root or sudo without a password."
    fi
    say "installing $missing"
    log=$(mktemp)
    # shellcheck disable=SC2086 # lists of words
    if ! { $as_root apt-get -q update && $as_root env \
        DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        install --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 3 "$log" >&2
        fail "apt-get could not install $missing(is there a network?)."
    fi
    rm -f "$log"
}

# build PRESET [--target NAME]
build() {
    say "building ($*)"
    if ! { cmake --preset "$1" && cmake --build --preset "$@"; } \
        >build.log 2>&1; then
        tail -n 40 build.log >&2
        fail "the build failed; all of it is in build.log."
    fi
}
