#!/usr/bin/python3
"""The systemd units of deploy/, without systemd: read by systemd-analyze, and the whole line
started as they say, under their filters of system calls, by a supervisor that listens as systemd does.

usage: deploy_units.py CASE                one of the functions named case_… below; WARTA is the program
       deploy_units.py --under UNIT WORD…  run a program under the filters of a unit
"""
import ctypes
import glob
import http.server
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading

from line import SOURCE, WARTA, Line, check, skip, wait_for

UNITS = os.path.join(SOURCE, "deploy", "systemd")
SETTINGS = os.path.join(SOURCE, "deploy", "settings")
EXPOSURE_MOST = 15  # tenths of systemd-analyze's figure, of 100
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM, EAFNOSUPPORT = 1, 97
EQUAL, MASKED_EQUAL = 4, 7  # SCMP_CMP_…
PROT_WRITE, PROT_EXEC = 2, 4
ARTICLE = ("Jakarta (10/3/2025) - Menteri Keuangan Sri Mulyani mengatakan ekonomi tumbuh 5,1 persen pada 2024. "
           "\"Kami tetap optimistis,\" kata Sri Mulyani di Jakarta, Senin.")


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    """A filter of system calls, by libseccomp."""

    def __init__(self, otherwise):
        self.lib = ctypes.CDLL("libseccomp.so.2")
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                                    ctypes.c_void_p]
        self.context = ctypes.c_void_p(self.lib.seccomp_init(ctypes.c_uint32(otherwise)))

    def rule(self, action, name, *compare):
        number = self.lib.seccomp_syscall_resolve_name(name.encode())
        if number == -1:  # of another architecture
            return
        array = (Compare * len(compare))(*compare) if compare else None
        check(self.lib.seccomp_rule_add_array(self.context, action, number, len(compare), array) == 0,
              f"no rule for {name}")

    def load(self):
        check(self.lib.seccomp_load(self.context) == 0, "the filter does not load")


def settings_of(unit):
    """[(key, value)] of a unit's [Service]."""
    with open(os.path.join(UNITS, unit), encoding="utf-8") as f:
        service = f.read().split("[Service]\n")[1].split("\n[")[0]
    return [tuple(line.split("=", 1)) for line in service.splitlines() if line and line[0] != "#"]


def expand(name):
    """The calls of @a-set, or a call itself."""
    if name[0] != "@":
        return {name}
    out = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
    calls = set()
    for word in out.stdout.split("\n")[1:]:
        word = word.strip()
        if word and word[0] != "#":
            calls |= expand(word)
    return calls


def run_under(unit, words):
    given = settings_of(unit)
    allowed = set()
    for key, value in given:
        if key == "SystemCallFilter":
            take = value[0] == "~"
            named = set().union(*map(expand, value.lstrip("~").split()))
            allowed = allowed - named if take else allowed | named
    check(allowed, f"{unit} has no SystemCallFilter=")
    families = [int(getattr(socket, f)) for f in dict(given)["RestrictAddressFamilies"].split()]
    first = Filter(ALLOW)
    for family in range(64):
        if family not in families:
            first.rule(ERRNO | EAFNOSUPPORT, "socket", Compare(0, EQUAL, family, 0))
    both = PROT_WRITE | PROT_EXEC
    first.rule(ERRNO | EPERM, "mmap", Compare(2, MASKED_EQUAL, both, both))
    first.rule(ERRNO | EPERM, "mprotect", Compare(2, MASKED_EQUAL, PROT_EXEC, PROT_EXEC))
    second = Filter(ERRNO | EPERM)
    for name in sorted(allowed):
        second.rule(ALLOW, name)
    first.load()
    second.load()
    os.execv(words[0], words)


