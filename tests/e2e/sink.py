#!/usr/bin/python3
"""warta sink: SQLite, PostgreSQL and files hold what the log holds, whatever is killed when.

usage: sink.py CASE        one of the functions named case_… below; WARTA is the program
       sink.py kill KIND N SEED   N kills at random of a sink of KIND (sqlite, postgres, jsonl, msgpack)

PostgreSQL's own programs are started in the scratch directory; cases that need them are
skipped where they are not installed, or the program was built without libpq.
"""
import atexit
import glob
import gzip
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from line import WARTA, Line, articles, cases_of, check, main, skip, wait_for

HOSTILE = ["'; DROP TABLE facts; --", '"quoted", comma', "tab\tand\rreturn", "back\\slash \\N \\x41", "{1,2}", "%s%n$1",
           "nul\0inside", "\u202ebidi", "😀 𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "<script>alert(1)</script>", "NULL", ""]
BATCH = ["--batch", "3", "--delay", "20ms", "--quiet"]


class Sink(Line):
    def read_all(self, copies=1, more=()):
        # Every fourth copy is at the page of a former one: an edited article, which replaces it.
        self.given = [{**a, "url": f"https://contoh.example/{i if i % 4 else 'edited'}"} for i, a in
                      enumerate(articles(copies))] + list(more)
        self.broker()
        self.feed(self.given)
        self.worker("-j", 2)
        return self.tail()

    def sink(self, *words, right=(0,)):
        return self.run("sink", "--broker", self.base, "--until-idle", *words, right=right)

    def sqlite(self, *options, right=(0,)):
        self.sink(*options, "sqlite", f"{self.dir}/facts.db", right=right)
        return sqlite3.connect(f"{self.dir}/facts.db")


# ---- what the rows must be: from the log, by the rules of schema.sql, written anew ----

def text(value):
    return value.replace("\0", "\x1a") if isinstance(value, str) else value


def listed(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None


def day(*candidates):
    for c in candidates:
        if c and len(c) >= 10 and c[4] == c[7] == "-" and (c[:4] + c[5:7] + c[8:10]).isdigit() and not c[10:11].isdigit():
            return c[:10]
    return None


def latest(records):
    """Entries by seq; of each article (by id, or by url and source) only the last."""
    entries, by_id, by_url = {}, {}, {}
    for r in records:
        entries.setdefault(r["seq"], []).append(r)
    for seq, entry in sorted(entries.items()):
        a = entry[0]["article"]
        former = {by_id.get(a["id"])}
        if "url" in a and "source" in a:
            former.add(by_url.get((a["url"], a["source"])))
            by_url[a["url"], a["source"]] = seq
        by_id[a["id"]] = seq
        for old in former - {None}:
            entries.pop(old, None)
    return entries


def rows_of(records):
    """The rows of articles, facts, names and mentions that the log asks for."""
    out = {"articles": [], "facts": [], "names": [], "mentions": []}
    for seq, (head, *facts) in sorted(latest(records).items()):
        a = head["article"]
        a_day = day(a.get("published")) or day(a.get("fetched"))
        out["articles"].append([seq, a["id"], head["id"], *[text(a.get(k)) for k in (
            "url", "source", "title", "author", "published", "fetched")], a_day, a.get("language"), head["extractor"],
            text(a["text"]), listed(head.get("sentences")), listed(head.get("boilerplate")), head.get("copy_of")])
        for f in facts:
            key, place, by = seq * 16384 + f["n"], f.get("place", {}), f.get("attribution", {})
            at = (head.get("sentences") or [])[f["sentence"]:f["sentence"] + 1] or [[None, None]]
            when = f["value"] if f["kind"] == "time" else f.get("time")
            pair = lambda name: f.get(name, [None, None])
            out["facts"].append([text(v) for v in [
                key, seq, f["n"], f["kind"], f["id"], f["sentence"], *at[0], *f["span"], f["text"], f["confidence"],
                day(f.get("time")) or a_day, f.get("type"), f.get("name"), f.get("country", place.get("country")), when,
                place.get("name"), f.get("modality"), by.get("name"), by.get("text"), by.get("cue"), listed(by.get("via")),
                f.get("value") if f["kind"] == "quantity" else None, f.get("low"), f.get("high"), f.get("bound"),
                f.get("unit"), f.get("noun"), f.get("holder"), f.get("about"), f.get("change"), f.get("speaker"),
                f.get("speaker_text"), int(f["direct"]) if "direct" in f else None, f.get("cue"), *pair("content"),
                f.get("person"), f.get("title"), f.get("organisation"), int(f["former"]) if "former" in f else None,
                *pair("trigger"), f.get("lemma"), listed(f.get("actors")), listed(f.get("targets")),
                f.get("actor_text"), f.get("target_text"), f.get("object")]])
            named = [("entity", f.get("name"))] + [(p, f.get(p)) for p in ("holder", "speaker", "person", "organisation")]
            named += [("place", place.get("name")), ("source", by.get("name"))]
            rows = [[key, part, 0, text(name)] for part, name in named if name is not None]
            for part, names in (("actor", f.get("actors")), ("target", f.get("targets")), ("via", by.get("via"))):
                rows += [[key, part, i, text(name)] for i, name in enumerate(names or [])]
            out["names"] += sorted(rows)
            out["mentions"] += [[key, i, *m] for i, m in enumerate(f.get("mentions", []))]
    return out


ORDER = {"articles": "seq", "facts": "fact", "names": "fact, part, i", "mentions": "fact, i"}


def check_rows(select, records):
    """Every row of every table is what the log asks for. select(sql) answers lists."""
    for table, want in rows_of(records).items():
        got = select(f"SELECT * FROM {table} ORDER BY {ORDER[table]}")
        if table == "names":
            got, want = sorted(got), sorted(want)
        check(len(got) == len(want), f"{table}: {len(got)} rows of {len(want)}")
        for g, w in zip(got, want):
            check(g == w, f"{table}: a row is\n{g}\nnot\n{w}")
    check(select("SELECT * FROM gaps") == [] and select("SELECT * FROM refused") == [], "gaps, or refused entries")


def check_sqlite(path, records):
    db = sqlite3.connect(path)
    select = lambda sql: [list(r) for r in db.execute(sql)]
    check_rows(select, records)
    check(select("PRAGMA integrity_check") == [["ok"]], "the file is damaged")
    for search in ("article_search", "fact_search"):
        db.execute(f"INSERT INTO {search} ({search}) VALUES ('integrity-check')")
    db.rollback()
    last = max(r["seq"] for r in records)
    check(select("SELECT next FROM positions") == [[last + 1]], f"position is not {last + 1}")


class Postgres:
    """Debian's server in a directory of its own, on a socket there."""

    def __init__(self, line):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            skip("PostgreSQL is not installed")
        told = subprocess.run([WARTA, "sink", "--quiet", "postgres", "host=/nonexistent"], capture_output=True, text=True,
                              timeout=30, check=False).stderr
        if "without libpq" in told:
            skip("built without libpq")
        self.bin, self.line, self.dir = os.path.dirname(found[-1]), line, tempfile.mkdtemp(prefix="warta-e2e-pg-")
        atexit.register(self.end)  # behind the line's own: before it
        self.as_user, self.server = [], None
        if os.geteuid() == 0:  # its programs refuse to be root
            subprocess.run(["chown", "postgres", self.dir], check=True)
            self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.tool("initdb", "-D", f"{self.dir}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N")
        self.start()
        self.conninfo = f"host={self.dir} user=postgres dbname=postgres"

    def end(self):
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def tool(self, name, *words):
        done = subprocess.run([*self.as_user, f"{self.bin}/{name}", *words], capture_output=True, text=True, timeout=60,
                              check=False)
        check(done.returncode == 0, f"{name}: {done.stderr}")

    def start(self):
        self.server = self.line.start(*self.as_user, f"{self.bin}/postgres", "-D", f"{self.dir}/data", "-k", self.dir,
                                      "-c", "listen_addresses=", "-c", "max_connections=10", stderr=subprocess.DEVNULL)
        wait_for(lambda: subprocess.run([f"{self.bin}/pg_isready", "-h", self.dir], stdout=subprocess.DEVNULL,
                                        check=False).returncode == 0, "PostgreSQL does not start")

    def select(self, sql):
        """Rows as lists, through JSON (psql is the only client there is)."""
        done = subprocess.run([f"{self.bin}/psql", "-h", self.dir, "-U", "postgres", "-XAtq", "-c", "SET search_path TO warta",
                               "-c", f"SELECT row_to_json(t) FROM ({sql}) t"], capture_output=True, text=True, timeout=60,
                              check=False)
        check(done.returncode == 0, f"psql: {done.stderr}")
        return [list(json.loads(r).values()) for r in done.stdout.split("\n") if r]


# ---- files ----

def read_files(directory, kind):
    """All records of a directory of files, in order."""
    import msgpack
    out = b""
    for path in sorted(glob.glob(f"{directory}/facts-*")):
        check(not path.endswith(".tmp"), f"{path} is left over")
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
            out += f.read()
    if kind == "jsonl":
        return [json.loads(r) for r in out.splitlines()]
    unpacker = msgpack.Unpacker(max_buffer_size=1 << 30)
    unpacker.feed(out)
    return [r for entry in unpacker for r in entry]


class Target:
    """One kind of sink and how to compare it with the log."""

    def __init__(self, line, kind):
        self.kind, self.line = kind, line
        self.postgres = Postgres(line) if kind == "postgres" else None
        self.words = {"sqlite": ["sqlite", f"{line.dir}/facts.db"],
                      "postgres": ["postgres", self.postgres and self.postgres.conninfo],
                      "jsonl": ["--rotate-size", "20K", "files", f"{line.dir}/files"],
                      "msgpack": ["--rotate-size", "20K", "--format", "msgpack", "files", f"{line.dir}/files"]}[kind]

    def next(self):
        """The position it has, 0 before the first."""
        if self.kind == "postgres":
            if self.postgres.select("SELECT to_regclass('warta.positions') IS NULL") == [[True]]:
                return 0
            return (self.postgres.select("SELECT next FROM positions") or [[0]])[0][0]
        try:
            if self.kind == "sqlite":
                return (sqlite3.connect(f"{self.line.dir}/facts.db").execute("SELECT next FROM positions").fetchone() or [0])[0]
            with open(f"{self.line.dir}/files/position", encoding="ascii") as f:
                return int(dict(r.split(" ", 1) for r in f).get("next", 0))
        except (sqlite3.OperationalError, FileNotFoundError):
            return 0

    def check(self, records):
        if self.kind == "sqlite":
            check_sqlite(f"{self.line.dir}/facts.db", records)
        elif self.kind == "postgres":
            check_rows(self.postgres.select, records)
            check(self.postgres.select("SELECT next FROM positions") == [[max(r["seq"] for r in records) + 1]], "position")
        else:
            check(read_files(f"{self.line.dir}/files", self.kind) == records, "the files are not the log")


def kill_at_random(kind, times, seed):
    """Kill the sink `times` times while it has something to do, then let it finish."""
    rng = random.Random(seed)
    line = Sink()
    target = Target(line, kind)
    records = line.read_all(copies=4 * times + 10)
    last = max(r["seq"] for r in records)
    command = [WARTA, "sink", "--broker", line.base, "--until-idle", *BATCH, *target.words]
    began = time.monotonic()
    kills, moved, position = 0, 0, 0
    for _ in range(times):
        process = line.start(*command, stderr=subprocess.DEVNULL)
        if rng.random() < 0.7:  # at its beginning, or once it has written something
            until = time.monotonic() + 5
            while target.next() == position and process.poll() is None and time.monotonic() < until:
                time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.06))
        process.kill()
        process.wait()
        at = target.next()
        kills += at <= last
        moved += at > position
        position = at
    line.sink("--quiet", *target.words)
    target.check(records)
    print(f"{kind}: {kills} of {times} killed with work left, {moved} of them after some, {len(records)} records, seed {seed},"
          f" {time.monotonic() - began:.1f} s")
    check(kills > times // 2 and moved, "hardly any was at work when it was killed: the case tests nothing")


def case_an_edited_article_replaces_its_facts():
    line = Sink()
    first = {"id": "a-1", "source": "contoh.example", "url": "https://contoh.example/a", "title": "Banjir",
             "published": "2025-02-08", "language": "id", "text": "Sebanyak 40 orang mengungsi di Demak."}
    records = line.read_all(more=[first])
    db = line.sqlite("--quiet")
    edited = {**first, "id": "a-2", "text": "Sebanyak 60 orang mengungsi di Demak."}
    line.feed([edited])
    records = line.tail()
    line.sqlite("--quiet")
    check_sqlite(f"{line.dir}/facts.db", records)
    told = db.execute("SELECT value FROM facts JOIN articles USING (seq) WHERE kind = 'quantity' AND url LIKE '%/a'").fetchall()
    check(told == [(60.0,)], f"numbers of an edited article: {told}")
    former = db.execute("SELECT id FROM revisions WHERE replaced_by = (SELECT seq FROM articles WHERE id = 'a-2')").fetchall()
    check(former == [("a-1",)], f"revisions hold {former}")
    # All of the log once more into the same file: the same rows.
    line.sqlite("--quiet", "--from", "first")
    check_sqlite(f"{line.dir}/facts.db", records)


def case_hostile_text_stays_text():
    line = Sink()
    more = [{"id": f"hostile-{i}", "source": h or "x", "title": h, "author": h, "url": "u" + h, "language": "id",
             "text": f'"Kami menolak {h} itu," kata Menteri Keuangan {h} Budi Santoso di Jakarta. Sebanyak 40 {h} orang tiba.'}
            for i, h in enumerate(HOSTILE)]
    more = [{k: v for k, v in a.items() if v} for a in more]
    more.append({"id": "huge", "title": "t" * 4000, "language": "id", "published": "2025-13-99x",
                 "text": "Sebanyak 40 orang tiba di Jakarta. " * 29000})
    records = line.read_all(more=more)
    check({"huge", "hostile-0", "hostile-6"} <= {r["article"]["id"] for r in records}, "hostile articles were not read")
    line.sqlite("--quiet")
    check_sqlite(f"{line.dir}/facts.db", records)
    line.sink("--quiet", "files", f"{line.dir}/files")
    check(read_files(f"{line.dir}/files", "jsonl") == records, "the files are not the log")
    for h in (h for h in HOSTILE if "\0" not in h):  # no argument of a program holds that
        for options in ([], ["--json"], ["--csv"]):
            out = line.run("query", "--database", f"{line.dir}/facts.db", *options, "articles-about", h, right=(0, 1) if h else (100,))
            check(all(c >= " " or c in "\n\r" for c in out) or options, f"a table shows a control character of {h!r}")
            line.run("query", "--database", f"{line.dir}/facts.db", *options, "timeline", h, right=(0, 1))


def case_hostile_text_stays_text_in_postgres():
    line = Sink()
    target = Target(line, "postgres")
    records = line.read_all(more=[{k: v for k, v in {
        "id": f"hostile-{i}", "source": h, "title": h, "language": "id",
        "text": f'"Kami menolak {h} itu," kata Budi Santoso. Sebanyak 40 {h} orang tiba.'}.items() if v}
        for i, h in enumerate(HOSTILE)] + [{"id": "huge", "title": "t" * 4000, "language": "id",
                                            "text": "Sebanyak 40 orang tiba di Jakarta. " * 29000}])
    line.sink("--quiet", *target.words)
    target.check(records)


def case_a_postgres_schema_of_version_1_is_brought_up():
    line = Sink()
    target = Target(line, "postgres")
    records = line.read_all()
    line.sink("--quiet", *target.words)
    # What version 2 has more goes; the next run brings it back.
    target.postgres.tool("psql", "-h", target.postgres.dir, "-U", "postgres", "-Xq", "-c",
        "SET search_path TO warta; DROP VIEW copies; ALTER TABLE articles DROP COLUMN copy_of;"
        "UPDATE schema_version SET version = 1")
    line.sink("--quiet", *target.words)
    check(target.postgres.select("SELECT version FROM schema_version") == [[2]], "the version")
    line.sink("--quiet", "--from", "first", *target.words)
    target.check(records)
    check(target.postgres.select("SELECT * FROM copies") == [], "copies of nothing")


def case_copies_are_told_and_can_be_left_out():
    line = Sink()
    body = articles()[0]["text"]
    line.read_all(more=[{"id": f"c-{o}", "source": f"{o}.example", "title": f"Kawat {o}", "published": f"2025-03-0{i + 1}",
                         "language": "id", "text": "Sebanyak 77 gajah tiba di Demak. " + body + " " + " ".join(
                             f"Kalimat {n} hanya ada di sini." for n in range(40))}
                        for i, o in enumerate(("satu", "dua", "tiga"))])
    line.sqlite("--quiet")

    def ask(*words, right=(0,)):
        out = line.run("query", "--json", "-d", f"{line.dir}/facts.db", *words, right=right)
        return [json.loads(r) for r in out.splitlines()]

    told = [r for r in ask("copies") if "Kawat" in r["headline"]]
    check(len(told) == 1 and told[0]["copies"] == 2, f"copies: {told}")
    outlets = {told[0]["outlet"], *(c.split()[0] for c in told[0]["carried_by"].split(", "))}
    check(outlets == {"satu.example", "dua.example", "tiga.example"}, f"outlets: {told}")
    check(told == ask("copies", "dua.example") and not ask("copies", "lain.example", right=(1,)), "copies of an outlet")
    of = lambda *words: {r["outlet"] for r in ask("articles-about", "gajah", *words)}
    check(of() == outlets and of("--no-copies") == {told[0]["outlet"]}, "articles without copies")
    check(len(ask("numbers-of", "gajah")) == 3 * len(ask("numbers-of", "gajah", "--no-copies")), "numbers without copies")
    named = {r["outlet"] for r in ask("outlets", "--no-copies")} & outlets
    check(named == {told[0]["outlet"]}, f"outlets without copies: {named}")


def case_what_makes_a_database_unusable_is_named():
    line = Sink()
    line.read_all()

    def refused(path, *words, code=100, kind="sqlite"):
        done = subprocess.run([WARTA, "sink", "--broker", line.base, "--until-idle", kind, path], capture_output=True,
                              text=True, timeout=60, check=False)
        check(done.returncode == code and all(w in done.stderr for w in words), f"{path}: {done.returncode} {done.stderr}")

    good = f"{line.dir}/facts.db"
    line.sqlite("--quiet")
    other = f"{line.dir}/other.db"
    sqlite3.connect(other).execute("CREATE TABLE mine (a)")
    refused(other, "something else than warta")
    newer = f"{line.dir}/newer.db"
    with sqlite3.connect(good) as db:
        db.execute(f"VACUUM INTO '{newer}'")
    sqlite3.connect(newer).execute("PRAGMA user_version = 3")
    refused(newer, "schema version 3", "knows version 2")
    damaged = f"{line.dir}/damaged.db"
    with sqlite3.connect(good) as db:
        db.execute(f"VACUUM INTO '{damaged}'")
    text = f"{line.dir}/text.db"
    with open(text, "w", encoding="ascii") as f:
        f.write("no database\n" * 1000)
    refused(text, "not a database")
    with open(damaged, "r+b") as f:  # damage behind a good first page
        f.seek(4096)
        f.write(os.urandom(1 << 16))
    refused(damaged, "damaged")
    refused(f"{line.dir}/nowhere/facts.db", "unable to open", code=111)
    refused(good, "a sink is sqlite, postgres or files", kind="mysql")
    refused(f"host={line.dir}/nowhere", "PostgreSQL" if HAVE_LIBPQ() else "libpq-dev", kind="postgres",
            code=111 if HAVE_LIBPQ() else 100)
    os.mkdir(f"{line.dir}/files")
    with open(f"{line.dir}/files/facts-000000000001.jsonl", "w", encoding="ascii") as f:
        f.write("{}\n")
    refused(f"{line.dir}/files", "no file position", kind="files")
    out = subprocess.run([WARTA, "query", "-d", f"{line.dir}/none.db", "outlets"], capture_output=True, text=True,
                         timeout=60, check=False)
    check(out.returncode == 100 and "no such file" in out.stderr, "query makes a file")


def HAVE_LIBPQ():
    told = subprocess.run([WARTA, "sink", "--quiet", "postgres", "host=/nonexistent"], capture_output=True, text=True,
                          timeout=30, check=False).stderr
    return "without libpq" not in told


def case_a_locked_database_is_waited_for():
    line = Sink()
    records = line.read_all()
    line.sqlite("--quiet", "--source", "nobody.example").execute("DELETE FROM positions").connection.commit()
    holder = sqlite3.connect(f"{line.dir}/facts.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    sink = line.start(WARTA, "sink", "--broker", line.base, "--until-idle", "--quiet", "sqlite", f"{line.dir}/facts.db",
                      stderr=subprocess.PIPE)
    time.sleep(6.5)
    check(sink.poll() is None, "it gave up on a locked file")
    holder.execute("ROLLBACK")
    said = sink.communicate(timeout=60)[1].decode()
    check(sink.returncode == 0 and "cannot write now" in said and "locked" in said, said)
    check_sqlite(f"{line.dir}/facts.db", records)


def case_no_room_is_waited_for_and_nothing_is_lost():
    line = Sink()
    records = line.read_all(copies=12)
    for kind in ("sqlite", "jsonl"):
        target = Target(line, kind)
        limit = 700_000 if kind == "sqlite" else 15_000
        sink = line.start(WARTA, "sink", "--broker", line.base, "--until-idle", *BATCH, *target.words, stderr=subprocess.PIPE,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)))
        said = b""
        while b"cannot write now" not in said:
            part = os.read(sink.stderr.fileno(), 4096)
            check(part, f"{kind}: it ended: {said.decode()}")
            said += part
        subprocess.run(["prlimit", "--pid", str(sink.pid), "--fsize=unlimited"], check=True)
        rest = sink.communicate(timeout=60)[1].decode()
        check(sink.returncode == 0 and "writing again" in rest, f"{kind}: {sink.returncode} {rest}")
        target.check(records)


