#!/usr/bin/python3
"""warta web: the API, the stream and what it guards against.

usage: web.py CASE          one of the functions named case_… below; WARTA is the program
"""
import glob
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from line import SOURCE, WARTA, Line, articles, cases_of, check, expected, main, skip, wait_for

HOSTILE = ['<img src=x onerror="alert(1)">', "</script><script>alert(1)</script>", "javascript:alert(1)",
           "{{7*7}}", '" onmouseover="alert(1)', "\u202eltr", "a\u2028b"]


class Web(Line):
    def free_port(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    def web(self, *options):
        self.port = getattr(self, "port", None) or self.free_port()
        self.process = self.start_ready("web", "--database", f"{self.dir}/facts.db", "--broker", self.base,
                                        "--listen", f"127.0.0.1:{self.port}", *options)
        return self.process

    def line(self, given):
        """A broker, a worker, a server, and all of `given` in its store."""
        self.broker()
        self.worker()
        self.web()
        self.put(given, len(given))

    def put(self, given, last):
        self.feed(given)
        wait_for(lambda: self.get("status")["store"]["position"] >= last, f"the store does not come to {last}")

    def raw(self, path, method="GET", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, path, skip_host="Host" in (headers or {}))
        for name, values in (headers or {}).items():
            for value in values if isinstance(values, list) else [values]:
                connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def get(self, path, right=200, **params):
        query = "?" + urllib.parse.urlencode(params) if params else ""
        answer, body = self.raw(f"/api/v1/{path}{query}")
        check(answer.status == right, f"{path} {params}: {answer.status} {body[:200]}")
        return json.loads(body)

    def all(self, path, **params):
        """Every row, page by page, oldest first."""
        rows, after = [], "0"
        while True:
            page = self.get(path, after=after, limit=7, **params)
            rows += page["items"]
            if not page["more"]:
                return rows
            check(len(page["items"]) == 7, f"{path}: a page that is not full has more behind it")
            after = page["next"]

    def stream(self, after=None, **params):
        query = urllib.parse.urlencode({**params, **({} if after is None else {"after": after})})
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/stream?{query}")
        return urllib.request.urlopen(request, timeout=20)


def entries(stream, count):
    """(id, facts) of the next `count` entries of a stream."""
    out, event = [], {}
    while len(out) < count:
        line = stream.readline()
        check(line, f"the stream ends after {len(out)} of {count} entries")
        if line == b"\n":
            if event.get(b"event") == b"entry":
                out.append((int(event[b"id"]), json.loads(event[b"data"])["facts"]))
            event = {}
        else:
            name, value = line.rstrip(b"\n").split(b": ", 1)
            event[name] = value
    return out


def case_every_path_of_openapi_answers():
    web, given = Web(), articles()
    web.line(given)
    answer, body = web.raw("/openapi.json")
    check(answer.status == 200, f"openapi.json: {answer.status}")
    document = json.loads(body)
    name = web.get("entities", limit=1)["items"][0]["name"]
    words = {"{seq}": "1", "{name}": urllib.parse.quote(name, safe="")}
    needs = {"/api/v1/search": "?text=di"}
    for path, operations in document["paths"].items():
        check(list(operations) == ["get"], f"{path}: {list(operations)}")
        real = re.sub(r"\{\w+\}", lambda m: words[m.group()], path) + needs.get(path, "")
        if path.endswith("/stream"):
            with web.stream() as stream:
                check(stream.headers["Content-Type"].startswith("text/event-stream"), "the stream is none")
            continue
        answer, body = web.raw(real)
        check(answer.status == 200, f"{real}: {answer.status} {body[:200]}")
        kind = next(iter(operations["get"]["responses"]["200"]["content"]))
        check(answer.headers["Content-Type"].startswith(kind), f"{real} is {answer.headers['Content-Type']}")
    known = document["components"]["schemas"]
    for fact in web.all("facts"):
        check(set(fact) <= set(known["Fact"]["properties"]), f"undocumented {set(fact) - set(known['Fact']['properties'])}")
        check(set(known["Fact"]["required"]) <= set(fact), f"{fact['position']} lacks what is required")
    for article in web.all("articles"):
        check(set(article) <= set(known["Article"]["properties"]), f"undocumented in {article}")


def case_pages_and_filters_give_what_the_log_has():
    web, given = Web(), articles()
    web.line(given)
    records = [r for r in web.tail() if r["kind"] != "article"]
    rows = web.all("facts")
    check([(r["seq"], r["n"], r["id"]) for r in rows] == [(r["seq"], r["n"], r["id"]) for r in records],
          "facts are not the log's")
    newest = web.get("facts", limit=1000)["items"]
    check(newest == rows[::-1], "newest first is not oldest first turned round")
    back = web.get("facts", before=rows[5]["position"], limit=3)["items"]
    check(back == [rows[4], rows[3], rows[2]], "before does not read back")
    for kind, path in (("quote", "quotes"), ("quantity", "quantities"), ("event", "events"), ("role", "roles")):
        want = [r for r in rows if r["kind"] == kind]
        check(web.all(path) == want and web.all("facts", kind=kind) == want, f"{path} differ")
    check(web.all("facts", kind="quote,role") == [r for r in rows if r["kind"] in ("quote", "role")], "two kinds differ")
    for field in ("country", "type", "source", "unit", "modality"):
        value = next(r[field] for r in rows if field in r)
        check(web.all("facts", **{field: value}) == [r for r in rows if r.get(field) == value], f"{field} differs")
    day = sorted(r["day"] for r in rows if "day" in r)[len(rows) // 2]
    check(web.all("facts", **{"from": day, "to": day}) == [r for r in rows if r.get("day") == day], "days differ")
    quote = next(r for r in rows if r["kind"] == "quote" and "speaker" in r)
    check(quote["position"] in [r["position"] for r in web.all("facts", entity=quote["speaker"])], "its speaker is not found")
    word = re.search(r"\w{6,}", quote["text"]).group()
    check(quote["position"] in [r["position"] for r in web.all("facts", text=word)], f"{word} is not found")
    for row in rows:  # the sentence holds the evidence at its place
        if "sentence_text" in row and row["span_begin"] >= row["sentence_begin"]:
            at = row["span_begin"] - row["sentence_begin"]
            sentence, text = row["sentence_text"].encode(), row["text"].encode()
            check(sentence[at:at + len(text)] == text[:max(0, len(sentence) - at)], f"{row['position']}: not in its sentence")
    for wrong in ("limit=0", "limit=1001", "limit=99999999999999999999", "after=x", "seq=-1", "before=-1", "from=today",
                  "kind=a&kind=b", "a=%00", "text=%ff", "text=" + "a" * 600, "&".join("kind=" + c for c in "abc")):
        answer, _ = web.raw(f"/api/v1/facts?{wrong}")
        check(answer.status == 400, f"{wrong[:40]}: {answer.status}")
    for odd in ('"', "* OR", "NEAR(", "a'b", "<svg>", "-", "(((", "\u202e", "a" * 500):
        web.get("facts", text=odd)
        web.get("search", text=odd)
    check(web.get("facts", text="kataygtidakada")["items"] == [], "what is not there is found")


def case_copies_are_told_and_can_be_left_out():
    web, text = Web(), " ".join(articles()[0]["text"].split()[:200]) + " Sebanyak 77 gajah tiba di Demak."
    web.broker()
    web.worker()
    web.web()
    for i, title in enumerate(HOSTILE[:3]):  # one after the other: the first is the original
        web.put([{"id": f"k{i}", "source": f"{i}.example", "title": title, "language": "id", "text": text}], i + 1)
    one, two, three = (web.get(f"articles/{seq}")["article"] for seq in (1, 2, 3))
    check("copy_of" not in one and "original_seq" not in one, f"the original is {one}")
    for copy in (two, three):
        check([copy.get(k) for k in ("copy_of", "original_seq", "original_title", "original_source")] ==
              ["k0", 1, HOSTILE[0], "0.example"], f"a copy is {copy}")
    check([a.get("copy_of") for a in web.all("articles")] == [None, "k0", "k0"], "articles")
    check(len(web.all("articles", copies="no")) == 1 and len(web.all("articles", copies="yes")) == 3, "articles without copies")
    check(web.all("facts", copies="no") == [f for f in web.all("facts") if f["seq"] == 1], "facts without copies")
    check(web.all("quantities", noun="gajah") != web.all("quantities", noun="gajah", copies="no"), "numbers without copies")
    web.get("facts", right=400, copies="maybe")
    with web.stream(after=0, copies="no") as stream:
        web.put([{"id": "k3", "language": "id", "text": "Sebanyak 40 orang mengungsi di Kudus."}], 4)
        check([seq for seq, _ in entries(stream, 2)] == [1, 4], "the stream has copies")


def case_a_stream_goes_on_where_it_was_after_a_restart():
    web, facts_of = Web(), expected(articles(2))
    given = [a for a in articles(2) if len(facts_of[a["id"]]) > 1]  # of one without facts nothing is sent
    web.line(given[:4])
    with web.stream(after=0) as stream:
        got = entries(stream, 3)
        web.put(given[4:6], 6)
        got += entries(stream, 3)
    want = {seq: [f["position"] for f in web.all("facts") if f["seq"] == seq] for seq in range(1, 7)}
    check([(s, [f["position"] for f in facts]) for s, facts in got] == list(want.items()), "the stream is not the log")
    with web.stream(after=6, kind="quote") as stream:
        web.process.send_signal(signal.SIGTERM)
        check(web.process.wait(10) == 0, f"exits {web.process.returncode}")
        while stream.readline():
            pass  # it ends
    web.feed(given[6:])
    web.web()
    last = len(given)
    wait_for(lambda: web.get("status")["store"]["position"] >= last, "it does not go on")
    request = urllib.request.Request(f"http://127.0.0.1:{web.port}/api/v1/stream?kind=quote", headers={"Last-Event-ID": "6"})
    quotes = [f["position"] for f in web.all("facts", kind="quote") if f["seq"] > 6]
    with urllib.request.urlopen(request, timeout=20) as stream:
        got = []
        while len(got) < len(quotes):
            got += [f["position"] for _, facts in entries(stream, 1) for f in facts]
    check(got == quotes, "it does not resume at Last-Event-ID")


def case_only_what_is_asked_rightly_is_answered():
    web = Web()
    web.line(articles()[:1])
    for host, right in (("localhost", 200), (f"127.0.0.1:{web.port}", 200), ("[::1]", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421),
                        ("localhost:80:80", 421), ("", 421), (["localhost", "localhost"], 400), ("localhost\t.evil", 421)):
        answer, _ = web.raw("/api/v1/status", headers={"Host": host})
        check(answer.status == right or (right == 421 and answer.status == 400), f"Host {host!r}: {answer.status}")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"):
        answer, _ = web.raw("/api/v1/facts", method)
        check(answer.status == 405 and answer.headers["Allow"] == "GET, HEAD", f"{method}: {answer.status}")
    for path in ("/", "/app.js", "/api/v1/facts", "/api/v1/stream", "/metrics"):
        answer, body = web.raw(path, "HEAD")
        check(answer.status == 200 and body == b"", f"HEAD {path}: {answer.status} {body[:50]}")
    for path in ("/x", "/api", "/api/v1/", "/api/v1/x", "/../etc/passwd", "/%2e%2e/app.js", "/app.js%00", "/api/v1/articles/999", "/api/v1/articles/x",
                 "/api/v1/entity//timeline", "/api/v1/entity/nobody/timeline", "//app.js", "/index.html"):
        answer, _ = web.raw(path)
        check(answer.status in (400, 404), f"{path}: {answer.status}") if path != "/app.js%00" else None
    answer, _ = web.raw("/" + "a" * 100000)
    check(answer.status == 414, f"a long line: {answer.status}")
    for path in ("/", "/app.js", "/style.css", "/api/v1/status", "/metrics", "/x"):
        answer, _ = web.raw(path)
        policy = answer.headers["Content-Security-Policy"]
        check("default-src 'none'" in policy and "unsafe" not in policy, f"{path}: {policy}")
        check(answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Referrer-Policy"] == "no-referrer", path)
        check("Set-Cookie" not in answer.headers and "Access-Control-Allow-Origin" not in answer.headers, path)
    answer, _ = web.raw("/app.js")
    again, body = web.raw("/app.js", headers={"If-None-Match": answer.headers["ETag"]})
    check(again.status == 304 and body == b"", f"an ETag is not known again: {again.status}")


def case_slow_clients_end_and_others_are_served():
    web = Web()
    web.line(articles()[:1])
    slow = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(60)]
    began = time.monotonic()
    left = list(slow)
    while left and time.monotonic() - began < 20:  # a byte every half second: no idle timer sees these
        for s in list(left):
            try:
                s.send(b"G")
                s.settimeout(0.001)
                if s.recv(1000) == b"":
                    left.remove(s)
            except TimeoutError:
                pass
            except OSError:
                left.remove(s)
        at = time.monotonic()
        web.get("status")
        check(time.monotonic() - at < 2, "others wait")
        time.sleep(0.5)
    check(not left, f"{len(left)} slow clients are still there after {time.monotonic() - began:.0f} s")
    stats = web.raw("/metrics")[1].decode()
    check(int(re.search(r"^warta_web_slow_total (\d+)$", stats, re.M).group(1)) >= 50, "they are not counted")
    reader = socket.create_connection(("127.0.0.1", web.port))  # asks for much, and takes none of it
    reader.send(b"GET /api/v1/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    web.get("facts")
    reader.close()


def case_metrics_are_what_prometheus_reads():
    web = Web()
    web.line(articles()[:2])
    name = r"^(warta_\w+)(?:\{[^}]*\})? [0-9.e+]+$"
    wait_for(lambda: "warta_ingest_stored_total 2" in web.raw("/metrics")[1].decode(), "the broker's are not there")
    text = web.raw("/metrics")[1].decode()
    have = set(re.findall(name, text, re.M))
    check(len(have) > 80, f"only {len(have)} metrics")
    for metric in have:
        check(f"# HELP {metric} " in text and f"# TYPE {metric} " in text, f"{metric} has no HELP or TYPE")
    if shutil.which("promtool"):
        told = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        wrong = [l for l in (told.stdout + told.stderr).splitlines() if "abbreviated units" not in l]
        check(not wrong, f"promtool: {wrong[:5]}")
        rules = subprocess.run(["promtool", "check", "config", f"{SOURCE}/deploy/prometheus/prometheus.yml"], capture_output=True,
                               text=True, check=False)
        check(rules.returncode == 0, f"promtool: {rules.stdout}{rules.stderr}")
    files = glob.glob(f"{SOURCE}/deploy/grafana/*.json") + glob.glob(f"{SOURCE}/deploy/prometheus/*.yml")
    check(len(files) >= 3, f"only {files}")
    for path in files:
        with open(path, encoding="utf-8") as f:
            named = set(re.findall(r"\bwarta_[a-z_]+", f.read()))
        check(named <= have, f"{os.path.basename(path)} names what there is not: {sorted(named - have)}")
    for process in web.processes[:1]:
        process.kill()
        process.wait()
    wait_for(lambda: "warta_web_broker_up 0" in web.raw("/metrics")[1].decode(), "a broker that is gone is not told")
    check("error" in web.get("status")["broker"], "status does not tell it")
    web.get("facts")
    for path in ("/healthz", "/readyz"):
        check(web.raw(path)[0].status == 200, f"{path} of what still serves")


def case_prometheus_scrapes_rules_and_dashboard():
    prometheus = shutil.which("prometheus")
    if prometheus is None:
        skip("prometheus is not installed")
    web = Web()
    web.line(articles()[:2])
    port = web.free_port()
    for name in ("prometheus.yml", "warta.rules.yml"):
        with open(f"{SOURCE}/deploy/prometheus/{name}", encoding="utf-8") as f:
            text = f.read().replace("scrape_interval: 15s", "scrape_interval: 1s\n  evaluation_interval: 1s")
        with open(f"{web.dir}/{name}", "w", encoding="utf-8") as f:
            f.write(text.replace("127.0.0.1:7480", f"127.0.0.1:{web.port}"))
    with open(f"{web.dir}/prometheus.log", "wb") as log:
        web.start(prometheus, f"--config.file={web.dir}/prometheus.yml", f"--storage.tsdb.path={web.dir}/tsdb",
                  f"--web.listen-address=127.0.0.1:{port}", stderr=log)

    def ask(path, **params):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(params)}", timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            check(error.code == 503, f"{params}: {error.read()[:200]}")  # it begins
        except OSError:
            pass
        return None

    def value(expr):
        found = (ask("query", query=expr) or {"result": []})["result"]
        return float(found[0]["value"][1]) if found else None

    wait_for(lambda: value("warta_ingest_stored_total") == 2, "what the broker stored is not scraped")
    target, = ask("targets")["activeTargets"]
    check(target["health"] == "up" and not target["lastError"], f"{target['health']}: {target['lastError']}")
    check(value('up{job="warta"}') == 1 and value("warta_web_broker_up") == 1, "nobody is up")

    def rules():
        group, = ask("rules")["groups"]
        return all(r["health"] != "unknown" for r in group["rules"]) and group["rules"]
    for rule in wait_for(rules, "rules are not evaluated"):
        check(rule["health"] == "ok", f"{rule['name']}: {rule.get('lastError')}")
        check(rule["state"] == "inactive" or rule["name"] == "WartaNothingComes", f"{rule['name']} is {rule['state']}")
    with open(f"{SOURCE}/deploy/grafana/warta.json", encoding="utf-8") as f:
        panels = json.load(f)["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    check(len(asked) > 20, f"the dashboard asks only {len(asked)}")
    for expr in asked:
        wait_for(lambda e=expr: value(e) is not None, f"nothing answers {expr}")
    web.processes[0].kill()
    web.processes[0].wait()
    wait_for(lambda: value("warta_web_broker_up") == 0, "a broker that is gone is not scraped")
    wait_for(lambda: any(r["name"] == "WartaBrokerDown" and r["state"] == "pending" for r in rules() or ()), "no alert begins")


def case_hostile_text_stays_text():
    web = Web()
    given = []
    for i, text in enumerate(HOSTILE):
        given.append({"id": f"h{i}", "title": text, "source": text[:60], "author": text, "url": "javascript:alert(1)" if i % 2 else "https://a.example/x",
                      "language": "id", "published": "2025-03-01",
                      "text": f"Jakarta - Presiden Sinta Dewi mengatakan 40 orang {text} mengungsi. \"{text}\" kata Sinta Dewi."})
    web.broker()
    web.worker()
    web.web()
    stored = [json.dumps(a) for a in given]
    web.run("feed", "--broker", web.base, "--quiet", "-", give="\n".join(stored) + "\n", right=(0, 1))
    last = int(web.ctl("status")["articles_last"])
    check(last >= 5, f"only {last} were taken")
    wait_for(lambda: web.get("status")["store"]["position"] >= last, "they are not read")
    titles = {a["id"]: a.get("title") for a in web.all("articles")}
    for article in given:
        if article["id"] in titles:
            check(titles[article["id"]].replace("\ufffd", "") in (article["title"], titles[article["id"]]), f"{titles[article['id']]!r}")
    answer, body = web.raw("/api/v1/articles")
    check(answer.headers["Content-Type"].startswith("application/json"), "not JSON")
    check(json.loads(body)["items"], "nothing")
    for path in glob.glob(f"{SOURCE}/worker/sink/page/*"):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", " style=", "http://cdn", "https://cdn"):
            check(word not in text, f"{os.path.basename(path)} has {word}")


def case_read_only_it_serves_what_another_writes():
    web, given = Web(), articles()
    web.broker()
    web.worker()
    web.web("--read-only")
    check(web.raw("/readyz")[0].status == 503 and web.raw("/healthz")[0].status == 200, "ready without a store")
    check(web.raw("/api/v1/facts")[0].status == 503, "facts without a store")
    with open(f"{web.dir}/facts.db", "wb"):
        pass  # as it is while another process makes it
    time.sleep(1)
    check(web.process.poll() is None and web.raw("/readyz")[0].status == 503, "it does not wait for a store that is being made")
    web.feed(given)
    web.run("sink", "--broker", web.base, "--until-idle", "--quiet", "sqlite", f"{web.dir}/facts.db")
    wait_for(lambda: web.raw("/readyz")[0].status == 200, "not ready with one")
    wait_for(lambda: web.get("status")["store"]["position"] == len(given), "the position is not told")
    check(len(web.all("articles")) == len(given), "articles are missing")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
