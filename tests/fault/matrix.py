#!/usr/bin/env python3
"""The fault matrix: every row by name, with what it cost, and the checker behind each.

usage: matrix.py [--long] [--seed N] [--list] [ROW...]      (WARTA: the program)

A row is run in its short form, or with --long in the one that figures are quoted from. A row
that needs what this machine lacks is skipped, and says what. Rows: --list; what each does to
the line stands with it, in rows_*.py. Exit: 1 when a row fails.
"""
import argparse
import os
import sys
import time
import traceback

import rows_line
import rows_load
import rows_network
import rows_storage
from rows import ROWS, Context, Skipped


def run(row, context):
    """One row: its line of the table, and whether it held."""
    begun = time.monotonic()
    try:
        bad, figures = row.run(context)
        verdict = "FAILED" if bad else "ok"
    except Skipped as why:
        bad, figures, verdict = [], {"": str(why)}, "skipped"
    except Exception:  # a row that breaks is a row that fails, and the others are still to be run
        bad, figures, verdict = traceback.format_exc().splitlines()[-3:], {}, "FAILED"
    seconds = time.monotonic() - begun
    said = ", ".join(f"{name} {value}".strip() for name, value in figures.items())
    print(f"{row.name:<5} {verdict:<8} {seconds:6.1f} s  {row.about}: {said}", flush=True)
    for line in bad[:20]:
        print(f"      broken: {line}", flush=True)
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("rows", nargs="*", metavar="ROW")
    args = parser.parse_args()
    unknown = set(args.rows) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    rows = [row for row in ROWS if not args.rows or row.name in args.rows]
    if args.list:
        for row in rows:
            print(f"{row.name:<5} {row.about}")
        return 0
    print(f"seed {args.seed}, {'long' if args.long else 'short'} form, {os.environ.get('WARTA', 'build/warta')}")
    verdicts = [run(row, Context(args.seed, args.long)) for row in rows]
    print(", ".join(f"{verdicts.count(v)} {v}" for v in ("ok", "FAILED", "skipped")))
    return 1 if "FAILED" in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
