#!/bin/sh
# The shipped model on the GSD dev file: floors below which something in tagger, parser or
# model file is broken. The model has learnt from this file, so the figures are no measure of
# how right it is on other text; those stand in worker/train/README.md. Skipped where there
# is no training data (WARTA_SHARED, or ../shared beside this tree, data/).
set -eu
data=${WARTA_SHARED:-${WARTA_SOURCE:-.}/../shared}/data
treebank=$data/ud/id_gsd-ud-dev.conllu
[ -r "$treebank" ] || {
    echo "skipped: shared data absent"
    exit 77
}

# eval WHAT: what `warta train eval` prints
eval_model() {
    "${WARTA:-warta}" train eval "$1" "$treebank"
}

# least NAME FLOOR VALUE
least() {
    if awk "BEGIN { exit !($3 < $2) }"; then
        echo "$1 $3 is below $2" >&2
        exit 1
    fi
}

tag=$(eval_model tag)
parse=$(eval_model parse)
echo "$tag $parse"
# shellcheck disable=SC2086
set -- $tag $parse
[ $# -eq 6 ] && [ "$1" = UPOS ] && [ "$3" = UAS ] && [ "$5" = LAS ] || exit 1
least UPOS 98 "$2"
least UAS 89.5 "$4"
least LAS 86 "$6"
