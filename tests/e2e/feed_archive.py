#!/usr/bin/python3
"""warta feed: web archives, pages and foreign JSON Lines in; killed and gone on with.

usage: feed_archive.py CASE        one of the functions named case_… below; WARTA is the program
"""
import gzip
import json
import os
import random
import re
import subprocess
import sys
import time

from feed import Feed
from line import WARTA, cases_of, check, main

HTTP = "application/http; msgtype=response"


def record(block, url="http://www.situs.example/1", kind="response", content_type=HTTP, more=""):
    block = block if isinstance(block, bytes) else block.encode()
    return (f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-05-06T07:08:09Z\r\n"
            f"{more}Content-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n").encode() + block + b"\r\n\r\n"


def page(words, title="Judul berita"):
    """A page that holds an article long enough to be found."""
    return (f"<!DOCTYPE html><html><head><title>{title}</title><meta property='article:published_time' "
            f"content='2024-05-05T10:00:00+07:00'><script>var x = 1;</script></head><body><article><h1>{title}</h1>"
            + "".join(f"<p>{words} Kalimat ke-{i} menambah panjang berita ini, supaya ditemukan di halamannya.</p>"
                      for i in range(6)) + "</article></body></html>")


def answer(body, head="", status="200 OK", kind="text/html; charset=utf-8"):
    body = body if isinstance(body, bytes) else body.encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{head}\r\n".encode() + body


def zipped(*records):
    return b"".join(gzip.compress(one, mtime=0) for one in records)


class Archive(Feed):
    def save(self, name, data):
        with open(f"{self.folder}/{name}", "wb") as f:
            f.write(data)
        return f"{self.folder}/{name}"

    def articles(self, count):
        """The article records of the facts."""
        self.worker()
        found = [record["article"] for record in self.tail() if record["kind"] == "article"]
        check(len(found) == count, f"{len(found)} articles, not {count}")
        return found


def case_pages_of_an_archive_become_articles():
    line = Archive()
    line.broker()
    chunked = page("Gubernur tiba di Medan.").encode()
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(chunked), chunked)
    packed = gzip.compress(page("Bupati tiba di Solo.").encode())
    latin = page("Café dibuka di Bogor.").encode("iso-8859-1")
    file = line.save("crawl.warc.gz", zipped(
        record("software: x", kind="warcinfo", content_type="application/warc-fields"),
        record("GET / HTTP/1.1\r\n\r\n", kind="request", content_type="application/http; msgtype=request"),
        record(answer(page("Presiden tiba di Jakarta.")), "http://www.situs.example/1?utm_source=x"),
        record(answer(chunked, "Transfer-Encoding: chunked\r\n"), "http://www.situs.example/2"),
        record(answer(packed, "Content-Encoding: gzip\r\n"), "http://www.situs.example/3"),
        record(answer(latin, kind="text/html; charset=iso-8859-1"), "http://www.situs.example/4"),
        record(answer("<p>no", status="404 Not Found")),
        record(answer("{}", kind="application/json"))))
    said = line.put(file)
    check("archives: 8 records: 4 pages; passed over: 2 of other types, 1 of another status than 200, "
          "1 not of text/html; 0 broken" in said, said)
    check("4 articles read: 4 stored" in said, said)
    found = sorted(line.articles(4), key=lambda a: a["url"])
    for number, (article, words) in enumerate(zip(found, ("Presiden", "Gubernur", "Bupati", "Café")), 1):
        check(article["url"] == f"http://www.situs.example/{number}", article)
        check(article["source"] == "situs.example" and article["fetched"] == "2024-05-06T07:08:09+00:00", article)
        check(article["published"] == "2024-05-05T10:00:00+07:00" and article["title"] == "Judul berita", article)
        check(article["text"].count(words) >= 6 and "var x" not in article["text"], article)


def case_what_is_broken_is_named_with_its_place():
    line = Archive()
    line.broker()
    good, bad = record(answer(page("Satu."))), record(answer(page("Dua.")))
    plain = line.save("plain.warc", good + bad.replace(b"Content-Length: ", b"Content-Length: 1") + good)
    members = [gzip.compress(one, mtime=0) for one in (good, bad, record(answer(page("Tiga."))))]
    members[1] = members[1][:60] + bytes([members[1][60] ^ 0xff]) + members[1][61:]
    packed = line.save("packed.warc.gz", b"".join(members))
    cut = line.save("cut.warc.gz", members[0] + members[2][:-20])
    said = line.put(plain, packed, cut, right=1)
    check(f"{plain}@{len(good)}: its length does not lead to the next record" in said
          or f"{plain}@{len(good)}: the file ends within it" in said, said)
    check(f"{packed}@{len(members[0])}: gzip member at byte {len(members[0])}: " in said, said)
    check(f"{cut}@{len(members[0])}: gzip member at byte {len(members[0])}: the file ends within it" in said, said)
    check("archives: 5 records: 5 pages; 3 broken" in said and "5 articles read: 2 stored, 3 duplicate" in said, said)


