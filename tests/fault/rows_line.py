"""Rows in which processes of the line die, stop, hang, lie or are told to end."""
import glob
import os
import signal
import subprocess
import time

import msgpack
import zmq

import harness
from rows import Skipped, counter, must_happen, row, tests, wait_for


@row("F1", "kill -9 of the broker under load")
def kill_broker(context):
    line, kills = context.line(), context.times(20, 500)

    def trouble(_feeder):
        for _ in range(kills):
            time.sleep(context.rng.uniform(0.05, 0.8))
            line.kill_broker()
            line.start_broker()
        return {"kills": kills}

    return context.load(line, trouble)


@row("F18", "kill -9 of workers under load")
def kill_workers(context):
    line, kills = context.line(broker_options=["--deaths", 1000]), context.times(20, 500)

    def trouble(feeder):
        for _ in range(kills):
            time.sleep(context.rng.uniform(0.05, 0.5))
            line.kill_worker(context.rng)
        deaths = counter(line, "dispatch_deaths")
        must_happen(feeder, "deaths counted", deaths)
        return {"kills": kills, "deaths counted": deaths}

    return context.load(line, trouble)


@row("F19", "a worker stopped for three leases, then going on")
def stop_worker(context):
    line, stops = context.line(broker_options=["--lease", "700ms"]), context.times(3, 30)

    def trouble(feeder):
        wait_for(lambda: len(line.worker_pids()) == line.workers)
        for _ in range(stops):
            pid = context.rng.choice(line.worker_pids())
            os.kill(pid, signal.SIGSTOP)
            time.sleep(2.1)
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.5)
        silent, late = counter(line, "broker_silent"), counter(line, "dispatch_stale")
        must_happen(feeder, "gone silent", silent)
        return {"stops": stops, "gone silent": silent, "late results": late}

    return context.load(line, trouble, rate=200)


# Text that has to be normalised carries so many accents: see tests/e2e/escape.c.
ACCENT, CRASH, SPIN = "\u0301", 17, 18


def poison(name, accents):
    return {"id": name, "language": "id", "text": f"Kaf{'e' + ACCENT * accents} dibuka di Jakarta."}


def put(line, *articles):
    """Puts and waits for the answer; the positions."""
    sock = zmq.Context.instance().socket(zmq.DEALER)
    sock.setsockopt(zmq.LINGER, 0)
    sock.connect(line.door("feed"))
    sock.send_multipart([b"PUT", b"t", *map(msgpack.packb, articles)])
    if not sock.poll(10000):
        raise RuntimeError("no answer to a PUT")
    answer = sock.recv_multipart()
    sock.close()
    return [r["seq"] for r in msgpack.unpackb(answer[2])["results"]]


def poisoned_line(context, **options):
    """A line whose workers crash or spin where an article says so."""
    library = os.path.join(os.path.dirname(os.path.abspath(harness.WARTA)), "tests/e2e/libescape.so")
    if not os.path.exists(library):
        raise Skipped("tests/e2e/libescape.so is not beside the program")
    line = context.line(**options)
    line.pool_environment = {"LD_PRELOAD": library}
    return line


def letters(line):
    return [l for l in line.ctl("dead").stdout.splitlines() if "poison" in l]


@row("F20", "a worker that hangs while it beats")
def hang(context):
    line = poisoned_line(context, worker_options=["--deadline", "200ms"])

    def trouble(_feeder):
        begun = time.monotonic()
        put(line, poison("poison-spin", SPIN))
        if not wait_for(lambda: letters(line), 60):
            raise RuntimeError("the article that hangs is no dead letter within 60 s")
        return {"ms to the dead letter": round((time.monotonic() - begun) * 1000)}

    return context.load(line, trouble, rate=100)


@row("F21", "all workers die: articles wait, none is blamed that nobody had")
def all_die(context):
    line, rounds = context.line(broker_options=["--deaths", 1000]), context.times(3, 30)

    def trouble(feeder):
        for _ in range(rounds):
            line.pool.kill()
            line.pool.wait()
            if not wait_for(lambda: line.status().get("workers") == "0", 10):
                feeder.broken.append("the broker knows workers that are gone for 10 s")
            line.start_pool()
            time.sleep(0.5)
        return {"rounds": rounds, "deaths counted": counter(line, "dispatch_deaths")}

    return context.load(line, trouble, rate=200)


