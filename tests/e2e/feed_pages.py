#!/usr/bin/python3
"""warta feed rss: the pages of entries, and sitemaps, over real HTTP into a real broker.

usage: feed_pages.py CASE    one of the functions named case_… below; WARTA is the program
"""
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

from feed_rss import Rss, Site, rss
from line import WARTA, check, cases_of, main, skip, wait_for

PARAGRAPHS = [
    "Wali kota meninjau pasar baru itu pada Senin pagi bersama para pedagang yang sudah menempati kios mereka.",
    "“Pasar ini dibangun dua tahun dan menelan anggaran dua belas miliar rupiah,” kata wali kota di Café Senja.",
    "Pedagang berharap jumlah pembeli bertambah setelah jalan di depan pasar selesai diperbaiki bulan depan.",
]


def page(number, charset="utf-8"):
    body = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    return (f"<!doctype html><html><head><title>Judul {number}</title><style>p {{}}</style></head><body>"
            f"<article><h1>Judul {number}</h1><p>Nomor {number} terbit.</p>{body}</article>"
            f"<script>var rahasia = 1</script></body></html>").encode(charset)


def entry(site, path, text="Teras berita …"):
    return (f"<item><title>Judul {path}</title><guid isPermaLink='false'>{path}</guid>"
            f"<link>{site.base}{path}</link><description>{text}</description></item>")


def feed(line, *paths, **texts):
    body = rss([entry(line.site, p, texts.get(p.strip("/"), "Teras berita …")) for p in paths]).encode()
    line.site.answers["/feed.xml"] = (200, {"Content-Type": "application/rss+xml"}, body)
    return line.site.base + "/feed.xml"


def texts(line):
    """Text by the last part of the address."""
    return {r["article"]["url"].rsplit("/", 1)[1]: r["article"]["text"] for r in line.tail() if "text" in r["article"]}


def case_the_page_is_read_where_the_feed_has_a_teaser():
    line = Rss()
    line.worker()
    for name in ("satu", "dua", "tiga"):
        line.site.answers[f"/{name}"] = (200, {"Content-Type": "text/html"}, page(name))
    line.site.answers["/dua"] = (200, {"Content-Type": "text/html; charset=windows-1252"}, page("dua", "windows-1252"))
    whole = "Kalimat yang panjang ini diulang-ulang saja. " * 30
    url = feed(line, "/satu", "/dua", "/tiga", tiga=whole)
    counts = line.once("--pages", "auto", url)
    check(counts["stored"] == "3" and counts["pages"] == "2", counts)
    check(line.site.count("/tiga") == 0, "a page is fetched for an entry that is whole")
    got = texts(line)
    check("Nomor satu terbit" in got["satu"] and "Teras" not in got["satu"], got)
    check("Café Senja" in got["dua"], f"the charset of HTTP is not heeded: {got['dua']}")
    check(got["tiga"].startswith("Kalimat yang panjang"), got["tiga"])
    agents = {h.get("User-Agent") for p, h, _ in line.site.asked}
    accepts = {p: h.get("Accept") for p, h, _ in line.site.asked}
    check(len(agents) == 1 and accepts["/satu"].startswith("text/html") and "rss" in accepts["/feed.xml"], accepts)
    counts = line.once("--pages", "auto", url)
    check(counts["stored"] == counts["duplicate"] == counts["pages"] == "0", f"a second time: {counts}")


def case_pages_always_and_never():
    line = Rss()
    line.site.answers["/satu"] = (200, {"Content-Type": "text/html"}, page("satu"))
    url = feed(line, "/satu", satu="Kalimat yang panjang ini diulang-ulang saja. " * 30)
    check(line.once("--pages", "always", url)["pages"] == "1", "always")
    os.remove(line.state)
    check(line.once("--pages", "never", url)["pages"] == "0", "never")
    done = subprocess.run([WARTA, *line.words("--pages", "kadang", url)], capture_output=True, text=True, timeout=20, check=False)
    check(done.returncode == 100, "--pages kadang")


