#!/usr/bin/python3
"""warta tail: where it begins, what it lets through, how it prints and when it ends.

usage: tail.py CASE        one of the functions named case_… below; WARTA is the program
"""
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time

from line import WARTA, Line, articles, cases_of, check, main, wait_for


class Tail(Line):
    """A line with all golden articles read."""

    def __init__(self, copies=1):
        super().__init__()
        self.given = articles(copies)

    def read_all(self):
        self.feed(self.given)
        self.worker("-j", 1)
        self.tail()

    def lines(self, *options, right=(0,)):
        out = self.run("tail", "--broker", self.base, *options, right=right)
        return out.splitlines()

    def records(self, *options):
        return [json.loads(r) for r in self.lines("--json", *options)]

    def follow(self, *options, **more):
        return self.start(WARTA, "tail", "--broker", self.base, *options, stdout=subprocess.PIPE, **more)


def seqs(records):
    return sorted({r["seq"] for r in records})


def case_begins_where_it_is_told():
    line = Tail(2)
    line.broker()
    line.read_all()
    last = len(line.given)
    check(seqs(line.records("--from", "first", "--until-live")) == list(range(1, last + 1)), "first is not 1")
    check(seqs(line.records("--from", 7, "--until-live")) == list(range(7, last + 1)), "a position is not heeded")
    check(line.records("--from", "new", "--until-live") == [], "new has old facts")
    check(line.records("--from", last + 1, "--until-live") == [], "behind the last there is something")
    check(seqs(line.records("--from", "first", "--count", 3)) == [1, 2, 3], "--count is not heeded")
    follow = line.follow("--from", "new", "--count", "1", "--json")
    wait_for(lambda: line.ctl("status")["tails"] == "1", "it does not connect")
    line.feed([{"id": "late", "text": "Sebanyak 40 orang tiba di Jakarta."}])
    out = follow.communicate(timeout=30)[0].decode().splitlines()
    check({json.loads(r)["article"]["id"] for r in out} == {"late"}, "new is not new")


def case_filters_let_through_what_they_name():
    line = Tail()
    line.given += [{"id": "x", "source": "lain.example", "language": "id", "text": "Sebanyak 40 orang tiba di Jakarta."}]
    line.broker()
    line.read_all()
    every = line.records("--from", "first", "--until-live")

    def through(want, *options):
        got = line.records("--from", "first", "--until-live", *options)
        check(got == [r for r in every if want(r)], f"{options} lets something else through")
        check(got, f"{options} lets nothing through: the case tests nothing")

    def country(record):
        return record.get("country") or record.get("place", {}).get("country") or "-"

    through(lambda r: r["kind"] == "quantity", "--kind", "quantity")
    through(lambda r: r["kind"] in ("quote", "role"), "--kind", "quote,role")
    through(lambda r: r["kind"] in ("quote", "role"), "--kind", "quote", "--kind", "role")
    through(lambda r: country(r) == "ID", "--country", "ID")
    through(lambda r: country(r) in ("ID", "-"), "--country", "ID,-")
    through(lambda r: r["article"].get("source") == "lain.example", "--source", "lain.example")
    through(lambda r: r["article"].get("language") == "id", "--language", "id")
    check(line.records("--from", "first", "--until-live", "--language", "xx") == [], "another language passes")
    for words, want in ((["--kind", "numbers"], "no such kind"), (["--country", "id"], "two capital letters"),
                        (["--from", "last"], "--from takes"), (["--json", "--people"], "exclude each other"),
                        (["--from", "mark"], "need --name"), (["--colour", "red"], "--colour takes"),
                        (["more"], "no such argument")):
        done = subprocess.run([WARTA, "tail", *words], capture_output=True, text=True, timeout=10, check=False)
        check(done.returncode == 100 and want in done.stderr, f"{words}: {done.returncode} {done.stderr}")


