#!/usr/bin/python3
"""Keys: who gets in, who does not, and who is put out again. The broker and the clients are
the real ones; the strangers are python3-zmq and plain sockets.

usage: security.py CASE
"""
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time

from line import PATIENCE_S, WARTA, Line, articles, cases_of, check, check_records, children, main, skip

try:
    import msgpack
    import zmq
except ImportError:
    skip("python3-zmq and python3-msgpack are not installed")
if not zmq.has("curve"):
    skip("this libzmq has no CURVE")

FEED, WORK, TAIL, PUBLIC, ADMIN = range(5)
ROLES = ("feeder", "worker", "consumer", "observer", "operator")
DOORS = {"feeder": (FEED,), "worker": (WORK,), "consumer": (TAIL, PUBLIC), "observer": (ADMIN,),
         "operator": (ADMIN,)}
FIRST_WORDS = {
    FEED: [b"PUT", b"t", msgpack.packb({"id": "x", "text": "Halo."})],
    WORK: [b"READY", msgpack.packb({"extractor": "x-1", "credit": 1})],
    TAIL: [b"FROM", msgpack.packb({"from": "first"})],
    ADMIN: [b"status"],
}
REFUSED_MS = 700  # so long nothing is heard of a door that stays shut


def free_port():
    """The first of five ports in a row that nobody has."""
    for port in range(17400 + os.getpid() % 2000 * 5, 60000, 5):
        try:
            for i in range(5):
                with socket.socket() as s:
                    s.bind(("127.0.0.1", port + i))
            return port
        except OSError:
            continue
    skip("no five free ports")


class Secure(Line):
    """A line by TCP with a key for each role."""

    def __init__(self):
        super().__init__()
        self.port = free_port()
        self.base = f"tcp://127.0.0.1:{self.port}"
        self.lines = {}
        self.context = zmq.Context()
        for name in ("broker", *ROLES):
            self.keygen(name)
        for role in ROLES:
            self.allow(role, role)

    def keygen(self, name):
        self.run("ctl", "keygen", name, "--dir", self.dir)

    def path(self, name):
        return f"{self.dir}/{name}"

    def key(self, name, half):
        """The first key of the file."""
        with open(self.path(f"{name}.{half}"), encoding="ascii") as f:
            return f.readline().strip()

    def allow(self, name, role, *limits, key=None):
        self.lines[key or name] = " ".join([role, name, self.key(key or name, "public"), *limits])
        self.write_list()

    def revoke(self, key):
        del self.lines[key]
        self.write_list()

    def write_list(self):
        with open(self.path("allow"), "w", encoding="ascii") as f:
            f.write("# who may do what\n\n" + "".join(line + "\n" for line in self.lines.values()))

    def broker(self, *options, **more):
        with open(self.path("log"), "ab") as log:
            return self.start_ready("broker", "--listen", self.base, "--journal", f"lmdb:{self.dir}/journal",
                                    "--beat", "100ms", "--dead", "1s", "--key", self.path("broker.secret"),
                                    "--allow", self.path("allow"), *options, stderr=log, **more)

    def start_ready(self, *words, **options):
        ours, theirs = os.pipe()
        process = self.start(WARTA, *words, "--ready-fd", theirs, pass_fds=[theirs], **options)
        os.close(theirs)
        with os.fdopen(ours, "rb") as ready:
            check(ready.read(1) == b"\n", f"{words[0]} is not ready: {self.log()}")
        return process

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def as_(self, name):
        return ("--broker", self.base, "--key", self.path(f"{name}.secret"), "--server-key",
                self.path("broker.public"))

    def feed(self, given):
        self.run("feed", *self.as_("feeder"), "--quiet", "-", give="".join(json.dumps(a) + "\n" for a in given))

    def ctl(self, *words, name="operator", right=(0,)):
        return self.run("ctl", *self.as_(name), *words, right=right)

    def stat(self, name):
        found = re.search(rf"^{name} (\d+)$", self.ctl("stats"), re.M)
        check(found, f"there is no counter {name}")
        return int(found.group(1))

    def wait_log(self, text):
        wait(lambda: text in self.log(), f"the log never says: {text}\n{self.log()}")

    def socket(self, name, door, kind=zmq.DEALER, server=None):
        """A stranger's socket with the key of `name`; None: without keys."""
        sock = self.context.socket(kind)
        sock.linger = 0
        if name is not None:
            sock.curve_publickey = self.key(name, "public").encode()
            sock.curve_secretkey = self.key(name, "secret").encode()
            sock.curve_serverkey = (server or self.key("broker", "public")).encode()
        sock.connect(f"tcp://127.0.0.1:{self.port + door}")
        return sock

    def hears(self, name, door, ms=REFUSED_MS, **more):
        """Does the door answer this key's first word?"""
        sock = self.socket(name, door, **more)
        sock.send_multipart(FIRST_WORDS[door])
        heard = bool(sock.poll(ms))
        sock.close()
        return heard


