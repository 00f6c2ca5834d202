#!/usr/bin/python3
"""warta feed rss: real feeds over real HTTP into a real broker.

usage: feed_rss.py CASE    one of the functions named case_… below; WARTA is the program
"""
import http.server
import os
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time

from line import WARTA, Line, check, cases_of, main, wait_for


def item(number, text=None, guid=None):
    return (f"<item><title>Judul {number}</title><guid isPermaLink='false'>{guid or number}</guid>"
            f"<link>http://situs.example/{number}?utm_source=rss</link>"
            f"<description>{text or f'Isi berita {number}.'}</description></item>")


def rss(items):
    return f"<rss version='2.0'><channel><title>Uji</title>{''.join(items)}</channel></rss>"


class Site:
    """A server whose answers a case sets: path to a function of the request's headers."""

    def __init__(self, at=("127.0.0.1", 0), six=False):
        self.answers, self.asked = {}, []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                site.asked.append((self.path, dict(self.headers), time.monotonic()))
                answer = site.answers.get(self.path, (404, {}, b""))
                status, headers, body = answer(self.headers) if callable(answer) else answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if six else socket.AF_INET
            request_queue_size = 64

            def handle_error(self, request, client_address):
                pass  # who asked has gone

            def server_bind(self):  # the base's asks what our name is
                socketserver.TCPServer.server_bind(self)
                self.server_name, self.server_port = self.server_address[:2]

        self.server = Server(at, Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        port = self.server.server_port
        self.base = f"http://{at[0]}" + ("" if port == 80 else f":{port}")

    def feed(self, path, items, **headers):
        body = rss(items).encode()
        etag = f'"{hash(body)}"'

        def answer(asked):
            if asked.get("If-None-Match") == etag:
                return 304, {"ETag": etag, **headers}, b""
            return 200, {"ETag": etag, "Content-Type": "application/rss+xml", **headers}, body

        self.answers[path] = answer
        return self.base + path

    def count(self, path):
        return sum(1 for p, _, _ in self.asked if p == path)


class Rss(Line):
    def __init__(self, broker=True):
        super().__init__()
        self.state = f"{self.dir}/state"
        self.site = Site()
        if broker:
            self.broker()

    def words(self, *words):
        return ["feed", "rss", "--broker", self.base, "--state", self.state, "--allow-private",
                "--host-delay", "0", "--host-requests", "20", "--pages", "never", *words]

    def once(self, *words, right=0):
        done = subprocess.run([WARTA, *self.words("--once", *words)], capture_output=True, text=True, timeout=60,
                              check=False)
        check(done.returncode == right, f"warta feed rss exits {done.returncode}: {done.stderr}")
        return dict(re.findall(r"(\w+)=(\d+)", done.stderr.splitlines()[-1]))

    def watch(self, *words):
        with open(f"{self.dir}/log", "ab") as log:
            return self.start(WARTA, *self.words("--interval", "1s", "--interval-least", "1s", "--interval-most", "1s",
                                                 *words), stderr=log)

    def status(self):
        out = self.run("feed", "rss", "--state", self.state, "--status")
        return {line.split()[0]: line for line in out.splitlines()}

    def stored(self):
        return int(self.ctl("stats")["ingest_stored"])


def case_new_entries_are_put_once_and_unchanged_feeds_cost_nothing():
    line = Rss()
    url = line.site.feed("/a.xml", [item(1), item(2)])
    counts = line.once(url)
    check(counts["stored"] == "2", counts)
    counts = line.once(url)
    check(counts["unchanged"] == "1" and counts["entries"] == "0", counts)
    line.site.feed("/a.xml", [item(3), item(1), item(2)])
    counts = line.once(url)
    check(counts["stored"] == "1" and counts["duplicate"] == "0", counts)
    check(line.stored() == 3, "not three are stored")
    os.remove(line.state)
    counts = line.once(url)
    check(counts["stored"] == "0" and counts["duplicate"] == "3", f"with the state lost: {counts}")


def case_an_edited_entry_is_a_revision_and_an_edited_title_no_new_article():
    line = Rss()
    url = line.site.feed("/a.xml", [item(1), item(2)])
    line.once(url)
    line.site.feed("/a.xml", [item(1, "Isi yang lain."), item(2)])
    counts = line.once(url)
    check(counts["stored"] == "1" and counts["edited"] == "1", counts)
    other = line.site.feed("/b.xml", [item(1, "Isi dari umpan lain.")])
    counts = line.once(url, other)
    check(counts["stored"] == "0", f"an entry of another feed is a revision: {counts}")
    same = line.site.feed("/c.xml", [item(7, guid="x"), item(8, guid="x")])
    counts = line.once(same)
    check(counts["stored"] == "2", f"two entries with one guid: {counts}")
    check(line.once(same)["stored"] == "0", "they are put again")
    line.worker()
    ids = [r["article"]["id"] for r in line.tail()]
    check(len(ids) == len(set(ids)) == 5, ids)
    check(len({i[:18] for i in ids}) == 4, f"a revision's id does not begin like the former: {ids}")


def case_servers_are_heeded():
    line = Rss()
    site = line.site
    site.feed("/new.xml", [item(1)])
    site.answers["/old.xml"] = (301, {"Location": "/new.xml"}, b"")
    site.answers["/gone.xml"] = (410, {}, b"")
    site.answers["/busy.xml"] = (429, {"Retry-After": "7200"}, b"")
    site.answers["/loop.xml"] = (302, {"Location": "/loop.xml"}, b"")
    site.answers["/file.xml"] = (302, {"Location": "file:///etc/passwd"}, b"")
    names = ["old", "gone", "busy", "loop", "file"]
    urls = [f"{site.base}/{n}.xml" for n in names]
    line.once(*urls, right=1)
    check(site.count("/loop.xml") <= 5, "a loop is followed")
    line.once(*urls, right=1)
    check(site.count("/gone.xml") == 1, "what is gone is asked for again")
    check(site.count("/old.xml") == 1, "a permanent redirect is not remembered")
    status = line.status()
    check(f"moved={site.base}/new.xml" in status[urls[0]], status[urls[0]])
    check("gone=yes" in status[urls[1]], status[urls[1]])
    due = re.search(r"due=(\S+)", status[urls[2]]).group(1)
    check(due > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 7100)), f"Retry-After: {due}")
    out = line.run("feed", "rss", "--state", line.state, "--opml")
    check("gone.xml" not in out and "new.xml" in out, out)
    with open(f"{line.dir}/list.opml", "w", encoding="utf-8") as f:
        f.write(out)
    line.once(f"{line.dir}/list.opml", right=1)


