#!/bin/sh
# The include rule, and what else holds for every source file. Usage: check_includes.sh
# [ROOT]; prints one line a finding, answers 1 where there is one. CC compiles headers.
#
#  - what a directory may include (the table below); system headers but for the banned ones
#  - every .c includes its own header first, where it has one
#  - every header's guard is its path, and it compiles alone
#  - no file is longer than 600 lines
set -eu
cd "${1:-${WARTA_SOURCE:-.}}"
LC_ALL=C
export LC_ALL
[ -d proto/base ] || { echo "$PWD: not the root of the sources" >&2; exit 1; }
found=$(mktemp)
trap 'rm -f "$found"' EXIT

sources() {
    find proto broker worker deploy tests -type f \( -name '*.c' -o -name '*.h' \) | sort
}

# All quoted includes, as "FILE LINE PATH"; then of each file the first matching row of
# the table (file pattern, then what it may see) decides. A trailing * matches any ending.
# shellcheck disable=SC2016
sources | xargs awk '
BEGIN {
    base = "proto/base/* "
    wire = base "proto/wire/* "
    client = wire "proto/client/* "
    lang = "worker/lang/lang.h "
    rows = 0
    row("tests/", "*")
    row("proto/base/", base)
    row("proto/wire/", wire)
    row("proto/client/", client)
    row("broker/", wire "broker/*")
    row("worker/text/", wire "worker/text/* " lang)
    row("worker/learn/", base "worker/text/* worker/learn/*")
    row("worker/extract/", wire "worker/text/* worker/learn/* worker/extract/* " lang)
    row("worker/lang/", base "worker/text/* worker/learn/* worker/extract/* worker/lang/*")
    row("worker/feed/", client "worker/feed/* worker/sandbox.h worker/text/charset.h worker/text/html.h worker/text/pubdate.h")
    row("worker/sink/", client "worker/sink/*")
    row("worker/relate/", client "worker/relate/*")
    row("worker/", client "worker/*")
    row("deploy/", client "deploy/*")
}
function row(pattern, sees) {
    prefix[++rows] = pattern
    allowed[rows] = sees
}
function may(seen, path,    part, n, i, len) {
    n = split(seen, part, " ")
    for (i = 1; i <= n; i++) {
        len = length(part[i])
        if (part[i] == path)
            return 1
        if (substr(part[i], len) == "*" &&
            substr(path, 1, len - 1) == substr(part[i], 1, len - 1))
            return 1
    }
    return 0
}
function say(text) {
    print FILENAME ":" FNR ": " text
}
FNR == 1 {
    first = 1
    for (mine = 1; mine <= rows; mine++)
        if (index(FILENAME, prefix[mine]) == 1)
            break
}
FNR == 601 { say("longer than 600 lines") }
/^[ \t]*#[ \t]*include/ {
    path = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", path)
    quoted = substr(path, 1, 1) == "\""
    sub(/^["<]/, "", path)
    sub(/[">].*/, "", path)
    if (first && FILENAME ~ /\.c$/) {
        own = FILENAME
        sub(/\.c$/, ".h", own)
        if (path != own && (getline line < own) >= 0)
            say("does not include its own header " own " first")
        close(own)
    }
    first = 0
    if (quoted && path !~ /\//)
        say("\"" path "\" is not a path from the root")
    else if (quoted && !may(allowed[mine], path))
        say("may not include \"" path "\"")
    if (FILENAME ~ /^broker\// &&
        path ~ /^(libxml|curl\/|sqlite3|microhttpd)/)
        say("<" path "> has no place in the broker")
}' >>"$found"

# Guards, and headers alone. The flags are those packages ask for; a header that needs
# more than the standard, ours and the libraries is wrong.
flags=$(pkg-config --cflags libzmq msgpack jansson lmdb libutf8proc libxxhash libsodium libxml-2.0 \
    cmocka 2>/dev/null || true)
for header in $(sources | grep '\.h$'); do
    guard=$(echo "$header" | tr 'a-z./-' 'A-Z___')
    [ "$(sed -n '1p' "$header")" = "#ifndef $guard" ] &&
        [ "$(sed -n '2p' "$header")" = "#define $guard" ] ||
        echo "$header:1: the guard is not $guard" >>"$found"
    # shellcheck disable=SC2086
    ${CC:-cc} -std=c11 -D_GNU_SOURCE -DWARTA_VERSION='""' -Wall -Wextra \
        -Wno-unused-function -Werror -fsyntax-only -I. $flags -x c - 2>&1 >/dev/null <<END |
#include "$header"
typedef int not_empty;
END
        sed "s|^|$header: does not compile alone: |" | head -n 3 >>"$found"
done

cat "$found"
[ ! -s "$found" ]
