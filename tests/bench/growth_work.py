#!/usr/bin/env python3
"""Growth of the work that a document is with its length: instructions at n and at 2n bytes
of each hostile family of bench_growth, without those of a document of next to nothing.
Unlike time they know no caches and no neighbours. Needs valgrind; ten minutes for all.

    growth_work.py [--bytes N] [--limit RATIO] BENCH_GROWTH [FAMILY...]

Exit 1: a family grows faster than RATIO."""

import argparse
import re
import subprocess
import sys


def instructions(bench, family, size):
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
         bench, "--once", str(size), family],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{family}, {size} bytes: not read\n{run.stderr}")
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--bytes", type=int, default=32768)
    options.add_argument("--limit", type=float, default=2.1)
    options.add_argument("bench")
    options.add_argument("family", nargs="*")
    given = options.parse_args()
    families = given.family or subprocess.run(
        [given.bench, "--list"], stdout=subprocess.PIPE, text=True,
        check=True).stdout.split()
    bad = 0
    for family in families:
        least, once, twice = (instructions(given.bench, family, n)
                              for n in (1, given.bytes, 2 * given.bytes))
        ratio = (twice - least) / (once - least)
        bad += ratio > given.limit
        print(f"{family:16} {ratio:5.2f}, {(twice - least) / given.bytes / 2:8.1f} "
              "instructions a byte", flush=True)
    print(f"{bad} families grow faster than {given.limit:.2f}")
    return bad > 0


sys.exit(main())
