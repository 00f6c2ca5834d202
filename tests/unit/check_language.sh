#!/bin/sh
# Only worker/lang knows words of a language: no string in the other sources is, or has in it, a
# word of the packs' lists. English words that a list has too stand below, the zone WITA, and names that pages give elements. worker/train/legacy* is
# left out: it converts one old Indonesian treebank and is in no worker's way.
set -u
cd "${WARTA_SOURCE:-.}" || exit 1
LC_ALL=C
export LC_ALL
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Lists of ordinary words; those of names (place, person, org …) hold words of every language.
lists="stop syntax cue according anonymous document pronoun mode number magnitude ordinal range
bound boundafter change month weekday datehead datepart timeword shift timeunit period daypart
clockhead counted label nounstop title former rolelink teaser prompt furniture root"
english="also creator related share articles author banner broker campaign caption channel content copy copyright country credit data detail
disclaimer embed follow head home honor host image level like link login magnitude main media member menu
minus modal more next operator penulis print program public read relation resume staff status store supervisor tags
tanggal target terkait terminal topics total transfer unit update valid video warta windows wita"
for list in $lists; do
    cat worker/lang/*/"$list".txt 2>/dev/null
done | sed '/^#/d; s/	.*//' | tr 'A-Z ' 'a-z\n' | grep -E '^[a-z]{4,}$' | sort -u >"$scratch/words"
[ "$(wc -l <"$scratch/words")" -gt 1000 ] || { echo "the packs' lists are not found"; exit 1; }
find worker broker proto deploy -name '*.[ch]' ! -path 'worker/lang/*' ! -path 'worker/train/legacy*' |
    sort | while read -r file; do
        sed 's,^ *\*.*,,; s,//.*,,; s,/\*.*\*/,,; s,/\*.*,,' "$file" | grep -v '^ *#include' |
            grep -oE '"([^"\\]|\\.)*"' | tr 'A-Z' 'a-z' | grep -oE '[a-z]{4,}' | sort -u |
            comm -12 - "$scratch/words" | sed "s,^,$file: ,"
    done >"$scratch/found"
printf '%s\n' $english | sed 's,^,: ,; s,$,$,' >"$scratch/english"
if grep -v -f "$scratch/english" "$scratch/found"; then
    echo "words of a language pack in the program: they belong into its lists (worker/lang/README.md)"
    exit 1
fi