def case_a_page_that_cannot_be_had_is_done_without():
    line = Rss()
    line.worker()
    tries = {"soon": 0}

    def soon(_):
        tries["soon"] += 1
        return (503, {}, b"") if tries["soon"] < 3 else (200, {"Content-Type": "text/html"}, page("soon"))

    html = {"Content-Type": "text/html"}
    line.site.answers.update({
        "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /forbidden\n"),
        "/none": (404, {}, b""), "/fail": (500, {}, b""), "/soon": soon,
        "/pdf": (200, {"Content-Type": "application/pdf"}, b"%PDF"),
        "/huge": (200, html, b"<p>x" * (2 << 20)),
        "/big": (200, html, page("big") + b"<p>panjang" * 200000),
        "/bomb": (200, {**html, "Content-Encoding": "gzip"}, __import__("gzip").compress(b" " * (3 << 20))),
        "/loop": (302, {"Location": "/loop"}, b""), "/forbidden": (200, html, page("forbidden")),
        "/script": (200, html, b"<html><body><div id=app></div><script>x</script></body></html>"),
        "/busy": (429, {"Retry-After": "7200"}, b""), "/void": (200, html, b""),
    })
    names = [p for p in line.site.answers if p != "/robots.txt"]
    counts = line.once("--pages", "auto", "--page-retry", "50ms", feed(line, *names))
    check(counts["stored"] == str(len(names)), counts)
    check(counts["pages"] == "2", f"more or less than /soon and /script came: {counts}")
    asked = {n: line.site.count(n) for n in names}
    check(asked["/forbidden"] == 0, "a page that robots.txt forbids is asked for")
    check(asked["/none"] == asked["/pdf"] == asked["/huge"] == asked["/busy"] == 1, f"tried in vain: {asked}")
    check(asked["/fail"] == 3 and asked["/soon"] == 3 and asked["/loop"] <= 5, asked)
    got = texts(line)
    check("Nomor soon terbit" in got.pop("soon"), "the third try")
    check(all(t.startswith("Teras berita") for t in got.values()) and len(got) == len(names) - 1, got)


def case_the_address_is_that_behind_redirects():
    line = Rss()
    line.worker()
    other = Site()
    other.answers["/baru"] = (200, {"Content-Type": "text/html"}, page("baru"))
    other.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /tutup\n")
    line.site.answers["/r"] = (302, {"Location": f"{other.base}/baru?utm_source=x"}, b"")
    line.site.answers["/t"] = (302, {"Location": f"{other.base}/tutup"}, b"")
    counts = line.once("--pages", "auto", feed(line, "/r", "/t"))
    check(counts["pages"] == "1" and counts["stored"] == "2", counts)
    check(other.count("/tutup") == 0, "the other server's robots.txt is not heeded")
    got = {r["article"]["url"] for r in line.tail()}
    check(got == {f"{other.base}/baru", f"{line.site.base}/t"}, got)


def case_pages_keep_apart_and_feeds_go_first():
    """Of one server: one at a time, 200 ms apart, and a feed before the pages that wait."""
    line = Rss()
    names = [f"/{i}" for i in range(6)]
    for name in names:
        line.site.answers[name] = (200, {"Content-Type": "text/html"}, page(name))
    one = feed(line, *names)
    line.site.answers["/robots.txt"] = (302, {"Location": "/robots2.txt"}, b"")
    line.site.answers["/robots2.txt"] = (200, {}, b"User-agent: *\nCrawl-delay: 0\n")
    two = line.site.feed("/late.xml", [])
    line.once("--pages", "auto", "--host-delay", "200ms", "--host-requests", "1", one, two)
    asked = [(p, at) for p, _, at in line.site.asked if not p.startswith("/robots")]
    check(len(asked) == 8, asked)
    span = asked[-1][1] - asked[0][1]  # a busy machine moves single ones, hardly all of them
    check(span > 0.7 * 0.2 * (len(asked) - 1), f"{len(asked)} requests within {span:.3f} s")
    check([p for p, _ in asked[:2]] == ["/feed.xml", "/late.xml"], asked)


