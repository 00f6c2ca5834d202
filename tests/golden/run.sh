#!/bin/sh
# Golden cases: `warta extract` over <language>/<case>/article.json must print facts.jsonl.
#
#   tests/golden/run.sh CASE-FOLDER...    compare; needs WARTA, the program
#   tests/golden/update [CASE-FOLDER...]  write facts.jsonl anew; then read the difference
set -u
: "${WARTA:?is not set: the program to test}"
if ! [ -x "$WARTA" ]; then
    echo "skipped: $WARTA is not built"
    exit 77
fi
got=$(mktemp)
trap 'rm -f "$got"' EXIT
failed=0
for folder in "$@"; do
    if ! "$WARTA" extract --jsonl "$folder/article.json" >"$got"; then
        echo "$folder: warta extract failed"
        failed=1
    elif [ "${UPDATE:-}" = yes ]; then
        cp "$got" "$folder/facts.jsonl"
    elif ! diff -u "$folder/facts.jsonl" "$got"; then
        echo "$folder: differs"
        failed=1
    fi
done
exit $failed
