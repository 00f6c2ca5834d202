#!/bin/sh
# Every man page is clean mdoc and has the options that --help has, no more and no less.
# WARTA is the program, WARTA_SOURCE the root of the sources.
set -u
: "${WARTA:?is not set: the program}"
cd "${WARTA_SOURCE:-.}" || exit 1
[ -x "$WARTA" ] || { echo "skipped: $WARTA is not built"; exit 77; }
command -v mandoc >/dev/null || { echo "skipped: mandoc is not installed"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
for page in $(find broker worker deploy proto -name '*.[158]' | sort); do
    mandoc -T lint -W warning "$page" || failed=1
    sub=$(sed -n 's/^\.Nm warta \([a-z ]*\)$/\1/p' "$page" | head -n 1)
    [ -n "$sub" ] || continue
    # Lines that begin an option; a word of --help's text that looks like one is none.
    # shellcheck disable=SC2086 # `feed rss` is two words
    "$WARTA" $sub --help | sed -nE 's/^ +(-.,)? *--([a-z0-9-]+).*/\2/p' | sort -u >"$scratch/help"
    grep -oE 'Fl -[a-z0-9-]+' "$page" | sed 's/Fl -//' | sort -u >"$scratch/page"
    if ! diff "$scratch/help" "$scratch/page" >"$scratch/diff"; then
        echo "$page: options differ (< in --help only, > in the page only)"
        grep '^[<>]' "$scratch/diff"
        failed=1
    fi
done
exit $failed