def case_a_public_feed_leads_to_no_private_page():
    """In a network of its own with a public address: neither a link nor a redirect gets at what is private."""
    if not os.environ.get("WARTA_ALONE"):
        if not shutil.which("unshare") or not shutil.which("ip") or \
                subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode:
            skip("no network name space can be made here")
        done = subprocess.run(["unshare", "-rn", sys.executable, "-B", *sys.argv], check=False, env={**os.environ, "WARTA_ALONE": "1"})
        sys.exit(done.returncode)
    for words in ("addr add 8.8.8.8/32 dev lo", "addr add 10.1.2.3/32 dev lo", "addr add 169.254.169.254/32 dev lo",
                  "addr add 2001:4860:4860::8888/128 dev lo", "addr add fd00::1/128 dev lo", "link set lo up"):
        subprocess.run(["ip", *words.split()], check=True)
    line = Rss()
    public, private = Site(("8.8.8.8", 80)), [Site((a, 80)) for a in ("127.0.0.1", "10.1.2.3", "169.254.169.254")]
    private += [Site((a, 80), six=True) for a in ("::1", "fd00::1")]
    line.site = public
    for site in private:
        site.answers.update({p: (200, {"Content-Type": "text/html"}, page("rahasia")) for p in ("/", "/x")})
    public.answers["/ok"] = (200, {"Content-Type": "text/html"}, page("ok"))
    hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0.0.0.0", "10.1.2.3", "169.254.169.254",
             "[::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost."]
    targets = [f"http://{h}/x" for h in hosts] + ["http://8.8.8.8:8080/x", "file:///etc/passwd", "gopher://127.0.0.1/x"]
    for i, target in enumerate(targets):
        public.answers[f"/r{i}"] = (302, {"Location": target}, b"")
        public.answers[f"/f{i}.xml"] = (301, {"Location": target}, b"")
    body = rss([entry(public, p) for p in ["/ok"] + [f"/r{i}" for i in range(len(targets))]]
               + [f"<item><title>Langsung {i}</title><link>{t}</link><description>Teras …</description></item>"
                  for i, t in enumerate(targets)]).encode()
    public.answers["/feed.xml"] = (200, {"Content-Type": "application/rss+xml"}, body)
    words = [w for w in line.words("--once", "--pages", "auto", "--page-retry", "10ms", "--timeout", "5s") if w != "--allow-private"]
    urls = [public.base + "/feed.xml"] + [f"{public.base}/f{i}.xml" for i in range(len(targets))]
    done = subprocess.run([WARTA, *words, *urls], capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 1, done.stderr)
    asked = [p for site in private for p, _, _ in site.asked]
    check(not asked, f"a private server was asked: {asked}")
    times = {t: public.count(f"/r{i}") for i, t in enumerate(targets)}
    times.pop("http://localhost./x")  # whether that name has an address is up to the machine
    check(public.count("/ok") == 1 and set(times.values()) == {1}, f"the public pages: {times}")
    check(line.stored() == 1 + 2 * len(targets), f"{line.stored()} are stored: {done.stderr}")


def sitemap(*urls):
    return b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>" + \
        "".join(f"<url><loc>{u}</loc>{more}</url>" for u, more in urls).encode() + b"</urlset>"


def index(*urls):
    return b"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>" + \
        "".join(f"<sitemap><loc>{u}</loc>{more}</sitemap>" for u, more in urls).encode() + b"</sitemapindex>"


def ago(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - hours * 3600))


