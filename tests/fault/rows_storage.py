"""Rows in which the disk, the file system or the journal's bytes go wrong."""
import time

from rows import counter, need, rss_mb, row, script, tests


@row("F3", "power cuts under load, ext4 and XFS")
def power(context):
    cuts, bad, said = context.times(3, 100), [], {}
    for fs in ("ext4", "xfs"):
        wrong, figures = script("power.py", "--cuts", cuts, "--fs", fs, "--seed", context.seed)
        bad += wrong
        said[fs] = figures[""]
    return bad, said


def traced(line, words):
    """The broker under strace, which is its child, so that what is killed is the broker."""
    line.under = ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", f"{line.dir}/strace", *words]
    line.start_broker()
    line.under = []


@row("F9", "fdatasync and pwrite fail once, or until the broker is started anew")
def failing_sync(context):
    need("strace")
    return script("syscall.py", "--rounds", context.times(4, 60), "--seed", context.seed)


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

    def trouble(_feeder):
        for _ in range(context.times(2, 20)):
            line.kill_broker()
            when = context.rng.randrange(1, 30)
            traced(line, ["-e", "trace=pwrite64", "-e", f"inject=pwrite64:retval=100:when={when}+{when}"])
            time.sleep(2)
        line.kill_broker()
        line.start_broker()
        return {"degraded": counter(line, "broker_degraded")}

    return context.load(line, trouble, rate=200)


@row("F14", "EINTR on a third of all reads, writes and polls")
def interrupted(context):
    need("strace")
    line = context.line()

    def trouble(_feeder):
        line.kill_broker()
        calls = "read,write,poll,epoll_wait,recvmsg,sendmsg"
        traced(line, ["-e", f"trace={calls}", "-e", f"inject={calls}:error=EINTR:when=100+3"])
        time.sleep(context.times(4, 60))
        line.kill_broker()
        line.start_broker()
        return {}

    return context.load(line, trouble, rate=100)


@row("F15", "a disk that takes 50 ms, then 2 s, for each sync")
def slow_disk(context):
    need("strace")
    line = context.line()

    def trouble(_feeder):
        peak = 0
        for delay, seconds in ((50000, context.times(3, 60)), (2000000, context.times(6, 60))):
            line.kill_broker()
            traced(line, ["-e", "trace=fdatasync", "-e", f"inject=fdatasync:delay_enter={delay}"])
            time.sleep(seconds)
            peak = max(peak, rss_mb(line.broker.pid))
        expired = counter(line, "dispatch_expired")
        line.kill_broker()
        line.start_broker()
        return {"RSS max MB": round(peak), "leases expired": expired}

    return context.load(line, trouble, rate=200)


def delegated(name, about, pattern):
    row(name, about)(lambda _context: tests(pattern))


delegated("F6", "records cut short at every byte", "contract/.*(damage|lmdb)")
delegated("F16", "the map is full", "e2e/bad_input_a_full_map|contract/test_journal_room")
delegated("F42", "journals of earlier and later formats", "e2e/bad_input_a_journal_of_a_newer|contract/test_journal_lmdb")
