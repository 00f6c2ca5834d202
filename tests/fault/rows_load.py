"""Rows of overload and of consumers that are slow, gone or many; limits of the process."""
import contextlib
import os
import resource
import signal
import subprocess
import time

import msgpack
import zmq

import harness
from rows import Skipped, counter, must_happen, need_root, row, rss_mb, tests, wait_for


def run_a_tenth(line, seconds):
    """Let the workers run a tenth of the time, so that the feeder outruns them on any machine."""
    until = time.monotonic() + seconds

    def tell(what):
        for pid in line.worker_pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)

    while time.monotonic() < until:
        tell(signal.SIGSTOP)
        time.sleep(0.09)
        tell(signal.SIGCONT)
        time.sleep(0.01)


@row("F26", "a flood of ten times what the workers read")
def flood(context):
    line = context.line(broker_options=["--queue-articles", 2000])

    def trouble(feeder):
        run_a_tenth(line, context.times(8, 300))
        peak = rss_mb(line.broker.pid)
        if peak > 256:
            feeder.broken.append(f"the broker grew to {peak:.0f} MB")
        busy = must_happen(feeder, "told busy", counter(line, "ingest_busy"))
        return {"RSS max MB": round(peak), "told busy": busy}

    return context.load(line, trouble, rate=None)


@row("F27", "a consumer stopped, then resumed; another beside it")
def stopped_consumer(context):
    line = context.line()

    def trouble(feeder):
        command = [harness.WARTA, "tail", "--broker", line.base, "--from", "first", "--json"]
        with open(f"{line.dir}/stopped", "wb") as out:
            consumer = subprocess.Popen(command, stdout=out, stderr=line.log)
            time.sleep(1)
            consumer.send_signal(signal.SIGSTOP)
            time.sleep(context.times(6, 120))
            peak = rss_mb(line.broker.pid)
            last = int(line.status()["facts_last"])

            def caught_up():
                with open(f"{line.dir}/stopped", "rb") as lines:
                    return f'"seq":{last},'.encode() in lines.read().replace(b'"seq": ', b'"seq":')

            must_happen(feeder, "behind when resumed", not caught_up())
            consumer.send_signal(signal.SIGCONT)
            begun = time.monotonic()

            if not wait_for(caught_up, 60):
                feeder.broken.append(f"the stopped consumer never gets to {last}")
            filled = (time.monotonic() - begun) * 1000
            consumer.kill()
            consumer.wait()
        return {"RSS max MB": round(peak), "gap filled ms": round(filled)}

    return context.load(line, trouble, rate=200)


@row("F28", "a consumer that comes anew all the time")
def reconnecting(context):
    line, rounds = context.line(), context.times(8, 120)

    def trouble(feeder):
        following = 1
        for _ in range(rounds):
            consumer = harness.Consumer(line)
            consumer.next = following
            consumer.start()
            time.sleep(context.rng.uniform(0.1, 1.0))
            consumer.ending.set()
            consumer.join(10)
            feeder.broken += consumer.broken
            following = consumer.next
        must_happen(feeder, "read", following - 1)
        return {"times": rounds, "read": following - 1}

    return context.load(line, trouble)


@row("F29", "many subscribers, one in ten of them slow")
def many_subscribers(context):
    line, count = context.line(), context.times(100, 1000)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count * 2 + 500:
        raise Skipped(f"needs {count * 2 + 500} descriptors, and {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def trouble(feeder):
        own = zmq.Context(io_threads=1)
        own.set(zmq.MAX_SOCKETS, count + 10)
        subs = []
        for i in range(count):
            sub = own.socket(zmq.SUB)
            sub.setsockopt(zmq.LINGER, 0)
            sub.setsockopt(zmq.RCVHWM, 10 if i % 10 == 0 else 1000)
            sub.subscribe(b"")
            sub.connect(line.door("public"))
            subs.append(sub)
        until = time.monotonic() + context.times(8, 60)
        heard = 0
        while time.monotonic() < until:
            for i, sub in enumerate(subs):
                while i % 10 and sub.poll(0):
                    sub.recv_multipart()
                    heard += 1
        peak = rss_mb(line.broker.pid)
        own.destroy(linger=0)
        if heard == 0:
            feeder.broken.append("no subscriber heard anything")
        return {"subscribers": count, "heard": heard, "RSS max MB": round(peak)}

    return context.load(line, trouble, rate=50)


@row("F37", "a limit of descriptors that the peers run into")
def few_descriptors(_context):
    return tests("overload_when_descriptors_run_out")


class MemoryGroup:
    """A memory cgroup, and who is put into it. `counts` are the files that tell of kills at its limit."""

    KINDS = (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control"),
             ("/sys/fs/cgroup", "memory.max", "memory.events"))

    def __init__(self, name, megabytes):
        need_root()
        for base, limit, self.kills_in in self.KINDS:
            self.path = f"{base}/warta-fault-{name}-{os.getpid()}"
            try:
                os.mkdir(self.path)
                self.write(limit, megabytes << 20)
                return
            except OSError:
                self.close()
        raise Skipped("no memory cgroup can be made here")

    def write(self, name, value):
        with open(f"{self.path}/{name}", "w", encoding="ascii") as f:
            f.write(str(value))

    def add(self, pid):
        self.write("cgroup.procs", pid)

    def holds(self, pid):
        with open(f"{self.path}/cgroup.procs", encoding="ascii") as f:
            return str(pid) in f.read().split()

    def kills(self):
        with open(f"{self.path}/{self.kills_in}", encoding="ascii") as f:
            return sum(int(row.split()[1]) for row in f if row.startswith("oom_kill "))

    def close(self):
        for _ in range(50):
            try:
                os.rmdir(self.path)
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.1)


@row("F38", "64 MB of memory, which it keeps under; and 5 MB, at which it is killed")
def little_memory(context):
    enough, little = MemoryGroup("enough", 64), MemoryGroup("little", 5)
    line, rounds = context.line(), context.times(2, 20)

    def trouble(feeder):
        peak = 0
        for _ in range(rounds):
            enough.add(line.broker.pid)
            time.sleep(2)
            if not enough.holds(line.broker.pid):
                feeder.broken.append("the broker did not live within 64 MB")
            peak = max(peak, rss_mb(line.broker.pid)) if line.broker.poll() is None else peak
            line.kill_broker()
            # From its first page on, so that all of it is counted.
            line.under = ["sh", "-c", f'echo $$ > {little.path}/cgroup.procs; exec "$@"', "sh"]
            try:
                line.start_broker()
                wait_for(lambda: line.broker.poll() is not None, 5)
            except RuntimeError:
                pass  # it did not get so far as to be ready
            finally:
                line.under = []
            line.kill_broker()
            line.start_broker()
        killed = must_happen(feeder, "killed at the limit", little.kills())
        return {"rounds": rounds, "RSS max MB": round(peak), "killed at the limit": killed}

    def down():
        enough.close()
        little.close()

    bad, figures = harness.load(line, trouble, context.seed, 400, down)
    harness.clean(line.dir, bad)
    return bad, figures