def case_pages_lines_and_archives_come_through_pipes_and_folders():
    line = Archive()
    line.broker()
    os.mkdir(f"{line.folder}/sub")
    line.save("sub/a.html", page("Pertama.").encode())
    line.save("sub/b.htm.gz", gzip.compress(page("Kedua.").encode()))
    line.save("sub/c.jsonl.gz", gzip.compress(b'{"text":"Ketiga."}\n{"text":"Keempat."}\n'))
    line.save("sub/d.warc", record(answer(page("Kelima."))))
    line.save("sub/e.png", b"no")
    check("5 articles read: 5 stored" in line.put(line.folder), "a folder is not read")
    for data in (zipped(record(answer(page("Keenam.")))), record(answer(page("Ketujuh."))),
                 gzip.compress(b'{"text":"Kedelapan."}\n'), page("Kesembilan.").encode()):
        said = subprocess.run([WARTA, "feed", "--broker", line.base, "-"], input=data, capture_output=True, timeout=60,
                              check=False).stderr.decode()
        check("1 articles read: 1 stored" in said, said)


def case_lines_of_others_are_mapped():
    line = Archive()
    line.broker()
    file = line.save("x.jsonl", b'{"nid":7,"body":["Baris satu.","Baris dua."],"meta":{"link":"http://a.example/7"},'
                                b'"tgl":"Senin, 6 Mei 2024 07:08 WIB"}\n{"body":{}}\n')
    said = line.put("--map", "text=body,url=meta.link", "--map", "id=nid,published=tgl", file, right=1)
    check(f"{file}:2: body cannot be article.text" in said and "1 articles read: 1 stored" in said, said)
    article = line.articles(1)[0]
    check(article["id"] == "7" and article["url"] == "http://a.example/7" and article["text"] ==
          "Baris satu.\nBaris dua." and article["published"] == "2024-05-06T07:08:00+07:00", article)
    said = line.put("--map", "body=text", file, right=100)
    check('an article has no field "body"' in said, said)


def crawl(count, copies=1):
    """An archive in which some pages stand in one member together, and others are no pages."""
    out, draw = b"", random.Random(count)
    for i in range(count):
        one = record(answer(f"<p>Halaman {i}.</p>" + "x" * draw.randrange(300)), f"http://a.example/{i}")
        other = record("GET / HTTP/1.1\r\n\r\n", kind="request", content_type="application/http; msgtype=request")
        out += gzip.compress(other * copies + one, 1, mtime=0)
    return out


def killed(file, count, kills, seed):
    line, draw = Archive(), random.Random(seed)
    line.broker()
    path, state = line.save("crawl.warc.gz", file), f"{line.dir}/state"
    for _ in range(kills):
        feed = line.begin("--checkpoint", state, "--batch", "16", "--window", "2", path)
        time.sleep(draw.uniform(0.05, 1.8))
        feed.kill()
        feed.wait()
        feed.stderr.close()
    said = line.put("--checkpoint", state, path)
    check(line.stored() == count, f"{line.stored()} stored, not {count}: {said}")
    done = int(re.search(r"^(\d+) articles read", said, re.M).group(1))
    again = line.put("--checkpoint", state, path)
    check(re.search(r"^0 articles read", again, re.M), again)
    return done


def case_a_killed_feed_goes_on_where_it_was():
    """kill -9 at any moment: everything is stored once, and not all of it is read again."""
    done = killed(crawl(6000), 6000, kills=4, seed=1)
    check(done < 6000, "it began from the begin again")
    # One member holds all: a place within it is gone on from.
    done = killed(gzip.compress(b"".join(record(answer(f"<p>Halaman {i}.</p>"), f"http://a.example/{i}")
                                         for i in range(6000)), 1), 6000, kills=4, seed=2)
    check(done < 6000, "it began from the begin again")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
