#!/usr/bin/python3
"""warta up: one command for the whole line, and what it does when a part of it dies.

usage: up.py CASE          one of the functions named case_… below; WARTA is the program
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from line import WARTA, Line, articles, cases_of, check, check_records, children, main, wait_for


class Up(Line):
    def up(self, *options, base=None):
        self.state = f"{self.dir}/state"
        ours, theirs = os.pipe()
        with open(f"{self.dir}/log", "ab") as log:
            process = self.start(WARTA, "up", "--state", self.state, "--broker", base or self.base, "-j", "2",
                                 "--ready-fd", theirs, *options, pass_fds=[theirs], stderr=log)
        os.close(theirs)
        check(os.read(ours, 1) == b"\n", f"it is not ready: {self.said()}")
        os.close(ours)
        return process

    def said(self):
        with open(f"{self.dir}/log", encoding="utf-8") as f:
            return f.read()

    def try_up(self, *options):
        return subprocess.run([WARTA, "up", *options], capture_output=True, text=True, timeout=30, check=False)

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
        super().end()


def part(up, name):
    """The pid of a part, by its sub-command; 0 when it does not run."""
    for pid in children(up):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if f.read().split(b"\0")[1] == name.encode():
                    return pid
        except (FileNotFoundError, IndexError):
            pass
    return 0


def case_starts_reads_and_stops():
    line, given = Up(), articles()
    up = line.up()
    line.feed(given)
    check_records(line.tail(), given)
    status = line.ctl("status")
    check(status["state"] == "running" and status["workers"] == "2", f"status says {status}")
    line.run("ctl", "--broker", line.base, "stop")
    check(up.wait(20) == 0, f"exits {up.returncode}")
    check("level=error" not in line.said() and "started again" not in line.said(), line.said())
    again = line.up()  # what it had is there
    check_records(line.tail(), given)
    again.send_signal(signal.SIGTERM)
    check(again.wait(20) == 0, f"exits {again.returncode}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def status_of(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/status", timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


def case_the_page_is_a_part_of_it():
    line, given, port = Up(), articles(), free_port()
    up = line.up("--web", f"127.0.0.1:{port}")
    check(status_of(port), "ready, and there is no page")
    line.feed(given[:3])
    wait_for(lambda: status_of(port)["store"]["position"] == 3, "facts do not come to the page")
    page, broker = part(up, "web"), part(up, "broker")
    os.kill(page, signal.SIGKILL)
    line.feed(given[3:])
    wait_for(lambda: (status_of(port) or {"store": {"position": 0}})["store"]["position"] == len(given),
             "the page does not come back")
    check(part(up, "broker") == broker, "the page's death is the broker's")
    taken = line.try_up("--state", f"{line.dir}/other", "--broker", f"ipc://{line.dir}/other", "--web", f"127.0.0.1:{port}")
    check(taken.returncode == 111 and "in use" in taken.stderr, f"address taken: exits {taken.returncode}: {taken.stderr}")
    wrong = line.try_up("--state", f"{line.dir}/other", "--broker", f"ipc://{line.dir}/other", "--web", "nonsense")
    check(wrong.returncode == 100 and "nonsense" in wrong.stderr, f"no address: exits {wrong.returncode}: {wrong.stderr}")
    pids = children(up)
    check(len(pids) == 3, f"{len(pids)} parts")
    line.run("ctl", "--broker", line.base, "stop")
    check(up.wait(20) == 0, f"exits {up.returncode}")
    check(not any(os.path.exists(f"/proc/{pid}") for pid in pids), "somebody is left behind")


def case_a_part_that_is_killed_starts_again():
    line, given = Up(), articles(20)
    up = line.up()
    for turn, name in enumerate(("worker", "broker", "worker", "broker")):
        line.feed(given[turn::4])
        pid = wait_for(lambda: part(up, name), f"there is no {name}")
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: part(up, name) not in (0, pid), f"the {name} is not started again")
    check_records(line.tail(), given)
    check(line.said().count("is started again") >= 4, "nothing was said of it")
    check(up.poll() is None, "it ended")


def case_killed_itself_it_leaves_nobody_behind():
    line = Up()
    up = line.up()
    pids = wait_for(lambda: [part(up, "broker"), part(up, "worker")] if part(up, "worker") else None, "no worker")
    up.kill()
    up.wait()
    wait_for(lambda: not any(os.path.exists(f"/proc/{p}/fd/0") for p in pids), "parts are left behind")
    line.up()


def case_ctrl_c_on_a_terminal_drains():
    """A terminal signals the whole foreground group: no part may take it for a second signal."""
    line, given = Up(), articles(60)
    with open(f"{line.dir}/log", "ab") as log:
        up = line.start(WARTA, "up", "--state", f"{line.dir}/state", "--broker", line.base, "-j", "2", stderr=log,
                        start_new_session=True)
    wait_for(lambda: "mod=up msg=\"ready\"" in line.said(), "it is not ready")
    wait_for(lambda: line.ctl("status").get("workers") == "2", "no workers")
    check(up.pid not in [os.getpgid(pid) for pid in children(up)], "the terminal signals the parts as well")
    line.feed(given)
    os.killpg(up.pid, signal.SIGINT)
    check(up.wait(20) == 0, f"exits {up.returncode}: {line.said()}")
    line.up()
    check_records(line.tail(), given)
    check("dispatch_deaths 0" in line.run("ctl", "--broker", line.base, "stats"), "workers died")


def case_a_port_in_use_and_a_state_in_use_are_named():
    line = Up()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = line.try_up("--state", f"{line.dir}/other", "--broker", f"tcp://127.0.0.1:{port}")
        check(done.returncode == 111, f"port in use: exits {done.returncode}")
        check(f"tcp://127.0.0.1:{port}: address already in use" in done.stderr.lower(), done.stderr)
    up = line.up()
    done = line.try_up("--state", line.state, "--broker", f"ipc://{line.dir}/second")
    check(done.returncode == 111, f"state in use: exits {done.returncode}")
    check(re.search(rf"held by process {part(up, 'broker')}\b", done.stderr), done.stderr)
    done = line.try_up("--state", "/proc/none", "--broker", line.base)
    check(done.returncode in (100, 111) and "/proc/none" in done.stderr, done.stderr)
    check(line.try_up("--workers", "many").returncode == 100, "a word is a number of workers")
    check(up.poll() is None, "the first one ended")


def case_a_second_signal_ends_it_at_once():
    line = Up()
    up = line.up()
    os.kill(wait_for(lambda: part(up, "broker"), "no broker"), signal.SIGSTOP)
    up.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    check(up.poll() is None, "it does not wait for its parts")
    up.send_signal(signal.SIGTERM)
    up.wait(5)


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
