#!/usr/bin/python3
"""warta feed: files, directories and pipes in; what it remembers, waits for and says.

usage: feed.py CASE        one of the functions named case_… below; WARTA is the program
"""
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

from line import WARTA, Line, cases_of, check, main, wait_for


class Feed(Line):
    """A line and a folder of files to feed."""

    def __init__(self):
        super().__init__()
        self.folder = f"{self.dir}/in"
        os.mkdir(self.folder)

    def write(self, name, ids, mode="w"):
        """A file of one article for each id."""
        with open(f"{self.folder}/{name}", mode, encoding="utf-8") as f:
            for i in ids:
                f.write(json.dumps({"id": str(i), "text": f"Artikel {i}."}) + "\n")
        return f"{self.folder}/{name}"

    def put(self, *words, give=None, right=0):
        """Run the feed to its end: what it says on standard error."""
        done = subprocess.run([WARTA, "feed", "--broker", self.base, *words], input=give, capture_output=True,
                              text=True, timeout=60, check=False)
        check(done.returncode == right, f"warta feed exits {done.returncode}: {done.stderr}")
        check(done.stdout == "", "warta feed writes to standard output")
        return done.stderr

    def begin(self, *words, **options):
        return self.start(WARTA, "feed", "--broker", self.base, *words, stderr=subprocess.PIPE, **options)

    def stored(self):
        return int(self.ctl("stats")["ingest_stored"])

    def wait_stored(self, count):
        wait_for(lambda: self.stored() >= count, f"{self.stored()} of {count} are stored")
        check(self.stored() == count, f"{self.stored()} are stored, not {count}")


def stop(process, right=0):
    process.send_signal(signal.SIGTERM)
    code = process.wait(30)
    said = process.stderr.read().decode() if process.stderr else ""
    check(code == right, f"exits {code}: {said}")
    return said


def case_standard_input_files_and_folders():
    line = Feed()
    line.broker()
    file = line.write("lines", [1, 2])
    line.write("b.jsonl", [3, 4])
    with open(f"{line.folder}/a.txt", "w", encoding="utf-8") as f:
        f.write("Sebuah artikel.\r\nBaris kedua.")
    said = line.put("--jsonl", file, line.folder, "-", give='{"id": "5", "text": "Dari pipa."}')
    check(re.search(r"^6 articles read: 6 stored, 0 duplicate, 0 rejected; 0 broken; ", said, re.M), said)
    said = line.put("--jsonl", file, line.folder)
    check("5 articles read: 0 stored, 5 duplicate" in said, said)
    check(line.put("--quiet", line.folder) == "", "--quiet says something")


def case_what_is_wrong_is_named_and_the_feed_goes_on():
    line = Feed()
    line.broker()
    file = line.write("a.jsonl", [1])
    with open(file, "ab") as f:
        f.write(b'{"text": \n{"id":"a b","text":"x"}\n{"id":"u","text":"caf\xe9"}\n')
        f.write(b'{"id":"2","text":"' + b"x" * (1 << 20) + b'y"}\n')
        f.write(b'{"id":"' + b"i" * 10000 + b'","text":"x"}\n{"id":"1","text":"lain"}\n')
    line.write("a.jsonl", [3], mode="a")
    missing = f"{line.folder}/missing.jsonl"
    said = line.put(missing, file, right=1)
    for want in (f"cannot read: {missing}: No such file", f"{file}:2: not JSON at byte", f"{file}:3: ",
                 f"{file}:4: ", f"{file}:5: article.text is longer than 1048576 bytes",
                 f"{file}:6: article.id is longer than 256 bytes", f"{file}:7: rejected: conflict: "):
        check(want in said, f"{want!r} is not in {said}")
    check("2 stored, 0 duplicate, 1 rejected; 6 broken" in said, said)
    check(line.stored() == 2, "the good ones are not stored")


def case_dry_run_puts_and_remembers_nothing():
    line = Feed()
    line.broker()
    file = line.write("a.jsonl", [1, 2])
    mark = f"{line.dir}/mark"
    check("2 articles read, 0 broken; none put" in line.put("-n", "-c", mark, file), "dry run says otherwise")
    check("2 stored" in line.put("-c", mark, file), "the dry run was remembered")


def case_watch_sees_new_files_and_new_lines():
    line = Feed()
    line.broker()
    line.write("a.jsonl", [1])
    feed = line.begin("--watch", "--interval", "20ms", line.folder)
    line.wait_stored(1)
    line.write("a.jsonl", [2], mode="a")
    line.wait_stored(2)
    line.write("b.jsonl", [3, 4])
    line.wait_stored(4)
    with open(f"{line.folder}/b.jsonl", "a", encoding="utf-8") as f:
        f.write('{"id":"5","te')
        f.flush()
        time.sleep(0.3)
        check(line.stored() == 4, "half a line was put")
        f.write('xt":"Lima."}\n')
    line.wait_stored(5)
    with open(f"{line.folder}/empty.txt", "w", encoding="utf-8"):
        pass
    time.sleep(0.3)
    line.write("c.jsonl", [6])
    os.rename(f"{line.folder}/c.jsonl", f"{line.folder}/a.jsonl")  # replaced: read from its begin
    line.wait_stored(6)
    said = stop(feed, right=1)
    check(said.count("empty.txt: is empty") == 1, f"told more than once: {said}")


