#!/usr/bin/env python3
"""Random kill -9 of broker and workers under load, then the checker.

usage: kill.py [--kills N] [--seed N] [--keep]      (WARTA: the program; default 200 kills)
"""
import argparse
import random
import sys
import time

import harness


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--rate", type=float, default=800, help="articles a second put at most")
    parser.add_argument("--keep", action="store_true", help="keep the scratch directory")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    directory = harness.scratch()
    line = harness.Line(directory, f"lmdb:{directory}/journal")
    bad, figures = ["did not get to the check"], {}
    killed = {"broker": 0, "worker": 0}
    try:
        line.start_broker()
        line.recovery_ms.clear()  # the first start recovers nothing
        line.start_pool()
        feeder, live = harness.Feeder(line, args.seed, rate=args.rate), harness.Consumer(line)
        feeder.start()
        live.start()
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
        feeder.ending.set()
        feeder.join(60)
        if feeder.is_alive():
            feeder.broken.append("the feeder got no answer for 60 s")
        line.ctl("dead-replay", "all")
        bad, figures = harness.check(line, feeder, live)
    finally:
        line.stop()
        code = harness.report("kill", args.seed, {**killed, **figures}, line.recovery_ms, bad)
        harness.clean(directory, args.keep or bad)
    return code


if __name__ == "__main__":
    sys.exit(main())
