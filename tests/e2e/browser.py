#!/usr/bin/python3
"""The page of warta web in headless Chromium.

usage: browser.py CASE          one of the functions named case_… below; WARTA is the program, BUILD a
                                directory for the browser's library, which npm brings at the first run

Exits 77 where node, npm or Chromium is not there, or the library cannot be had. WARTA_SHOTS=DIR keeps
pictures of every view.
"""
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys

from line import articles, cases_of, check, main, skip, wait_for
from web import HOSTILE, Web

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "browser")
BUILD = os.environ.get("BUILD", "build")
CASE_S = 240


def library():
    """The directory that has node_modules, filled by the lock file's hashes."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    where = os.path.abspath(os.path.join(BUILD, "browser"))
    os.makedirs(where, exist_ok=True)
    with open(f"{where}/lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test fetches, the others wait
        with open(f"{HERE}/package-lock.json", encoding="utf-8") as f:
            wanted = f.read()
        try:
            with open(f"{where}/done", encoding="utf-8") as f:
                if f.read() == wanted:
                    return where
        except FileNotFoundError:
            pass
        for name in ("package.json", "package-lock.json"):
            shutil.copy(f"{HERE}/{name}", where)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=where, check=False,
                              capture_output=True, text=True, timeout=100)
        if done.returncode != 0:
            skip(f"npm cannot bring playwright-core and axe-core: {(done.stderr.strip() or 'no reason told').splitlines()[0]}")
        with open(f"{where}/done", "w", encoding="utf-8") as f:
            f.write(wanted)
    return where


def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    return path or skip("Chromium is not installed")


class Page(Web):
    def __init__(self):
        self.chromium, self.library = chromium(), library()
        super().__init__()
        self.fed = 0

    def put(self, given, last=None):
        super().put(given, last or len(given))
        self.fed += len(given)

    def article(self, given):
        self.fed += 1
        return {"id": f"b{self.fed}", "source": "contoh.example", "language": "id", "published": "2025-03-01", **given}

    def do_feed(self, given):
        self.feed([self.article(given)])
        last = self.fed
        wait_for(lambda: self.get("status")["store"]["position"] >= last, "it is not read")
        return {"done": True}

    def do_put(self, given):
        self.feed([self.article(given)])

    def do_stop(self, _):
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(10) == 0, f"exits {self.process.returncode}")

    def do_start(self, _):
        self.web()

    def quote(self):
        return next(q for q in self.all("quotes") if "speaker" in q)

    def do_entity(self, _):
        return self.quote()["speaker"]

    def do_article(self, _):
        return self.quote()["seq"]

    def do_word(self, _):
        return "yang"

    def do_hostile(self, _):
        return [{"seq": a["seq"], "title": a["title"], "copy": "copy_of" in a} for a in self.all("articles") if "title" in a]

    def see(self, case):
        """Run the case in a browser, and do what it asks for."""
        node = self.start("node", f"{HERE}/page.mjs", case, f"http://127.0.0.1:{self.port}", self.chromium,
                          cwd=self.library, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        signal.signal(signal.SIGALRM, lambda *_: check(False, f"{case}: not done after {CASE_S} s"))
        signal.alarm(CASE_S)
        for line in node.stdout:
            if line.startswith("ask "):
                _, word, value = line.split(" ", 2)
                answer = getattr(self, f"do_{word}")(json.loads(value))
                node.stdin.write(json.dumps(answer) + "\n")
                node.stdin.flush()
            else:
                print(line, end="")
        check(node.wait() == 0, f"{case} does not hold")
        signal.alarm(0)


def case_every_view_at_both_widths_and_in_the_dark():
    page = Page()
    page.line(articles())
    page.see("every_view_at_both_widths_and_in_the_dark")


def case_facts_come_by_themselves_and_filters_hold():
    page = Page()
    page.line(articles())
    page.see("facts_come_by_themselves_and_filters_hold")


def case_it_goes_on_when_the_server_is_back():
    page = Page()
    page.line(articles())
    page.see("it_goes_on_when_the_server_is_back")


def case_hostile_headlines_are_text_everywhere():
    page = Page()
    contexts = [*HOSTILE, "<svg onload=alert(1)>", "'-alert(1)-'", "<!-- --><script>alert(1)</script>", "]]><b>x</b>", "</title><script>alert(1)</script>",
                "<style>*{display:none}</style>", "&lt;img src=x onerror=alert(1)&gt;", "\\u003cscript\\u003ealert(1)"]
    wire = " ".join(f"Kalimat ke-{n} sama di semua koran yang memuat berita ini." for n in range(12))  # most are copies of one
    given = [{"id": f"h{i}", "title": text, "source": text[:60], "author": text, "language": "id", "published": "2025-03-01",
              "url": ("javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "https://a.example/\"><script>", "//evil.example")[i % 4],
              "text": f"Jakarta - Presiden Sinta Dewi mengatakan 40 orang {text} mengungsi. \"{text}\" kata Sinta Dewi. {wire}"}
             for i, text in enumerate(contexts)]
    page.broker()
    page.worker()
    page.web()
    page.run("feed", "--broker", page.base, "--quiet", "-", give="\n".join(map(json.dumps, given)) + "\n", right=(0, 1))
    last = int(page.ctl("status")["articles_last"])
    wait_for(lambda: page.get("status")["store"]["position"] >= last, "they are not read")
    page.see("hostile_headlines_are_text_everywhere")


def case_all_of_it_is_reached_by_keyboard():
    page = Page()
    page.line(articles())
    page.see("all_of_it_is_reached_by_keyboard")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
