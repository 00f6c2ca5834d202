#!/usr/bin/python3
"""What strangers, broken programs and tired operators do: words at the wrong time, texts that
are none, files in each other's place, a world that is not as it should be. Nothing may end by
a signal, hang, grow, or say a line that somebody else wrote.

usage: strange.py CASE
"""
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time

from line import PATIENCE_S, SOURCE, WARTA, Line, cases_of, check, main, skip, wait_for

try:
    import msgpack
    import zmq
except ImportError:
    skip("python3-zmq and python3-msgpack are not installed")

MIB = 1 << 20


def rss_bytes(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def peer(line, door, name=None):
    sock = zmq.Context.instance().socket(zmq.DEALER)
    sock.linger = 0
    if name is not None:
        sock.routing_id = name
    sock.connect(f"{line.base}/{door}")
    return sock


def ask(sock, *frames, wait_ms=10000):
    sock.send_multipart(list(frames))
    check(sock.poll(wait_ms), f"{frames[0]} is not answered")
    return sock.recv_multipart()


def until(sock, command):
    """The next message of this kind; BEATs and others are passed over."""
    for _ in range(100):
        check(sock.poll(10000), f"no {command} comes")
        got = sock.recv_multipart()
        if got[0] == command:
            return got
    check(False, f"no {command} among a hundred messages")
    return None


def error_code(answer):
    check(answer[0] == b"ERROR", f"answered by {answer}")
    return msgpack.unpackb(answer[1])["code"]


def case_words_at_the_wrong_time():
    """Versions, positions and credits that there are not; results twice, or of nobody's job."""
    line = Line()
    broker = line.broker()
    line.feed([{"id": f"a-{i}", "text": f"Sebanyak {i} orang tiba di Jakarta."} for i in range(3)])
    ready = {"name": "w", "extractor": "x-1", "credit": 1}
    for more, code in (({"v": 99}, "version"), ({"credit": 0}, "limit"), ({"credit": 1 << 63}, "field"),
                       ({"credit": -1}, "field"), ({"extractor": ""}, "field")):
        check(error_code(ask(peer(line, "work"), b"READY", msgpack.packb({**ready, **more}))) == code, f"{more}")
    newer = msgpack.packb({**ready, "name": "newer", "unknown": 1})
    sock = peer(line, "work")
    check(ask(sock, b"READY", newer)[0] == b"HELLO", "who says more is refused")
    sock.send_multipart([b"BYE"])
    worker = peer(line, "work")
    ask(worker, b"READY", msgpack.packb(ready))
    job = msgpack.unpackb(until(worker, b"JOB")[1])["jobs"][0]
    failed = msgpack.packb({"jobs": [{"lease": job["lease"], "code": "x", "text": "y\nlevel=error msg=forged"}]})
    other = peer(line, "work")
    ask(other, b"READY", msgpack.packb({**ready, "name": "other"}))
    other.send_multipart([b"FAIL", failed])
    check(error_code(until(other, b"ERROR")) == "stale", "a worker ends another's job")
    worker.send_multipart([b"FAIL", failed])
    worker.send_multipart([b"FAIL", failed])
    check(error_code(until(worker, b"ERROR")) == "stale", "a job can be ended twice")
    for start in (0, 1, 2, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, "first", "now"):
        said = ask(peer(line, "tail"), b"FROM", msgpack.packb({"from": start}))[0]
        check(said in (b"HELLO", b"ERROR"), f"from {start} is answered by {said}")
    for more in ({"from": -1}, {"from": "nowhere"}, {"from": 1.5}, {"from": None}):
        check(error_code(ask(peer(line, "tail"), b"FROM", msgpack.packb(more))), f"{more} is taken")
    check(line.ctl("status")["state"] == "running" and broker.poll() is None, "the broker is not well")


def case_names_that_are_another_s_and_a_million_empty_messages():
    line = Line()
    broker = line.broker()
    before = rss_bytes(broker)
    article = msgpack.packb({"id": "x", "text": "Halo."})
    first = peer(line, "feed", b"same")
    check(ask(first, b"PUT", b"1", article)[0] == b"ACK", "the first of a name is not served")
    second = peer(line, "feed", b"same")
    second.send_multipart([b"PUT", b"2", article])
    check(not second.poll(500), "two connections have one name")
    check(ask(first, b"PUT", b"3", article)[1] == b"3", "the first one's answers go elsewhere")
    check(ask(peer(line, "feed", b"n" * 255), b"PUT", b"4", article)[0] == b"ACK", "a long name is not served")
    flood = peer(line, "feed")
    for _ in range(1000000):
        flood.send(b"")
        while flood.poll(0):
            flood.recv_multipart()
    flood.close()
    check(ask(first, b"PUT", b"5", article)[1] == b"5", "nobody is served behind a million empty messages")
    check(rss_bytes(broker) - before < 64 * MIB, f"the broker grew by {(rss_bytes(broker) - before) >> 20} MiB")


FORGED = "\r\nlevel=error mod=broker msg=\"forged\"\x1b]0;title\x07\u2028\u202e"
TEXTS = [
    "x", "(" * 100000, '"' * 100000, "a.b.c." * 20000, "dan dan dan " * 20000, "," * 100000, "1 2 3 " * 30000,
    "0000-00-00 99999-99-99 31 Februari 2025, naik 400 persen", "Rp1" + "0" * 400, "−5 –5 —5 -5 ﹣5 －5 derajat",
    "<img src=x onerror=alert(1)></script><a href='javascript:x'>{{7*7}}", "=cmd|' /C calc'!A0", FORGED,
    "Sebanyak \u202e04\u202c orang", "Bu\u200ddi San\u200ctoso", "e" + "\u0301" * 10000, "Вudi Ѕаntоsо", "４０ orang",
    "שלום עולם 40", "مرحبا 40 شخص", "40 人が到着した", "QUJD" * 20000, "int main(void) { return 0; }\n" * 1000,
    "\ufeffHalo\ufeff", "a" * 500000, "kata " * 40000, "\u0000".replace("\u0000", "\u0001\u009b31m"),
]


def case_texts_that_are_none_forge_nothing():
    """Each text as text, title and author: what people and programs are shown is one safe line."""
    line = Line()
    with open(f"{line.dir}/log", "wb") as log:
        broker = start_logged(line, log, "broker", "--listen", line.base, "--journal", f"lmdb:{line.dir}/journal",
                                   "--log-level", "debug")
        start_logged(line, log, "worker", "--broker", line.base, "-j", 1, "--log-level", "debug")
        before = rss_bytes(broker)
        given = [{"id": f"t-{i}", "text": t, "title": t[:1000], "author": t[:100], "language": "id"}
                 for i, t in enumerate(TEXTS)]
        broken = [b'{"id":"z-1","text":"caf\xe9"}', b'{"id":"z-2","text":"\\ud800"}', b'{"id":"z-3","text":"a\\u0000b"}',
                  b'{"id":"z-4","text":"\xc0\xaf"}', b'{"id":"z-5","text":"x"}{"id":"z-6"}', b"[" * 100000,
                  b'{"id":"z-7","id":"z-8","text":"x"}', b'{"id":1e400,"text":"x"}',
                  b'{"id":"z-9\\r\\nlevel=error","text":"x"}', b'{"text":"' + b"x" * (9 * MIB) + b'"}', b"\x1b]0;t\x07"]
        lines = b"".join(json.dumps(a).encode() + b"\n" for a in given) + b"\n".join(broken) + b"\n"
        done = subprocess.run([WARTA, "feed", "--broker", line.base, "--quiet", "-"], input=lines, stdout=log,
                              stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False)
        check(done.returncode in (0, 1), f"feed exits {done.returncode}")
        wait_for(lambda: line.ctl("status")["unfinished"] == "0", "not everything is read")
        dead = line.run("ctl", "--broker", line.base, "dead")
        check(dead == "", f"a text is the death of a worker: {dead}")
        check(rss_bytes(broker) - before < 128 * MIB, "the broker grew")
        tail = ("tail", "--broker", line.base, "--from", "first", "--until-idle")
        shown, as_json = (subprocess.run([WARTA, *tail, *more], capture_output=True, timeout=PATIENCE_S, check=True)
                          for more in ((), ("--json",)))
        listed = [line.run("ctl", "--broker", line.base, *words) for words in (("feeders",), ("tails",), ("dead",))]
    with open(f"{line.dir}/log", "rb") as log:
        said = log.read() + done.stderr
    for what, text in (("a log", said), ("tail", shown.stdout), ("an answer", "".join(listed).encode())):
        check(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", text), f"{what} has control characters")
        for safe in ("\u2028", "\u202e", "\u009b"):
            check(safe.encode() not in text, f"{what} has {safe!r} as it came")
    for row in said.decode("utf-8", "replace").splitlines():
        check(not re.match(r"level=error", row), f"a line is forged: {row[:200]}")
    for row in as_json.stdout.splitlines():
        json.loads(row)


OTHERS = {
    "nothing": lambda p: open(p, "wb").close(),
    "a header": lambda p: write(p, bytes(4096)),
    "another's magic": lambda p: write(p, b"SQLite format 3\0" + bytes(8192)),
    "half a page": lambda p: write(p, os.urandom(100)),
    "noise": lambda p: write(p, os.urandom(1 << 16)),
    "a directory": os.mkdir,
    "a FIFO": os.mkfifo,
    "a link to nowhere": lambda p: os.symlink("/nonexistent/data", p),
    "a link to a file": lambda p: os.symlink("/etc/passwd", p),
}


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def case_files_in_the_journal_s_place():
    """It starts, or says in one line why not; never by a signal, and nothing else is touched."""
    line = Line()
    with open("/etc/passwd", "rb") as f:
        passwd = f.read()
    for what, make in OTHERS.items():
        home = f"{line.dir}/{what.replace(' ', '-')}"
        os.mkdir(home, 0o700)
        make(f"{home}/data.mdb")
        said = start_and_stop(line, home)
        print(f"{what}: {said}")
    for name in ("a b", "a\nlevel=error msg=forged", "ä" * 100, "n" * 255, "n" * 256, "%s%n"):
        said = start_and_stop(line, f"{line.dir}/{name}")
        check("\nlevel=error" not in said, f"a path forges a line: {said}")
    with open("/etc/passwd", "rb") as f:
        check(f.read() == passwd, "a file behind a link was written")


def start_and_stop(line, home):
    """What a broker says that has this directory for its journal; "ready" where it starts."""
    ours, theirs = os.pipe()
    process = subprocess.Popen([WARTA, "broker", "--listen", line.base, "--journal", f"lmdb:{home}", "--ready-fd",
                                str(theirs)], pass_fds=[theirs], stderr=subprocess.PIPE)
    os.close(theirs)
    with os.fdopen(ours, "rb") as ready:
        started = ready.read(1) == b"\n"
    if started:
        process.terminate()
    try:
        _, said = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        check(False, f"{home!r}: it hangs")
    text = said.decode("utf-8", "replace")
    check(process.returncode == 0 if started else process.returncode in (100, 111),
          f"{home!r}: exits {process.returncode}: {text}")
    return "ready" if started else text


def exits(code, *words, **options):
    done = subprocess.run([WARTA, *map(str, words)], stderr=subprocess.PIPE, timeout=30, check=False,
                          **{"stdout": subprocess.PIPE, **options})
    codes = code if isinstance(code, tuple) else (code,)
    check(done.returncode in codes, f"{words} exits {done.returncode}, not {code}: {done.stderr!r}")
    return done


def case_a_world_that_is_not_as_it_should_be():
    line = Line()
    with open("/dev/full", "wb") as full:
        exits((1, 100, 111), "--help", stdout=full)
        exits((1, 100, 111), "broker", "--help", stdout=full)
        exits((1, 100, 111), "extract", f"{SOURCE}/deploy/samples.jsonl", "--jsonl", stdout=full)
    exits((0, 1, 111), "--help", preexec_fn=lambda: os.close(1))
    article = b'{"id":"x","published":"2025-03-28T08:00:00+07:00","language":"id","text":"Inflasi 3,5 persen."}\n'
    want = exits(0, "extract", "--jsonl", "-", input=article).stdout
    bare = {"PATH": os.environ["PATH"]}
    for more in ({"LC_ALL": "C"}, {"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "tr_TR.UTF-8"}, {"TZ": "XYZ-99:99:99"},
                 {"TZ": ":../../etc/passwd"}, {"HOME": "/nonexistent"}, {"COLUMNS": "-1"}, {}):
        check(exits(0, "extract", "--jsonl", "-", input=article, env={**bare, **more}).stdout == want, f"{more} matters")
    gone = f"{line.dir}/gone"
    os.mkdir(gone)
    check(exits(0, "extract", "--jsonl", "-", input=article, cwd=gone, preexec_fn=lambda: os.rmdir(gone)).stdout == want,
          "a directory that is gone matters")
    exits((0, 1, 100, 111), "extract", "--jsonl", "-", stdin=None, preexec_fn=lambda: os.close(0))
    for words in (("--listen", "tcp://127.0.0.1:0"), ("--listen", "tcp://127.0.0.1:65536"), ("--beat", "-1"),
                  ("--lease", "1e400"), ("--queue-articles", "99999999999999999999"), ("--connections", "-5"),
                  ("--listen", "ipc://"), ("--listen", "udp://x:1"), ("--nonsense",), ("operand",)):
        exits(100, "broker", "--journal", f"lmdb:{line.dir}/j", *words)
    config = f"{line.dir}/config"
    for text in ("listen\n", "= 5\n", "beat = soon\n", "beat = -5\n", "config = /x\n", "\0\n", "beat = 1s\xff\n", "x" * 100000):
        write(config, text.encode("latin-1"))
        said = exits(100, "broker", "--config", config).stderr
        check(len(said) < 1000 and said.count(b"\n") == 1, f"{text[:20]!r}: {said[:300]!r}")
    six = line.start_ready("broker", "--listen", "tcp://[::1]:17995", "--insecure-loopback", "--journal",
                           f"lmdb:{line.dir}/six")
    check("state running" in line.run("ctl", "--broker", "tcp://[::1]:17995", "status"), "IPv6 alone will not do")
    six.send_signal(signal.SIGTERM)
    check(six.wait(PATIENCE_S) == 0, f"the broker exits {six.returncode}")


def case_signals_that_come_together():
    line = Line()
    for pair in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM),
                 (signal.SIGPIPE, signal.SIGTERM), (signal.SIGSTOP, signal.SIGCONT, signal.SIGTERM)):
        broker = line.broker()
        for number in pair:
            broker.send_signal(number)
        check(broker.wait(PATIENCE_S) == 0, f"{[s.name for s in pair]}: the broker exits {broker.returncode}")
    for delay_s in (0.001, 0.003, 0.01, 0.03):
        broker = line.start(WARTA, "broker", "--listen", line.base, "--journal", f"lmdb:{line.dir}/journal")
        time.sleep(delay_s)
        broker.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        broker.send_signal(signal.SIGCONT)
        wait_for(lambda: os.path.exists(f"{line.dir}/admin"), "it does not start")
        line.ctl("status")
        broker.terminate()
        check(broker.wait(PATIENCE_S) == 0, f"stopped at its start it exits {broker.returncode}")


def start_logged(line, log, *words):
    """A program that says on `log` what it has to say."""
    ours, theirs = os.pipe()
    process = line.start(WARTA, *words, "--ready-fd", theirs, pass_fds=[theirs], stderr=log)
    os.close(theirs)
    with os.fdopen(ours, "rb") as ready:
        check(ready.read(1) == b"\n", f"{words[0]} is not ready")
    return process


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
