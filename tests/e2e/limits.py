#!/usr/bin/python3
"""Bounds of what one peer may cost: how fast it puts, how much of it waits, what it
subscribes to, how big its frames are, how long it may be silent, how many connections.

usage: limits.py CASE
"""
import os
import re
import resource
import signal
import socket
import sys
import time

from line import PATIENCE_S, Line, cases_of, check, main, wait_for
from security import ADMIN, DOORS, FEED, FIRST_WORDS, PUBLIC, ROLES, TAIL, WORK, Secure, refused, wait

import msgpack
import zmq

MIB = 1 << 20


def rss_bytes(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def put(sock, count, name):
    """The results of one PUT of so many articles."""
    articles = [msgpack.packb({"id": f"{name}-{i}", "text": f"Sebanyak {i} orang tiba."}) for i in range(count)]
    sock.send_multipart([b"PUT", b"t", *articles])
    check(sock.poll(10000), "a PUT is not answered")
    command, _tag, body = sock.recv_multipart()
    check(command == b"ACK", f"{command} {body}")
    return msgpack.unpackb(body)["results"]


def case_a_feeder_puts_no_faster_than_its_rate():
    """Over all its connections; the other feeder is not held up."""
    line = Secure()
    line.keygen("other")
    line.lines["feeder"] += " rate=20"
    line.allow("other", "feeder")
    line.broker()
    one, two, other = line.socket("feeder", FEED), line.socket("feeder", FEED), line.socket("other", FEED)
    stored, begun, number = 0, time.monotonic(), 0
    while time.monotonic() < begun + 3:
        for sock in (one, two):
            number += 1
            for result in put(sock, 10, f"fast-{number}"):
                stored += result["status"] == "stored"
                if result["status"] == "busy":
                    check(result["error"]["code"] == "limit" and 1 <= result["retry_ms"] <= 1001, f"{result}")
        time.sleep(0.05)
    most = 20 * (time.monotonic() - begun + 1) + 1
    check(40 <= stored <= most, f"{stored} are stored in {most / 20:.1f} s at 20 a second")
    check(all(r["status"] == "stored" for r in put(other, 100, "other")), "the other feeder is held up")
    check(line.stat("ingest_limited") > 0, "it is not counted")


def case_a_feeder_has_no_more_waiting_than_it_may():
    line = Secure()
    line.lines["feeder"] += " waiting=30"
    line.write_list()
    line.broker()
    sock = line.socket("feeder", FEED)
    results = put(sock, 50, "many")
    check([r["status"] for r in results] == ["stored"] * 30 + ["busy"] * 20, f"{results}")
    check(results[-1]["error"]["code"] == "limit", f"{results[-1]}")
    line.start_ready("worker", *line.as_("worker"), "-j", 1)
    wait(lambda: re.search(r"^unfinished 0$", line.ctl("status"), re.M), "nothing is read")
    check(all(r["status"] == "stored" for r in put(sock, 20, "more")), "there is no room after they were read")


def case_a_flood_of_subscriptions_is_put_out():
    """300,000 topics of one key: memory stays, the key is out, another one still hears."""
    line = Secure()
    line.keygen("second")
    line.allow("second", "consumer")
    broker = line.broker()
    stays = line.socket("second", PUBLIC, zmq.SUB)
    stays.subscribe(b"fact.")
    wait(lambda: line.stat("public_topics") == 1, "the subscription is not known")
    before = rss_bytes(broker)
    flood = line.socket("consumer", PUBLIC, zmq.XSUB)
    flood.sndhwm = 0
    for i in range(300000):
        flood.send(b"\1fact.id.%d" % i)
    line.wait_log("a key subscribes to too much")
    time.sleep(1)
    grown = rss_bytes(broker) - before
    check(grown < 64 * MIB, f"the broker grew by {grown >> 20} MiB")
    wait(lambda: stays.poll(10) or line.stat("public_topics") == 1, "not just the permitted one is back")
    line.start_ready("worker", *line.as_("worker"), "-j", 1)
    put(line.socket("feeder", FEED), 1, "a")
    check(stays.poll(20000), "the other subscriber gets nothing")
    check(line.stat("public_flooded") == 1, "it is not counted once")
    flood.close()
    broker.send_signal(signal.SIGHUP)
    line.wait_log("allow list read again")
    again = line.socket("consumer", PUBLIC, zmq.SUB)
    again.subscribe(b"fact.id")
    wait(lambda: line.stat("public_topics") == 2, "after the list was read again the key is still out")


def case_without_keys_a_flood_of_subscriptions_costs_no_memory():
    line = Line()
    broker = line.broker()
    before = rss_bytes(broker)
    flood = zmq.Context.instance().socket(zmq.XSUB)
    flood.linger = 0
    flood.sndhwm = 0
    flood.connect(f"{line.base}/public")
    for odd in (b"", b"\0", b"\1", b"\2", b"\0fact.never", b"hello"):
        flood.send(odd)
    for i in range(300000):
        flood.send(b"\1fact.id.%d" % i)
    wait_for(lambda: int(line.ctl("stats")["public_flooded"]) > 0, "it is not noticed")
    time.sleep(1)
    grown = rss_bytes(broker) - before
    flood.close()
    check(grown < 64 * MIB, f"the broker grew by {grown >> 20} MiB")
    check(line.ctl("status")["state"] == "running", "the broker is not well")


def case_frames_beyond_what_a_role_sends_end_the_connection():
    line = Secure()
    broker = line.broker()
    before = rss_bytes(broker)
    for role, door, most in (("feeder", FEED, 4 * MIB), ("worker", WORK, 4 * MIB), ("consumer", TAIL, 64 * 1024),
                             ("operator", ADMIN, 64 * 1024)):
        sock = line.socket(role, door)
        watch = sock.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        check(line.hears(role, door, 5000), f"{role} is not served")
        sock.send_multipart([b"PUT", b"x" * (most + 100)])
        check(watch.poll(5000), f"{role} may send {most + 100} bytes")
        sock.disable_monitor()
        sock.close()
    check(rss_bytes(broker) - before < 64 * MIB, "the broker keeps what it refuses")
    check("state running" in line.ctl("status"), "the broker is not well")


# ZMTP 3.0, mechanism NULL: greeting, then READY with nothing but the kind of socket.
GREETING = b"\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL" + bytes(16) + b"\0" + bytes(31)
READY = b"\4\x1c\5READY\x0bSocket-Type\0\0\0\6DEALER"


def ends_within(s, seconds):
    """Whether the other side ends the connection in time; what it says is read."""
    s.settimeout(0.2)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if s.recv(4096) == b"":
                return True
        except socket.timeout:
            continue
        except OSError:
            return True
    return False


def case_connections_that_fall_silent_are_dropped():
    """In the middle of a greeting, and after a handshake that was right."""
    line = Line()
    line.broker()
    for what, words in (("no word", b""), ("half a greeting", GREETING[:10]), ("a greeting", GREETING),
                        ("all of a handshake", GREETING + READY),
                        ("half a frame", GREETING + READY + b"\2\0\0\0\0\0\1\0\0PUT")):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(f"{line.dir}/feed")
            s.sendall(words)
            check(ends_within(s, 15), f"a connection stays that said {what}")


def case_directories_of_sockets_that_others_may_enter_are_refused():
    line = Line()
    start = ("broker", "--listen", f"ipc://{line.dir}/s", "--journal", f"lmdb:{line.dir}/journal")
    os.mkdir(f"{line.dir}/s")
    for mode in (0o777, 0o755, 0o701, 0o770, 0o720):
        os.chmod(f"{line.dir}/s", mode)
        refused(100, "others may", *start)
    os.chmod(f"{line.dir}/s", 0o700)
    if os.geteuid() == 0:
        os.chown(f"{line.dir}/s", 65534, 65534)
        refused(100, "another user", *start)
        os.chown(f"{line.dir}/s", 0, 0)
    for mode in (0o700, 0o750):
        os.chmod(f"{line.dir}/s", mode)
        broker = line.start_ready(*start)
        broker.terminate()
        check(broker.wait(PATIENCE_S) == 0, f"the broker exits {broker.returncode}")
    old = os.umask(0)
    try:
        broker = line.start_ready("broker", "--listen", f"ipc://{line.dir}/new", "--journal", f"lmdb:{line.dir}/j")
        check(os.stat(f"{line.dir}/new").st_mode & 0o77 == 0, "a directory made under umask 0 is open to others")
        check(os.stat(f"{line.dir}/j").st_mode & 0o77 == 0, "a journal made under umask 0 is open to others")
        check(os.stat(f"{line.dir}/j/data.mdb").st_mode & 0o77 == 0, "so is its file")
    finally:
        os.umask(old)


def case_a_peer_that_repeats_itself_does_not_fill_the_log():
    """200 articles become dead letters by one worker's word: some are told singly, the others counted."""
    line = Secure()
    broker = line.broker("--failures", "1", "--worker-failures", "0")
    feeder, worker = line.socket("feeder", FEED), line.socket("worker", WORK)
    check(all(r["status"] == "stored" for r in put(feeder, 200, "bad")), "not stored")
    worker.send_multipart([b"READY", msgpack.packb({"extractor": "x-1", "credit": 100})])
    failed = 0
    while failed < 200:
        check(worker.poll(10000), f"no more work after {failed}")
        command, head, *_articles = worker.recv_multipart()
        if command == b"JOB":
            jobs = [{"lease": job["lease"], "code": "limit", "text": "no"} for job in msgpack.unpackb(head)["jobs"]]
            worker.send_multipart([b"FAIL", msgpack.packb({"jobs": jobs})])
            failed += len(jobs)
    wait(lambda: line.stat("dispatch_buried") == 200, "not all are dead letters")
    row = line.ctl("workers").split()
    check(row[-1] == "worker" and line.ctl("feeders").split()[-1] == "feeder", f"the key is not named: {row}")
    broker.terminate()
    check(broker.wait(PATIENCE_S) == 0, f"the broker exits {broker.returncode}")
    told = [row for row in line.log().splitlines() if "dead letter" in row]
    suppressed = sum(int(n) for row in told for n in re.findall(r" suppressed=(\d+)", row))
    singly = sum(" seq=" in row for row in told)
    check(singly + suppressed == 200 and 20 <= singly <= 60, f"{singly} are told, {suppressed} counted")


ASKS = ("status", "stats", "metrics", "workers", "feeders", "tails", "feeds", "dead", "dead-show 1", "dead-history 1", "progress",
        "mark x", "consumers", "help")
STEERS = ("pause", "resume", "drain", "feed-pause x", "feed-resume x", "dead-replay 1", "dead-purge 1",
          "consumers-forget x", "trim facts 1", "stop")


def answer(sock, frames):
    sock.send_multipart(frames)
    check(sock.poll(5000), f"{frames[0]} is not answered")
    return sock.recv_multipart()


def case_each_role_and_each_command():
    """Who may steer, who may ask, and who does not get so far as to be heard."""
    line = Secure()
    line.broker()
    known = line.ctl("help").split("\n")
    check({row.split()[0] for row in known if row} == {c.split()[0] for c in ASKS + STEERS}, "not every command is here")
    for role, door, word in (("feeder", FEED, WORK), ("feeder", FEED, TAIL), ("feeder", FEED, ADMIN),
                             ("worker", WORK, FEED), ("worker", WORK, TAIL), ("worker", WORK, ADMIN),
                             ("consumer", TAIL, FEED), ("consumer", TAIL, WORK), ("consumer", TAIL, ADMIN),
                             ("operator", ADMIN, FEED), ("operator", ADMIN, WORK), ("operator", ADMIN, TAIL)):
        said = answer(line.socket(role, door), FIRST_WORDS[word])
        check(said[0] == b"ERROR", f"a {role} says {FIRST_WORDS[word][0]} and is answered {said}")
    for role in ROLES:
        if role not in ("observer", "operator"):
            check(not line.hears(role, ADMIN), f"a {role} is heard at the operator's door")
            continue
        sock = line.socket(role, ADMIN)
        for command in ASKS + STEERS:
            verdict, text = answer(sock, [command.encode()])
            denied = text.startswith(b"denied")
            check(denied == (role == "observer" and command in STEERS), f"{role}: {command}: {verdict} {text}")


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
