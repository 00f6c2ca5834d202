#!/usr/bin/env python3
"""Backups taken under load, each restored and compared: nothing acknowledged before is missing, every entry is the log's.

usage: backup.py [--rounds N] [--seed N] [--keep]
"""
import os
import random
import subprocess
import sys
import time

import harness


def ctl(*words):
    return subprocess.run([harness.WARTA, "ctl", *words], capture_output=True, text=True, check=False, timeout=120)


def compare(line, copy, promised, bad):
    """What a broker on the restored journal says, against the line's own log."""
    other = harness.Line(copy, f"lmdb:{copy}/journal")
    try:
        other.start_broker()
        status = other.status()
        if promised > int(status["articles_last"]):
            bad.append(f"I1 article {promised} was acknowledged before the backup, which ends at "
                       f"{status['articles_last']}")
        last = int(status["facts_last"])
        if last:
            theirs, ours = harness.replay(other, last), harness.replay(line, last)
            bad += theirs.broken + ours.broken
            if theirs.entries != ours.entries[:last]:  # ours has grown
                bad.append(f"the restored journal is not the log up to {last}")
        return last
    finally:
        other.stop()


def main():
    parser = harness.arguments(__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    directory = harness.scratch()
    line = harness.Line(directory, f"lmdb:{directory}/journal")

    def trouble(feeder):
        entries, took_ms = 0, []
        for turn in range(args.rounds):
            time.sleep(rng.uniform(0.2, 0.8))
            promised = max(list(feeder.ok.values()), default=0)
            copy, backup = f"{directory}/copy{turn}", f"{directory}/backup{turn}"
            os.mkdir(copy, 0o700)
            begun = time.monotonic()
            done = ctl("backup", backup, f"{directory}/journal")
            took_ms.append((time.monotonic() - begun) * 1000)
            if done.returncode == 0:
                done = ctl("restore", backup, f"{copy}/journal")
            if done.returncode:
                feeder.broken.append(f"backup {turn}: {done.stdout} {done.stderr}")
                continue
            if ctl("restore", backup, f"{copy}/journal").returncode != 100:
                feeder.broken.append("a journal that is there is overwritten")
            if ctl("restore", "--replace", backup, f"{directory}/journal").returncode != 111:
                feeder.broken.append("a journal in use is overwritten")
            entries += compare(line, copy, promised, feeder.broken)
        return {"backups": args.rounds, "entries compared": entries, "backup max ms": round(max(took_ms))}

    return harness.under_load("backup", args, line, trouble)


if __name__ == "__main__":
    sys.exit(main())
