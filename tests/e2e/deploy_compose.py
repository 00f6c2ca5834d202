#!/usr/bin/python3
"""The services of deploy/container/compose.yaml, without containers: their very command lines, with other
addresses and directories, make a line over three nats-servers that articles go through.

usage: deploy_compose.py CASE        the function named case_… below; WARTA is the program
"""
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

from line import SOURCE, WARTA, Line, check, skip, wait_for

CONTAINER = os.path.join(SOURCE, "deploy", "container")
ARTICLES = os.path.join(SOURCE, "deploy", "samples.jsonl")
BASE = 20000 + os.getpid() % 8000  # ports: nats-servers, their clusters and monitors, brokers, page


class Composed(Line):
    def __init__(self, services):
        super().__init__()
        self.services = services
        for name in ("keys", "web"):
            os.mkdir(f"{self.dir}/{name}")

    def here(self, text, broker=None):
        """A word of a command, with what is a container's own replaced."""
        for i in (1, 2):
            text = text.replace(f"tcp://broker-{i}:7400", f"tcp://127.0.0.1:{BASE + 40 + 10 * i}")
        text = re.sub(r"nats-(\d)(?=[,?])", lambda m: f"127.0.0.1:{BASE + int(m[1])}", text)
        if broker:
            text = text.replace("0.0.0.0:7400", f"127.0.0.1:{BASE + 40 + 10 * broker}")
        text = text.replace("0.0.0.0:7480", f"127.0.0.1:{BASE + 80}")
        return text.replace("/etc/warta", f"{self.dir}/keys").replace("/var/lib/warta", f"{self.dir}/web")

    def words(self, name, broker=None):
        return [self.here(word, broker) for word in self.services[name]["command"]]

    def nats(self, number):
        """Debian's server is older than sync_interval, which is left out for it."""
        with open(f"{CONTAINER}/nats.conf", encoding="utf-8") as f:
            text = re.sub(r"\n +sync_interval: always", "", f.read())
        for port, offset in ((4222, 0), (6222, 10), (8222, 20)):
            text = text.replace(f"0.0.0.0:{port}", f"127.0.0.1:{BASE + offset + number}")
        text = re.sub(r"nats-(\d):6222", lambda m: f"127.0.0.1:{BASE + 10 + int(m[1])}", text)
        path = f"{self.dir}/nats-{number}.conf"
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace('"/data"', f'"{self.dir}/nats-{number}"'))
        words = [w.replace("/etc/nats/nats.conf", path) for w in self.services[f"nats-{number}"]["command"]]
        self.start("nats-server", *words, stderr=subprocess.DEVNULL)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{BASE + 80}{path}", timeout=30) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, OSError):
            return ""


def case_its_services_make_a_line():
    if shutil.which("nats-server") is None:
        skip("nats-server is not installed")
    try:
        import yaml
    except ImportError:
        skip("Python's yaml is not installed")
    with open(f"{CONTAINER}/compose.yaml", encoding="utf-8") as f:
        line = Composed(yaml.safe_load(f)["services"])
    subprocess.run([f"{CONTAINER}/first-keys", *line.words("keys")], check=True, timeout=60, capture_output=True,
                   env={**os.environ, "WARTA": os.path.abspath(WARTA)})
    for number in (1, 2, 3):
        line.nats(number)
    for number in (1, 2):
        line.start_ready(*line.words(f"broker-{number}", number))
    line.start_ready(*line.words("worker"))
    line.start_ready(*line.words("web"))
    for number in (1, 2):  # what each healthcheck says
        test = line.services[f"broker-{number}"]["healthcheck"]["test"]
        words = [line.here(word) for word in test[test.index("warta") + 1:]]
        said = line.run(*words[:1], "--broker", f"tcp://127.0.0.1:{BASE + 40 + 10 * number}", *words[1:])
        check("state running" in said, f"broker-{number}: {said}")
    with open(ARTICLES, encoding="utf-8") as f:
        text = f.read()
    count = len(text.splitlines())
    line.run(*line.words("feed"), give=text)
    wait_for(lambda: f"\nwarta_web_store_position {count}\n" in line.get("/metrics"), "the page's store has not all articles")
    wait_for(lambda: "\nwarta_web_broker_up 1\n" in line.get("/metrics"), "the page may not ask the broker")
    test = line.services["web"]["healthcheck"]["test"]
    script = test[-1].replace("$$", "$").replace("/7480", f"/{BASE + 80}")
    check(subprocess.run([*test[1:-1], script], check=False, timeout=30).returncode == 0, "the page's healthcheck")
    script = script.replace("/healthz", "/nowhere")
    check(subprocess.run([*test[1:-1], script], check=False, timeout=30).returncode != 0, "a healthcheck of anything")


def main():
    if not os.access(WARTA, os.X_OK):
        skip(f"{WARTA} is not built")
    globals()[f"case_{sys.argv[1]}"]()


main()
