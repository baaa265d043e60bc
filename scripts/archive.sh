# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# archive.sh -- what scripts/python and scripts/libunwind have in common: an apt
# with a state of its own under .refsan/apt, which sees one archive of Debian
# and no installed package. Sourced, with the name of the work tree in $root.

home=$root/.refsan

say() { echo "scripts/$(basename "$0"): $*" >&2; }
fail() { say "$*"; exit 1; }

# The sites of the Debian archives this machine's apt uses. apt tells what it
# has lists of; a fresh machine has none, and gets some, not in the system's
# place.
archive_sites() {
    # shellcheck disable=SC2016 # apt expands it
    apt-get "$@" indextargets --format '$(SITE)' 'Identifier: Packages' \
        'Origin: Debian' 'Label: Debian' 2>/dev/null
}

first_site() {
    site=$(archive_sites | head -n 1)
    if [ -z "$site" ]; then
        set -- -o "Dir::State::lists=$home/apt/lists" \
            -o "APT::Sandbox::User=" -o "Debug::NoLocking=1"
        mkdir -p "$home/apt/lists/partial"
        apt-get -q "$@" update >>"$home/apt/log" 2>&1 || true
        site=$(archive_sites "$@" | head -n 1)
    fi
    echo "$site"
}

# archive_line TYPE SUITE WHAT
archive_line() {
    site=$(first_site)
    [ -n "$site" ] || fail "no Debian archive to take $3 from: apt is not \
configured for one, or it cannot be reached."
    keys=
    for ring in /usr/share/keyrings/debian-archive-keyring.gpg \
        /usr/share/keyrings/debian-archive-keyring.pgp; do
        [ ! -e "$ring" ] || keys="[signed-by=$ring] "
    done
    echo "$1 $keys$site $2 main"
}

# apt with a state of its own: it sees one archive and no installed package.
private_apt() {
    apt-get -q -o "Dir::State=$home/apt/state" -o "Dir::Cache=$home/apt/cache" \
        -o "Dir::State::lists=$home/apt/state/lists" \
        -o "Dir::Cache::archives=$home/apt/cache/archives" \
        -o "Dir::State::status=$home/apt/state/status" \
        -o "Dir::Etc::sourcelist=$home/apt/sources.list" \
        -o "Dir::Etc::sourceparts=/dev/null" \
        -o "Dir::Etc::preferencesparts=/dev/null" \
        -o "APT::Sandbox::User=" -o "Debug::NoLocking=1" \
        -o "Acquire::Retries=3" -o "Acquire::Languages=none" \
        -o "APT::Update::Error-Mode=any" "$@"
}

# read_archive TYPE SUITE WHAT -- gets ready to fetch WHAT. TYPE: deb, deb-src
read_archive() {
    rm -rf "$home/apt"
    mkdir -p "$home/apt/state/lists/partial" \
        "$home/apt/cache/archives/partial"
    : >"$home/apt/state/status"
    line=$(archive_line "$@")
    echo "$line" >"$home/apt/sources.list"
    say "reading the package list of Debian $2"
    private_apt update >"$home/apt/log" 2>&1 ||
        fail "the Debian archive cannot be reached or verified; see \
.refsan/apt/log."
}
