#!/usr/bin/python3
"""The real programs, from articles in to facts out: broker, workers, feed and tail on
scratch ipc:// sockets, all of them ended when the test ends, whatever happens.

usage: line.py CASE        one of the functions named case_… below; WARTA is the program

Exits 77 where the program or a Python module it needs is not there.
"""
import atexit
import glob
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WARTA = os.environ.get("WARTA", "build/warta")
SOURCE = os.environ.get("WARTA_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PATIENCE_S = 60


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def check(right, what):
    if not right:
        print(f"FAILED: {what}")
        sys.exit(1)


class Line:
    """Processes and sockets of one case, in a scratch directory."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="warta-e2e-")
        self.base = f"ipc://{self.dir}"
        self.processes = []
        atexit.register(self.end)

    def end(self):
        for process in self.processes:
            if "WARTA_COVERAGE" in os.environ and process.poll() is None:
                process.terminate()  # one that is killed does not say what it ran
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    pass
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, *words, **options):
        process = subprocess.Popen([str(w) for w in words], **options)
        self.processes.append(process)
        return process

    def start_ready(self, *words, **options):
        """Start a program and wait until it says that it is ready."""
        ours, theirs = os.pipe()
        process = self.start(WARTA, *words, "--ready-fd", theirs, pass_fds=[theirs], **options)
        os.close(theirs)
        ready, _, _ = select.select([ours], [], [], PATIENCE_S)
        check(ready and os.read(ours, 1) == b"\n", f"{words[0]} is not ready")
        os.close(ours)
        return process

    def broker(self, *words, **options):
        return self.start_ready("broker", "--listen", self.base, "--journal", f"lmdb:{self.dir}/journal",
                                "--beat", "100ms", "--dead", "1s", *words, **options)

    def worker(self, *options):
        return self.start_ready("worker", "--broker", self.base, *options)

    def run(self, *words, give=None, right=(0,)):
        done = subprocess.run([WARTA, *map(str, words)], input=give, capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        check(done.returncode in right, f"warta {words[0]} exits {done.returncode}: {done.stderr}")
        return done.stdout

    def ctl(self, *words):
        """The answer's "name value" lines."""
        lines = self.run("ctl", "--broker", self.base, *words).splitlines()
        return dict(line.split(" ", 1) for line in lines if " " in line)

    def feed(self, articles):
        self.run("feed", "--broker", self.base, "--quiet", "-", give="".join(json.dumps(a) + "\n" for a in articles))

    def tail(self, *options):
        """All records there are once everything has been read."""
        out = self.run("tail", "--broker", self.base, "--from", "first", "--until-idle", "--json", *options)
        return [json.loads(line) for line in out.splitlines()]


def wait_for(right, what):
    """What `right` answers, once it is true."""
    until = time.monotonic() + PATIENCE_S
    while True:
        answer = right()
        if answer:
            return answer
        check(time.monotonic() < until, what)
        time.sleep(0.02)


def articles(copies=1):
    """The golden cases' articles, as often as is asked for, each under an id of its own."""
    paths = sorted(glob.glob(os.path.join(SOURCE, "tests/golden/*/*/article.json")))
    check(paths, "there are no golden cases")
    out = []
    for copy in range(copies):
        for path in paths:
            with open(path, encoding="utf-8") as f:
                article = json.load(f)
            out.append({**article, "id": f"{article['id']}-{copy}"})
    return out


def expected(given):
    """What `warta extract` says of them: records by article id."""
    lines = "".join(json.dumps(a) + "\n" for a in given)
    out = subprocess.run([WARTA, "extract", "--jsonl", "-"], input=lines, capture_output=True, text=True,
                         timeout=PATIENCE_S, check=True).stdout
    return by_article(json.loads(line) for line in out.splitlines())


def by_article(records):
    out = {}
    for record in records:
        out.setdefault(record["article"]["id"], []).append(record)
    return out


def check_records(records, given):
    """Every article once, whole, with the bytes that extract gives; seq without a hole. Which article
    is a copy of which the broker alone tells."""
    seqs = [r.pop("seq") for r in records]
    for record in records:
        record.pop("copy_of", None)
    check(seqs == sorted(seqs), "seq does not ascend")
    check(sorted(set(seqs)) == list(range(1, len(given) + 1)), f"{len(set(seqs))} entries for {len(given)} articles")
    got, want = by_article(records), expected(given)
    check(set(got) == set(want), f"articles missing or unknown: {sorted(set(got) ^ set(want))[:5]}")
    for name, facts in want.items():
        check(got[name] == facts, f"{name} differs from what warta extract says")


def children(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as f:
        return [int(p) for p in f.read().split()]


def wait_children(process, count):
    until = time.monotonic() + PATIENCE_S
    while len(children(process)) != count:
        check(time.monotonic() < until, "the pool is not whole again")
        time.sleep(0.02)


def case_facts_come_out():
    """Two workers; the facts are those of `warta extract`."""
    line, given = Line(), articles(20)
    line.broker()
    line.worker("-j", 2)
    line.feed(given)
    check_records(line.tail(), given)


def case_articles_wait_for_a_worker():
    """Fed first; then one worker, in its parent's place."""
    line, given = Line(), articles()
    line.broker()
    line.feed(given)
    line.worker("-j", 1)
    check_records(line.tail(), given)


def case_the_same_article_twice_is_read_once():
    line, given = Line(), articles()
    line.broker()
    line.worker("-j", 1)
    line.feed(given)
    line.feed(given)
    check_records(line.tail(), given)


def case_workers_killed_midway():
    """Whatever dies is read again, and its facts are there once."""
    line, given = Line(), articles(60)
    line.broker("--deaths", 1000)
    pool = line.worker("-j", 2, "--credit", 4)
    for part in range(4):
        wait_children(pool, 2)
        line.feed(given[part::4])
        for pid in children(pool)[: 1 + part % 2]:
            os.kill(pid, signal.SIGKILL)
    check(pool.poll() is None, "the pool ended")
    check_records(line.tail(), given)
    wait_children(pool, 2)


def case_the_pool_killed_midway():
    line, given = Line(), articles(40)
    line.broker("--deaths", 1000)
    pool = line.worker("-j", 2)
    line.feed(given[: len(given) // 2])
    orphans = children(pool)
    pool.kill()
    pool.wait()
    until = time.monotonic() + PATIENCE_S
    while any(os.path.exists(f"/proc/{pid}/fd/0") for pid in orphans):
        check(time.monotonic() < until, "a worker outlives its pool")
        time.sleep(0.02)
    line.worker("-j", 2)
    line.feed(given[len(given) // 2:])
    check_records(line.tail(), given)


def case_the_broker_killed_midway():
    """Workers wait for it and go on; what was acknowledged is there."""
    line, given = Line(), articles(40)
    broker = line.broker()
    pool = line.worker("-j", 2)
    line.feed(given[: len(given) // 2])
    broker.kill()
    broker.wait()
    line.broker("--deaths", 1000)
    line.feed(given[len(given) // 2:])
    check_records(line.tail(), given)
    check(pool.poll() is None, "the pool ended")


def case_a_term_signal_drains():
    """What is in hand is finished, and the pool exits 0; another pool does the rest."""
    line, given = Line(), articles(60)
    line.broker()
    pool = line.worker("-j", 2)
    line.feed(given)
    pool.send_signal(signal.SIGTERM)
    check(pool.wait(PATIENCE_S) == 0, f"the pool exits {pool.returncode}")
    single = line.worker("-j", 1)
    check_records(line.tail(), given)
    single.send_signal(signal.SIGTERM)
    check(single.wait(PATIENCE_S) == 0, f"the worker exits {single.returncode}")


def case_refused_articles_do_not_stop_the_line():
    """One that costs more than it may becomes a dead letter; the others are read."""
    line, given = Line(), articles(2)
    line.broker()
    line.worker("-j", 1, "--memory", "2M")
    large = {"id": "large", "language": "id", "text": "Sebanyak 40 orang tiba di Jakarta. " * 20000}
    line.feed([given[0], large, *given[1:]])
    check_records(line.tail(), given)


def example(page):
    """The program in a page of proto/: the indented lines from `import` on."""
    with open(os.path.join(SOURCE, "proto", page), encoding="utf-8") as f:
        found = re.search(r"^    import .*?(?=^\S|\Z)", f.read(), re.M | re.S)
    check(found, f"proto/{page} has no example")
    return re.sub(r"^    ", "", found.group(0), flags=re.M)


def case_the_examples_of_the_specs_work():
    """Feeder, worker and consumer in twenty lines, of libraries that are not ours."""
    try:
        import msgpack  # noqa: F401
        import zmq  # noqa: F401
    except ImportError:
        skip("python3-zmq and python3-msgpack are not installed")
    line, count = Line(), 25
    line.broker()
    line.start(sys.executable, "-c", example("work.txt"), f"{line.base}/work")
    fed = subprocess.run([sys.executable, "-c", example("feed.txt"), f"{line.base}/feed"], text=True,
                         input="".join(f"Artikel nomor {n}.\n" for n in range(count)), capture_output=True,
                         timeout=PATIENCE_S, check=True).stdout
    check(fed.count("stored") == count, f"the feeder says: {fed}")
    tail = line.start(sys.executable, "-c", example("tail.txt"), f"{line.base}/tail", stdout=subprocess.PIPE,
                      text=True)
    records = [json.loads(tail.stdout.readline()) for _ in range(count)]
    check([r["seq"] for r in records] == list(range(1, count + 1)), "the consumer has not seen them in order")
    check({r["article"]["id"] for r in records} == {f"mine-{n}" for n in range(1, count + 1)}, "articles are missing")


def cases_of(names):
    return {name[len("case_"):]: case for name, case in sorted(names.items()) if name.startswith("case_")}


CASES = cases_of(globals())


def main(argv, cases, usage):
    if len(argv) != 1 or argv[0] not in cases:
        sys.exit(usage + "\ncases: " + " ".join(cases))
    if not os.access(WARTA, os.X_OK):
        skip(f"{WARTA} is not built")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cases[argv[0]]()


if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
