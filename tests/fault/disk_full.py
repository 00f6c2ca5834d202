#!/usr/bin/env python3
"""The disk fills up under load and gets room again, round by round, at times with a kill and a start while full.

usage: disk_full.py [--rounds N] [--kill] [--seed N] [--keep]     (needs root, for a tmpfs of its own; --kill: every time)
"""
import os
import random
import subprocess
import sys
import time

import harness

MIB = 1 << 20


def fill(path):
    """A file of all the room there is."""
    with open(path, "ab", buffering=0) as f:
        for size in (MIB, 4096):
            try:
                while f.write(b"x" * size) == size:
                    pass
            except OSError:
                pass


def main():
    parser = harness.arguments(__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kill", action="store_true")
    args = parser.parse_args()
    if os.geteuid() != 0:
        return harness.skip("a full disk needs root")
    rng = random.Random(args.seed)
    directory = harness.scratch()
    disk = f"{directory}/disk"
    os.mkdir(disk)
    size = 64 + 16 * args.rounds
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=700", "none", disk], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        harness.clean(directory, False)
        return harness.skip(f"no tmpfs can be mounted: {done.stderr.strip()}")
    line = harness.Line(directory, f"lmdb:{disk}/journal")

    def trouble(feeder):
        full = killed = 0
        for turn in range(args.rounds):
            time.sleep(rng.uniform(0.2, 0.8))
            fill(f"{disk}/ballast")
            until = time.monotonic() + 15
            while line.status().get("state") != "degraded" and time.monotonic() < until:
                time.sleep(0.05)
            if line.status().get("state") != "degraded":
                feeder.broken.append("the disk is full and the broker takes more")
            full += 1
            if args.kill or turn % 3 == 1:
                line.kill_broker()
                fill(f"{disk}/ballast")
                line.start_broker()  # as full as before: it reads
                last = int(line.status()["facts_last"])
                if last:
                    feeder.broken += harness.replay(line, last, 20).broken
                killed += 1
            time.sleep(rng.uniform(0, 0.5))
            os.unlink(f"{disk}/ballast")
            until = time.monotonic() + 15
            while line.status().get("state") != "running" and time.monotonic() < until:
                time.sleep(0.05)
            if line.status().get("state") != "running":
                feeder.broken.append("there is room and the broker takes nothing")
        return {"full": full, "killed": killed}

    def down():
        for _ in range(50):
            if subprocess.run(["umount", disk], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)

    return harness.under_load("disk full", args, line, trouble, down)


if __name__ == "__main__":
    sys.exit(main())
