#!/usr/bin/python3
"""warta feed rss against many feeds that change, behind nginx, while it is killed again and again.

usage: feed_many.py CASE             one of the functions named case_… below; WARTA is the program
       feed_many.py FEEDS KILLS      the long form: feed_many.py 500 12

Of the feeds most answer with an ETag, some with Last-Modified alone; all are gzipped. Some have
moved for good (301), are gone (410), or ask to wait for a while (429 with Retry-After). Every
fifth has teasers only, so that pages are fetched. Prints what was asked, and within which time
new entries were found; each must come out of the line, with its text, exactly once.

Skips where nginx is not installed.
"""
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from feed_pages import PARAGRAPHS
from feed_rss import Rss, rss
from line import WARTA, check, cases_of, main, skip, wait_for

CONF = """daemon off; master_process off; pid {dir}/nginx.pid; error_log {dir}/error.log;
worker_processes 1; events {{ worker_connections 1024; }}
http {{
  log_format s '$msec $request_uri $status $sent_http_content_encoding'; access_log {dir}/access.log s;
  gzip on; gzip_types application/rss+xml; gzip_min_length 100;
  types {{ application/rss+xml xml; text/html html; }}
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
  uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  server {{
    listen 127.0.0.1:{port}; root {dir}/www;
    location /old/ {{ rewrite ^/old/(.*)$ /new/$1 permanent; }}
    location /gone/ {{ return 410; }}
    location /dated/ {{ etag off; }}
    location /busy/ {{
      if (-f {dir}/busy) {{ add_header Retry-After {wait} always; return 429; }}
    }}
  }}
}}
"""


class Outlet:
    """A feed file behind nginx."""

    def __init__(self, www, number):
        # Of twenty: one moved, one gone, one dated, one busy; sixteen plain, four of them with teasers.
        kind = {1: "old", 6: "gone", 11: "dated", 16: "busy"}.get(number % 20, "plain")
        self.number, self.kind, self.www = number, kind, www
        self.name = f"{kind}/{number}.xml"
        self.path = f"{www}/{'new' if kind == 'old' else kind}/{number}.xml"
        self.teasers = kind == "plain" and number % 5 == 0
        self.entries, self.written, self.changed = [], {}, 0.0

    def add(self, base):
        """One more entry; False where the last is too fresh: nginx's ETag and Last-Modified count seconds."""
        if time.time() - self.changed < 1.1:
            return False
        name = f"{self.number}-{len(self.entries)}"
        page = f"{base}/p/{name}.html"
        text = f"Teras berita {name} …"
        if self.teasers:
            body = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
            self.write(f"{self.www}/p/{name}.html", f"<html><body><article><h1>Judul {name}</h1><p>Nomor {name} terbit.</p>{body}</article></body></html>")
        else:
            text = f"Nomor {name} terbit. " + " ".join(PARAGRAPHS) * 4
        self.entries.append(f"<item><title>Judul {name}</title><guid isPermaLink='false'>{name}</guid><link>{page}</link>"
                            f"<description>{text}</description></item>")
        self.write(self.path, rss(list(reversed(self.entries[-20:]))))
        self.changed = time.time()
        self.written[page] = time.monotonic()
        return True

    @staticmethod
    def write(path, text):
        with open(path + ".tmp", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(path + ".tmp", path)


class Watcher(threading.Thread):
    """When each article's facts came out of the line; its text."""

    def __init__(self, line):
        super().__init__(daemon=True)
        self.seen, self.count, self.text = {}, collections.Counter(), {}
        self.tail = line.start(WARTA, "tail", "--broker", line.base, "--from", "first", "--json", stdout=subprocess.PIPE, text=True)
        self.start()

    def run(self):
        for record in map(json.loads, self.tail.stdout):
            article = record.get("article", {})
            if "text" in article:
                self.seen.setdefault(article["url"], time.monotonic())
                self.text[article["url"]] = article["text"]
                self.count[article["url"]] += 1


def nginx(line, wait_s):
    if not shutil.which("nginx"):
        skip("nginx is not installed")
    port = line.site.server.server_port
    line.site.server.shutdown()
    line.site.server.server_close()
    for name in ("p", "plain", "new", "gone", "dated", "busy"):
        os.makedirs(f"{line.dir}/www/{name}")
    with open(f"{line.dir}/nginx.conf", "w", encoding="utf-8") as f:
        f.write(CONF.format(dir=line.dir, port=port, wait=wait_s))
    line.start("nginx", "-c", f"{line.dir}/nginx.conf", "-p", line.dir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"], check=False,
                                    stderr=subprocess.DEVNULL).returncode == 0, "nginx does not listen")
    return f"http://127.0.0.1:{port}"


def busy(line, on):
    """Feeds below /busy/ answer 429, or do not."""
    path = f"{line.dir}/busy"
    if on:
        open(path, "w", encoding="utf-8").close()
    elif os.path.exists(path):
        os.remove(path)


