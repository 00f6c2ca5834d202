#!/usr/bin/python3
"""More than there is room for: floods, feeds that share, consumers that stop, descriptors that run
out, steering meanwhile.

usage: overload.py CASE    one of the functions named case_… below; WARTA is the program,
                           WARTA_FLOOD_S how long a flood lasts (2; the long form is 300)

Exits 77 where the program or a Python module it needs is not there.
"""
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from line import WARTA, Line, cases_of, check, main, skip, wait_for

try:
    import msgpack
    import zmq
except ImportError as missing:
    skip(f"no Python module {missing.name}")

SECONDS = int(os.environ.get("WARTA_FLOOD_S", "2"))
QUEUE = 2000


class Feeder:
    """A feeder that puts as fast as it can, and keeps what it was promised."""

    def __init__(self, line, feed, lane="live"):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(line.base if line.base.startswith("tcp:") else f"{line.base}/feed")
        self.head = msgpack.packb({"feed": feed, "lane": lane})
        self.feed, self.number, self.stored, self.busy = feed, 0, [], 0
        self.waits = []

    def put(self, count=50):
        """Offer `count` articles; the results."""
        ids = [f"{self.feed}-{self.number + i}" for i in range(count)]
        self.number += count
        texts = [msgpack.packb({"id": i, "text": f"Article {i}. " + "Word " * 200}) for i in ids]
        self.socket.send_multipart([b"OFFER", b"t", self.head, *texts])
        check(self.socket.poll(10000), "no answer within 10 seconds")
        command, _, body = self.socket.recv_multipart()
        check(command == b"ACK", f"{command} {body}")
        results = msgpack.unpackb(body)["results"]
        for result in results:
            if result["status"] == "stored":
                self.stored.append(result["id"])
            else:
                check(result["status"] == "busy" and result["retry_ms"] > 0, f"{result}")
                self.busy += 1
                self.waits.append(result["retry_ms"])
        return results


class Reader(threading.Thread):
    """A worker that finds nothing, reads `per_s` articles a second, and remembers their order."""

    def __init__(self, line, per_s=None, credit=4):
        super().__init__(daemon=True)
        self.line, self.per_s, self.credit, self.order, self.ended = line, per_s, credit, [], False

    def run(self):
        sock = zmq.Context.instance().socket(zmq.DEALER)
        sock.linger = 0
        sock.connect(f"ipc://{self.line.dir}/work")
        sock.send_multipart([b"READY", msgpack.packb({"name": "reader", "extractor": "none-1",
                                                      "credit": self.credit})])
        while not self.ended:
            if not sock.poll(50):
                sock.send_multipart([b"BEAT", msgpack.packb({})])
                continue
            command, head, *articles = sock.recv_multipart()
            if command == b"DRAIN":
                sock.send_multipart([b"BYE", msgpack.packb({})])
                return
            for job, article in zip(msgpack.unpackb(head).get("jobs", []), map(msgpack.unpackb, articles)):
                if self.per_s:
                    time.sleep(1 / self.per_s)
                self.order.append(article["id"])
                record = {"v": 1, "n": 0, "kind": "article", "id": "0" * 16, "article": article,
                          "extractor": "none-1"}
                sock.send_multipart([b"DONE", msgpack.packb({"jobs": [{"lease": job["lease"]}]}),
                                     msgpack.packb([record])])


