#!/usr/bin/python3
"""What an article that has taken over a worker can do: die.

usage: sandbox.py CASE
"""
import json
import os
import sys

from line import WARTA, Line, articles, cases_of, check, check_records, main, skip, wait_children, wait_for

ESCAPE = os.environ.get("WARTA_ESCAPE", "")
TRIES = ("open", "socket", "exec", "fork", "ptrace", "code", "unlink", "crash", "spin", "read")
ESCAPES = [way for way in TRIES if way not in ("crash", "spin")]
ACCENT, ACCENT_LEAST = "\u0301", 10  # how escape.c is told which


def hostile(way):
    letter = "e" + ACCENT * (ACCENT_LEAST + TRIES.index(way))
    return {"id": f"escape-{way}", "language": "id", "text": f"Kaf{letter} dibuka di Jakarta."}


def run(line, *options):
    """A pool with the library before it; what its processes say."""
    log = open(os.path.join(line.dir, "worker.log"), "w+", encoding="utf-8")
    env = dict(os.environ, LD_PRELOAD=ESCAPE)
    pool = line.start(WARTA, "worker", "--broker", line.base, "-j", 2, *options, stderr=log, env=env)
    return pool, log


def said(log):
    log.seek(0)
    return log.read()


def case_an_escape_is_killed_and_its_article_set_aside():
    """Each way out ends the process, not the pool; after two deaths the article is a dead letter
    with its bytes; the articles around it are read."""
    line, good = Line(), articles(20)
    line.broker("--deaths", 2)
    pool, log = run(line)
    half = len(good) // 2
    line.feed(good[:half])
    line.tail()
    line.feed([hostile(way) for way in ESCAPES])
    wait_for(lambda: json.dumps(line.ctl("dead")).count("escape-") >= len(ESCAPES), "dead letters")
    line.feed(good[half:])
    dead = json.dumps(line.ctl("dead"))
    for way in ESCAPES:
        check(f"escape-{way}" in dead, f"escape-{way} is no dead letter: {dead}")
    check_records(line.tail(), good)
    check("free" not in said(log), "a call came back")
    check("signal=31" in said(log), f"nothing says that a worker died by SIGSYS: {said(log)}")
    wait_children(pool, 2)


def case_without_the_sandbox_calls_come_back():
    """What the other case is silent about would be seen."""
    line = Line()
    line.broker()
    pool, log = run(line, "--no-sandbox")
    line.feed([hostile("open")])
    wait_for(lambda: "free" in said(log), "the call does not come back")
    check(pool.poll() is None, "the pool ended")


CASES = cases_of(globals())

if __name__ == "__main__":
    if not os.path.exists(ESCAPE):
        skip("WARTA_ESCAPE names no library")
    main(sys.argv[1:], CASES, __doc__)
