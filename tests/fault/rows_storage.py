"""Rows in which the disk, the file system or the journal's bytes go wrong."""
import os
import subprocess
import time

import harness
import power as power_cut
from rows import Skipped, counter, must_happen, need, rss_mb, row, script, tampered, tests, traced, wait_for


def power(context, cuts, *words):
    bad, said = [], {}
    for fs in ("ext4", "xfs"):
        wrong, figures = script("power.py", "--cuts", cuts, "--fs", fs, "--seed", context.seed, *words)
        bad += wrong
        said[fs] = figures[""]
    return bad, said


@row("F3", "power cuts under load, ext4 and XFS")
def power_cuts(context):
    return power(context, context.times(3, 100))


@row("F4", "power cuts while the broker makes its journal")
def power_at_first(context):
    return power(context, context.times(3, 30), "--first")


@row("F5", "power cuts, and two more while the broker starts again")
def power_again(context):
    return power(context, context.times(2, 30), "--again", 2)


CALLS = ("pwrite64", "fdatasync", "pwritev", "openat", "ftruncate")


@row("F2", "killed, or told EIO, at each system call of the journal")
def each_call(context):
    need("strace")
    line = context.line()
    # Libraries are opened, too: that a broker does not start without one says nothing.
    plans = [(call, fault, when) for call in CALLS for fault in ("signal=KILL", "error=EIO")
             for when in (range(1, 61) if context.long else context.rng.sample(range(1, 40), 2))
             if fault == "signal=KILL" or call not in ("openat", "ftruncate")]

    def trouble(feeder):
        done = {"indices": len(plans), "killed": 0, "failed calls": 0, "not reached": 0}
        for call, fault, when in plans:
            line.kill_broker()
            try:
                traced(line, "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={when}")
                wait_for(lambda: line.broker.poll() is not None, 1)
            except RuntimeError:
                pass  # before it was ready
            done["killed"] += line.broker.poll() is not None
            failed = tampered(line)
            done["failed calls"] += failed
            done["not reached"] += not failed and line.broker.poll() is None
            line.kill_broker()
            line.start_broker()
        must_happen(feeder, "killed", done["killed"])
        must_happen(feeder, "failed calls", done["failed calls"])
        return done

    return context.load(line, trouble, rate=200)


@row("F9", "fdatasync and pwrite fail once, or until the broker is started anew")
def failing_sync(context):
    need("strace")
    return script("syscall.py", "--rounds", context.times(4, 60), "--seed", context.seed)


@row("F10", "every fdatasync fails until a restart")
def failing_for_good(context):
    need("strace")
    return script("syscall.py", "--rounds", context.times(4, 60), "--calls", "fdatasync", "--seed", context.seed + 1)


@row("F11", "the disk fills up and gets room again, at times with a kill while full")
def disk_full(context):
    return script("disk_full.py", "--rounds", context.times(3, 30), "--seed", context.seed)


@row("F12", "killed and started anew while the disk is full")
def start_full(context):
    return script("disk_full.py", "--rounds", context.times(3, 30), "--kill", "--seed", context.seed)


@row("F13", "short writes")
def short_writes(context):
    need("strace")
    line = context.line()

    def trouble(feeder):
        short = degraded = 0
        for _ in range(context.times(2, 20)):
            line.kill_broker()
            when = context.rng.randrange(1, 30)
            traced(line, "-e", "trace=pwrite64", "-e", f"inject=pwrite64:retval=100:when={when}+{when}")
            time.sleep(2)
            degraded += counter(line, "broker_degraded")
            line.kill_broker()
            short += tampered(line)
            line.start_broker()
        must_happen(feeder, "short writes", short)
        must_happen(feeder, "degraded", degraded)
        return {"short writes": short, "degraded": degraded}

    return context.load(line, trouble, rate=200)


@row("F14", "EINTR on a third of all reads, writes and polls")
def interrupted(context):
    need("strace")
    line = context.line()

    def trouble(feeder):
        line.kill_broker()
        calls = "read,write,poll,epoll_wait,recvmsg,sendmsg"
        traced(line, "-e", f"trace={calls}", "-e", f"inject={calls}:error=EINTR:when=100+3")
        acked = len(feeder.ok)
        time.sleep(context.times(4, 60))
        acked = len(feeder.ok) - acked
        line.kill_broker()
        interruptions = tampered(line)
        line.start_broker()
        must_happen(feeder, "interruptions", interruptions)
        must_happen(feeder, "acked meanwhile", acked)
        return {"interruptions": interruptions, "acked meanwhile": acked}

    return context.load(line, trouble, rate=100)


