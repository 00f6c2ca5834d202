#!/usr/bin/python3
"""How fast, and in how much memory, a gzipped web archive is read.

usage: archive.py [--bytes N] [--keep FILE]    N: of gzipped archive, such as 1e9 (default 1e8)

Writes an archive of pages that nobody else has, a record a member, in the proportions of a news crawl
(warcinfo, then request, response and metadata in turn, some of other status or type), and has `warta feed
--dry-run` (WARTA is the program) read it. Says MB/s of the file, and the most memory.
"""
import argparse
import gzip
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

WORDS = ("presiden menteri gubernur bupati warga polisi hakim jaksa petani guru dokter kota desa pasar sungai jalan "
         "rumah sakit harga beras minyak bank bunga pajak anggaran pemilu partai calon suara sidang putusan korban "
         "banjir gempa hujan api gedung kapal pesawat kereta jadwal tiket laga gol pelatih pemain juara musim yang "
         "dan di ke dari untuk pada dengan akan telah sudah belum tidak juga lebih dari sekitar naik turun").split()


def record(kind, url, block, content_type):
    head = (f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-05-06T07:08:09Z\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n")
    return head.encode() + block + b"\r\n\r\n"


def page(draw, number):
    """Some 60 kB: text, and the scripts and links around it, as sites have them."""
    text = "".join(f"<p>{' '.join(draw.choices(WORDS, k=60)).capitalize()}.</p>\n" for _ in range(12))
    script = "".join(f"var v{draw.randrange(10**6)}={draw.randrange(10**9)};" for _ in range(1200))
    links = "".join(f'<li><a href="/{draw.randrange(10**9)}">{" ".join(draw.choices(WORDS, k=8))}</a></li>\n'
                    for _ in range(150))
    return (f"<!DOCTYPE html><html><head><title>Berita {number}</title><script>{script}</script></head>"
            f"<body><ul>{links}</ul><article>{text}</article></body></html>").encode()


def records(draw):
    http, number = "application/http; msgtype=", 0
    yield record("warcinfo", "x", b"software: archive.py\r\n", "application/warc-fields")
    while True:
        number += 1
        url = f"https://situs{number % 50}.example.co.id/{number}"
        yield record("request", url, b"GET / HTTP/1.1\r\n\r\n", http + "request")
        status = "200 OK" if number % 10 else "404 Not Found"
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n"
        yield record("response", url, head.encode() + page(draw, number), http + "response")
        yield record("metadata", url, b"fetchTimeMs: 7\r\n", "application/warc-fields")


def write(path, size):
    draw, done = random.Random(1), 0
    with open(path, "wb") as out:
        for one in records(draw):
            done += out.write(gzip.compress(one, 1))
            if done >= size:
                return


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--bytes", type=float, default=1e8)
    options.add_argument("--keep")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.keep or os.path.join(folder, "crawl.warc.gz")
        if not os.path.exists(path):
            write(path, given.bytes)
        begun = time.monotonic()
        done = subprocess.run([os.environ.get("WARTA", "build/warta"), "feed", "--dry-run", path],
                              stderr=subprocess.PIPE, text=True, check=False)
        seconds = time.monotonic() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        size = os.path.getsize(path)
        print(done.stderr, end="")
        print(f"{size / 1e6:.0f} MB in {seconds:.1f} s: {size / 1e6 / seconds:.1f} MB/s "
              f"({used.ru_utime + used.ru_stime:.1f} s of CPU); at most {used.ru_maxrss / 1024:.1f} MiB")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
