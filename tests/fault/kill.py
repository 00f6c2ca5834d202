#!/usr/bin/env python3
"""Random kill -9 of broker and workers under load, then the checker.

usage: kill.py [--kills N] [--seed N] [--keep]      (WARTA: the program; default 200 kills)
"""
import random
import sys
import time

import harness


def main():
    parser = harness.arguments(__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    directory = harness.scratch()
    line = harness.Line(directory, f"lmdb:{directory}/journal")

    def trouble(_feeder):
        killed = {"broker": 0, "worker": 0}
        for _ in range(args.kills):
            time.sleep(rng.uniform(0.05, 0.6))
            if rng.random() < 0.5:
                line.kill_broker()
                killed["broker"] += 1
                if rng.random() < 0.2:
                    time.sleep(rng.uniform(0, 0.3))
                line.start_broker()
            else:
                line.kill_worker(rng)
                killed["worker"] += 1
        return killed

    return harness.under_load("kill", args, line, trouble)


if __name__ == "__main__":
    sys.exit(main())
