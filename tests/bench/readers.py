#!/usr/bin/python3
"""Readers of warta web on a fast stream: its processor time and memory, and whether it keeps them all.

usage: readers.py [--readers N] [--browsers N] [--rate FACTS] [--seconds S]

A broker, a worker and `warta web`; articles are fed so that FACTS a second come out. Readers are plain
readers of the stream, but for --browsers, which are pages in Chromium (tests/e2e/browser.py says what that
needs). Fails where a reader is disconnected, misses an entry or sees one twice. WARTA is the program.
"""
import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from browser import HERE, chromium, library  # noqa: E402
from line import WARTA, articles, check, expected, wait_for  # noqa: E402
from web import Web  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")


class Reader(threading.Thread):
    """Reads the stream to the end; what it saw: positions in order, bytes."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.seen, self.facts, self.bytes, self.ended = [], 0, 0, False
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.request("GET", "/api/v1/stream?after=0")
        self.answer = self.connection.getresponse()
        self.start()

    def run(self):
        try:
            for line in self.answer:
                self.bytes += len(line)
                if line.startswith(b"id: "):
                    at = int(line[4:])
                elif line.startswith(b"event: entry"):
                    self.seen.append(at)
                elif line.startswith(b"data: {\"facts\""):
                    self.facts += line.count(b'"position":')
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.ended = True


def used(pid):
    """Seconds of processor time."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid):
    """MB resident now, and at most."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        text = f.read()
    return [int(re.search(rf"{name}:\s+(\d+)", text).group(1)) / 1024 for name in ("VmRSS", "VmHWM")]


def feed(web, given, each, seconds):
    """As many articles a second as ask for it, evenly; returns how many."""
    feeder = web.start(WARTA, "feed", "--broker", web.base, "--quiet", "-", stdin=subprocess.PIPE, text=True)
    began, fed = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        while fed < (time.monotonic() - began) * each:
            article = given[fed % len(given)]
            feeder.stdin.write(json.dumps({**article, "id": f"r{fed}", "url": f"https://contoh.example/{fed}"}) + "\n")
            fed += 1
        feeder.stdin.flush()
        time.sleep(0.02)
    feeder.stdin.close()
    check(feeder.wait(60) == 0, "the feeder fails")
    return fed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--browsers", type=int, default=0)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    args = parser.parse_args()
    given, web = articles(), Web()
    facts = sum(len(records) - 1 for records in expected(given).values())
    each = args.rate * len(given) / facts
    pages = None
    if args.browsers:
        where, program = library(), chromium()
    web.broker()
    web.worker()
    web.web()
    if args.browsers:
        pages = web.start("node", f"{HERE}/page.mjs", "many_pages_of_the_live_view", f"http://127.0.0.1:{web.port}", program,
                          cwd=where, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        check(pages.stdout.readline().startswith("ask pages"), "no browser")
        pages.stdin.write(f"{args.browsers}\n")
        pages.stdin.flush()
        check(pages.stdout.readline().startswith("ask over"), "no pages")
    readers = [Reader(web.port) for _ in range(args.readers - args.browsers)]
    cpu, began = used(web.process.pid), time.monotonic()
    fed = feed(web, given, each, args.seconds)
    wait_for(lambda: web.get("status")["store"]["position"] >= fed, "the store does not come to the end")
    stored_s = time.monotonic() - began
    last = max(f["seq"] for f in web.get("facts", limit=1000)["items"])
    wait_for(lambda: all(r.ended or (r.seen and r.seen[-1] >= last) for r in readers), "readers do not come to the end")
    took, cpu = time.monotonic() - began, used(web.process.pid) - cpu
    now, most = memory(web.process.pid)
    with_facts = sorted({f["seq"] for f in web.all("facts")}) if fed < 2000 else None
    for reader in readers:
        check(not reader.ended, f"a reader is disconnected after {len(reader.seen)} entries")
        check(reader.seen == sorted(set(reader.seen)), "an entry comes twice, or out of order")
        check(len(reader.seen) == len(readers[0].seen) and (with_facts is None or reader.seen == with_facts), "a reader misses entries")
    told = ""
    if pages:
        pages.stdin.write("null\n")
        pages.stdin.flush()
        told = pages.stdout.read().strip()
        check(pages.wait(30) == 0, told)
    out = readers[0].facts if readers else 0
    sent = int(re.search(r"^warta_web_stream_bytes_total (\d+)$", web.raw("/metrics")[1].decode(), re.M).group(1))
    print(f"{args.readers} readers, {args.browsers} of them Chromium; {fed} articles, {out} facts in {took:.1f} s: {out / stored_s:.0f} facts/s "
          f"to each, {sent / 1e6 / took:.1f} MB/s in all; warta web: {cpu:.1f} s of processor time ({100 * cpu / took:.0f}% of a core), "
          f"{now:.0f} MB, at most {most:.0f} MB; none disconnected {told}")


if __name__ == "__main__":
    main()
