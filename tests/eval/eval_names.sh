#!/bin/sh
# The shipped model on the names of a dev file it has not seen: a floor. Skipped where there
# is no training data (WARTA_SHARED, or ../shared beside this tree, data/).
set -eu
data=${WARTA_SHARED:-${WARTA_SOURCE:-.}/../shared}/data
corpus=$data/ner/idner-news-2k.dev.txt
[ -r "$corpus" ] || {
    echo "skipped: shared data absent"
    exit 77
}

score=$("${WARTA:-warta}" train eval names "$corpus")
echo "$score"
# shellcheck disable=SC2086
set -- $score
[ $# -eq 6 ] && [ "$1" = P ] && [ "$3" = R ] && [ "$5" = F1 ] || exit 1
if awk "BEGIN { exit !($6 < 0.87) }"; then
    echo "F1 $6 is below 0.87" >&2
    exit 1
fi
