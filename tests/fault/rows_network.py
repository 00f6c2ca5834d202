"""Rows of the network between the broker and its workers: silence, resets, delay, little
bandwidth (a relay in user space), and loss (packets dropped in a network name space)."""
import os
import random
import re
import selectors
import socket
import struct
import subprocess
import threading
import time

import harness
from rows import Skipped, counter, descriptors, must_happen, need, need_root, row

DOORS = ("feed", "work", "tail", "public", "admin")  # on ports from the base address's
PORTS = len(DOORS)


def free_ports():
    for port in range(20000 + os.getpid() % 1500 * 20, 60000, 20):
        try:
            for i in range(PORTS):
                with socket.socket() as s:
                    s.bind(("127.0.0.1", port + i))
            return port
        except OSError:
            continue
    raise Skipped("no five free ports in a row")


class Relay(threading.Thread):
    """Stands before the broker's ports, and passes on what comes: late, slowly, or not at all."""

    def __init__(self, target, listen):
        super().__init__(daemon=True)
        self.delay_s = self.bytes_s = 0
        self.jitter_s, self.silent = 0, False
        self.rng = random.Random(listen)
        self.ending = threading.Event()
        self.cut = self.late = 0  # connections ended with RST; pieces held back
        self.pairs, self.queue = {}, {}  # socket -> its other side; socket -> [(when, bytes)]
        self.choose = selectors.DefaultSelector()
        for i in range(PORTS):
            door = socket.socket()
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(("127.0.0.1", listen + i))
            door.listen(64)
            self.choose.register(door, selectors.EVENT_READ, target + i)

    def run(self):
        while not self.ending.is_set():
            for key, _ in self.choose.select(0.01):
                if key.data is not None:
                    self.accept(key.fileobj, key.data)
                else:
                    self.read(key.fileobj)
            self.write()
        self.reset()
        for key in list(self.choose.get_map().values()):
            key.fileobj.close()

    def accept(self, door, port):
        near, _ = door.accept()
        far = socket.socket()
        try:
            far.connect(("127.0.0.1", port))
        except OSError:
            near.close()
            far.close()
            return
        for a, b in ((near, far), (far, near)):
            a.setblocking(False)
            self.pairs[a], self.queue[a] = b, []
            self.choose.register(a, selectors.EVENT_READ)

    def read(self, sock):
        waiting = sum(len(data) for _, data in self.queue.get(self.pairs.get(sock), []))
        if self.silent or waiting > 1 << 18:
            time.sleep(0.001)
            return  # left in the kernel, whose buffers fill up: back-pressure
        try:
            data = sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.close(sock)
            return
        queue = self.queue[self.pairs[sock]]
        due = time.monotonic() + self.delay_s + self.rng.uniform(0, self.jitter_s)
        self.late += due - time.monotonic() > 0.1
        queue.append((max(due, queue[-1][0] if queue else 0), data))

    def write(self):
        if self.silent:
            return
        now = time.monotonic()
        for sock, queue in list(self.queue.items()):
            while queue and queue[0][0] <= now:
                when, data = queue.pop(0)
                part = data[:max(1, int(self.bytes_s * 0.02))] if self.bytes_s else data
                try:
                    sent = sock.send(part)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    self.close(sock)
                    break
                if sent < len(data):
                    queue.insert(0, (now + 0.02 if self.bytes_s else now + 0.001, data[sent:]))
                    break
                if self.bytes_s and queue:
                    queue[0] = (now + 0.02, queue[0][1])

    def close(self, sock, abruptly=False):
        for one in (sock, self.pairs.pop(sock, None)):
            if one is None or one not in self.queue:
                continue
            self.pairs.pop(one, None)
            del self.queue[one]
            self.choose.unregister(one)
            if abruptly:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()

    def reset(self):
        """Every connection ends with RST."""
        for sock in list(self.pairs):
            self.cut += sock in self.pairs
            self.close(sock, abruptly=True)


