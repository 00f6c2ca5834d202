#!/usr/bin/python3
"""Input that no program of ours sends, and machines that have no room: every case is
answered by an error that says what and where, is counted, and costs nobody else anything.

usage: bad_input.py CASE   one of the functions named case_… below; WARTA is the program
"""
import os
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
import time

from line import PATIENCE_S, WARTA, Line, cases_of, check, main, skip, wait_for

try:
    import msgpack
    import zmq
except ImportError:
    skip("python3-zmq and python3-msgpack are not installed")

MIB = 1 << 20


class Peer:
    """A socket of no program of ours."""

    def __init__(self, line, endpoint):
        self.sock = zmq.Context.instance().socket(zmq.DEALER)
        self.sock.setsockopt(zmq.LINGER, 0)
        self.sock.connect(f"{line.base}/{endpoint}")

    def say(self, *frames):
        self.sock.send_multipart([f.encode() if isinstance(f, str) else f for f in frames])

    def hear(self, wait_s=PATIENCE_S):
        check(self.sock.poll(wait_s * 1000), "no answer came")
        command, *frames = self.sock.recv_multipart()
        return command.decode(), frames

    def put(self, *articles):
        """The results of one PUT; bytes are sent as they are."""
        self.say("PUT", "t", *[a if isinstance(a, bytes) else msgpack.packb(a) for a in articles])
        command, frames = self.hear()
        check(command == "ACK" and frames[0] == b"t", f"PUT is answered by {command} {frames}")
        return msgpack.unpackb(frames[1])["results"]

    def error(self, *frames):
        """The ERROR that one message is answered by: (code, text)."""
        self.say(*frames)
        command, got = self.hear()
        check(command == "ERROR", f"answered by {command} {got}")
        body = msgpack.unpackb(got[0])
        return body["code"], body["text"]