def case_readers_go_on_while_it_is_written():
    line = Sink()
    records = line.read_all(copies=30)
    sink = line.start(WARTA, "sink", "--broker", line.base, "--until-idle", *BATCH, "sqlite", f"{line.dir}/facts.db")
    wait_for(lambda: os.path.exists(f"{line.dir}/facts.db-wal"), "no file is made")
    asked = 0
    while sink.poll() is None:
        out = subprocess.run([WARTA, "query", "-d", f"{line.dir}/facts.db", "outlets"], capture_output=True, text=True,
                             timeout=60, check=False)
        asked += out.returncode == 0
        check(out.returncode in (0, 1) or "empty database" in out.stderr, out.stderr)
    check(sink.returncode == 0 and asked > 2, f"{asked} questions were answered")
    check_sqlite(f"{line.dir}/facts.db", records)


def case_a_named_sink_confirms_what_it_has_written():
    line = Sink()
    records = line.read_all()
    last = max(r["seq"] for r in records)
    line.sqlite("--quiet", "--name", "archive")
    check(line.run("ctl", "--broker", line.base, "mark", "archive").strip() == str(last + 1), "the mark is not the position")
    db = sqlite3.connect(f"{line.dir}/facts.db")
    check(db.execute("SELECT * FROM positions").fetchall() == [("archive", last + 1)], "no position of that name")