class Machine(Line):
    """/etc/warta, keys and services as deploy/OPERATE.md makes them, in a scratch directory."""

    def __init__(self):
        super().__init__()
        self.etc = f"{self.dir}/etc"
        self.heard = {}
        os.mkdir(self.etc)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1] % 20000 + 10000
        for path in glob.glob(f"{SETTINGS}/*.conf"):
            with open(path, encoding="utf-8") as f, \
                 open(f"{self.etc}/{os.path.basename(path)}", "w", encoding="utf-8") as out:
                out.write(self.here(f.read()))
        roles = {"broker": None, "worker": "worker", "web": "consumer,observer", "feed-rss": "feeder",
                 "sink-desk": "consumer", "me": "operator", "agency": "feeder"}
        with open(f"{self.etc}/allow", "w", encoding="utf-8") as allow:
            for name, role in roles.items():
                self.run("ctl", "keygen", name, "--dir", self.etc)
                with open(f"{self.etc}/{name}.public", encoding="ascii") as key:
                    if role:
                        allow.write(f"{role} {name} {key.read().strip()}\n")

    def here(self, text):
        text = text.replace("/var/lib/warta", f"{self.dir}/lib").replace("/etc/warta", self.etc)
        return text.replace(":7400", f":{self.port}").replace(":7480", f":{self.port + 80}")

    def as_(self, name):
        return ["--broker", f"tcp://127.0.0.1:{self.port}", "--key", f"{self.etc}/{name}.secret",
                "--server-key", f"{self.etc}/broker.public"]

    def service(self, unit, instance="", more=()):
        """Start a unit as systemd would, and wait until it says that it is ready."""
        name = unit.replace("@", f"@{instance}")
        given = settings_of(unit)
        known = {key: self.here(value.replace("%i", instance)) for key, value in given}
        state = f"{self.dir}/lib{known.get('StateDirectory', name)[len('warta'):]}"
        credentials = f"{self.dir}/credentials/{name}"
        os.makedirs(state, exist_ok=True)
        os.makedirs(credentials)
        key, path = known["LoadCredential"].split(":")
        shutil.copy(path, f"{credentials}/{key}")
        environment = {**os.environ, "NOTIFY_SOCKET": f"@warta-{os.getpid()}-{name}",
                       "CREDENTIALS_DIRECTORY": credentials, "STATE_DIRECTORY": state}
        if "Environment" in known:
            variable, value = shlex.split(known["Environment"])[0].split("=", 1)
            environment[variable] = value
        words = []
        for word in known["ExecStart"].split():
            if re.fullmatch(r"\$[A-Z]+", word):
                words += environment[word[1:]].split()
            else:
                words.append(re.sub(r"\$\{(\w+)\}", lambda m: environment[m[1]], word))
        check(words[0] == "/usr/bin/warta" and known["Type"] == "notify", f"{unit}: {words[0]}, {known['Type']}")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind("\0" + environment["NOTIFY_SOCKET"][1:])
        notify.settimeout(60)
        process = self.start(sys.executable, "-B", __file__, "--under", unit, WARTA, *words[1:], *more, env=environment)
        process.notify, process.name = notify, name
        check(notify.recv(256) == b"READY=1", f"{name} does not say that it is ready")
        return process


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            skip(f"{program} is not installed")


def case_systemd_reads_the_units_and_finds_them_closed():
    need("systemd-analyze")
    line = Line()
    for path in sorted(glob.glob(f"{UNITS}/*.service")):
        name = os.path.basename(path)
        with open(path, encoding="utf-8") as f:
            text = f.read().replace("/usr/bin/warta ", f"{os.path.abspath(WARTA)} ")
        copy = f"{line.dir}/{name}"
        with open(copy, "w", encoding="utf-8") as f:
            f.write(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True,
                              check=False, timeout=60)
        said = [said for said in done.stderr.splitlines() if name.split("@")[0].split(".")[0] in said]
        check(done.returncode == 0 and not said, f"systemd-analyze verify {name}: {done.stderr}")
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MOST}",
                               "--no-pager", copy], capture_output=True, text=True, check=False, timeout=60)
        if "unrecognized option" in done.stderr:
            skip("systemd-analyze is too old for security --offline")
        print(done.stdout.strip().splitlines()[-1])
        check(done.returncode == 0, f"{name} is exposed by more than {EXPOSURE_MOST / 10}")


class Feed(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        item = f"<item><title>Ekonomi</title><link>http://127.0.0.1/a</link><description>{ARTICLE}</description></item>"
        body = f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>'.encode()
        self.send_response(200 if self.path == "/rss" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def case_the_line_runs_under_the_units():
    need("systemd-analyze")
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        skip("libseccomp is not installed")
    machine = Machine()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(f"{machine.etc}/feeds.txt", "w", encoding="utf-8") as f:
        f.write(f"http://127.0.0.1:{server.server_port}/rss\n")
    services = [machine.service("warta-broker.service"),
                machine.service("warta-worker@.service", "2"),
                machine.service("warta-web.service"),
                machine.service("warta-sink@.service", "desk"),
                machine.service("warta-feed-rss.service", more=("--allow-private", "--pages", "never")),
                machine.service("warta-worker@.service", "1")]
    article = json.dumps({"id": "a", "source": "example.com", "text": ARTICLE})
    machine.run("feed", *machine.as_("agency"), "--quiet", "-", give=article + "\n")

    def articles():
        db = sqlite3.connect(f"file:{machine.dir}/lib-sink-desk/facts.db?mode=ro", uri=True)
        return db.execute("SELECT count(*) FROM articles").fetchone()[0]
    wait_for(lambda: articles() == 2, "the sink has not both articles, that of the feed and that of the feeder")
    for process in reversed(services):
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        check(code == 0, f"{process.name} ends with {code}")
        if process.name != "warta-worker@1.service":  # it reads itself, and has no way left to speak
            check(process.notify.recv(256) == b"STOPPING=1", f"{process.name} does not say that it stops")


def main():
    if len(sys.argv) > 3 and sys.argv[1] == "--under":
        run_under(sys.argv[2], sys.argv[3:])
    if not os.access(WARTA, os.X_OK):
        skip(f"{WARTA} is not built")
    globals()[f"case_{sys.argv[1]}"]()


main()
