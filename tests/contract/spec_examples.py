#!/usr/bin/python3
"""Runs the examples of proto/*.txt, as they stand there, against a real broker.

They are the promise that a peer can be written in twenty lines with any ZeroMQ and
msgpack library. Changed before they run: the addresses, and the subscriber's topic (the
example worker finds nothing but the article itself). Exit 77 where python3-zmq,
python3-msgpack or the program is missing.
"""

import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

try:
    import msgpack
    import zmq
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

SOURCE = pathlib.Path(os.environ.get("WARTA_SOURCE", pathlib.Path(__file__).parents[2]))
WARTA = os.environ.get("WARTA", "")
WAIT_S = 20


def examples(name):
    """The indented blocks of a page that begin with an import."""
    text = (SOURCE / "proto" / name).read_text(encoding="utf-8")
    blocks = re.findall(r"(?m)^    import .*\n(?:(?:    .*)?\n)*", text)
    return [re.sub(r"(?m)^    ", "", block).strip() + "\n" for block in blocks]


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def wait_until(what, condition):
    end = time.monotonic() + WAIT_S
    while not condition():
        check(time.monotonic() < end, "waited in vain for " + what)
        time.sleep(0.05)


def free_port():
    """A base port with four free ones behind it."""
    while True:
        base = random.randrange(20000, 32000)
        try:
            for port in range(base, base + 5):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            pass


class Line:
    """A broker and the examples around it, in a directory of their own."""

    def __init__(self, directory, source):
        self.dir = pathlib.Path(directory)
        self.source = source
        self.port = free_port()
        self.running = []

    def start(self, name, command):
        out = open(self.dir / (name + ".out"), "wb")
        log = open(self.dir / (name + ".err"), "wb")
        with out, log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=log)
        self.running.append((name, child))
        return child

    def command(self, name, *words):
        text = self.source[name]
        for offset in range(5):
            text = text.replace("127.0.0.1:%d" % (7400 + offset),
                                "127.0.0.1:%d" % (self.port + offset))
        path = self.dir / (name + ".py")
        path.write_text(text, encoding="utf-8")
        return [sys.executable, str(path), *words]

    def run(self, name, *words, text=""):
        return subprocess.run(self.command(name, *words), input=text, text=True,
                              capture_output=True, timeout=WAIT_S, check=False)

    def lines(self, name):
        text = (self.dir / (name + ".out")).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def stop(self):
        for _, child in reversed(self.running):
            child.terminate()
        for name, child in self.running:
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
                print(name, "had to be killed")

    def show(self):
        for path in sorted(self.dir.glob("*.err")):
            print("--", path.name, "--")
            print(path.read_text(encoding="utf-8", errors="replace"))


def run_line(line):
    line.start("broker", [WARTA, "broker", "--listen", "tcp://127.0.0.1:%d" % line.port, "--insecure-loopback",
                          "--journal", "lmdb:%s" % (line.dir / "journal")])
    wait_until("the broker", lambda: socket.socket().connect_ex(
        ("127.0.0.1", line.port + 4)) == 0)

    status = line.run("admin")
    check(status.returncode == 0, "admin: " + status.stdout + status.stderr)
    check("version" in status.stdout, "status has no version: " + status.stdout)
    check(line.run("admin", "nonsense").returncode == 1, "admin took nonsense")

    line.start("subscriber", line.command("subscriber"))
    line.start("consumer", line.command("consumer"))
    line.start("worker", line.command("worker"))
    time.sleep(1)  # a subscription takes effect when it takes effect

    news = "Satu berita.\nDua berita.\nTiga berita.\n"
    fed = line.run("feeder", text=news)
    check(fed.returncode == 0, "feeder: " + fed.stderr)
    want = ["stored mine-%d" % n for n in (1, 2, 3)]
    check([s.strip() for s in fed.stdout.splitlines()] == want, "feeder: " + fed.stdout)
    again = line.run("feeder", text=news)
    check(again.stdout.count("duplicate mine-") == 3, "feeder again: " + again.stdout)

    for name in ("consumer", "subscriber"):
        wait_until("three entries at the " + name, lambda: len(line.lines(name)) >= 3)
        records = line.lines(name)
        check([r["seq"] for r in records] == [1, 2, 3], name + ": " + str(records))
        check([r["kind"] for r in records] == ["article"] * 3, name + ": " + str(records))
        texts = sorted(r["article"]["text"] for r in records)
        check(texts == sorted(news.splitlines()), name + ": " + str(texts))
        check(list(records[0])[0] == "seq", name + ": seq does not come first")

    status = dict(
        row.split(" ", 1) for row in line.run("admin").stdout.splitlines() if " " in row)
    check(status.get("facts_last") == "3", "status: " + str(status))
    wait_until("all to be finished", lambda: "unfinished 0" in line.run("admin").stdout)


def run_reader(line):
    """The example of fact.txt reads an entry."""
    text = "Jakarta – ibu kota."
    entry = [{"v": 1, "n": 0, "kind": "article", "id": "0" * 16, "extractor": "none-1",
              "article": {"id": "a", "text": text}},
             {"v": 1, "n": 1, "kind": "entity", "id": "1" * 16, "span": [12, 15],
              "article": {"id": "a"}, "sentence": 0, "text": "ibu", "confidence": 1}]
    (line.dir / "entry.msgpack").write_bytes(msgpack.packb(entry))
    done = subprocess.run(line.command("reader"), cwd=line.dir, capture_output=True,
                          text=True, timeout=WAIT_S, check=False)
    check(done.stdout == "entity ibu\n", "reader: " + done.stdout + done.stderr)


def main():
    source = {"feeder": examples("feed.txt")[0], "worker": examples("work.txt")[0],
              "admin": examples("admin.txt")[0], "reader": examples("fact.txt")[0]}
    source["consumer"], source["subscriber"] = examples("tail.txt")
    for name, text in source.items():
        compile(text, name, "exec")
    topic = '"fact.id.quantity."'
    check(topic in source["subscriber"], "the subscriber subscribes to something else")
    source["subscriber"] = source["subscriber"].replace(topic, '"fact."')
    with tempfile.TemporaryDirectory(prefix="warta-") as directory:
        line = Line(directory, source)
        run_reader(line)
        if not os.access(WARTA, os.X_OK):
            print("the examples compile; skipped the rest: no program in $WARTA")
            return 77
        try:
            run_line(line)
        except (AssertionError, OSError, subprocess.SubprocessError) as failure:
            print("failed:", failure)
            line.show()
            return 1
        finally:
            line.stop()
    print("the examples of proto/ work")
    return 0


if __name__ == "__main__":
    sys.exit(main())