def case_a_checkpoint_survives_kill_and_repeats_little():
    line = Feed()
    line.broker()
    mark = f"{line.dir}/mark"
    file = line.write("a.jsonl", range(200))
    feed = line.begin("--watch", "--interval", "20ms", "-c", mark, file)
    line.wait_stored(200)
    wait_for(lambda: os.path.exists(mark) and f" {file}\n" in open(mark, encoding="utf-8").read(), "no checkpoint")
    feed.kill()
    feed.wait()
    line.write("a.jsonl", range(200, 250), mode="a")
    said = line.put("-c", mark, file)
    check("50 articles read: 50 stored, 0 duplicate" in said, said)
    check("0 articles read" in line.put("-c", mark, file), "a checkpoint is not heeded")
    line.write("a.jsonl", range(1000, 1300))  # written anew in place, and longer
    said = line.put("-c", mark, file)
    check("300 articles read: 300 stored" in said, said)


def case_killed_at_any_time_nothing_is_left_out():
    """Killed again and again under way: at the end every article is there."""
    line = Feed()
    line.broker()
    mark, count = f"{line.dir}/mark", 20000
    file = line.write("a.jsonl", range(count))
    for turn in range(6):
        feed = line.begin("-c", mark, "--batch", "16", file)
        time.sleep(0.02 * turn + 0.02)
        feed.kill()
        feed.wait()
    line.put("-c", mark, file)
    line.wait_stored(count)


def case_a_full_queue_is_waited_for():
    line = Feed()
    line.broker("--queue-articles", 10)
    file = line.write("a.jsonl", range(200))
    feed = line.begin("--batch", "8", file)
    wait_for(lambda: int(line.ctl("stats")["ingest_busy"]) > 0, "nobody was told busy")
    time.sleep(3.2)
    check(feed.poll() is None, "the feed gave up")
    check(line.stored() < 100, "a queue of ten holds more")
    line.worker("-j", 1)
    said = feed.communicate(timeout=60)[1].decode()
    check(feed.returncode == 0 and "200 stored" in said, said)
    check(said.count("the broker is busy") == 1, said)


def case_busy_is_put_again_while_a_pipe_is_silent():
    """What was told busy does not wait for the next line of a pipe."""
    line = Feed()
    line.broker("--queue-articles", 4)
    feed = line.begin("--batch", "1", "-", stdin=subprocess.PIPE)
    feed.stdin.write("".join(f'{{"id":"{n}","text":"x"}}\n' for n in range(30)).encode())
    feed.stdin.flush()
    wait_for(lambda: int(line.ctl("stats")["ingest_busy"]) > 0, "nobody was told busy")
    line.worker("-j", 1)
    line.wait_stored(30)
    stop(feed)


def case_a_broker_that_is_started_again_is_gone_on_with():
    line = Feed()
    broker = line.broker()
    file = line.write("a.jsonl", range(30000))
    feed = line.begin("--batch", "4", "--window", "4", file)
    wait_for(lambda: line.stored() > 200, "nothing is stored")
    broker.kill()
    broker.wait()
    check(feed.poll() is None, "the feed was done already: too few articles")
    line.broker()
    said = feed.communicate(timeout=90)[1].decode()
    check(feed.returncode == 0 and "30000 articles read" in said, said)
    check(int(line.ctl("status")["articles_last"]) == 30000, "articles are missing")


def case_without_a_broker_it_says_so_and_gives_up_when_told():
    line = Feed()
    said = line.put("--wait", "3500ms", line.write("a.jsonl", [1]), right=111)
    check(said.count(f"no answer from {line.base}: waiting") == 1, said)
    check(f"warta feed: no answer from {line.base} for 3500 ms" in said, said)
    check("nothing to feed" in line.put(right=100), "no operand is no error")


def case_term_while_a_pipe_is_silent_ends_it():
    line = Feed()
    line.broker()
    feed = line.begin("-", stdin=subprocess.PIPE)
    feed.stdin.write(b'{"text":"Satu."}\n')
    feed.stdin.flush()
    line.wait_stored(1)
    check("1 stored" in stop(feed), "no summary")


def case_progress_is_for_terminals():
    line = Feed()
    line.broker("--queue-articles", 10)
    file = line.write("a.jsonl", range(100))
    ours, theirs = pty.openpty()
    feed = line.start(WARTA, "feed", "--broker", line.base, file, stderr=theirs)
    os.close(theirs)
    seen = b""
    until = time.monotonic() + 30
    while b" %" not in seen and time.monotonic() < until:
        if select.select([ours], [], [], 0.1)[0]:
            seen += os.read(ours, 4096)
    check(re.search(rb"\d+ stored  .*\d+ %", seen), f"no progress line: {seen}")
    feed.kill()
    feed.wait()
    feed = line.begin(file)
    time.sleep(1)
    feed.kill()
    check(feed.stderr.read() == b"", "a progress line where there is no terminal")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