def case_an_index_of_sitemaps_is_followed():
    line = Rss()
    line.worker()
    site, base, xml = line.site, line.site.base, {"Content-Type": "application/xml"}
    for name in ("a", "b", "c", "d", "old"):
        site.answers[f"/{name}"] = (200, {"Content-Type": "text/html"}, page(name))
    news = "<news:news><news:publication_date>%s</news:publication_date><news:title>Judul berita</news:title></news:news>"
    now, then = f"<lastmod>{ago(1)}</lastmod>", f"<lastmod>{ago(1000)}</lastmod>"
    site.answers["/one.xml"] = (200, xml, sitemap((f"{base}/a", news % ago(2)), (f"{base}/old", then), (f"{base}/b", "")))
    site.answers["/two.xml"] = (200, xml, sitemap((f"{base}/c", now)))
    site.answers["/three.xml"] = (200, xml, sitemap((f"{base}/d", now)))
    etag = {**xml, "ETag": '"1"'}
    first = index((f"{base}/one.xml", now), (f"{base}/more.xml", ""), (f"{base}/never.xml", then), ("ftp://x/y", ""))
    site.answers["/index.xml"] = lambda h: (304, {}, b"") if h.get("If-None-Match") == '"1"' else (200, etag, first)
    site.answers["/more.xml"] = (200, xml, index((f"{base}/two.xml", now), (f"{base}/deep.xml", "")))
    site.answers["/deep.xml"] = (200, xml, index((f"{base}/deeper.xml", ""), (f"{base}/index.xml", "")))
    line.once("--pages", "auto", f"{base}/index.xml")
    check(site.count("/never.xml") == 0 and site.count("/old") == 0, "what is too old is asked for")
    check(site.count("/deeper.xml") == 0 and site.count("/index.xml") == 1, "an index in an index in an index is followed")
    got = texts(line)
    check(set(got) == {"a", "b", "c"} and "Nomor a terbit" in got["a"], got)
    check(f"of={base}/more.xml" in line.status()[f"{base}/two.xml"], "its place is not told")
    check("two.xml" not in line.run("feed", "rss", "--state", line.state, "--opml"), "parts are in the OPML")
    # An address without a page, and a feed that says nothing else of it: told once, not put.
    site.answers["/lone.xml"] = (200, xml, sitemap((f"{base}/none", ""), (f"{base}/blank", "")))
    site.answers["/blank"] = (200, {"Content-Type": "text/html"}, b"")
    for times in range(2):
        counts = line.once("--pages", "auto", f"{base}/lone.xml")
        check(counts["stored"] == "0" and site.count("/none") == 1, f"{times}: {counts}")
    # Unchanged index: its parts are watched on. Then it names another.
    site.answers["/two.xml"] = (200, xml, sitemap((f"{base}/c", now), (f"{base}/old", now)))
    counts = line.once("--pages", "auto", f"{base}/index.xml")
    check(counts["stored"] == "1" and counts["unchanged"] == "1", f"parts of an unchanged index: {counts}")
    site.answers["/index.xml"] = (200, xml, index((f"{base}/three.xml", now)))
    counts = line.once("--pages", "auto", f"{base}/index.xml")
    check(counts["stored"] == "1" and "Nomor d terbit" in texts(line)["d"], counts)
    before = site.count("/one.xml")
    line.once("--pages", "auto", f"{base}/index.xml")
    check(site.count("/one.xml") == before and f"{base}/one.xml" not in line.status(), "what it names no more is watched on")


def case_a_big_sitemap_is_taken_in_parts():
    """More pages than one reading takes: the rest comes with the next, though nothing has changed."""
    line = Rss()
    site, base = line.site, line.site.base
    for i in range(230):
        site.answers[f"/p{i}"] = (200, {"Content-Type": "text/html"}, page(i))
    body = sitemap(*((f"{base}/p{i}", "") for i in range(230)))
    site.answers["/map.xml"] = lambda h: (304, {}, b"") if h.get("If-None-Match") else (200, {"ETag": '"1"'}, body)
    check(line.once("--pages", "auto", f"{base}/map.xml")["stored"] == "200", "the first reading")
    check(line.once("--pages", "auto", f"{base}/map.xml")["stored"] == "30", "the second")
    check(line.once("--pages", "auto", f"{base}/map.xml")["unchanged"] == "1", "the third")


def case_killed_midway_no_page_is_lost_or_twice():
    line = Rss()
    slow = threading.Event()

    def answer(name):
        def give(_):
            slow.wait(0.02)
            return 200, {"Content-Type": "text/html"}, page(name) + os.urandom(8).hex().encode()
        return give

    names = [f"/{i}" for i in range(60)]
    for name in names:
        line.site.answers[name] = answer(name)
    url = feed(line, *names)
    words = ["--pages", "auto", "--host-requests", "2", "--host-delay", "10ms"]
    feeder = line.watch(*words, url)
    kills = 0
    while kills < 6 and line.stored() < len(names):
        had = line.stored()
        wait_for(lambda: line.stored() > had, "nothing comes")  # pylint: disable=cell-var-from-loop
        feeder.kill()
        feeder.wait()
        kills += 1
        feeder = line.watch(*words, url)
    wait_for(lambda: line.stored() >= len(names), "not all are stored")
    time.sleep(1)
    feeder.send_signal(signal.SIGTERM)
    check(feeder.wait(20) == 0, "TERM")
    check(line.stored() == len(names), f"{line.stored()} are stored, not {len(names)}")
    check(kills >= 3, f"{kills} kills only")
    line.worker()
    got = [r["article"]["url"] for r in line.tail() if "text" in r["article"]]
    check(sorted(got) == sorted(line.site.base + n for n in names), "not each once")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
