"""What a row of the matrix is, and what rows share."""
import os
import random
import re
import subprocess
import time

import harness

ROWS = []


class Skipped(Exception):
    """What the row needs and does not find."""


class Row:
    def __init__(self, name, about, function):
        self.name, self.about, self.run = name, about, function


def row(name, about):
    """A function of a Context that returns what is broken (a list) and figures (a dict)."""
    def add(function):
        ROWS.append(Row(name, about, function))
        ROWS.sort(key=lambda r: int(r.name[1:]))
        return function
    return add


class Context:
    def __init__(self, seed, is_long):
        self.seed, self.long = seed, is_long
        self.rng = random.Random(seed)

    def times(self, short, long):
        return long if self.long else short

    def line(self, **options):
        directory = harness.scratch()
        return harness.Line(directory, f"lmdb:{directory}/journal", **options)

    def load(self, line, trouble, rate=400, down=None):
        """`trouble` under load, and the checker; recovery of the broker among the figures."""
        bad, figures = harness.load(line, trouble, self.seed, rate, down)
        times = sorted(line.recovery_ms)
        if times:
            figures["recovery p50 ms"] = round(times[len(times) // 2])
            figures["recovery max ms"] = round(times[-1])
        harness.clean(line.dir, bad)
        return bad, figures


def need(tool):
    path = os.environ["PATH"] + ":/sbin:/usr/sbin"
    found = subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True, text=True,
                           env={**os.environ, "PATH": path}, check=False).stdout.strip()
    if not found:
        raise Skipped(f"{tool} is not installed")
    return found


def need_root():
    if os.geteuid() != 0:
        raise Skipped("needs root")


def script(name, *words):
    """A fault run of its own beside this file: what it says last is its figures."""
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run(["/usr/bin/python3", "-B", f"{here}/{name}", *map(str, words)], capture_output=True,
                          text=True, check=False)
    out = [line for line in done.stdout.splitlines() if line.strip()]
    if done.returncode == 77:
        raise Skipped(out[-1].removeprefix("skipped: ") if out else name)
    said = [line for line in out if not line.endswith(": ok")]
    bad = [line.strip() for line in out if line.startswith("  broken")] or done.stderr.splitlines()[-3:]
    return (bad or [f"exit {done.returncode}"]) if done.returncode else [], {"": said[-1] if said else ""}


def tests(pattern):
    """Tests of the build tree that the program lies in, by a regular expression of their names."""
    tree = os.path.dirname(os.path.abspath(harness.WARTA))
    done = subprocess.run(["ctest", "--test-dir", tree, "-R", pattern, "--no-tests=error"], capture_output=True,
                          text=True, check=False)
    if "No tests were found" in done.stdout + done.stderr:
        raise Skipped(f"no build tree with tests beside the program ({pattern})")
    counts = re.search(r"(\d+) tests failed out of (\d+)", done.stdout)
    left_out = re.findall(r"^\s*\d+ - (\S+) \(Skipped\)", done.stdout, re.M)
    bad = re.findall(r"^\s*\d+ - (\S+) \((?!Skipped)", done.stdout, re.M)
    if left_out and not bad:
        raise Skipped(f"tests that were: {', '.join(left_out)}")
    return bad, {"tests": int(counts.group(2)) if counts else 0, "of": pattern}


def wait_for(right, seconds=30):
    """Whether `right` becomes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if right():
            return True
        time.sleep(0.05)
    return False


def counter(line, name):
    """A counter or gauge of the broker, summed over its labels."""
    rows = [r.split() for r in line.ctl("stats").stdout.splitlines()]
    return sum(int(r[1]) for r in rows if len(r) == 2 and r[0].split("{")[0] == name)


def traced(line, *words):
    """The broker under strace, which is its child, so that what is killed is the broker."""
    # With --seccomp-bpf strace 6.1 is fast, and sends no signal it is told to.
    fast = [] if any("signal=" in word for word in words) else ["--seccomp-bpf"]
    line.under = ["strace", "-D", "-f", "-qq", *fast, "-o", f"{line.dir}/strace", *words]
    try:
        line.start_broker()
    finally:
        line.under = []


def tampered(line):
    """How many system calls of the broker traced last strace has failed, cut short or held up."""
    with open(f"{line.dir}/strace", encoding="utf-8", errors="replace") as calls:
        return sum(call.endswith(("(INJECTED)\n", "(DELAYED)\n")) for call in calls)


def must_happen(feeder, what, count):
    """A row whose fault never came about has shown nothing."""
    if not count:
        feeder.broken.append(f"the fault did not come about: {what} {count}")
    return count


def rss_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return max(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