def rss_bytes(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def good(name):
    return {"id": name, "text": f"Sebanyak 40 orang tiba di Jakarta. {name}"}


def case_broken_articles_are_rejected_one_by_one():
    line = Line()
    broker = line.broker()
    peer, before = Peer(line, "feed"), rss_bytes(broker)
    whole = msgpack.packb(good("cut"))
    bad = [
        ("truncated", whole[:-7], "format", ""),
        ("trailing", whole + b"\xc0", "format", ""),
        ("empty frame", b"", "format", ""),
        ("no map", msgpack.packb([1, 2]), "format", "map"),
        ("claims 4 Gi items", b"\xdd\xff\xff\xff\xff", "format", ""),
        ("claims 4 Gi pairs", b"\xdf\xff\xff\xff\xff", "format", ""),
        ("claims 4 GiB text", b"\x81\xa4text\xdb\xff\xff\xff\xff", "format", ""),
        ("too deep", b"\x81\xa3x_d" + b"\x91" * 100 + b"\xc0", "limit", ""),
        ("not UTF-8", b"\x81\xa4text\xa4caf\xe9", "utf8", "byte"),
        ("long id", {**good("x"), "id": "i" * 10000}, "limit", "id"),
        ("blank in id", {**good("x"), "id": "a b"}, "field", "id"),
        ("text too long", {"text": "x" * (MIB + 1)}, "limit", "text"),
        ("article too long", {"text": "x", "x_": "y" * (MIB + 65 * 1024)}, "limit", ""),
        ("no text", {"id": "x"}, "field", "text"),
        ("empty text", {"id": "x", "text": ""}, "field", "text"),
        ("text is a number", {"text": 7}, "field", "text"),
        ("null", {"text": "x", "title": None}, "field", "title"),
        ("unknown key", {"text": "x", "texte": "y"}, "field", "texte"),
        ("key twice", b"\x82\xa4text\xa1a\xa4text\xa1b", "field", "second time at byte"),
    ]
    for number, (what, article, code, word) in enumerate(bad):
        names = [f"before-{number}", f"behind-{number}"]
        first, middle, last = peer.put(good(names[0]), article, good(names[1]))
        check((first["status"], last["status"]) == ("stored", "stored"), f"{what}: its neighbours are {first}, {last}")
        check(middle["status"] == "rejected", f"{what}: {middle}")
        error = middle["error"]
        check(error["code"] == code and word in error["text"] and len(error["text"]) > 8, f"{what}: {error}")
    check(rss_bytes(broker) - before < 64 * MIB, f"the broker grew by {(rss_bytes(broker) - before) >> 20} MiB")
    stats = line.ctl("stats")
    check(int(stats["ingest_rejected"]) == len(bad), f"{stats['ingest_rejected']} are counted as rejected")
    check(int(stats["ingest_stored"]) == 2 * len(bad), f"{stats['ingest_stored']} are counted as stored")
    line.worker("-j", 1)
    check(len({r["article"]["id"] for r in line.tail()}) == 2 * len(bad), "articles are lost")


def case_messages_that_are_none_are_answered():
    line = Line()
    line.broker()
    peer, article = Peer(line, "feed"), msgpack.packb(good("x"))
    for what, frames, code in (("no frames", [""], "usage"), ("PUT alone", ["PUT"], "usage"),
                               ("no article", ["PUT", "t"], "usage"), ("unknown", ["POST", "t", article], "usage"),
                               ("lower case", ["put", "t", article], "usage"),
                               ("long tag", ["PUT", "t" * 65, article], "limit"),
                               ("257 articles", ["PUT", "t", *[article] * 257], "limit"),
                               ("10,000 frames", ["PUT", "t", *[article] * 10000], "limit"),
                               ("5 MiB", ["PUT", "t", *[msgpack.packb({"text": "x" * MIB})] * 5], "limit")):
        got, text = peer.error(*frames)
        check(got == code and len(text) > 8, f"{what}: {got}: {text}")
    check(peer.put(good("after"))[0]["status"] == "stored", "the feeder is shut out")
    stats = line.ctl("stats")
    check(int(stats["broker_errors"]) >= 9, f"{stats['broker_errors']} errors are counted")
    # A frame over the limit ends the connection, not the broker.
    huge = Peer(line, "feed")
    huge.say("PUT", "t", b"x" * (5 * MIB))
    check(peer.put(good("still"))[0]["status"] == "stored", "the feeder is shut out")


def case_every_door_takes_nonsense():
    """The same nonsense at work, tail and admin; then everything still works."""
    line = Line()
    broker = line.broker()
    nonsense = [[""], ["", "", ""], [b"\xff" * 100], ["READY"], ["READY", b"\xdf\xff\xff\xff\xff"], ["DONE"],
                ["DONE", msgpack.packb({"jobs": [{"lease": b"x" * 16}]})], ["DONE", b"\x81\xa4jobs\xdd\xff\xff\xff\xff"],
                ["FROM"], ["FROM", b"\xc1"], ["FROM", msgpack.packb({"from": -1})],
                ["FROM", msgpack.packb({"from": "first", "credit": 1 << 60})],
                ["FROM", msgpack.packb({"from": "first", "kinds": ["x"] * 65})], ["CREDIT", msgpack.packb({"credit": 9})],
                ["CONFIRM", msgpack.packb({"next": 3})], ["BEAT", b"\xc0"], ["BYE"], ["status" * 20000],
                ["dead-show -1"], ["trim facts"], [b"trim\x00facts"], ["FAIL", msgpack.packb([1])],
                ["READY", msgpack.packb({"name": "n" * 70000, "extractor": "e", "credit": 1})],
                ["READY", msgpack.packb({"name": "n", "extractor": "e", "credit": 0})], ["x"] * 10000]
    before = rss_bytes(broker)
    for endpoint in ("work", "tail", "admin", "feed"):
        answered = 0
        for frames in nonsense:
            peer = Peer(line, endpoint)
            peer.say(*frames)
            if peer.sock.poll(100):
                answer = peer.sock.recv_multipart()
                answered += answer[0] in (b"ERROR", b"") and len(answer[-1]) > 4
            peer.sock.close()
        check(answered >= 5, f"{endpoint} answers {answered} of {len(nonsense)} by an error")
    with socket.socket(socket.AF_UNIX) as raw:  # what does not even speak ZeroMQ
        raw.connect(f"{line.dir}/feed")
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n" + b"\xff" * 1000)
    check(broker.poll() is None, "the broker ended")
    check(rss_bytes(broker) - before < 64 * MIB, f"the broker grew by {(rss_bytes(broker) - before) >> 20} MiB")
    line.worker("-j", 1)
    line.feed([good(str(n)) for n in range(20)])
    check(len({r["article"]["id"] for r in line.tail()}) == 20, "articles are lost")


def fill(line, peer, name, code="nospace", wait_s=60):
    """Put articles of 100 kB until one is told that there is no room; the ids of those stored."""
    stored = []
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        article = {"id": f"{name}-{len(stored)}", "text": os.urandom(50000).hex()}
        result = peer.put(article)[0]
        if result["status"] == "busy":
            check(result["error"]["code"] == code, f"busy with {result}")
            return stored
        check(result["status"] == "stored", f"{result}")
        stored.append(article["id"])
    check(False, "there is always room")
    return None


def check_full_and_back(line, make_room, code="nospace"):
    """Until it is full, then what must go on, then with room again."""
    peer = Peer(line, "feed")
    stored = fill(line, peer, "full", code)
    check(stored, "nothing is stored")

    def is_degraded():  # it tries every second, and there may be room for that much
        peer.put({"id": "more", "text": os.urandom(50000).hex()})
        return line.ctl("status")["state"] == "degraded"
    wait_for(is_degraded, "there is no room, and it is not degraded")
    check(int(line.ctl("stats")["ingest_busy"]) > 0, "busy is not counted")
    old = line.run("tail", "--broker", line.base, "--from", "first", "--until-live", "--json", "--kind", "article")
    check(old.count("\n") == 1, "replay is not served")
    make_room()

    def goes_on():
        return peer.put(good("after"))[0]["status"] in ("stored", "duplicate")
    wait_for(goes_on, "it does not resume by itself")
    check(line.ctl("status")["state"] == "running", "it is still degraded")
    return stored


def check_nothing_lost(line, stored):
    line.worker("-j", 1)
    records = [r for r in line.tail() if r["kind"] == "article"]
    got = [r["article"]["id"] for r in records]
    check(len(got) == len(set(got)), "an article is there twice")
    missing = set(stored) | {"first", "after"}
    check(missing <= set(got), f"acknowledged and lost: {sorted(missing - set(got))[:5]}")


def read_one(line):
    """One fact to be replayed later."""
    worker = line.worker("-j", 1)
    line.feed([good("first")])
    line.tail()
    worker.terminate()
    worker.wait(20)


def fill_disk(path):
    """A file of all the room there is."""
    with open(path, "ab", buffering=0) as f:
        for size in (MIB, 4096):
            try:
                while f.write(b"x" * size) == size:
                    pass
            except OSError:
                pass


def check_start_without_room(line):
    """Started where there is no room it reads, and says so to feeders."""
    broker = line.broker()
    old = line.run("tail", "--broker", line.base, "--from", "first", "--until-live", "--json", "--kind", "article")
    check(old.count("\n") == 1, "replay is not served")
    result = Peer(line, "feed").put({"id": "none", "text": os.urandom(50000).hex()})[0]
    check(result["status"] == "busy" and result["error"]["code"] == "nospace", f"{result}")
    check(line.ctl("status")["state"] == "degraded", "it is not degraded")
    broker.kill()
    broker.wait()


def case_a_full_disk_stops_nothing_for_good():
    if os.geteuid() != 0:
        skip("needs root: a file system that can be filled (a_file_size_limit_stops_nothing_for_good needs none)")
    line = Line()
    os.mkdir(f"{line.dir}/journal")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "none", f"{line.dir}/journal"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        skip(f"no tmpfs can be mounted: {done.stderr.strip()}")
    try:
        broker = line.broker()
        read_one(line)
        ballast = f"{line.dir}/journal/ballast"
        with open(ballast, "wb") as f:
            f.write(b"x" * (12 * MIB))
        stored = check_full_and_back(line, lambda: os.unlink(ballast))
        broker.kill()  # and what was acknowledged outlives the broker
        broker.wait()
        fill_disk(ballast)
        check_start_without_room(line)
        os.unlink(f"{line.dir}/journal/lock.mdb")
        fill_disk(ballast)
        said = broker_refuses(line, 111)
        check("No space left" in said, f"it does not say what it lacks: {said}")
        os.unlink(ballast)
        line.broker()
        check_nothing_lost(line, stored)
    finally:
        line.end()
        for _ in range(50):
            if subprocess.run(["umount", f"{line.dir}/journal"], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)
        shutil.rmtree(line.dir, ignore_errors=True)


def case_a_file_size_limit_stops_nothing_for_good():
    line = Line()
    broker = line.broker()
    read_one(line)
    resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, (8 * MIB, resource.RLIM_INFINITY))
    no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    stored = check_full_and_back(line, lambda: resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, no_limit))
    check(broker.poll() is None, "the limit's signal ended the broker")
    broker.kill()
    broker.wait()
    own = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MIB, own[1]))  # which the journal has passed
    check_start_without_room(line)
    resource.setrlimit(resource.RLIMIT_FSIZE, own)
    line.broker()
    check_nothing_lost(line, stored)


