#!/usr/bin/env python3
"""Makes a journal with the program it is given, for the tests of later formats.

usage: WARTA=PROGRAM make.py DIR      (DIR/data.mdb: what the tests know as formatN.mdb)

In it, whatever wrote it: 12 articles "a-1" to "a-12"; the facts of 1 to 6, of which 1 and 2 are
trimmed, as are the articles 1 and 2; 7 is a dead letter after three failures; 8 has failed once;
9 to 12 are unread; the consumer "web" stands at 4, "archive" at 7.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import msgpack
import zmq

WARTA = os.environ["WARTA"]
ARTICLES = 12


def article(number):
    return {"id": f"a-{number}", "source": "contoh.example", "language": "id",
            "published": "2025-03-28T08:00:00+07:00", "title": f"Kabar {number}",
            "text": f"Ambon - Sebanyak {number} warga mengungsi. " + "Air naik lagi. " * (number * 40)}


def dealer(base, endpoint):
    sock = zmq.Context.instance().socket(zmq.DEALER)
    sock.setsockopt(zmq.LINGER, 1000)
    sock.connect(f"{base}/{endpoint}")
    return sock


def say(sock, command, head, *frames):
    sock.send_multipart([command, msgpack.packb(head), *frames])


def hear(sock, wanted):
    while True:
        if not sock.poll(10000):
            raise SystemExit(f"waited in vain for {wanted}")
        command, *frames = sock.recv_multipart()
        if command == wanted:
            return frames


def entry_of(bytes_of_article):
    record = {"v": 1, "n": 0, "kind": "article", "id": "0" * 16, "article": msgpack.unpackb(bytes_of_article),
              "extractor": "none-1"}
    return msgpack.packb([record])


def work(base):
    """Article by article: 1 to 6 are done, 7 fails three times, 8 once."""
    sock, failed = dealer(base, "work"), {7: 0, 8: 0}
    say(sock, b"READY", {"name": "maker", "extractor": "none-1", "credit": 1, "languages": ["id"]})
    while failed != {7: 3, 8: 1}:
        head, bytes_of_article = hear(sock, b"JOB")
        job = msgpack.unpackb(head)["jobs"][0]
        lease = {"lease": job["lease"]}
        if job["seq"] <= 6:
            say(sock, b"DONE", {"jobs": [lease]}, entry_of(bytes_of_article))
        elif failed.get(job["seq"]) is None or (job["seq"] == 8 and failed[8] == 1):
            time.sleep(0.1)
            say(sock, b"BYE", {})
            sock.close()
            sock = dealer(base, "work")
            say(sock, b"READY", {"name": "maker", "extractor": "none-1", "credit": 1, "languages": ["id"]})
        else:
            failed[job["seq"]] += 1
            say(sock, b"FAIL", {"jobs": [{**lease, "code": "format", "text": "as asked"}]})
    time.sleep(0.2)
    say(sock, b"BYE", {})
    sock.close()


def fill(base, ctl):
    sock = dealer(base, "feed")
    sock.send_multipart([b"PUT", b"t", *(msgpack.packb(article(n)) for n in range(1, ARTICLES + 1))])
    hear(sock, b"ACK")
    work(base)
    for name, position in (("web", 4), ("archive", 7)):
        tail = dealer(base, "tail")
        say(tail, b"FROM", {"from": "first", "name": name})
        hear(tail, b"LIVE")
        say(tail, b"CONFIRM", {"next": position})
        time.sleep(0.3)
        tail.close()
    for stream in ("facts", "articles"):
        ctl("trim", stream, "3")
    time.sleep(0.5)
    print(ctl("status"))


def main():
    target = pathlib.Path(sys.argv[1])
    scratch = tempfile.mkdtemp(prefix="warta-make-")
    base = f"ipc://{scratch}/s"
    os.mkdir(f"{scratch}/s", 0o700)

    def ctl(*words):
        return subprocess.run([WARTA, "ctl", "--broker", base, *words], check=True, capture_output=True,
                              text=True).stdout

    broker = subprocess.Popen([WARTA, "broker", "--listen", base, "--journal", f"lmdb:{target}"])
    try:
        fill(base, ctl)
        ctl("stop")
        broker.wait(20)
    finally:
        broker.kill()
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
