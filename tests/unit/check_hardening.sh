#!/bin/sh
# The program is built as the flags say: position independent (PIE), relocations read-only and
# bound at start (RELRO, NOW), no executable stack, stack protector, fortified calls.
# WARTA is the program.
set -u
: "${WARTA:?is not set: the program}"
[ -x "$WARTA" ] || { echo "skipped: $WARTA is not built"; exit 77; }
command -v readelf >/dev/null || { echo "skipped: readelf is not installed"; exit 77; }
failed=0

# has WHAT PATTERN READELF-OPTION...
has() {
    what=$1 pattern=$2
    shift 2
    readelf -W "$@" "$WARTA" | grep -Eq "$pattern" && return
    echo "$WARTA: no $what"
    failed=1
}

has "position independence" '^ *Type: +DYN' -h
has "interpreter of a program" 'INTERP' -l
has "RELRO" 'GNU_RELRO' -l
has "binding at start" 'BIND_NOW|FLAGS.* NOW' -d
has "stack that cannot be run" 'GNU_STACK.* RW +0x' -l
has "stack protector" '__stack_chk_fail' --dyn-syms
has "fortified call" '__(snprintf|memcpy|vsnprintf|fprintf)_chk' --dyn-syms
readelf -W -l "$WARTA" | grep -E 'LOAD.* RWE' && { echo "$WARTA: memory to be written and run"; failed=1; }
exit $failed
