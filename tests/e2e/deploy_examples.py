#!/usr/bin/python3
"""Every example of an operator's setting, held against the programs: command lines of the documents, units,
image, compose file and manifests; settings files; names of metrics; and what a manifest refers to.

usage: deploy_examples.py CASE        one of the functions named case_… below; WARTA is the program
"""
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys

from line import SOURCE, WARTA, Line, check, skip, wait_for

DEPLOY = os.path.join(SOURCE, "deploy")
SETTINGS = {"broker": "broker", "broker-cluster": "broker", "worker": "worker", "web": "web", "sink": "sink",
            "feed-rss": "feed rss"}


def load(module):
    try:
        return __import__(module)
    except ImportError:
        skip(f"Python's {module} is not installed")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def yaml_of(name):
    return [d for d in load("yaml").safe_load_all(read(os.path.join(DEPLOY, name))) if d]


# ---- command lines ----

def in_documents():
    """Indented lines that begin with warta, to a comment, a pipe or the next command."""
    pages = [p for p in glob.glob(f"{SOURCE}/**/*.md", recursive=True) if not p.startswith(f"{SOURCE}/build")]
    for page in sorted(pages):
        for number, line in enumerate(read(page).splitlines(), 1):
            for part in re.split(r" && | \| ", line.split("  # ")[0].split("   #")[0]):
                found = re.match(r"(?: {3,}|^)(?:sudo )?(?:build/)?warta (\w.*)", part if part != line else line)
                if found and "─" not in line and line.startswith("   "):
                    yield f"{os.path.relpath(page, SOURCE)}:{number}", shlex.split(re.split(r" <| >| {4,}#", found[1])[0])


def in_units():
    for path in sorted(glob.glob(f"{DEPLOY}/systemd/*.service")):
        line = re.search(r"^ExecStart=/usr/bin/warta (.*)$", read(path), re.M)
        yield os.path.basename(path), line[1].replace("%i", "4").split()


def in_compose():
    for name, service in yaml_of("container/compose.yaml")[0]["services"].items():
        if service["image"].startswith("warta:") and "entrypoint" not in service:
            yield f"compose {name}", service["command"]
            test = service["healthcheck"].get("test", [])
            if "warta" in test:
                yield f"compose {name} healthcheck", test[test.index("warta") + 1:]


def containers():
    for name in ("line", "lmdb", "cluster"):
        for document in yaml_of(f"kubernetes/{name}.yaml"):
            if document["kind"] in ("Deployment", "StatefulSet"):
                for container in document["spec"]["template"]["spec"]["containers"]:
                    yield f"{name}.yaml {container['name']}", document, container


def in_manifests():
    for where, _, container in containers():
        if container["image"].startswith("warta:"):
            yield where, container["args"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            command = container.get(probe, {}).get("exec", {}).get("command", ["warta"])
            check(command[0] == "warta", f"{where}: {probe} runs {command[0]}")
            if command[1:]:
                yield f"{where} {probe}", command[1:]


def accept(where, words):
    """The program's own parser takes these words."""
    words = list(map(str, words))
    programs = re.findall(r"^  (\w+) ", subprocess.run([WARTA, "help"], capture_output=True, text=True,
                                                       check=True).stdout, re.M)
    check(words[0] in (*programs, "help", "--help"), f"{where}: no program '{words[0]}'")
    if words[0] in ("help", "--help"):
        return
    for i, word in enumerate(words[:-1]):
        if word == "--config":
            words[i + 1] = f"{DEPLOY}/settings/{os.path.basename(words[i + 1])}"
    at = 2 if words[:2] == ["feed", "rss"] else 1
    done = subprocess.run([WARTA, *words[:at], "--check-config", *words[at:]], capture_output=True, text=True,
                          check=False, timeout=30)
    check(done.returncode == 0 and not done.stderr.strip().startswith("warta: "), f"{where}: {' '.join(words)}: {done.stderr}")
    if words[0] == "ctl":
        usage = subprocess.run([WARTA, "ctl", "--help"], capture_output=True, text=True, check=True).stdout
        commands = set(re.findall(r"^  ([a-z]+)", usage.split("Commands:")[1], re.M))
        commands |= {"feeders", "tails", "resume"}  # not first in their line
        check(commands & set(words), f"{where}: no command of ctl in: {' '.join(words)}")


def case_every_command_line_is_taken_by_its_program():
    given = [*in_documents(), *in_units(), *in_compose(), *in_manifests()]
    for where, words in given:
        accept(where, words)
    kinds = {where.split(":")[0].split(" ")[0] for where, _ in given}
    check({"README.md", "deploy/KEYS.md", "deploy/OPERATE.md", "compose", "cluster.yaml", "warta-broker.service"}
          <= kinds, f"places with no command line: only {sorted(kinds)}")
    print(f"{len(given)} command lines in {len(kinds)} places")


def case_every_settings_file_is_right():
    for path in sorted(glob.glob(f"{DEPLOY}/settings/*.conf")):
        program = SETTINGS[os.path.basename(path)[:-len(".conf")]]
        done = subprocess.run([WARTA, *program.split(), "--config", path, "--check-config"], capture_output=True,
                              text=True, check=False, timeout=30)
        check(done.returncode == 0, f"{path}: {done.stderr}")


# ---- metrics ----

def case_every_metric_that_is_named_is_told():
    import urllib.request
    line = Line()
    line.broker()
    web = f"{line.dir}/web.log"
    with open(web, "w", encoding="utf-8") as log:
        line.start_ready("web", "--broker", line.base, "--database", f"{line.dir}/facts.db", "--listen", "127.0.0.1:0",
                         stderr=log)
    port = re.search(r"port=(\d+)", read(web))[1]

    def told():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        return "\nwarta_web_broker_up 1" in text and "\nwarta_journal_" in text and text
    names = set(re.findall(r"^(warta_\w+)", wait_for(told, "the page never sees the broker"), re.M))
    files = [*glob.glob(f"{DEPLOY}/prometheus/*.yml"), *glob.glob(f"{DEPLOY}/grafana/*.json"),
             *glob.glob(f"{DEPLOY}/kubernetes/*.yaml"), f"{DEPLOY}/OPERATE.md", f"{DEPLOY}/SCALE.md"]
    count = 0
    for path in files:
        for name in re.findall(r"\bwarta_[a-z_]+[a-z]\b", read(path)):
            count += 1
            check(name in names, f"{path}: the line tells no metric {name}")
    check(count > 40, f"only {count} names of metrics are found in deploy/")


# ---- image and compose file ----

def case_the_image_has_what_the_program_needs():
    text = read(f"{DEPLOY}/container/Containerfile").replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line and line[0] != "#"]
    for word, _ in lines:
        check(word in ("FROM", "COPY", "RUN", "USER", "WORKDIR", "VOLUME", "ENTRYPOINT", "CMD"), f"instruction {word}")
    check(all(":" in rest.split()[0] for word, rest in lines if word == "FROM"), "a base image without a tag")
    users = [rest for word, rest in lines if word == "USER"]
    check(users and not users[-1].startswith("0"), "the image runs as root")
    for word, rest in lines:
        if word == "COPY" and "--from" not in rest:
            for source in [w for w in rest.split() if not w.startswith("--")][:-1]:
                check(os.path.exists(os.path.join(SOURCE, source)), f"COPY {source}: is not there")
    if shutil.which("dpkg") is None:
        skip("dpkg is not installed: which packages its libraries are in is not known")
    installed = set(re.findall(r"[\w.+-]+", next(rest for word, rest in reversed(lines) if word == "RUN")))
    needed = subprocess.run(["objdump", "-p", WARTA], capture_output=True, text=True, check=False).stdout
    for library in re.findall(r"NEEDED +(\S+)", needed):
        found = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=False).stdout
        packages = {name.split(":")[0] for name in found.splitlines()}
        check(packages & (installed | {"libc6"}), f"{library}, of {packages or 'no package'}, is not in the image")