class TcpLine(harness.Line):
    """Workers reach the broker over a relay; feeder and consumers do not."""

    def __init__(self, directory, **options):
        super().__init__(directory, f"lmdb:{directory}/journal", **options)
        self.port = free_ports()
        self.base = f"tcp://127.0.0.1:{self.port}"
        self.broker_options += ["--insecure-loopback"]
        self.relay = Relay(self.port, self.port + 10)
        self.relay.start()

    def door(self, name):
        return f"tcp://127.0.0.1:{self.port + DOORS.index(name)}"

    def start_pool(self):
        base, self.base = self.base, f"tcp://127.0.0.1:{self.port + 10}"
        super().start_pool()
        self.base = base

    def stop(self):
        super().stop()
        self.relay.ending.set()
        self.relay.join()


def through_relay(context, trouble, rate=200):
    line = TcpLine(harness.scratch(), broker_options=["--lease", "3s", "--deaths", 1000])
    return context.load(line, lambda feeder: trouble(line, feeder), rate)


@row("F30", "silence between broker and workers, then healed")
def silence(context):
    def trouble(line, feeder):
        for _ in range(context.times(2, 10)):
            time.sleep(1)
            line.relay.silent = True
            time.sleep(context.times(4, 30))
            line.relay.silent = False
            done, begun = counter(line, "collect_entries"), time.monotonic()
            while counter(line, "collect_entries") == done and time.monotonic() - begun < 30:
                time.sleep(0.05)
        healed = (time.monotonic() - begun) * 1000
        silent = must_happen(feeder, "gone silent", counter(line, "broker_silent"))
        if healed > 29000:
            feeder.broken.append("nothing is read within 30 s of the healing")
        return {"healed ms": round(healed), "gone silent": silent, "results collected twice": counter(line, "collect_duplicate")}

    return through_relay(context, trouble)


@row("F31", "every connection reset, once a second")
def resets(context):
    def trouble(line, feeder):
        time.sleep(1)
        before = descriptors(line.broker.pid)
        for _ in range(context.times(6, 60)):
            line.relay.reset()
            time.sleep(1)
        time.sleep(2)
        more = descriptors(line.broker.pid) - before
        if more > 8:
            feeder.broken.append(f"the broker has {more} descriptors more than before")
        return {"connections cut": must_happen(feeder, "connections cut", line.relay.cut), "descriptors more": more}

    return through_relay(context, trouble)


@row("F33", "200 ms of delay, and 100 ms of jitter")
def delay(context):
    def trouble(line, feeder):
        line.relay.delay_s, line.relay.jitter_s = 0.15, 0.1
        time.sleep(context.times(5, 60))
        late = must_happen(feeder, "pieces held back", line.relay.late)
        return {"pieces held back": late, "entries meanwhile": counter(line, "collect_entries")}

    return through_relay(context, trouble)


@row("F34", "1 Mbit a second")
def narrow(context):
    def trouble(line, feeder):
        line.relay.bytes_s = 125000
        time.sleep(context.times(6, 60))
        entries = counter(line, "collect_entries")
        unread = must_happen(feeder, "unread then", counter(line, "journal_unfinished"))
        line.relay.bytes_s = 0
        return {"entries meanwhile": entries, "unread then": unread}

    return through_relay(context, trouble)


NFT = """table inet warta_fault {{
    chain in {{ type filter hook input priority 0; tcp dport {first}-{last} numgen random mod 100 < 20 counter drop;
                tcp sport {first}-{last} numgen random mod 100 < 20 counter drop; }}
}}
"""


@row("F32", "a fifth of all packets lost, both ways")
def loss(context):
    need_root()
    nft = need("nft")
    line = TcpLine(harness.scratch(), broker_options=["--lease", "3s", "--deaths", 1000])

    def trouble(feeder):
        rules = NFT.format(first=line.port, last=line.port + PORTS)
        subprocess.run([nft, "-f", "-"], input=rules, text=True, check=True, capture_output=True)
        try:
            time.sleep(context.times(6, 60))
            said = subprocess.run([nft, "list", "table", "inet", "warta_fault"], capture_output=True, text=True,
                                  check=True).stdout
            lost = must_happen(feeder, "packets lost", sum(map(int, re.findall(r"packets (\d+)", said))))
            return {"packets lost": lost, "entries meanwhile": counter(line, "collect_entries")}
        finally:
            subprocess.run([nft, "delete", "table", "inet", "warta_fault"], check=False, capture_output=True)

    return context.load(line, trouble, 100)
