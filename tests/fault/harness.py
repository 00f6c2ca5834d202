"""What the fault runs share: a line of real processes, a feeder with a ledger, consumers,
and the checker of the invariants I1 to I8 (README.md beside this file)."""
import argparse
import hashlib
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

try:
    import msgpack
    import zmq
except ImportError:
    print("skipped: python3-zmq and python3-msgpack are not installed")
    sys.exit(77)

WARTA = os.environ.get("WARTA", "build/warta")
NAMES = ["Ratna Wulandari", "Bagas Prakoso", "Sinta Maharani", "Slamet Wibisono", "Laksmi Purnama"]
PLACES = ["Ambon", "Makassar", "Bandung", "Demak", "Surabaya", "Medan"]


def article(number, rng):
    """An article of our own making, different for every number."""
    who, where = rng.choice(NAMES), rng.choice(PLACES)
    lines = [f"{where} - Kepala dinas {who} mengatakan {rng.randrange(2, 90000)} warga mengungsi pada "
             f"{rng.randrange(1, 28)} Maret 2025 akibat banjir nomor {number}."]
    for _ in range(rng.randrange(0, 12)):
        lines.append(f'"Sedikitnya {rng.randrange(2, 900)} rumah rusak di {rng.choice(PLACES)}," kata {who}.')
    return {"id": f"a-{number}", "source": "contoh.example", "language": "id",
            "published": "2025-03-28T08:00:00+07:00", "text": "\n".join(lines)}


def digest(value):
    return hashlib.sha256(value if isinstance(value, bytes) else value.encode()).hexdigest()


