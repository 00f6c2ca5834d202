#!/usr/bin/env python3
"""Power cuts: the journal lies on a file system of a loop image that is shut down under load.

usage: power.py [--cuts N] [--again N] [--first] [--fs ext4|xfs] [--seed N] [--keep]  (needs root and loop devices)

--again: after each cut so many more, while the broker starts. --first: cuts while it makes its journal.
"""
import os
import random
import subprocess
import sys
import time

import harness


class Disk:
    """A small file system that can lose all that was not synced."""

    def __init__(self, directory, kind):
        self.image, self.mount = f"{directory}/disk.img", f"{directory}/disk"
        os.makedirs(self.mount)
        subprocess.run(["truncate", "-s", "600M", self.image], check=True)
        make = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}[kind]
        subprocess.run([*make, self.image], check=True, capture_output=True)
        self.up()

    def up(self):
        subprocess.run(["mount", "-o", "loop", self.image, self.mount], check=True, capture_output=True)

    def cut(self):
        subprocess.run(["xfs_io", "-x", "-c", "shutdown", self.mount], check=True, capture_output=True)

    def down(self):
        for _ in range(50):
            if subprocess.run(["umount", self.mount], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)


def missing():
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("xfs_io", "mkfs.ext4", "mkfs.xfs", "mount"):
        if subprocess.run(["sh", "-c", f"PATH=$PATH:/sbin:/usr/sbin command -v {tool}"], capture_output=True,
                          check=False).returncode:
            return f"{tool} is not installed"
    return None


def main():
    parser = harness.arguments(__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--again", type=int, default=0)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--fs", choices=["ext4", "xfs"], default="ext4")
    args = parser.parse_args()
    os.environ["PATH"] += ":/sbin:/usr/sbin"
    why = missing()
    if why:
        return harness.skip(f"power cuts: {why}")
    rng = random.Random(args.seed)
    directory = harness.scratch()
    try:
        disk = Disk(directory, args.fs)
    except subprocess.CalledProcessError as problem:
        harness.clean(directory, False)
        return harness.skip(f"power cuts: no loop device here: {problem.stderr.decode().strip()}")
    line = harness.Line(directory, f"lmdb:{disk.mount}/journal")

    def cut():
        disk.cut()
        time.sleep(rng.uniform(0, 0.1))  # what is acknowledged now would be lost
        line.kill_broker()
        disk.down()
        disk.up()

    def cut_while_it_starts():
        try:
            line.start_broker(timeout=rng.uniform(0, 0.06))
        except RuntimeError:
            pass  # it was not ready yet
        cut()

    for turn in range(args.cuts if args.first else 0):
        line.journal = f"lmdb:{disk.mount}/first-{turn}"
        cut_while_it_starts()
        line.start_broker()  # whatever was left of it: it is a journal, or made anew
        line.kill_broker()
    line.journal = f"lmdb:{disk.mount}/journal"

    def trouble(_feeder):
        for _ in range(1 if args.first else args.cuts):
            time.sleep(rng.uniform(0.2, 1.2))
            cut()
            for _ in range(args.again):
                cut_while_it_starts()
            line.start_broker()
        return {"cuts": args.cuts * (1 + args.again) + args.first}

    return harness.under_load(f"power cut {args.fs}", args, line, trouble, disk.down)


if __name__ == "__main__":
    sys.exit(main())