def case_ready_questions_are_answered():
    line = Sink()
    line.read_all(more=[
        {"id": f"q-{i}", "source": f"{o}.example", "title": f"Banjir Demak {o}", "published": "2025-02-08", "language": "id",
         "text": f'Demak - Banjir merendam Kabupaten Demak. Sebanyak {n} orang mengungsi di Demak. "Air terus naik," kata '
                 f'Kepala BPBD Demak, Slamet Wibisono. Presiden Prabowo Subianto bertemu Presiden Vladimir Putin di Moskow.'}
        for i, (o, n) in enumerate((("satu", 40), ("dua", 90)))])
    line.sqlite("--quiet")

    def ask(*words, right=(0,)):
        out = line.run("query", "--json", "-d", f"{line.dir}/facts.db", *words, right=right)
        return [json.loads(r) for r in out.splitlines()]

    names = [r.split()[0] for r in line.run("query", "list").splitlines()]
    check(len(names) >= 12, f"only {names}")
    check({r["speaker"] for r in ask("who-said", "air", "naik")} == {"Slamet Wibisono"}, "who-said")
    check(len(ask("quotes-by", "wibisono")) == 2, "quotes-by")
    check({40, 90} <= {int(r["number"]) for r in ask("numbers-of", "orang") if r["number"].isdigit()}, "numbers-of")
    check({r["type"] for r in ask("events-between", "Prabowo", "Putin")} == {"CONSULT"}, "events-between")
    check({r["day"] for r in ask("events-by-type", "consult", "--since", "2025-02-08", "--until", "2025-02-08")} ==
          {"2025-02-08"}, "events-by-type")
    check(any("Kepala" in r["title"] for r in ask("roles-of", "Slamet")), "roles-of")
    check(any(r["person"] == "Slamet Wibisono" for r in ask("people-in", "BPBD")), "people-in")
    check({r["kind"] for r in ask("timeline", "Putin")} >= {"event"}, "timeline")
    check({r["outlet"] for r in ask("articles-about", "banjir", "demak") if r["id"].startswith("q-")} ==
          {"satu.example", "dua.example"}, "articles-about")
    check(any(r["name"] == "Demak" or "Demak" in r["name"] for r in ask("most-named", "GPE", "--limit", 500)), "most-named")
    check(ask("sources") and ask("outlets"), "sources, outlets")
    split = [r for r in ask("disagreements") if r["noun"] == "orang"]
    check(split and split[0]["lowest"] == 40 and split[0]["highest"] == 90, f"disagreements: {ask('disagreements', right=(0, 1))}")
    for name in names:  # each is SQL that SQLite takes, with each way of printing
        words = ["x"] * sum(w.startswith(("W", "P", "T", "N", "O", "C")) for w in next(
            r for r in line.run("query", "list").splitlines() if r.startswith(name + " "))[16:32].split())
        for way in ("--json", "--csv"):
            line.run("query", way, "-d", f"{line.dir}/facts.db", name, *words, right=(0, 1))
    check(ask("--sql", "SELECT COUNT(*) AS n FROM articles WHERE source = ?", "satu.example") == [{"n": 1}], "--sql")
    for bad in ("DELETE FROM facts", "SELECT 1; SELECT 2", "ATTACH '/tmp/x' AS y", "PRAGMA user_version = 9", ""):
        ask("--sql", bad, right=(100, 111))
    csv = line.run("query", "--csv", "-d", f"{line.dir}/facts.db", "--sql", """SELECT 'a "b", c' AS x, 1.5 AS y, NULL AS z""")
    check(csv == 'x,y,z\n"a ""b"", c",1.5,\n', f"csv is {csv!r}")
    check(line.run("query", "-d", f"{line.dir}/facts.db", "quotes-by", "Nobody", right=(1,)) == "", "an answer of nothing")
    check("usage: warta query quotes-by PERSON" in subprocess.run(
        [WARTA, "query", "quotes-by"], capture_output=True, text=True, check=False).stderr, "usage")