def poison_row(context, restart):
    line, count = poisoned_line(context), context.times(2, 20)
    # Two deaths each, and a worker that died pauses up to 5 s before it is there again. At the end
    # dead letters are put back, and it all happens once more.
    line.patience_s = 60 + 10 * count

    def trouble(feeder):
        for i in range(count):
            put(line, poison(f"poison-{i}", CRASH))
            if restart:
                time.sleep(context.rng.uniform(0, 0.4))
                line.kill_broker()
                line.start_broker()
        if not wait_for(lambda: len(letters(line)) >= count, line.patience_s):
            raise RuntimeError(f"{len(letters(line))} of {count} are dead letters")
        innocent = counter(line, "journal_dead") - count
        if innocent:
            feeder.broken.append(f"{innocent} articles beside the poisoned ones are dead letters")
        return {"poisoned": count, "deaths counted": counter(line, "dispatch_deaths"),
                "workers": len(line.worker_pids())}

    return context.load(line, trouble, rate=100)


@row("F22", "an article that kills every worker that reads it")
def poisoned(context):
    return poison_row(context, False)


@row("F23", "the same, the broker killed between the attempts")
def poisoned_with_restarts(context):
    return poison_row(context, True)


LIES = ("noise", "record", "token", "twice", "none")


def lie_about(rng, which, job, article):
    """The lease and the entry that a liar gives back."""
    if which == "token":
        return os.urandom(16), article
    entry = rng.randbytes(60) if which == "noise" else msgpack.packb([{"kind": "lie"}])
    return job["lease"], entry


def liar(line, rng, seconds):
    """A worker that answers with garbage, with others' tokens, twice, or not at all. How often it did what."""
    sock = zmq.Context.instance().socket(zmq.DEALER)
    sock.setsockopt(zmq.LINGER, 0)
    sock.connect(line.door("work"))
    ready = {"v": 1, "name": "liar", "extractor": "liar-1", "credit": 4, "languages": ["id"]}
    sock.send_multipart([b"READY", msgpack.packb(ready)])
    until, lies = time.monotonic() + seconds, dict.fromkeys(LIES, 0)
    while time.monotonic() < until:
        if not sock.poll(100):
            sock.send_multipart([b"BEAT", msgpack.packb({})])
            continue
        command, *frames = sock.recv_multipart()
        if command == b"ERROR" and msgpack.unpackb(frames[0])["code"] == "usage":
            sock.send_multipart([b"READY", msgpack.packb(ready)])
        for job, article in zip(msgpack.unpackb(frames[0])["jobs"], frames[1:]) if command == b"JOB" else ():
            which = rng.choice(LIES)
            lies[which] += 1
            lease, entry = lie_about(rng, which, job, article)
            for _ in range({"none": 0, "twice": 2}.get(which, 1)):
                sock.send_multipart([b"DONE", msgpack.packb({"jobs": [{"lease": lease}]}), entry])
    sock.send_multipart([b"BYE", msgpack.packb({})])
    sock.close()
    return lies


@row("F24", "a worker that lies")
def lying(context):
    # It would be benched for its failures; here it is to go on.
    line = context.line(broker_options=["--lease", "300ms", "--failures", 1000, "--worker-failures", 0])

    def trouble(feeder):
        lies = liar(line, context.rng, context.times(5, 60))
        for which, count in lies.items():
            must_happen(feeder, f"lies of the kind {which}", count)
        # What each kind must have come to: an entry that is none fails its job, the second of two
        # answers and a token of its own making are stale, and no answer is a lease that runs out.
        seen = {name: counter(line, f"dispatch_{name}") for name in ("failed", "stale", "expired")}
        if seen["failed"] < lies["noise"] + lies["record"]:
            feeder.broken.append(f"entries that are none were believed: {lies}, {seen}")
        if seen["stale"] < lies["token"] + lies["twice"]:
            feeder.broken.append(f"tokens that are none were believed: {lies}, {seen}")
        must_happen(feeder, "leases expired", seen["expired"])
        return {"lies": sum(lies.values()), **seen}

    return context.load(line, trouble, rate=200)


