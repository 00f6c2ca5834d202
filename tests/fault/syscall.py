#!/usr/bin/env python3
"""System calls of the broker's journal fail under load: once, and for good until the broker is started anew.

usage: syscall.py [--rounds N] [--calls NAME,...] [--seed N] [--keep]     (needs strace)
"""
import random
import subprocess
import sys
import time

import harness

FAILURES = {"fdatasync": ["EIO", "ENOSPC"], "pwrite64": ["EIO", "ENOSPC"], "pwritev": ["EIO", "ENOSPC"]}


def can_trace():
    try:
        done = subprocess.run(["strace", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO:when=1", "true"],
                              capture_output=True, check=False)
    except FileNotFoundError:
        return "strace is not installed"
    return None if done.returncode == 0 else f"strace cannot trace here: {done.stderr.decode().strip()}"


def wait_state(line, feeder, want):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if line.status().get("state") == want:
            return True
        time.sleep(0.05)
    feeder.broken.append(f"the broker is not {want} within 20 s but {line.status().get('state')}")
    return False


def degradations(line):
    out = line.ctl("stats").stdout.splitlines()
    return sum(int(row.split()[1]) for row in out if row.startswith("broker_degraded "))


def main():
    parser = harness.arguments(__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--calls", default="fdatasync,pwrite64")
    args = parser.parse_args()
    why = can_trace()
    if why:
        return harness.skip(f"failing system calls: {why}")
    rng = random.Random(args.seed)
    directory = harness.scratch()
    line = harness.Line(directory, f"lmdb:{directory}/journal")

    def start_traced(call, error, when):
        # -D: the tracer is the child, so that the process that is killed is the broker.
        line.under = ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", f"{directory}/strace",
                      "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
        line.start_broker()
        line.under = []

    def trouble(feeder):
        seen = {"once": 0, "for good": 0}
        calls = [(c, e) for c in args.calls.split(",") for e in FAILURES[c]]
        for turn in range(args.rounds):
            call, error = calls[turn % len(calls)]
            once = rng.random() < 0.5
            line.kill_broker()
            start_traced(call, error, f"{rng.randrange(20, 200)}{'' if once else '+'}")
            if once:
                until = time.monotonic() + 20
                while degradations(line) == 0 and time.monotonic() < until:
                    time.sleep(0.05)
                if degradations(line) == 0:
                    feeder.broken.append(f"{call} failed with {error} and nobody noticed")
                wait_state(line, feeder, "running")
            elif wait_state(line, feeder, "degraded"):
                last = int(line.status()["facts_last"])
                time.sleep(rng.uniform(0, 1.5))  # it tries to recover, in vain
                if last:
                    feeder.broken += harness.replay(line, last, 20).broken
                line.kill_broker()
                line.start_broker()
            seen["once" if once else "for good"] += 1
        return seen

    return harness.under_load("syscall", args, line, trouble)


if __name__ == "__main__":
    sys.exit(main())