@row("F15", "a disk that takes 50 ms, then 2 s, for each sync")
def slow_disk(context):
    need("strace")
    line = context.line()

    def trouble(feeder):
        peak = expired = 0
        slow = []
        for delay, seconds in ((50000, context.times(3, 60)), (2000000, context.times(6, 60))):
            line.kill_broker()
            traced(line, "-e", "trace=fdatasync", "-e", f"inject=fdatasync:delay_enter={delay}")
            time.sleep(seconds)
            peak = max(peak, rss_mb(line.broker.pid))
            expired += counter(line, "dispatch_expired")
            line.kill_broker()
            slow.append(must_happen(feeder, f"syncs of {delay // 1000} ms", tampered(line)))
        line.start_broker()
        return {"syncs of 50 ms": slow[0], "of 2 s": slow[1], "RSS max MB": round(peak), "leases expired": expired}

    return context.load(line, trouble, rate=200)


def state_is(line, feeder, wanted, when):
    if not wait_for(lambda: line.status().get("state") == wanted, 20):
        feeder.broken.append(f"{when}: it is {line.status().get('state')}, not {wanted}")


def read_only_for_a_while(context, line, feeder):
    """Every write of the broker is told that the file system is read-only, and then no more."""
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(line.broker.pid), "-e",
                               "trace=pwrite64,pwritev,writev", "-e", "inject=pwrite64,pwritev:error=EROFS"])
    state_is(line, feeder, "degraded", "writes are refused")
    time.sleep(context.rng.uniform(0.5, 2))
    tracer.terminate()
    tracer.wait(10)
    state_is(line, feeder, "running", "writes are taken again")


def read_only_for_good(context, line, feeder, disk):
    """The file system gives up, as ext4 does on an error; the next start finds it so, and the one after sound."""
    subprocess.run(["mount", "-o", "remount,abort", disk.mount], check=True, capture_output=True)
    state_is(line, feeder, "degraded", "the file system is read-only")
    last = int(line.status()["facts_last"])
    if last:
        feeder.broken += harness.replay(line, last, 20).broken
    time.sleep(context.rng.uniform(0, 1.5))
    line.kill_broker()
    try:
        line.start_broker()
        feeder.broken.append("it starts where it cannot write")
    except RuntimeError:
        if line.broker.wait(20) != 111:
            feeder.broken.append(f"started where it cannot write it exits {line.broker.returncode}")
    with open(f"{line.dir}/log", encoding="utf-8", errors="replace") as log:
        if "Read-only file system" not in log.read().splitlines()[-1]:
            feeder.broken.append("the last word is not of the read-only file system")
    disk.down()
    disk.up()
    line.start_broker()


@row("F48", "the file system turns read-only: for a while, for good, and at a start")
def read_only(context):
    need("strace")
    os.environ["PATH"] += ":/sbin:/usr/sbin"
    why = power_cut.missing()
    if why:
        raise Skipped(why)
    line = context.line()
    try:
        disk = power_cut.Disk(line.dir, "ext4")
    except subprocess.CalledProcessError as problem:
        raise Skipped(f"no loop device here: {problem.stderr.decode().strip()}") from problem
    line.journal = f"lmdb:{disk.mount}/journal"
    rounds = context.times(1, 10)

    def trouble(feeder):
        for _ in range(rounds):
            time.sleep(context.rng.uniform(0.5, 1.5))
            read_only_for_a_while(context, line, feeder)
            time.sleep(context.rng.uniform(0.5, 1.5))
            read_only_for_good(context, line, feeder, disk)
        return {"turned": 2 * rounds}

    return context.load(line, trouble, rate=300, down=disk.down)


def delegated(name, about, pattern):
    row(name, about)(lambda _context: tests(pattern))


delegated("F6", "records cut short at every byte", "contract/.*(damage|lmdb)")
delegated("F7", "a byte flipped, anywhere", "contract/test_journal_damage")
delegated("F8", "pages and records zeroed, doubled or swapped", "contract/test_journal_(damage|lmdb)|damaged_journal")
delegated("F16", "the map is full", "e2e/bad_input_a_full_map|contract/test_journal_room")
delegated("F17", "a reader killed in the act", "contract/test_journal_(lmdb|room)")
delegated("F39", "each allocation and each call of the journal fails", "fault/sweep")
delegated("F42", "journals of earlier and later formats", "e2e/bad_input_a_journal_of_a_newer|contract/test_journal_lmdb")