def case_robots_txt_is_heeded():
    line = Rss()
    line.site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /tidak\n")
    yes, no = line.site.feed("/ya.xml", [item(1)]), line.site.feed("/tidak.xml", [item(2)])
    line.once(yes, no, right=1)
    check(line.site.count("/tidak.xml") == 0, "what is forbidden is asked for")
    check(line.site.count("/robots.txt") == 1 and line.stored() == 1, "robots.txt")
    line.once(yes, no, "--no-robots")
    check(line.stored() == 2, "--no-robots")


def case_hostile_answers_stop_nothing():
    line = Rss()
    site = line.site
    packed = __import__("gzip").compress(b"<rss>" + b" " * (6 << 20) + b"</rss>")
    lol = b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (c + 1, b"&%c;" % c * 10) for c in range(97, 110)) + b"]><rss><channel>&n;</channel></rss>"
    site.answers.update({
        "/bomb.xml": (200, {"Content-Encoding": "gzip"}, packed),
        "/lol.xml": (200, {}, lol),
        "/big.xml": (200, {}, b"<rss>" + b"x" * (9 << 20)),
        "/deep.xml": (200, {}, b"<rss><channel><item>" + b"<a>" * 400000),
        "/attributes.xml": (200, {}, b"<rss><channel><item " + b" ".join(b"a%d='x'" % i for i in range(100000)) + b"/></channel></rss>"),
        "/slow.xml": lambda _: time.sleep(12) or (200, {}, b"<rss/>"),
        "/chain.xml": (200, {"Content-Encoding": "gzip, " * 9 + "gzip"}, packed),
        "/page.xml": (200, {}, b"<html><body>ya</body></html>"),
        "/none.xml": (200, {}, b""),
        "/head.xml": (200, {"X-A": "a" * 60000, "X-B": "b" * 60000}, b"<rss/>"),
    })
    good = site.feed("/good.xml", [item(1)])
    line.once("--timeout", "10s", *[site.base + p for p in site.answers], right=1)
    check(line.stored() == 1, "the good one is not stored")
    status = line.status()
    for name, why in (("bomb", "packed too tightly"), ("lol", "document type"), ("big", "too large"),
                      ("page", "no feed"), ("head", ""), ("slow", "timed out"), ("chain", ""), ("none", "no feed"), ("attributes", "1000 attributes")):
        check(f"error: " in status[f"{site.base}/{name}.xml"] and why in status[f"{site.base}/{name}.xml"],
              status[f"{site.base}/{name}.xml"])
    check("error:" not in status[good], status[good])


def case_private_addresses_are_refused():
    line = Rss()
    port = line.site.server.server_port
    site = line.site.feed("/a.xml", [item(1)])
    hosts = ["127.0.0.1", "localhost", "0.0.0.0", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254",
             "10.1.2.3"]
    urls = [f"http://{h}/a.xml" for h in hosts] + [site, f"http://good.example@127.0.0.1:{port}/a.xml"]
    done = subprocess.run([WARTA, "feed", "rss", "--show", "--timeout", "5s", *urls], capture_output=True, text=True,
                          timeout=60, check=False)
    check(done.returncode == 1 and done.stdout == "", f"something was read: {done.stdout}")
    check(done.stderr.count("not public") == len(hosts), done.stderr)
    check(not line.site.asked, "a private server was asked")


def case_term_drains_and_a_restart_asks_for_nothing_again():
    line = Rss()
    urls = [line.site.feed(f"/{i}.xml", [item(i)]) for i in range(5)]
    words = ["--interval", "1h", "--interval-most", "1h"]
    feed = line.start(WARTA, *line.words(*words, *urls), stderr=subprocess.DEVNULL)
    wait_for(lambda: line.stored() == 5, "not all are stored")
    feed.send_signal(signal.SIGTERM)
    check(feed.wait(20) == 0, "TERM")
    before = len(line.site.asked)
    feed = line.start(WARTA, *line.words(*words, *urls), stderr=subprocess.DEVNULL)
    time.sleep(1.5)
    feed.send_signal(signal.SIGTERM)
    check(feed.wait(20) == 0, "TERM")
    check(len([a for a in line.site.asked[before:] if a[0] != "/robots.txt"]) == 0, "feeds are asked again before they are due")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