def case_sqlite_is_the_log_whoever_is_killed():
    kill_at_random("sqlite", 5, 1)


def case_postgres_is_the_log_whoever_is_killed():
    kill_at_random("postgres", 5, 2)


def case_postgres_started_again_is_gone_on_with():
    """The server killed, stopped and started again while facts come: the sink waits, and goes on by itself."""
    line, draw = Line(), random.Random(7)
    target = Target(line, "postgres")
    line.broker()
    line.worker()
    sink = line.start(WARTA, "sink", "--broker", line.base, "--batch", 8, *target.words, stderr=subprocess.PIPE)
    given = articles(6)
    for turn, number in enumerate((signal.SIGQUIT, signal.SIGINT, signal.SIGKILL)):
        line.feed(given[turn * len(given) // 3:(turn + 1) * len(given) // 3])
        time.sleep(draw.uniform(0.1, 0.8))
        if turn == 0:
            second = subprocess.run([WARTA, "sink", "--broker", line.base, "--quiet", *target.words], capture_output=True,
                                    text=True, timeout=60, check=False)
            check(second.returncode == 111 and "another warta sink" in second.stderr, f"a second writer: {second.stderr}")
        target.postgres.server.send_signal(number)
        target.postgres.server.wait()
        time.sleep(draw.uniform(0, 0.5))
        for stale in glob.glob(f"{target.postgres.dir}/data/postmaster.pid"):
            os.unlink(stale)  # of the one that was killed
        target.postgres.start()
    line.feed([{"id": "late", "text": "Sebanyak 40 orang tiba di Jakarta."}])
    records = line.tail()
    last = max(r["seq"] for r in records)
    wait_for(lambda: sink.poll() is not None or target.next() == last + 1, "the sink does not go on")
    if sink.poll() is None:
        sink.terminate()
    said = sink.communicate(timeout=60)[1].decode()
    check(sink.returncode == 0, f"the sink ends with {sink.returncode}: {said}")
    check("cannot write now, waiting" in said and "PostgreSQL" in said, said)
    target.check(records)


def case_files_are_the_log_whoever_is_killed():
    kill_at_random("jsonl", 5, 3)


def case_msgpack_files_are_the_log_whoever_is_killed():
    kill_at_random("msgpack", 5, 4)


CASES = cases_of(globals())

if __name__ == "__main__":
    if sys.argv[1:2] == ["kill"]:
        kill_at_random(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(sys.argv[1:], CASES, __doc__)