def rss_kb(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
        return int(next(line.split()[1] for line in f if line.startswith("VmRSS:")))


def cpu_s(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def case_ten_times_capacity_is_sent_away_and_nothing_acknowledged_is_lost():
    line = Line()
    broker = line.broker("--queue-articles", QUEUE)
    reader = Reader(line, per_s=200)
    reader.start()
    flood, most_kb, until = Feeder(line, "flood"), 0, time.monotonic() + SECONDS
    offered = time.monotonic()
    while time.monotonic() < until or flood.busy == 0:
        flood.put()
        most_kb = max(most_kb, rss_kb(broker))
    offered = flood.number / (time.monotonic() - offered)
    check(offered > 2000, f"only {offered:.0f}/s were offered: no flood")
    check(most_kb < 150 * 1024, f"the broker grew to {most_kb} kB")
    check(min(flood.waits) >= 1, "busy without a time")
    check(len(flood.stored) <= QUEUE + len(reader.order) + 4, "more than the queue was taken")
    reader.per_s = None
    wait_for(lambda: int(line.ctl("status")["unfinished"]) == 0, "the queue does not empty")
    check(sorted(reader.order) == sorted(flood.stored), "what was acknowledged is not what was read")
    print(f"{offered:.0f}/s offered, {flood.busy} busy, {len(flood.stored)} stored, {most_kb} kB")


def case_a_quiet_feed_is_not_behind_a_flood():
    line = Line()
    line.broker("--queue-articles", QUEUE)
    flood, quiet, late = Feeder(line, "flood"), Feeder(line, "quiet"), Feeder(line, "late", "backfill")
    while flood.busy == 0:
        flood.put()
    check(len(flood.stored) <= QUEUE * 3 // 4 + 1, "a feed alone fills the whole queue")
    check([r["status"] for r in quiet.put(3)] == ["stored"] * 3, "no room was left for another feed")
    check([r["status"] for r in late.put(3)] == ["stored"] * 3, "no room was left for another lane")
    reader = Reader(line, credit=1)
    reader.start()
    wait_for(lambda: len(reader.order) >= 200, "nothing is read")
    places = [reader.order.index(i) for i in quiet.stored]
    check(max(places) < 20, f"the quiet feed's articles were {places}th")
    check(all(i in reader.order[:60] for i in late.stored), "the backfill lane starved")
    reader.ended = True


def case_a_paused_feed_is_held_across_a_restart():
    line = Line()
    broker = line.broker()
    line.run("ctl", "--broker", line.base, "feed", "pause", "one")
    one, two = Feeder(line, "one"), Feeder(line, "two")
    one.put(10)
    broker.kill()
    broker.wait()
    line.broker()
    reader = Reader(line)
    reader.start()
    two.put(10)
    wait_for(lambda: len(reader.order) == 10, "the other feed is not read")
    time.sleep(0.3)
    check(sorted(reader.order) == sorted(two.stored), "a paused feed was read")
    check("one paused 10 0 0" in line.run("ctl", "--broker", line.base, "feed", "list"), "feed list")
    line.run("ctl", "--broker", line.base, "feed", "resume", "one")
    wait_for(lambda: len(reader.order) == 20, "a resumed feed is not read")
    line.run("ctl", "--broker", line.base, "feed", "pause", "not/a/feed", right=(100,))
    check(line.run("ctl", "--broker", line.base, "drain").splitlines() == ["1 draining", "done"], "drain")
    check(line.ctl("status")["workers"] == "0", "drain answered before the worker had left")


def case_a_dead_letter_has_a_history_and_can_be_given_up():
    line = Line()
    line.broker("--failures", 2)
    feeder = Feeder(line, "agency", "backfill")
    feeder.put(2)
    sock = zmq.Context.instance().socket(zmq.DEALER)
    sock.linger = 0
    sock.connect(f"ipc://{line.dir}/work")
    sock.send_multipart([b"READY", msgpack.packb({"name": "w 1", "extractor": "none-1", "credit": 1})])
    until = time.monotonic() + 20
    while line.ctl("status")["dead"] != "2":  # between jobs there are signs of life
        check(time.monotonic() < until and sock.poll(5000), "no job")
        sock.send_multipart([b"BEAT", msgpack.packb({})])
        command, head, *_ = sock.recv_multipart()
        if command == b"JOB":
            jobs = [{"lease": j["lease"], "code": "limit", "text": "too\nlong"} for j in msgpack.unpackb(head)["jobs"]]
            sock.send_multipart([b"FAIL", msgpack.packb({"jobs": jobs})])
    history = line.run("ctl", "--broker", line.base, "dead", "history", 1).splitlines()
    check(history[:4] == ["feed agency", "lane backfill", "deaths 0", "failures 2"], f"{history}")
    check(len(history) == 6 and history[5].endswith(" w_1 failed limit: too long"), f"{history}")
    line.run("ctl", "--broker", line.base, "dead", "purge", right=(100,))
    line.run("ctl", "--broker", line.base, "dead", "purge", 77, right=(1,))
    check(line.run("ctl", "--broker", line.base, "dead", "purge", 1) == "1 purged\n", "purge")
    check(line.run("ctl", "--broker", line.base, "dead", "purge", "all") == "1 purged\n", "purge all")
    status = line.ctl("status")
    check((status["dead"], status["unfinished"]) == ("0", "0"), f"{status}")


def case_stopped_and_vanished_consumers_cost_others_nothing():
    line = Line()
    broker = line.broker()
    reader = Reader(line, credit=64)
    reader.start()
    tail = ["tail", "--broker", line.base, "--from", "first", "--json"]
    stopped = line.start(WARTA, *tail, stdout=subprocess.DEVNULL)
    vanished = line.start(WARTA, *tail, stdout=subprocess.DEVNULL)
    wait_for(lambda: line.ctl("status")["tails"] == "2", "the consumers do not come")
    stopped.send_signal(signal.SIGSTOP)
    vanished.kill()
    feeder = Feeder(line, "agency")
    for _ in range(40):
        feeder.put()
    wait_for(lambda: len(reader.order) == len(feeder.stored), "work stops with a consumer")
    wait_for(lambda: line.ctl("status")["tails"] == "0", "silent consumers are kept")
    began = time.monotonic()
    check(len(line.tail()) == len(feeder.stored), "a healthy consumer misses entries")
    check(time.monotonic() - began < 10, "a healthy consumer was held up")
    check(rss_kb(broker) < 150 * 1024, f"the broker grew to {rss_kb(broker)} kB")
    stopped.send_signal(signal.SIGCONT)
    wait_for(lambda: line.ctl("status")["tails"] == "1", "a consumer that goes on does not come back")
    reader.ended = True


def crowd_out(line, broker, dial):
    """Connections without end, beside a feeder that is served; then they go."""
    feeder = Feeder(line, "there")
    feeder.put(1)
    crowd, cpu = [], cpu_s(broker)
    until = time.monotonic() + max(SECONDS, 5)
    began = time.monotonic()
    shut = False
    while time.monotonic() < until:
        for _ in range(20):
            try:
                crowd.append(dial())
            except OSError:
                shut = True
        feeder.put(1)
        time.sleep(0.02)
    used = (cpu_s(broker) - cpu) / (time.monotonic() - began)
    check(broker.poll() is None, "the broker ended")
    check(shut, "the broker went on accepting")
    check(used < 0.5, f"the broker used {used:.0%} of a core")
    for one in crowd:
        one.close()
    stats = wait_for(lambda: again(line), "the broker does not listen again")
    check(int(stats["budget_shuts"]) >= 1, f"{stats}")
    check(stats["broker_undelivered"] == "0", "one who was there lost an answer")
    print(f"{used:.0%} of a core, {stats['budget_shuts']} times shut, {len(crowd)} got in")


def dialled(family, address):
    one = socket.socket(family)
    one.settimeout(0.05)
    try:
        one.connect(address)
    except OSError:
        one.close()
        raise
    return one


def case_when_descriptors_run_out_those_who_are_there_are_served():
    line = Line()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base, line.base = line.base, f"tcp://127.0.0.1:{port}"
    broker = line.broker("--insecure-loopback", "--connections", 200)
    crowd_out(line, broker, lambda: dialled(socket.AF_INET, ("127.0.0.1", port)))
    line.base = base


def case_when_descriptors_run_out_on_local_sockets_those_who_are_there_are_served():
    line = Line()
    broker = line.broker("--connections", 200)
    crowd_out(line, broker, lambda: dialled(socket.AF_UNIX, f"{line.dir}/feed"))
    check(not [name for name in os.listdir(line.dir) if name.endswith(".shut")], "a name was left aside")


def again(line):
    """Statistics from a connection that is made now; None while there is none."""
    done = subprocess.run([WARTA, "ctl", "--broker", line.base, "--wait", "500ms", "stats"], capture_output=True,
                          text=True, check=False)
    stats = dict(row.split(" ", 1) for row in done.stdout.splitlines())
    return stats if done.returncode == 0 and stats["budget_shut"] == "0" else None


if __name__ == "__main__":
    main(sys.argv[1:], cases_of(globals()), __doc__)