def share(times, limit):
    return sum(1 for t in times if t <= limit) / max(1, len(times))


def report(line, found, interval, outlets, kills):
    with open(f"{line.dir}/access.log", encoding="utf-8") as f:
        asked = [a.split() for a in f]
    feeds = collections.Counter(status for _, uri, status, _ in asked if uri.endswith(".xml"))
    pages = sum(1 for _, uri, _, _ in asked if uri.startswith("/p/"))
    packed = sum(1 for *_, coding in asked if coding == "gzip")
    full = feeds["200"]
    stats = line.ctl("stats")
    print(f"{len(outlets)} feeds, interval {interval:.0f} s, {kills} kills: {len(asked)} requests "
          f"({sum(feeds.values())} for feeds: {full} whole, {feeds['304']} unchanged (304), {feeds['301']} moved, {feeds['410']} gone, "
          f"{feeds['429']} told to wait; {pages} pages; {packed} answers gzipped)")
    print(f"{len(found)} new entries while the feeder was killed: {share(found, interval):.3f} out of the line within an interval, "
          f"{share(found, interval * 1.1 + 1):.3f} with its jitter and a second, the last after {max(found):.1f} s; "
          f"{stats['ingest_duplicate']} put again after a kill and stored once")
    return feeds, packed


def run_many(feeds, kills, interval, bursts):
    line, chance = Rss(), random.Random(1)
    line.worker("-j", 1)
    wait_s = int(interval * 2)
    base = nginx(line, wait_s)
    outlets = [Outlet(f"{line.dir}/www", i) for i in range(feeds)]
    alive = [o for o in outlets if o.kind != "gone"]
    for outlet in outlets:
        outlet.add(base)
    with open(f"{line.dir}/feeds", "w", encoding="utf-8") as f:
        f.writelines(f"{base}/{o.name}\n" for o in outlets)
    ms = f"{int(interval * 1000)}ms"
    words = ["--pages", "auto", "--interval", ms, "--interval-least", ms, "--interval-most", ms, "--requests", "100",
             "--page-retry", "200ms", "--quiet", f"{line.dir}/feeds"]
    watcher = Watcher(line)

    def begin():
        with open(f"{line.dir}/log", "ab") as log:
            return line.start(WARTA, *line.words(*words), stderr=log)

    feeder = begin()
    wait_for(lambda: len(watcher.seen) >= len(alive), "not all feeds are read")
    for kill in range(kills):
        for _ in range(bursts):
            for outlet in chance.sample(alive, max(2, feeds // 50)):
                outlet.add(base)
            busy(line, kill % 4 == 1)
            time.sleep(chance.random() * interval * 6 / bursts)  # three intervals from kill to kill
        feeder.kill()
        feeder.wait()
        feeder = begin()
    busy(line, False)
    want = {page: (outlet, at) for outlet in alive for page, at in outlet.written.items()}
    wait_for(lambda: len(watcher.seen) >= len(want), f"{len(watcher.seen)} of {len(want)} came")
    time.sleep(2 * interval)  # what comes twice would come now
    feeder.send_signal(signal.SIGTERM)
    check(feeder.wait(20) == 0, "TERM")
    check(set(watcher.seen) == set(want), "others came than were written")
    check(set(watcher.count.values()) == {1}, f"twice: {[u for u, n in watcher.count.items() if n > 1][:3]}")
    wrong = [u for u in want if f"Nomor {u.rsplit('/', 1)[1][:-5]} terbit" not in watcher.text[u]]
    check(not wrong, f"without the text of the page, or of another: {wrong[:3]}")
    stats = line.ctl("stats")
    check(int(stats["ingest_stored"]) == len(want), f"{stats['ingest_stored']} are stored, not {len(want)}")
    first = {f"{base}/p/{o.number}-0.html" for o in outlets}
    found = [watcher.seen[u] - at for u, (o, at) in want.items() if u not in first and o.kind != "busy"]
    statuses, packed = report(line, found, interval, outlets, kills)
    gone = sum(1 for o in outlets if o.kind == "gone")
    moved = sum(1 for o in outlets if o.kind == "old")
    check(statuses["304"] > statuses["200"], "unchanged feeds are sent whole")
    # Asked again only where a kill came between the answer and its note on disk.
    check(gone <= statuses["410"] <= gone * 2 and statuses["301"] <= moved * 3, f"what is gone or moved for good is asked again: {statuses}")
    check(statuses["429"] > 0 and packed > 0, f"nothing was busy, or packed: {statuses}, {packed}")
    return found


def case_many_feeds_change_and_the_feeder_is_killed():
    found = run_many(20, 3, 1.0, 4)
    check(share(found, 3) > 0.9, f"found late: {sorted(found)[-5:]}")


CASES = cases_of(globals())

if __name__ == "__main__":
    if len(sys.argv) == 3:
        run_many(int(sys.argv[1]), int(sys.argv[2]), 5.0, 12)
    else:
        main(sys.argv[1:], CASES, __doc__)