def case_people_see_lines_and_programs_json():
    line = Tail()
    line.broker()
    line.read_all()
    plain = line.lines("--from", "first", "--until-live", "--people")
    check(any(r.startswith("  quantity  ") for r in plain), "no line for a quantity")
    check(not any("\033" in r for r in plain), "colours without a terminal")
    check(any("\033[" in r for r in line.lines("--from", "first", "--until-live", "--people", "--colour", "always")),
          "no colours when asked for")
    only = line.lines("--from", "first", "--until-live", "--people", "--kind", "quantity")
    check(not only[0].startswith(" "), "filtered facts stand without their article")
    ours, theirs = pty.openpty()
    done = line.start(WARTA, "tail", "--broker", line.base, "--from", "first", "--until-live", stdout=theirs,
                      env={k: v for k, v in os.environ.items() if k != "NO_COLOR"})
    os.close(theirs)
    seen = b""
    while True:
        try:
            seen += os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
    check(done.wait(10) == 0 and b"\033[1m" in seen and b'{"' not in seen, "a terminal sees no lines for people")


def case_a_mark_is_kept_and_resumed_from():
    line = Tail()
    line.broker()
    line.read_all()
    name, last = ["--name", "archive", "--from", "mark", "--confirm"], len(line.given)
    first = line.records(*name, "--count", 4)
    check(seqs(first) == [1, 2, 3, 4], "an unknown mark is not the first position")
    check(line.run("ctl", "--broker", line.base, "mark", "archive").strip() == "5", "the mark is not 5")
    rest = line.records(*name, "--until-live")
    check(seqs(rest) == list(range(5, last + 1)), f"resumed at {seqs(rest)[:1]}")
    check(line.records(*name, "--until-live") == [], "something comes twice")
    # What filters leave out is confirmed as well.
    line.records("--name", "none", "--from", "mark", "--confirm", "--until-live", "--source", "nobody.example")
    check(line.run("ctl", "--broker", line.base, "mark", "none").strip() == str(last + 1), "the mark did not move")


def case_a_reader_that_has_seen_enough_ends_it():
    line = Tail(8)
    line.broker()
    line.read_all()
    command = f"'{WARTA}' tail --broker {line.base} --from first --name h --confirm --json; echo $? >{line.dir}/code"
    head = subprocess.run(["sh", "-c", f"( {command} ) | head -n 1"], capture_output=True, timeout=30, check=True)
    check(len(head.stdout.splitlines()) == 1 and head.stderr == b"", f"head says {head}")
    with open(f"{line.dir}/code", encoding="ascii") as f:
        check(f.read() == "0\n", "a broken pipe is an error")
    mark = line.run("ctl", "--broker", line.base, "mark", "h", right=(0, 1)).strip()
    check(mark != str(len(line.given) + 1), "what nobody read is confirmed")
    follow = line.follow("--from", "new")  # nothing comes, nobody listens
    follow.stdout.close()
    check(follow.wait(10) == 0, f"exits {follow.returncode}")


def case_until_idle_waits_for_what_is_unread():
    line = Tail(3)
    line.broker()
    line.feed(line.given)
    follow = line.follow("--from", "first", "--until-idle", "--json")
    time.sleep(1)
    check(follow.poll() is None, "it ended with articles unread")
    line.worker("-j", 1)
    out = follow.communicate(timeout=60)[0].decode().splitlines()
    check(seqs(map(json.loads, out)) == list(range(1, len(line.given) + 1)), "facts are missing")


def case_over_broker_restarts_nothing_is_missed_or_twice():
    line = Tail(40)
    broker = line.broker("--deaths", 1000)
    line.worker("-j", 2)
    follow = line.follow("--from", "first", "--json", stderr=subprocess.PIPE)
    out = []
    reader = threading.Thread(target=lambda: out.extend(map(json.loads, follow.stdout)), daemon=True)
    reader.start()
    for part in range(4):
        line.feed(line.given[part::4])
        broker.kill()
        broker.wait()
        time.sleep(0.1 * part)
        broker = line.broker("--deaths", 1000)
    every = line.tail()
    wait_for(lambda: len(out) >= len(every), f"{len(out)} of {len(every)} records came")
    follow.send_signal(signal.SIGTERM)
    check(follow.wait(10) == 0, f"exits {follow.returncode}: {follow.stderr.read().decode()}")
    reader.join(10)
    check(out == every, "live is not the log")


def case_without_a_broker_it_says_so_once():
    line = Tail()
    follow = line.follow("--from", "first", stderr=subprocess.PIPE)
    time.sleep(3.5)
    follow.send_signal(signal.SIGTERM)
    said = follow.communicate(timeout=10)[1].decode()
    check(follow.returncode == 0 and said.count(f"no answer from {line.base}: waiting for a broker") == 1, said)


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