class Line:
    """A broker and a pool of workers on scratch sockets, to be killed at will."""

    def __init__(self, directory, journal, workers=2, broker_options=(), worker_options=()):
        self.under = []  # words before the broker's: a tracer
        self.pool_environment = {}
        self.dir, self.base = directory, f"ipc://{directory}/s"
        os.makedirs(f"{directory}/s", mode=0o700, exist_ok=True)
        self.journal, self.workers = journal, workers
        self.broker_options, self.worker_options = [str(w) for w in broker_options], [str(w) for w in worker_options]
        self.broker = self.pool = None
        self.log = open(f"{directory}/log", "ab")
        self.recovery_ms = []
        self.patience_s = 120  # for all that is unread to be read, at the end

    def door(self, name):
        """The endpoint of this name."""
        return f"{self.base}/{name}"

    def doors(self, name):
        """All endpoints of this name, of one broker or of several."""
        return [self.door(name)]

    def start_broker(self, timeout=30):
        """Start, and wait until it says that it is ready."""
        ours, theirs = os.pipe()
        begun = time.monotonic()
        self.broker = subprocess.Popen(
            [*self.under, WARTA, "broker", "--listen", self.base, "--journal", self.journal, "--ready-fd", str(theirs),
             "--dead", "1s", "--beat", "200ms", *self.broker_options],
            pass_fds=[theirs], stdout=self.log, stderr=self.log)
        os.close(theirs)
        ready, _, _ = select.select([ours], [], [], timeout)
        said = ready and os.read(ours, 1)
        os.close(ours)
        if not said:
            raise RuntimeError(f"the broker did not start: see {self.dir}/log")
        self.recovery_ms.append((time.monotonic() - begun) * 1000)

    def start_pool(self):
        self.pool = subprocess.Popen(
            [WARTA, "worker", "--broker", self.base, "-j", str(self.workers), *self.worker_options],
            stdout=self.log, stderr=self.log, env={**os.environ, **self.pool_environment})

    def kill_broker(self):
        self.broker.kill()
        self.broker.wait()

    def worker_pids(self):
        try:
            with open(f"/proc/{self.pool.pid}/task/{self.pool.pid}/children", encoding="ascii") as f:
                return [int(p) for p in f.read().split()]
        except FileNotFoundError:
            return []

    def kill_worker(self, rng):
        """One worker process, or now and then their parent (its children end with it)."""
        pids = self.worker_pids()
        if not pids or rng.random() < 0.15:
            self.pool.kill()
            self.pool.wait()
            self.start_pool()
            return
        try:
            os.kill(rng.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            pass

    def ctl(self, *words, timeout=15):
        return subprocess.run([WARTA, "ctl", "--broker", self.base, *words], capture_output=True, text=True,
                              timeout=timeout)

    def status(self):
        lines = self.ctl("status").stdout.splitlines()
        return dict(line.split(" ", 1) for line in lines if " " in line)

    def wait_idle(self, timeout=None):
        """Until nothing is left to be read."""
        timeout = timeout or self.patience_s
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            status = self.status()
            if status.get("unfinished") == "0":
                return status
            time.sleep(0.1)
        raise RuntimeError(f"articles are still unread after {timeout} s: {self.status()}")

    def stop(self):
        for process in (self.pool, self.broker):
            if process and process.poll() is None:
                process.terminate()
        for process in (self.pool, self.broker):
            if process:
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.log.close()


class Feeder(threading.Thread):
    """Puts articles without pause, keeps a ledger: `try id` before each send, `ok id seq` after each ack."""

    def __init__(self, line, seed, window=32, rate=None):
        super().__init__(daemon=True)
        self.endpoints, self.window, self.rate = line.doors("feed"), window, rate
        self.acked_at, self.pause_s, self.moved = None, 0, 0
        self.rng = random.Random(seed)
        self.tried, self.ok, self.text = set(), {}, {}
        self.busy = self.resent = 0
        self.ending = threading.Event()
        self.broken = []  # promises the broker broke on the wire

    def run(self):
        sock, heard = None, 0
        waiting, number = {}, 0  # tag -> (articles, when)
        while waiting or not self.ending.is_set():
            now = time.monotonic()
            if sock is None or (len(self.endpoints) > 1 and now - heard > 2):
                sock, heard = self.connect(sock), now
            while len(waiting) < self.window and not self.ending.is_set():
                batch = [article(number + i, self.rng) for i in range(self.rng.choice([1, 1, 2, 5, 16]))]
                number += len(batch)
                self.send(sock, waiting, b"%d" % number, batch)
                if self.rate:
                    time.sleep(len(batch) / self.rate)
            if sock.poll(50):
                self.answer(sock, waiting)
                heard = time.monotonic()
            now = time.monotonic()
            for tag, (batch, when) in list(waiting.items()):
                if now - when > 2:
                    self.resent += 1
                    self.send(sock, waiting, tag, batch)
        sock.close()

    def connect(self, old):
        """To the next broker; the first time, to the first."""
        if old:
            old.close()
            self.endpoints.append(self.endpoints.pop(0))
            self.moved += 1
        sock = zmq.Context.instance().socket(zmq.DEALER)
        sock.setsockopt(zmq.LINGER, 0)
        sock.connect(self.endpoints[0])
        return sock

    def send(self, sock, waiting, tag, batch):
        for a in batch:
            self.tried.add(a["id"])
            self.text[a["id"]] = digest(a["text"])
        waiting[tag] = (batch, time.monotonic())
        sock.send_multipart([b"PUT", tag, *map(msgpack.packb, batch)])

    def answer(self, sock, waiting):
        command, *frames = sock.recv_multipart()
        if command != b"ACK":
            self.broken.append(f"feeder got {command} {frames}")
            return
        batch, _ = waiting.pop(frames[0], (None, None))
        if batch is None:
            return  # the answer to a PUT that was sent again
        again = []
        for a, result in zip(batch, msgpack.unpackb(frames[1])["results"]):
            if result["status"] == "busy":
                self.busy += 1
                again.append(a)
            elif result["status"] in ("stored", "duplicate"):
                now = time.monotonic()
                self.pause_s = max(self.pause_s, now - (self.acked_at or now))
                self.acked_at = now
                former = self.ok.setdefault(a["id"], result["seq"])
                if former != result["seq"]:
                    self.broken.append(f"{a['id']} acknowledged at {former}, then at {result['seq']}")
            else:
                self.broken.append(f"{a['id']}: {result}")
        if again:
            time.sleep(0.05)
            self.send(sock, waiting, frames[0] + b"b", again)


class Consumer(threading.Thread):
    """Follows the log from 1 over broker restarts, resuming from `next`."""

    def __init__(self, line, until=None):
        super().__init__(daemon=True)
        self.endpoints, self.until = line.doors("tail"), until
        self.entries, self.next, self.broken = [], 1, []
        self.ending = threading.Event()

    def run(self):
        sock, heard = None, 0
        while not self.ending.is_set() and (self.until is None or self.next <= self.until):
            now = time.monotonic()
            if sock is None or now - heard > 1.5:
                if sock:
                    sock.close()
                    self.endpoints.append(self.endpoints.pop(0))
                sock = zmq.Context.instance().socket(zmq.DEALER)
                sock.setsockopt(zmq.LINGER, 0)
                sock.connect(self.endpoints[0])
                sock.send_multipart([b"FROM", msgpack.packb({"from": self.next, "credit": 200})])
                heard = now
            if not sock.poll(200):
                sock.send_multipart([b"BEAT", msgpack.packb({})])
                continue
            command, *frames = sock.recv_multipart()
            heard = time.monotonic()
            if command == b"FACT":
                self.take(frames)
                sock.send_multipart([b"CREDIT", msgpack.packb({"credit": len(frames) - 1})])
            elif command == b"ERROR" and msgpack.unpackb(frames[0])["code"] == "usage":
                heard = 0  # a broker that was started again does not know us: begin from `next`
            elif command in (b"GAP", b"ERROR"):
                self.broken.append(f"consumer got {command} {msgpack.unpackb(frames[0])}")
        if sock:
            sock.close()

    def take(self, frames):
        for entry in frames[1:]:
            seq = msgpack.unpackb(entry)[0]["seq"]
            if seq != self.next:
                self.broken.append(f"position {seq} came where {self.next} was due")
            self.entries.append((seq, entry))
            self.next = seq + 1
        head = msgpack.unpackb(frames[0])
        if head["next"] != self.next:
            self.broken.append(f"next is {head['next']} behind position {self.next - 1}")


def replay(line, until, timeout=120):
    consumer = Consumer(line, until)
    consumer.start()
    consumer.join(timeout)
    if consumer.is_alive():
        consumer.ending.set()
        consumer.broken.append(f"replay got to {consumer.next - 1} of {until} in {timeout} s")
    return consumer


def differ(what, one, other):
    """Nothing, or where two lists of entries part, and what stands there."""
    if one == other:
        return []
    at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    ids = [msgpack.unpackb(entries[at][1])[0]["article"]["id"] if at < len(entries) else "the end"
           for entries in (one, other)]
    return [f"{what}: behind position {at} {ids[0]} here, {ids[1]} there; {len(one)} and {len(other)} entries"]


def check(line, feeder, live):
    """The invariants, after the load has ended and nothing is left to read. Returns the list of what is broken."""
    status = line.wait_idle()
    last = int(status["facts_last"])
    until = time.monotonic() + 30
    while live.next <= last and time.monotonic() < until:
        time.sleep(0.05)
    live.ending.set()
    live.join(10)
    first, second = replay(line, last), replay(line, last)
    bad = [*feeder.broken, *live.broken, *first.broken, *second.broken]
    seen, facts = {}, set()
    for seq, entry in first.entries:
        records = msgpack.unpackb(entry)
        which = records[0]["article"]["id"]
        if which in seen:
            bad.append(f"I4 {which} stands at {seen[which]} and at {seq}")
        seen[which] = seq
        if which not in feeder.tried:
            bad.append(f"I6 {which} was never put")
        elif digest(records[0]["article"]["text"]) != feeder.text[which]:
            bad.append(f"I1 {which} has another text")
        for record in records[1:]:
            if record["id"] in facts:
                bad.append(f"I4 fact {record['id']} twice")
            facts.add(record["id"])
    dead = {l.split()[3] for l in line.ctl("dead").stdout.splitlines() if len(l.split()) > 3}
    lost = [i for i in feeder.ok if i not in seen and i not in dead]
    bad += [f"I1 {i} was acknowledged and is lost" for i in lost[:20]]
    bad += [f"I3 {i} is done and dead" for i in dead & set(seen)]
    if [s for s, _ in first.entries] != list(range(1, last + 1)):
        bad.append("I2 positions have a hole")
    bad += differ("I5 live is not the log", live.entries, first.entries)
    bad += differ("I7 two replays differ", first.entries, second.entries)
    if int(status["facts_last"]) != len(seen):
        bad.append(f"I8 status counts {status['facts_last']} entries, the log has {len(seen)}")
    unknown = feeder.tried - set(feeder.ok)
    figures = {"acked": len(feeder.ok), "lost": len(lost), "entries": len(seen), "facts": len(facts),
               "dead": len(dead), "unknown stored": len(unknown & set(seen)),
               "unknown absent": len(unknown - set(seen)), "resent": feeder.resent, "busy": feeder.busy}
    return bad, figures


def load(line, trouble, seed, rate, down=None):
    """Start the line, load it, do what `trouble` does to it, and check. `trouble(feeder)` returns figures;
    `down` gives back what the line lay on. What is broken, and the figures."""
    bad, figures = ["did not get to the check"], {}
    try:
        line.start_broker()
        line.recovery_ms.clear()  # the first start recovers nothing
        line.start_pool()
        feeder, live = Feeder(line, seed, rate=rate), Consumer(line)
        feeder.start()
        live.start()
        done = trouble(feeder)
        feeder.ending.set()
        feeder.join(60)
        if feeder.is_alive():
            feeder.broken.append("the feeder got no answer for 60 s")
        line.ctl("dead-replay", "all")
        bad, figures = check(line, feeder, live)
        figures = {**done, **figures}
    finally:
        line.stop()
        if down:
            down()
    return bad, figures


def under_load(name, args, line, trouble, down=None):
    """`load`, and its report. The exit code."""
    bad, figures = ["did not get to the check"], {}
    try:
        bad, figures = load(line, trouble, args.seed, args.rate, down)
    finally:
        code = report(name, args.seed, figures, line.recovery_ms, bad)
        clean(line.dir, args.keep or bad)
    return code


def arguments(about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--rate", type=float, default=800, help="articles a second put at most")
    parser.add_argument("--keep", action="store_true", help="keep the scratch directory")
    return parser


def skip(why):
    print(f"skipped: {why}")
    return 77


def report(name, seed, figures, recovery_ms, bad):
    times = sorted(recovery_ms)
    figures = dict(figures)
    if times:
        figures["recovery p50 ms"] = round(times[len(times) // 2])
        figures["recovery max ms"] = round(times[-1])
    print(f"{name}: seed {seed}: " + ", ".join(f"{k} {v}" for k, v in figures.items()), flush=True)
    for line in bad[:40]:
        print(f"  broken: {line}")
    print(f"{name}: {'FAILED' if bad else 'ok'}", flush=True)
    return 1 if bad else 0


def scratch():
    return tempfile.mkdtemp(prefix="warta-fault-")


def clean(directory, keep):
    if keep:
        print(f"kept for reading: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