@row("F25", "the feeder killed between send and answer")
def kill_feeder(_context):
    return tests("e2e/feed_(killed_at_any_time|a_checkpoint_survives)")


@row("F35", "the broker's wall clock a year ahead or behind")
def clock(context):
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise Skipped("libfaketime is not installed")
    library = found[0]
    line, rounds = context.line(), context.times(2, 10)

    def trouble(feeder):
        expired, off = 0, []
        for i in range(rounds):
            time.sleep(0.5)
            line.kill_broker()
            line.under = ["env", f"LD_PRELOAD={library}", f"FAKETIME={['+1y', '-1y'][i % 2]}"]
            line.start_broker()
            line.under = []
            time.sleep(1)
            expired += counter(line, "dispatch_expired")
            off.append(abs(counter(line, "journal_flushed_ms") / 1000 - time.time()) / 86400)
        must_happen(feeder, "days off at least", round(min(off)))
        return {"jumps": rounds, "days off at least": round(min(off)), "expired leases": expired}

    return context.load(line, trouble, rate=200)


@row("F36", "the whole broker frozen")
def freeze(context):
    seconds = context.times(4, 60)
    line = context.line(broker_options=["--lease", "2s"])

    def trouble(feeder):
        time.sleep(1)
        line.broker.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        line.broker.send_signal(signal.SIGCONT)
        time.sleep(2)
        stalls = counter(line, "broker_stalls")
        must_happen(feeder, "stalls seen", stalls)
        return {"seconds": seconds, "results collected twice": counter(line, "collect_duplicate"),
                "stalls seen": stalls}

    return context.load(line, trouble, rate=200)


@row("F40", "SIGTERM, SIGINT and SIGHUP at any time, some twice")
def signals(context):
    line, rounds, drains = context.line(), context.times(8, 100), []

    def trouble(feeder):
        for _ in range(rounds):
            time.sleep(context.rng.uniform(0.05, 0.8))
            line.broker.send_signal(signal.SIGHUP)
            twice, begun = context.rng.random() < 0.3, time.monotonic()
            which = context.rng.choice([signal.SIGTERM, signal.SIGINT])
            line.broker.send_signal(which)
            if twice:
                time.sleep(context.rng.uniform(0, 0.05))
                line.broker.send_signal(which)
            code = line.broker.wait(30)
            drains.append((time.monotonic() - begun) * 1000)
            if code != 0 and not twice:
                feeder.broken.append(f"the broker exits {code} when told to end")
            line.start_broker()
        return {"signals": rounds, "drain max ms": round(max(drains))}

    return context.load(line, trouble)


@row("F41", "two brokers on one journal")
def two_brokers(context):
    line = context.line()

    def trouble(feeder):
        second = subprocess.run([harness.WARTA, "broker", "--listen", f"ipc://{line.dir}/second", "--journal",
                                 line.journal], capture_output=True, text=True, timeout=30, check=False)
        if second.returncode == 0 or "is held by process" not in second.stderr + second.stdout:
            feeder.broken.append(f"the second broker exits {second.returncode}: {second.stderr.strip()}")
        return {"the second says": second.stderr.strip().rsplit("msg=", 1)[-1][:120]}

    return context.load(line, trouble)


@row("F47", "soak: kills, stops and signals mixed, with one seed")
def soak(context):
    line, until = context.line(broker_options=["--deaths", 1000]), time.monotonic() + context.times(15, 900)

    def trouble(feeder):
        done = {"broker kills": 0, "worker kills": 0, "stops": 0, "drains": 0}
        while time.monotonic() < until:
            time.sleep(context.rng.uniform(0.05, 0.6))
            what = context.rng.choice(list(done))
            done[what] += 1
            if what == "broker kills":
                line.kill_broker()
                line.start_broker()
            elif what == "worker kills":
                line.kill_worker(context.rng)
            elif what == "drains":
                line.broker.terminate()
                line.broker.wait(30)
                line.start_broker()
            else:
                line.broker.send_signal(signal.SIGSTOP)
                time.sleep(context.rng.uniform(0, 2))
                line.broker.send_signal(signal.SIGCONT)
        for what, count in done.items():
            must_happen(feeder, what, count)
        return done

    return context.load(line, trouble)