def case_the_compose_file_is_sound():
    compose = yaml_of("container/compose.yaml")[0]
    services = compose["services"]
    for name, service in services.items():
        check(re.search(r":[\w.-]+$", service["image"]), f"{name}: image without a tag")
        check(service["read_only"] and service["cap_drop"] == ["ALL"], f"{name}: more rights than it needs")
        check(name == "keys" or "healthcheck" in service, f"{name}: says nothing of its health")
        check(name == "keys" or "mem_limit" in service, f"{name}: memory without a limit")
        for other in service.get("depends_on", {}):
            check(other in services, f"{name} depends on {other}")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            there = os.path.exists(os.path.join(DEPLOY, "container", source)) if source[0] == "." \
                else source in compose["volumes"]
            check(there, f"{name}: no volume {source}")
        for host in re.findall(r"tcp://([\w-]+):", " ".join(service.get("command", []))):
            check(host in services or host == "0", f"{name}: no host {host}")
    done = subprocess.run(["docker-compose", "-f", f"{DEPLOY}/container/compose.yaml", "config", "-q"],
                          capture_output=True, text=True, check=False, timeout=60) \
        if shutil.which("docker-compose") else None
    check(done is None or done.returncode == 0, f"docker-compose config: {done and done.stderr}")
    if done is None:
        skip("docker-compose is not installed; without its schema the file is sound")


def case_the_first_keys_let_a_line_start():
    line = Line()
    keys = yaml_of("container/compose.yaml")[0]["services"]["keys"]["command"]
    os.mkdir(f"{line.dir}/keys")
    for _ in range(2):  # what is there is kept
        subprocess.run([f"{DEPLOY}/container/first-keys", f"{line.dir}/keys", *keys[1:]], check=True, timeout=60,
                       env={**os.environ, "WARTA": WARTA}, capture_output=True)
    line.broker("--key", f"{line.dir}/keys/broker.secret", "--allow", f"{line.dir}/keys/allow")


def case_the_nats_settings_are_taken_by_its_server():
    """Debian's server is older than sync_interval, which is left out for it."""
    if shutil.which("nats-server") is None:
        skip("nats-server is not installed")
    line = Line()
    maps = [d["data"]["nats.conf"] for d in yaml_of("kubernetes/cluster.yaml") if d["kind"] == "ConfigMap"]
    for number, text in enumerate([read(f"{DEPLOY}/container/nats.conf"), *maps]):
        check("max_payload: 8MB" in text, "max_payload")
        path = f"{line.dir}/{number}.conf"
        with open(path, "w", encoding="utf-8") as f:
            f.write(re.sub(r"\n +sync_interval: always", "", text))
        done = subprocess.run(["nats-server", "-t", "-c", path], capture_output=True, text=True, check=False, timeout=30)
        check(done.returncode == 0, f"{done.stderr}")


def main():
    if not os.access(WARTA, os.X_OK):
        skip(f"{WARTA} is not built")
    globals()[f"case_{sys.argv[1]}"]()


main()
