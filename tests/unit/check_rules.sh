#!/bin/sh
# worker/extract/README.md names the rules that the sources give to facts, no more and no less;
# and the packs' lists `confidence` hold rules that are, or kinds.
set -u
cd "${WARTA_SOURCE:-.}" || exit 1
LC_ALL=C
export LC_ALL
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
names='(mention|time|quantity|quote|role|event)\.[a-z_]+(\.[a-z_]+)*'
grep -hoE "\"$names\"" worker/extract/*.c | tr -d '"' | sort -u >"$scratch/sources"
grep -oE "\`$names\`" worker/extract/README.md | tr -d '`' | sort -u >"$scratch/page"
[ -s "$scratch/sources" ] || { echo "no rule is found in worker/extract/*.c"; exit 1; }
if ! diff "$scratch/sources" "$scratch/page" >"$scratch/diff"; then
    echo "rules differ (< in the sources only, > in worker/extract/README.md only)"
    grep '^[<>]' "$scratch/diff"
    exit 1
fi
grep -hoE '^[a-z_.]+' worker/lang/*/confidence.txt | sort -u >"$scratch/keys"
printf '%s\n' entity time quantity quote role event | sort -u - "$scratch/sources" >"$scratch/known"
if [ -n "$(comm -23 "$scratch/keys" "$scratch/known")" ]; then
    echo "a list confidence has rules that are no more:"
    comm -23 "$scratch/keys" "$scratch/known"
    exit 1
fi