def case_a_full_map_is_told_and_a_larger_one_goes_on():
    line = Line()
    line.broker("--map-size", "8M")
    read_one(line)
    peer = Peer(line, "feed")
    stored = fill(line, peer, "map")
    check(stored, "nothing is stored")
    old = line.run("tail", "--broker", line.base, "--from", "first", "--until-live", "--json")
    check(old.count("\n") > 0, "replay is not served")
    processes = line.processes[:]
    for process in processes:
        process.terminate()
        process.wait(20)
    line.broker("--map-size", "64M")  # the setting is all that it takes
    check(Peer(line, "feed").put(good("after"))[0]["status"] == "stored", "a larger map has no room")
    check_nothing_lost(line, stored)


def start_damaged(line, what):
    """A broker on a damaged journal is ready, or says what is wrong; its end is never a crash nobody explains."""
    ours, theirs = os.pipe()
    process = line.start(WARTA, "broker", "--listen", line.base, "--journal", f"lmdb:{line.dir}/journal",
                         "--ready-fd", theirs, pass_fds=[theirs], stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    ready = os.read(ours, 1)
    os.close(ours)
    if ready:
        process.terminate()
    said = process.communicate(timeout=PATIENCE_S)[1]
    if ready:
        check(process.returncode == 0 or "warta ctl check" in said, f"{what}: ends with {process.returncode}: {said}")
    else:
        check(process.returncode in (100, 111) and line.dir in said, f"{what}: exits {process.returncode}: {said}")
    return ready != b"", said


def case_a_damaged_journal_is_named_before_anything_crashes():
    line = Line()
    broker, peer = line.broker(), Peer(line, "feed")
    for batch in range(40):
        peer.put(*[good(f"{batch}-{n}") for n in range(20)])
    read_one(line)
    broker.kill()
    broker.wait()
    path, rng, page = f"{line.dir}/journal/data.mdb", random.Random(1), 4096
    with open(path, "rb") as f:
        sound = f.read()
    pages, refused, crashes = len(sound) // page, 0, 0
    for turn in range(45):
        at = turn // 3 if turn < 30 else rng.randrange(pages)
        bad = (bytes(page), sound[at * page:at * page + 8] + rng.randbytes(24) + sound[at * page + 32:(at + 1) * page],
               b"\xff" * page)[turn % 3]
        with open(path, "wb") as f:
            f.write(sound[:at * page] + bad + sound[(at + 1) * page:])
        ready, said = start_damaged(line, f"page {at}, damage {turn % 3}")
        refused += not ready
        crashes += "ended with signal" in said
    check(refused > 3, f"{refused} starts were refused")  # where pages lie differs; LMDB may live through all of them
    print(f"{refused} of 45 refused, {crashes} since the child that tries it first crashed")
    with open(path, "wb") as f:
        f.write(sound)
    line.broker()


def case_a_file_cut_short_under_the_broker_ends_it_with_a_word():
    """A page that is not there any more is a SIGBUS to whoever reads it."""
    line = Line()
    broker, peer = line.broker(stderr=subprocess.PIPE, text=True), Peer(line, "feed")
    for batch in range(40):
        peer.put(*[good(f"{batch}-{n}") for n in range(20)])
    os.truncate(f"{line.dir}/journal/data.mdb", 8 * 4096)
    line.start(WARTA, "worker", "--broker", line.base, "-j", "1")
    said = broker.communicate(timeout=PATIENCE_S)[1]
    check(broker.returncode == 100, f"ends with {broker.returncode}: {said}")
    check(f"{line.dir}/journal" in said and "warta ctl check" in said and "warta ctl restore" in said, said)


def damage_work(path, first, last):
    """Pages that hold unread articles of these positions are none any more. How many."""
    page, damaged = 4096, 0
    wanted = {n.to_bytes(8, "big") for n in range(first, last)}
    with open(path, "r+b") as f:
        data = f.read()
        for at in range(0, len(data), page):
            flags, lower = (int.from_bytes(data[at + o:at + o + 2], "little") for o in (10, 12))
            nodes = [at + int.from_bytes(data[n:n + 2], "little") for n in range(at + 16, at + min(lower, page), 2)]
            if flags == 2 and any(data[n + 6:n + 8] == b"\x08\0" and data[n + 8:n + 16] in wanted for n in nodes):
                f.seek(at + 10)
                f.write(b"\0\0")
                damaged += 1
    return damaged


def case_damage_that_a_change_meets_ends_the_broker_and_says_what_to_do():
    """It would recover, meet it again, and so on for ever, without a word of it to anyone."""
    line = Line()
    broker, peer = line.broker(stderr=subprocess.PIPE, text=True), Peer(line, "feed")
    for batch in range(40):
        peer.put(*[good(f"{batch}-{n}") for n in range(20)])
    path = f"{line.dir}/journal/data.mdb"
    check(damage_work(path, 380, 420), "no page holds unread articles")
    line.start(WARTA, "worker", "--broker", line.base, "-j", "1")
    said = broker.communicate(timeout=PATIENCE_S)[1]
    check(broker.returncode == 100, f"ends with {broker.returncode}: {said}")
    check(path in said and "warta ctl check" in said and "warta ctl restore" in said, said)
    check(said.count("the journal failed") == 1, f"it failed more than once: {said}")
    done = subprocess.run([WARTA, "ctl", "check", f"lmdb:{line.dir}/journal"], capture_output=True, text=True,
                          timeout=60, check=False)
    check(done.returncode == 1 and "page" in done.stdout, f"check finds nothing: {done.stdout} {done.stderr}")


def broker_refuses(line, code, *words, journal=None):
    """What a broker says that must not start."""
    done = subprocess.run([WARTA, "broker", "--listen", line.base, "--journal", journal or f"lmdb:{line.dir}/journal",
                           *words], capture_output=True, text=True, timeout=30, check=False)
    check(done.returncode == code, f"exits {done.returncode}, not {code}: {done.stderr}")
    return done.stderr


def case_what_keeps_a_broker_from_starting_is_named():
    line = Line()
    broker = line.broker()
    said = broker_refuses(line, 111, "--listen", f"ipc://{line.dir}/other")
    check(re.search(rf"\b{broker.pid}\b", said), f"the pid is not named: {said}")
    said = broker_refuses(line, 111, journal=f"lmdb:{line.dir}/second")
    check(line.dir in said, f"the address in use is not named: {said}")
    check(broker.poll() is None, "the first one ended")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        said = broker_refuses(line, 111, "--listen", address, "--insecure-loopback", journal=f"lmdb:{line.dir}/third")
        check(address in said and "in use" in said.lower(), said)
    config = f"{line.dir}/config"
    with open(config, "w", encoding="utf-8") as f:
        f.write("# comment\nlisten = ipc:///tmp/x\nlissten = 1\n")
    said = broker_refuses(line, 100, "--config", config)
    check(f"{config}:3" in said and "lissten" in said, said)
    said = broker_refuses(line, 100, "--journal", "files:/tmp")
    check("files:" in said, said)
    said = broker_refuses(line, 111, journal="lmdb:/proc/journal")
    check("/proc/journal" in said, said)
    blocked = f"{line.dir}/file"
    with open(blocked, "w", encoding="utf-8"):
        pass
    said = broker_refuses(line, 111, journal=f"lmdb:{blocked}/journal")
    check(blocked in said, said)


NOBODY = 65534


def refused_for(line, journal, *words, **options):
    """The broker says so, ends with 111 (it may work later), and leaves the journal as it is."""
    done = subprocess.run([WARTA, "broker", "--listen", f"ipc://{line.dir}/sockets", "--journal", f"lmdb:{journal}"],
                          capture_output=True, text=True, timeout=30, check=False, **options)
    check(done.returncode == 111 and all(w in done.stderr for w in words), f"{words}: {done.returncode} {done.stderr}")


def case_a_journal_that_cannot_be_written_is_named():
    line = Line()
    user = {"user": NOBODY} if os.geteuid() == 0 else {}
    try:
        subprocess.run([WARTA, "--version"], check=True, capture_output=True, **user)
    except (OSError, subprocess.CalledProcessError):
        skip("root writes anywhere, and nobody else can run the program where it lies")
    for name in ("", "/sockets", "/closed", "/journal"):
        os.makedirs(line.dir + name, mode=0o700, exist_ok=True)
        if user:
            os.chown(line.dir + name, NOBODY, -1)
    words = ("broker", "--listen", f"ipc://{line.dir}/sockets", "--journal", f"lmdb:{line.dir}/journal")
    line.base = f"ipc://{line.dir}/sockets"
    broker = line.start_ready(*words, **user)
    line.feed([good("first"), good("after")])
    broker.terminate()
    broker.wait(20)
    os.chmod(f"{line.dir}/closed", 0o500)
    refused_for(line, f"{line.dir}/closed/journal", f"{line.dir}/closed/journal", "Permission denied", **user)
    for name in ("data.mdb", "lock", "lock.mdb"):
        os.chmod(f"{line.dir}/journal/{name}", 0o400)
        refused_for(line, f"{line.dir}/journal", f"{line.dir}/journal", "Permission denied", **user)
        os.chmod(f"{line.dir}/journal/{name}", 0o600)
    os.chmod(f"{line.dir}/journal", 0o500)  # what is there is enough
    line.start_ready(*words, **user)
    check_nothing_lost(line, [])


def case_a_read_only_file_system_is_named_and_read_again_when_it_is_none():
    if os.geteuid() != 0:
        skip("needs root: a file system that can be made read-only")
    line = Line()
    disk = f"{line.dir}/disk"
    os.mkdir(disk)
    mount = ["mount", "-t", "tmpfs", "-o"]
    if subprocess.run([*mount, "size=24m,mode=700", "none", disk], capture_output=True, check=False).returncode:
        skip("no tmpfs can be mounted")
    try:
        words = ("broker", "--listen", line.base, "--journal", f"lmdb:{disk}/journal")
        broker = line.start_ready(*words)
        line.feed([good("first"), good("after")])
        broker.terminate()
        broker.wait(20)
        os.mkdir(f"{line.dir}/sockets", 0o700)
        subprocess.run([*mount, "remount,ro", "none", disk], check=True)
        refused_for(line, f"{disk}/journal", f"{disk}/journal", "Read-only file system")
        refused_for(line, f"{disk}/other", f"{disk}/other", "Read-only file system")
        done = subprocess.run([WARTA, "ctl", "check", f"lmdb:{disk}/journal"], capture_output=True, text=True,
                              timeout=30, check=False)
        check(done.returncode == 0, f"the check does not read it: {done.stdout} {done.stderr}")
        subprocess.run([*mount, "remount,rw", "none", disk], check=True)
        line.start_ready(*words)
        check_nothing_lost(line, [])
    finally:
        line.end()
        subprocess.run(["umount", disk], capture_output=True, check=False)
        shutil.rmtree(line.dir, ignore_errors=True)


def case_a_journal_of_a_newer_version_is_left_alone():
    line = Line()
    broker = line.broker()
    line.feed([good("x")])
    broker.terminate()
    broker.wait(20)
    data = f"{line.dir}/journal/data.mdb"
    with open(data, "rb") as f:
        before = f.read()
    found = re.search(rb"format\0\0\0([\x01-\x7e])", before)
    check(found, "the format number is not where journal.txt says")
    own = found.group(1)[0]
    newer = before.replace(found.group(0), b"format\0\0\0" + bytes([own + 1]))
    with open(data, "wb") as f:
        f.write(newer)
    said = broker_refuses(line, 100)
    check(f"format {own + 1}" in said and re.search(rf"up to {own}\b", said), f"both versions are not named: {said}")
    with open(data, "rb") as f:
        check(f.read() == newer, "it was written to")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
