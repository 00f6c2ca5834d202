#!/usr/bin/env python3
"""Power cuts: the journal lies on a file system of a loop image that is shut down under load.

usage: power.py [--cuts N] [--fs ext4|xfs] [--seed N] [--keep]     (needs root and loop devices)
"""
import argparse
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--fs", choices=["ext4", "xfs"], default="ext4")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="keep the scratch directory")
    args = parser.parse_args()
    os.environ["PATH"] += ":/sbin:/usr/sbin"
    why = missing()
    if why:
        print(f"skipped: power cuts: {why}")
        return 77
    rng = random.Random(args.seed)
    directory = harness.scratch()
    try:
        disk = Disk(directory, args.fs)
    except subprocess.CalledProcessError as problem:
        print(f"skipped: power cuts: no loop device here: {problem.stderr.decode().strip()}")
        harness.clean(directory, False)
        return 77
    line = harness.Line(directory, f"lmdb:{disk.mount}/journal")
    bad, figures = ["did not get to the check"], {}
    try:
        line.start_broker()
        line.recovery_ms.clear()
        line.start_pool()
        feeder, live = harness.Feeder(line, args.seed, rate=800), harness.Consumer(line)
        feeder.start()
        live.start()
        for _ in range(args.cuts):
            time.sleep(rng.uniform(0.2, 1.2))
            disk.cut()
            time.sleep(rng.uniform(0, 0.1))  # what is acknowledged now would be lost
            line.kill_broker()
            disk.down()
            disk.up()
            line.start_broker()
        feeder.ending.set()
        feeder.join(60)
        if feeder.is_alive():
            feeder.broken.append("the feeder got no answer for 60 s")
        line.ctl("dead-replay", "all")
        bad, figures = harness.check(line, feeder, live)
    finally:
        line.stop()
        disk.down()
        code = harness.report(f"power cut {args.fs}", args.seed, {"cuts": args.cuts, **figures},
                              line.recovery_ms, bad)
        harness.clean(directory, args.keep or bad)
    return code


if __name__ == "__main__":
    sys.exit(main())
