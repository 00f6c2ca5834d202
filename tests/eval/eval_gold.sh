#!/bin/sh
# How good the facts are, over articles annotated by hand that are not part of this tree:
# the contract holds for every record, the score is above floor.txt, and one process and
# two print the same bytes. Exits 77 where the data is not there.
#
#   WARTA         the program
#   WARTA_SOURCE  this tree
#   WARTA_SHARED  folder with eval/ and data/; ../shared beside this tree if not set
set -u
: "${WARTA:?is not set: the program to test}"
: "${WARTA_SOURCE:?is not set: the root of the sources}"
shared=${WARTA_SHARED:-$WARTA_SOURCE/../shared}
gold=$shared/eval/gold/dev.jsonl
news=$shared/data/news/dev.jsonl
if ! [ -r "$gold" ] || ! [ -x "$shared/eval/score.py" ] || ! command -v python3 >/dev/null; then
    echo "skipped: shared data absent"
    exit 77
fi
[ -x "$WARTA" ] || { echo "$WARTA is not built"; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}

"$WARTA" extract --jsonl "$gold" >"$scratch/gold.jsonl" || fail "warta extract over the gold"
"$shared/eval/check_facts.py" "$scratch/gold.jsonl" || fail "the contract, over the gold"
"$shared/eval/score.py" "$gold" "$scratch/gold.jsonl"
"$shared/eval/score.py" "$gold" "$scratch/gold.jsonl" --json >"$scratch/score.json" ||
    fail "score.py"
floor=$(cat "$WARTA_SOURCE/tests/eval/floor.txt")
python3 - "$scratch/score.json" "$floor" <<'END' || fail "the score is below the floor"
import json, sys
score = json.load(open(sys.argv[1]))["macro_f1"]
print(f"macro F1 {score:.3f}, floor {sys.argv[2]}")
sys.exit(score < float(sys.argv[2]))
END

if [ -r "$news" ]; then
    "$WARTA" extract --jsonl "$news" >"$scratch/one.jsonl" || fail "warta extract over the news"
    "$WARTA" extract -j 2 --jsonl - <"$news" >"$scratch/two.jsonl" || fail "extract -j 2"
    cmp "$scratch/one.jsonl" "$scratch/two.jsonl" || fail "-j 1 and -j 2 differ"
    "$shared/eval/check_facts.py" "$scratch/one.jsonl" | tail -n 20 >"$scratch/check"
    cat "$scratch/check"
    grep -q ' 0 broken rules$' "$scratch/check" || fail "the contract, over the news"
fi
exit $failed