def wait(true, what):
    until = time.monotonic() + PATIENCE_S
    while not true():
        check(time.monotonic() < until, what)
        time.sleep(0.02)


def case_the_line_works_with_keys():
    line, given = Secure(), articles(4)
    line.broker()
    pool = line.start_ready("worker", *line.as_("worker"), "-j", 2)
    line.feed(given)
    line.lines["consumer"] = line.lines["consumer"].replace("consumer", "consumer,observer", 1)
    line.write_list()
    line.processes[0].send_signal(signal.SIGHUP)
    line.wait_log("allow list read again")
    out = line.run("tail", *line.as_("consumer"), "--from", "first", "--until-idle", "--json")
    check_records([json.loads(text) for text in out.splitlines()], given)
    check("security=curve" in line.log(), line.log())
    pool.terminate()
    check(pool.wait(PATIENCE_S) == 0, f"the pool exits {pool.returncode}")


def case_unknown_keys_are_refused():
    line = Secure()
    line.broker()
    line.keygen("stranger")
    for door in FIRST_WORDS:
        check(not line.hears("stranger", door), f"door {door} answers an unknown key")
    check(line.stat("auth_refused") >= len(FIRST_WORDS), "refusals are not counted")
    said = subprocess.run([WARTA, "ctl", *line.as_("stranger"), "status"], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    check(said.returncode == 100 and "refuses this key" in said.stderr, f"{said.returncode}: {said.stderr}")
    line.keygen("other-broker")
    check(not line.hears("operator", ADMIN, server=line.key("other-broker", "public")), "whom we expect is not checked")


def case_a_role_opens_its_own_doors_only():
    """Each pair of role and door."""
    line = Secure()
    line.broker()
    for role in ROLES:
        for door in FIRST_WORDS:
            heard = line.hears(role, door, 5000 if door in DOORS[role] else REFUSED_MS)
            check(heard == (door in DOORS[role]), f"{role} at door {door}: {'heard' if heard else 'not heard'}")
    check("paused" in line.ctl("pause") and "running" in line.ctl("resume"), "an operator cannot steer")
    check("uptime_ms" in line.ctl("status", name="observer"), "an observer cannot ask")
    for words in (("pause",), ("stop",), ("trim", "facts", "1"), ("dead", "replay", "all"), ("drain",)):
        line.ctl(*words, name="observer", right=(100,))


def case_a_revoked_key_is_cut_off_live():
    """A consumer and a worker, both at work, hear no more; the others are not disturbed."""
    line = Secure()
    broker = line.broker()
    line.keygen("second")
    line.allow("second", "consumer")
    broker.send_signal(signal.SIGHUP)
    line.wait_log("keys=6")
    cut, stays = line.socket("consumer", TAIL), line.socket("second", TAIL)
    worker = line.socket("worker", WORK)
    worker.send_multipart([b"READY", msgpack.packb({"extractor": "x-1", "credit": 8})])
    for sock in (cut, stays):
        sock.send_multipart([b"FROM", msgpack.packb({"from": "first"})])
    for sock in (cut, stays, worker):
        check(sock.poll(5000) and sock.recv_multipart()[0] == b"HELLO", "no HELLO")
    line.revoke("consumer")
    line.revoke("worker")
    broker.send_signal(signal.SIGHUP)
    line.wait_log("keys=4")
    check(line.stat("broker_cut") == 2, "two sessions should have ended")
    for sock in (cut, stays, worker):
        while sock.poll(0):
            sock.recv_multipart()
    for _ in range(5):
        for sock in (cut, stays):
            sock.send_multipart([b"BEAT", msgpack.packb({})])
        worker.send_multipart([b"READY", msgpack.packb({"extractor": "x-1", "credit": 8})])
        time.sleep(0.2)
    check(not cut.poll(0) and not worker.poll(0), "a revoked key still hears")
    check(stays.poll(0), "who may stay does not hear")
    while stays.poll(0):
        check(stays.recv_multipart()[0] in (b"BEAT", b"LIVE", b"FACT"), "who may stay was disturbed")
    check(line.stat("auth_revoked") >= 10, "what a revoked key says is not counted")
    check(line.ctl("workers") == "" and line.ctl("tails").count("\n") == 1, "sessions of revoked keys are there")


def case_subscribers_of_a_revoked_key_are_put_out():
    line = Secure()
    broker = line.broker()
    line.keygen("second")
    line.allow("second", "consumer")
    broker.send_signal(signal.SIGHUP)
    line.wait_log("keys=6")
    cut, stays = (line.socket(name, PUBLIC, zmq.SUB) for name in ("consumer", "second"))
    cut.subscribe(b"fact.")
    stays.subscribe(b"fact.id")
    wait(lambda: line.stat("public_topics") == 2, "the subscriptions are not known")
    line.revoke("consumer")
    broker.send_signal(signal.SIGHUP)
    line.wait_log("keys=5")
    # libzmq subscribes again when its user next looks at the socket.
    wait(lambda: stays.poll(10) or line.stat("public_topics") == 1, "not just the permitted one is back")
    line.start_ready("worker", *line.as_("worker"), "-j", 1)
    line.feed(articles(1))
    check(stays.poll(20000), "the permitted subscriber gets nothing")
    check(not cut.poll(500), "a revoked subscriber gets facts")


def case_keys_are_rotated_with_two_valid():
    line = Secure()
    broker = line.broker()
    line.keygen("feeder-2026")
    line.allow("feeder", "feeder", key="feeder-2026")
    broker.send_signal(signal.SIGHUP)
    line.wait_log("keys=6")
    check(line.hears("feeder", FEED, 5000) and line.hears("feeder-2026", FEED, 5000), "not both are valid")
    line.revoke("feeder")
    broker.send_signal(signal.SIGHUP)
    line.wait_log("allow list read again\" keys=5")
    check(not line.hears("feeder", FEED) and line.hears("feeder-2026", FEED, 5000), "the old one is still valid")
    with open(line.path("allow"), "a", encoding="ascii") as f:
        f.write("nonsense\n")
    broker.send_signal(signal.SIGHUP)
    line.wait_log("the old one stays")
    check(line.hears("feeder-2026", FEED, 5000), "a broken list shuts the door")


def case_the_broker_s_key_is_changed():
    """As deploy/KEYS.md has it: a second broker key; clients are moved, and nothing is lost."""
    line = Secure()
    broker = line.broker()
    line.feed(articles(1))
    line.keygen("broker-2026")
    broker.terminate()
    check(broker.wait(PATIENCE_S) == 0, f"the broker exits {broker.returncode}")
    line.broker("--key", line.path("broker-2026.secret"))
    said = subprocess.run([WARTA, "ctl", *line.as_("operator"), "--wait", "1s", "status"], capture_output=True,
                          text=True, timeout=PATIENCE_S, check=False)
    check(said.returncode != 0, "who expects the old broker speaks to the new one")
    waiting = line.start(WARTA, "feed", *line.as_("feeder"), "--quiet", "-", stdin=subprocess.PIPE)
    waiting.stdin.write(b'{"id":"meanwhile","text":"Sebanyak 40 orang tiba di Jakarta."}\n')
    waiting.stdin.close()
    check(waiting.wait(PATIENCE_S) == 100, f"a feeder that is not moved yet exits {waiting.returncode}")
    os.replace(line.path("broker-2026.public"), line.path("broker.public"))
    line.feed(articles(1))
    check(f"articles_last {len(articles(1))}" in line.ctl("status"), "articles of before are lost, or there twice")


def case_the_broker_s_key_is_changed_while_clients_know_both():
    """Clients that were given both keys work with either, and none is touched when it changes."""
    line, given = Secure(), articles(2)
    line.keygen("broker-2026")
    with open(line.path("broker.public"), "a", encoding="ascii") as f:
        f.write(line.key("broker-2026", "public") + "\n")
    line.lines["consumer"] = line.lines["consumer"].replace("consumer", "consumer,observer", 1)
    line.write_list()
    broker = line.broker()
    pool = line.start_ready("worker", *line.as_("worker"), "-j", 1)
    tail = line.start(WARTA, "tail", *line.as_("consumer"), "--from", "first", "--json", stdout=subprocess.PIPE)
    feed = line.start(WARTA, "feed", *line.as_("feeder"), "--quiet", "-", stdin=subprocess.PIPE)
    for number, key in enumerate(("broker-2026", "broker", "broker-2026")):
        feed.stdin.write(json.dumps(given[0] | {"id": f"of-{number}"}).encode() + b"\n")
        feed.stdin.flush()
        wait(lambda: f"articles_last {number + 1}\n" in line.ctl("status"), "the feeder does not come")
        wait(lambda: f"facts_last {number + 1}\n" in line.ctl("status"), "the worker does not come")
        broker.terminate()
        check(broker.wait(PATIENCE_S) == 0, f"the broker exits {broker.returncode}")
        broker = line.broker("--key", line.path(f"{key}.secret"))
        check("uptime_ms" in line.ctl("status"), "the operator is not heard")
    feed.stdin.close()
    check(feed.wait(PATIENCE_S) == 0, f"the feeder exits {feed.returncode}")
    wait(lambda: "tails 1\n" in line.ctl("status"), "the consumer does not come")
    tail.terminate()
    seen = [json.loads(row) for row in tail.stdout.read().splitlines()]
    check([r["article"]["id"] for r in seen if r["n"] == 0] == ["of-0", "of-1", "of-2"], f"{seen}")
    check(pool.poll() is None, "the pool has ended")
    line.keygen("stranger")
    others = "".join(line.key(name, "public") + "\n" for name in ("broker", "stranger"))
    with open(line.path("broker.public"), "w", encoding="ascii") as f:
        f.write(others)
    said = subprocess.run([WARTA, "ctl", *line.as_("operator"), "status"], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    check(said.returncode == 100 and "the right one" in said.stderr, f"{said.returncode}: {said.stderr}")


def case_other_mechanisms_and_other_protocols_are_refused():
    line = Secure()
    line.broker()
    for door in FIRST_WORDS:
        check(not line.hears(None, door, 300), f"door {door} answers without keys")
        sock = line.context.socket(zmq.DEALER)
        sock.linger = 0
        sock.plain_username, sock.plain_password = b"operator", b"operator"
        sock.connect(f"tcp://127.0.0.1:{line.port + door}")
        sock.send_multipart(FIRST_WORDS[door])
        check(not sock.poll(300), f"door {door} answers a password")
        sock.close()
    said = subprocess.run([WARTA, "ctl", "--broker", line.base, "status"], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    check(said.returncode == 100 and "keys are needed" in said.stderr, f"{said.returncode}: {said.stderr}")
    noise = bytes(i * 73 % 256 for i in range(4096))
    greeting = b"\xff\0\0\0\0\0\0\0\1\x7f"
    for words in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", noise, b"\x01\x00", greeting + b"\x03\x00CURVE" + noise,
                  greeting[:5]):
        for door in range(5):
            with socket.create_connection(("127.0.0.1", line.port + door), timeout=5) as s:
                s.sendall(words)
                s.settimeout(0.1)
                try:
                    while s.recv(4096):
                        pass
                except OSError:
                    pass
    check(line.stat("auth_failed") > 0, "handshakes that fail are not counted")
    check("state running" in line.ctl("status"), "the broker is not well")


def case_half_a_greeting_disturbs_nobody():
    """Two hundred who begin to speak and do not go on are dropped; others are served."""
    line = Secure()
    broker = line.broker()
    before = len(os.listdir(f"/proc/{broker.pid}/fd"))
    silent = []
    for n in range(200):
        s = socket.create_connection(("127.0.0.1", line.port + n % 5), timeout=5)
        s.sendall(b"\xff\0\0\0\0\0\0\0\1")
        silent.append(s)
    for _ in range(5):
        check(line.hears("feeder", FEED, 5000), "a feeder is not served meanwhile")
    wait(lambda: len(os.listdir(f"/proc/{broker.pid}/fd")) < before + 50, "silent connections are kept")
    for s in silent:
        s.close()


def case_a_consumer_reads_what_it_may():
    line = Secure()
    line.lines["consumer"] += " kinds=quantity,article languages=id"
    line.write_list()
    line.broker()
    line.start_ready("worker", *line.as_("worker"), "-j", 1)
    line.feed(articles(1))
    wait(lambda: re.search(r"^unfinished 0$", line.ctl("status"), re.M), "nothing is read")
    tail = ("tail", *line.as_("consumer"), "--from", "first", "--until-live", "--json")
    kinds = {json.loads(text)["kind"] for text in line.run(*tail).splitlines()}
    check(kinds == {"quantity", "article"}, f"kinds: {kinds}")
    kinds = {json.loads(text)["kind"] for text in line.run(*tail, "--kind", "quantity").splitlines()}
    check(kinds == {"quantity"}, f"kinds: {kinds}")
    for more in (("--kind", "quote"), ("--language", "en"), ("--kind", "quantity,quote")):
        said = subprocess.run([WARTA, *tail, *more], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        check(said.returncode in (100, 111) and "may not read" in said.stderr, f"{said.returncode}: {said.stderr}")
    sub = line.socket("consumer", PUBLIC, zmq.SUB)
    sub.subscribe(b"")
    time.sleep(REFUSED_MS / 1000)
    check(line.stat("public_topics") == 0, "a limited consumer has the public stream")


def case_a_routing_id_is_not_an_identity():
    """Who comes under another's routing id does not get the other's session."""
    line = Secure()
    line.keygen("second")
    line.allow("second", "consumer")
    line.broker("--beat", "10s", "--dead", "20s")
    first = line.context.socket(zmq.DEALER)
    for name, sock in (("consumer", first), ("second", line.context.socket(zmq.DEALER))):
        sock.linger = 0
        sock.routing_id = b"chosen"
        sock.curve_publickey = line.key(name, "public").encode()
        sock.curve_secretkey = line.key(name, "secret").encode()
        sock.curve_serverkey = line.key("broker", "public").encode()
        sock.connect(f"tcp://127.0.0.1:{line.port + TAIL}")
        if sock is first:
            sock.send_multipart(FIRST_WORDS[TAIL])
            check(sock.poll(5000) and sock.recv_multipart()[0] == b"HELLO", "no HELLO")
            sock.close()
            time.sleep(0.3)
            continue
        sock.send_multipart([b"CREDIT", msgpack.packb({"credit": 100})])
        until = time.monotonic() + 5
        said = b""
        while said not in (b"ERROR",) and time.monotonic() < until:
            if sock.poll(100):
                said = sock.recv_multipart()[0]
        check(said == b"ERROR", "another key's session is taken over")
    check(line.stat("broker_stolen") == 1, "it is not counted")


def refused(code, text, *words):
    done = subprocess.run([WARTA, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    check(done.returncode == code and text in done.stderr, f"exits {done.returncode}, wants {code} and {text!r}: "
          f"{done.stderr}")


def case_key_files_that_others_can_read_are_refused():
    line = Secure()
    secret = line.path("broker.secret")
    broker = ("broker", "--listen", line.base, "--journal", f"lmdb:{line.dir}/journal", "--allow", line.path("allow"),
              "--key")
    check(stat.S_IMODE(os.stat(secret).st_mode) == 0o600, "a secret is made with another mode than 600")
    for mode in (0o640, 0o604, 0o660, 0o622):
        os.chmod(secret, mode)
        refused(100, "others may", *broker, secret)
    os.chmod(secret, 0o600)
    os.symlink(secret, line.path("link"))
    refused(111, "symbolic link", *broker, line.path("link"))
    os.mkfifo(line.path("fifo"), 0o600)
    refused(100, "not a regular file", *broker, line.path("fifo"))
    refused(111, "absent", *broker, line.path("absent"))
    known = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"
    for name, text, says in (("empty", "", "40 characters"), ("short", known[:39], "40 characters"),
                             ("wrong", "\"" * 40, "not a key"), ("known", known, "libzmq's manual")):
        with open(line.path(name), "w", encoding="ascii") as f:
            f.write(text + "\n")
        os.chmod(line.path(name), 0o600)
        refused(100, says, *broker, line.path(name))
    if os.geteuid() == 0:
        os.chown(secret, 65534, 65534)
        refused(100, "another user", *broker, secret)
        os.chown(secret, 0, 0)
    os.chmod(line.path("allow"), 0o666)
    refused(100, "others may write", *broker, secret)
    os.chmod(line.path("allow"), 0o600)
    refused(1, "there is a key of this name", "ctl", "keygen", "broker", "--dir", line.dir)
    refused(100, "key's name", "ctl", "keygen", "../broker", "--dir", line.dir)


def case_addresses_without_keys_must_be_asked_for():
    line = Secure()
    journal = ("--journal", f"lmdb:{line.dir}/journal")
    refused(100, "--insecure-loopback", "broker", "--listen", line.base, *journal)
    refused(100, "TCP needs keys", "broker", "--listen", f"tcp://0.0.0.0:{line.port}", *journal)
    refused(100, "TCP needs keys", "broker", "--listen", f"tcp://0.0.0.0:{line.port}", "--insecure-loopback", *journal)
    refused(100, "go together", "broker", "--listen", line.base, *journal, "--key", line.path("broker.secret"))
    refused(100, "keys are needed", "ctl", "--broker", "tcp://192.0.2.1:7400", "status")
    refused(100, "go together", "ctl", "--broker", line.base, "--key", line.path("operator.secret"), "status")
    refused(100, "connections", "broker", "--listen", line.base, *journal, "--insecure-loopback", "--connections",
            1 << 20, "--connections", "0")
    hard = subprocess.run(["sh", "-c", "ulimit -n 64; exec \"$0\" \"$@\"", WARTA, "broker", "--listen",
                           f"ipc://{line.dir}/s", *journal], capture_output=True, text=True, timeout=PATIENCE_S,
                          check=False)
    check(hard.returncode == 100 and "descriptors" in hard.stderr, f"{hard.returncode}: {hard.stderr}")


def case_no_secret_is_to_be_seen():
    """Not in arguments, environment, log or a core file; key holders cannot be dumped."""
    line = Secure()
    broker = line.broker("--log-level", "debug")
    debug = ("--log-level", "debug")
    with open(line.path("log"), "ab") as log:
        pool = line.start_ready("worker", *line.as_("worker"), "-j", 1, *debug, stderr=log)
        feed = line.start(WARTA, "feed", *line.as_("feeder"), *debug, "-", stdin=subprocess.PIPE, stderr=log)
        tail = line.start(WARTA, "tail", *line.as_("consumer"), *debug, stdout=subprocess.DEVNULL, stderr=log)
        ctl = line.start(WARTA, "ctl", *line.as_("operator"), *debug, "--wait", "20s", "status", stderr=log,
                         stdout=subprocess.DEVNULL)
        ctl.send_signal(signal.SIGSTOP)
    check(line.hears("feeder", FEED, 5000), "a feeder is not served")
    wait(lambda: "tails 1" in line.ctl("status"), "the consumer does not come")
    time.sleep(0.5)
    secrets = [line.key(name, "secret").encode() for name in ("broker", *ROLES)]
    for process in (broker, pool, feed, tail):
        with open(f"/proc/{process.pid}/limits", encoding="ascii") as f:
            check(re.search(r"^Max core file size +0 +0 ", f.read(), re.M), "core files are possible")
    for pid in [p.pid for p in (broker, pool, feed, tail, ctl)] + children(pool):
        for what in ("cmdline", "environ"):
            with open(f"/proc/{pid}/{what}", "rb") as f:
                seen = f.read()
            check(not any(s in seen for s in secrets), f"a secret is in {what} of {pid}")
        if os.geteuid() == 0 or pid == ctl.pid:
            continue  # whose processes' files are root's anyway
        check(os.stat(f"/proc/{pid}/environ").st_uid == 0, "the process can be dumped")
    check("let in" in line.log(), "the debug log says nothing of keys")
    check(not any(s.decode() in line.log() for s in secrets), "a secret is in the log")


def case_the_broker_ends_when_nobody_answers_handshakes():
    """A library between us and libzmq lets the handler's socket fail after the third question."""
    fault = os.environ.get("WARTA_ZAP_FAULT")
    if not fault or not os.path.exists(fault):
        skip("the fault library is not built")
    line = Secure()
    # A sanitizer wants to be the first library, and need not be.
    asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    broker = line.broker(env={**os.environ, "LD_PRELOAD": fault, "ASAN_OPTIONS": asan})
    for _ in range(3):
        line.hears("feeder", FEED, 300)
        if broker.poll() is not None:
            break
    check(broker.wait(PATIENCE_S) == 111, f"the broker exits {broker.returncode}")
    check("door cannot be kept" in line.log(), line.log())
    with socket.socket() as s:
        check(s.connect_ex(("127.0.0.1", line.port)) != 0, "a door is still open")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
