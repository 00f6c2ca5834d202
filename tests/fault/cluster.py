#!/usr/bin/env python3
"""Three nats-servers and two brokers in network namespaces, under load, and what may happen
to them: a node killed, a broker killed, two parted, all nodes restarted one by one, a
node's store wiped, the majority down, a broker cut off from all nodes. Then the
checker.

usage: cluster.py [--rounds N] [--seed N] [--only KIND|--without KIND] [--cut-s S] [--keep]
(needs root, nats-server)
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import harness
import rows

NODES, BROKERS = 3, 2
NETWORK = "10.213.77"


def run(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True)


class Network:
    """A switch and hosts on it, each a network namespace."""

    def __init__(self, tag, hosts):
        self.tag, self.hosts = tag, hosts
        self.switch = f"{tag}-switch"
        self.address = {host: f"{NETWORK}.{10 + i}" for i, host in enumerate(hosts)}
        run("ip", "netns", "add", self.switch)
        run("ip", "-n", self.switch, "link", "add", "name", "switch", "type", "bridge")
        run("ip", "-n", self.switch, "link", "set", "switch", "up")
        for i, host in enumerate(hosts):
            name = self.name(host)
            run("ip", "netns", "add", name)
            run("ip", "-n", self.switch, "link", "add", "name", f"p{i}", "type", "veth", "peer", "name", "eth0")
            run("ip", "-n", self.switch, "link", "set", "eth0", "netns", name)
            run("ip", "-n", self.switch, "link", "set", f"p{i}", "master", "switch", "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "addr", "add", f"{self.address[host]}/24", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")

    def name(self, host):
        return f"{self.tag}-{host}"

    def inside(self, host):
        """Words before a command that is to run on this host."""
        return ["ip", "netns", "exec", self.name(host)]

    def part(self, one, other):
        for here, there in ((one, other), (other, one)):
            rules = (f"table inet part {{\nchain heard {{\ntype filter hook input priority 0;\n"
                     f"ip saddr {self.address[there]} drop\n}}\n}}\n")
            subprocess.run([*self.inside(here), "nft", "-f", "-"], input=rules, text=True, check=True)

    def heal(self):
        for host in self.hosts:
            run(*self.inside(host), "nft", "flush", "ruleset", check=False)

    def down(self):
        for host in [*self.hosts, "switch"]:
            run("ip", "netns", "del", self.name(host), check=False)


class Nats:
    """The servers."""

    def __init__(self, network, directory):
        self.network, self.dir = network, directory
        self.process = [None] * NODES
        routes = ", ".join(f'"nats://{network.address[f"n{i}"]}:6222"' for i in range(NODES))
        for i in range(NODES):
            address = network.address[f"n{i}"]
            with open(f"{directory}/n{i}.conf", "w", encoding="ascii") as f:
                f.write(f'server_name: n{i}\nlisten: "{address}:4222"\nhttp: "{address}:8222"\nmax_payload: 8MB\n'
                        f'jetstream {{ store_dir: "{directory}/n{i}" }}\n'
                        f'cluster {{ name: warta, listen: "{address}:6222", routes: [{routes}] }}\n')
        self.log = open(f"{directory}/nats.log", "ab")

    def start(self, i):
        self.process[i] = subprocess.Popen(
            [*self.network.inside(f"n{i}"), "nats-server", "-c", f"{self.dir}/n{i}.conf"],
            stdout=self.log, stderr=self.log)

    def kill(self, i, how=signal.SIGKILL):
        self.process[i].send_signal(how)
        self.process[i].wait()

    def wipe(self, i):
        shutil.rmtree(f"{self.dir}/n{i}")

    def groups_of(self, i):
        """What server i says of its streams and of the consumer "work": name to group of replicas; None: nothing."""
        url = f"http://{self.network.address[f'n{i}']}:8222/jsz?streams=1&consumers=1"
        code = f"import urllib.request as u; print(u.urlopen('{url}', timeout=1).read().decode())"
        said = run(*self.network.inside(f"n{i}"), sys.executable, "-c", code, check=False)
        if said.returncode != 0:
            return None
        said = json.loads(said.stdout)
        if not said.get("meta_cluster", {}).get("leader"):
            return None
        streams = [s for account in said.get("account_details", []) for s in account.get("stream_detail", [])]
        workers = [c for s in streams for c in s.get("consumer_detail", []) if c["name"] == "work"]
        return {one["name"]: one.get("cluster", {}) for one in streams + workers}

    def why_not_healthy(self):
        """None: the leader of each stream and of "work" has all replicas where it is. Other consumers are readers that
        brokers make and forget, of which a 2.9 server at times says for ever that they are not current."""
        said = [self.groups_of(i) for i in range(NODES)]
        for i, groups in enumerate(said):
            if groups is None or set(groups) != set(said[0]):
                return f"n{i}: {groups and sorted(groups)}"
        for name in said[0]:
            leads = [groups[name] for i, groups in enumerate(said) if groups[name].get("leader") == f"n{i}"]
            current = [r for lead in leads for r in lead.get("replicas") or [] if r["current"] and not r.get("offline")]
            if len(leads) != 1 or len(current) != NODES - 1:
                return f"{name}: {leads}"
        return None

    def wait_healthy(self, timeout=60):
        until = time.monotonic() + timeout
        while why := self.why_not_healthy():
            if time.monotonic() > until:
                raise RuntimeError(f"the servers are not healthy after {timeout} s: {why}")
            time.sleep(0.3)

    def stop(self):
        for process in self.process:
            if process and process.poll() is None:
                process.kill()
                process.wait()
        self.log.close()


class Cluster(harness.Line):
    """Two brokers over the servers, with a pool of workers each; sockets are files, so that feeder, workers and
    consumer are outside of the namespaces."""

    def __init__(self, directory, network, nats, journal):
        super().__init__(directory, journal)
        self.network, self.nats = network, nats
        self.brokers, self.pools = [None] * BROKERS, [None] * BROKERS
        for i in range(BROKERS):
            os.makedirs(f"{directory}/b{i}", mode=0o700)

    def base_of(self, i):
        return f"ipc://{self.dir}/b{i}"

    def doors(self, name):
        return [f"{self.base_of(i)}/{name}" for i in range(BROKERS)]

    def start_one(self, i):
        self.base, self.under = self.base_of(i), self.network.inside(f"b{i}")
        super().start_broker()
        self.brokers[i] = self.broker
        self.base = self.base_of(0)

    def start_broker(self, timeout=30):
        for i in range(BROKERS):
            self.start_one(i)

    def start_pool(self):
        for i in range(BROKERS):
            self.base = self.base_of(i)
            super().start_pool()
            self.pools[i] = self.pool
        self.base = self.base_of(0)

    def wait_idle(self, timeout=120):
        """A broker hears of an entry a moment after the article is finished, of others' a moment later."""
        until = time.monotonic() + timeout
        status = super().wait_idle(timeout)
        while time.monotonic() < until:
            time.sleep(2)
            before, status = status, super().wait_idle(timeout)
            if before["facts_last"] == status["facts_last"]:
                return status
        raise RuntimeError(f"facts still come after {timeout} s: {status}")

    def kill_one(self, i):
        self.brokers[i].kill()
        self.brokers[i].wait()

    def stop(self):
        for process in [*self.pools, *self.brokers]:
            if process and process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.log.close()


# ---- what may happen; each ends with everything up again ----


def node_killed(line, rng):
    i = rng.randrange(NODES)
    line.nats.kill(i)
    time.sleep(rng.uniform(0.5, 6))
    line.nats.start(i)


def broker_killed(line, rng):
    i = rng.randrange(BROKERS)
    line.kill_one(i)
    time.sleep(rng.uniform(0, 3))
    line.start_one(i)


def parted(line, rng):
    one, other = rng.sample(line.network.hosts, 2)
    line.network.part(one, other)
    time.sleep(rng.uniform(2, 12))
    line.network.heal()


def rolling(line, rng):
    for i in rng.sample(range(NODES), NODES):
        line.nats.kill(i, signal.SIGTERM)
        line.nats.start(i)
        line.nats.wait_healthy()


def wiped(line, rng):
    i = rng.randrange(NODES)
    line.nats.kill(i)
    line.nats.wipe(i)
    line.nats.start(i)


def majority_down(line, rng):
    nodes = rng.sample(range(NODES), 2)
    for i in nodes:
        line.nats.kill(i)
    time.sleep(rng.uniform(5, 14))
    for i in nodes:
        line.nats.start(i)


def cut_off(line, rng):
    """A broker from all servers; the other one goes on."""
    i = rng.randrange(BROKERS)
    for n in range(NODES):
        line.network.part(f"b{i}", f"n{n}")
    time.sleep(line.cut_s or rng.uniform(5, 20))
    line.network.heal()


KINDS = {"node": node_killed, "broker": broker_killed, "part": parted, "rolling": rolling, "wipe": wiped,
         "majority": majority_down, "cut": cut_off}


def flows(feeder, seconds=60):
    """Wait until articles are acknowledged again."""
    before, until = len(feeder.ok), time.monotonic() + seconds
    while len(feeder.ok) < before + 50:
        if time.monotonic() > until:
            raise RuntimeError(f"nothing is acknowledged for {seconds} s")
        time.sleep(0.05)


def go(args, line, rng):
    kinds = [args.only] if args.only else [kind for kind in KINDS if kind not in args.without]

    def trouble(feeder):
        done, pauses, grown = {}, {}, 0
        flows(feeder)
        for n in range(args.rounds):
            kind = kinds[n] if n < len(kinds) else rng.choice(kinds)
            feeder.pause_s = 0
            KINDS[kind](line, rng)
            line.nats.wait_healthy()
            flows(feeder)
            done[kind] = done.get(kind, 0) + 1
            pauses[kind] = max(pauses.get(kind, 0), feeder.pause_s)
            grown = max([grown, *(rows.rss_mb(broker.pid) for broker in line.brokers)])
            print(f"round {n + 1}: {kind}: pause {feeder.pause_s:.1f} s, {len(feeder.ok)} acknowledged, "
                  f"{feeder.busy} busy", flush=True)
        if grown > 512:
            feeder.broken.append(f"a broker grew to {grown:.0f} MB")
        return {**done, **{f"pause {kind} s": round(s, 1) for kind, s in pauses.items()}, "RSS max MB": round(grown)}

    return trouble


def main():
    parser = harness.arguments(__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--without", choices=KINDS, action="append", default=[])
    parser.add_argument("--cut-s", type=float, help="how long a broker is cut off")
    args = parser.parse_args()
    for program in ("nats-server", "ip", "nft"):
        if not shutil.which(program):
            return harness.skip(f"{program} is not installed")
    if os.geteuid() != 0:
        return harness.skip("network namespaces need root")
    tag = f"warta{os.getpid()}"
    hosts = [*(f"n{i}" for i in range(NODES)), *(f"b{i}" for i in range(BROKERS))]
    try:
        network = Network(tag, hosts)
    except subprocess.CalledProcessError as e:
        return harness.skip(f"no network namespaces here: {e.stderr.strip()}")
    directory = harness.scratch()
    nats = Nats(network, directory)
    rng = random.Random(args.seed)
    servers = ",".join(f"{network.address[f'n{i}']}:4222" for i in range(NODES))

    def down():
        nats.stop()
        network.down()

    try:
        for i in range(NODES):
            nats.start(i)
        nats.wait_healthy()
        line = Cluster(directory, network, nats, f"nats://{servers}?name=test&replicas=3")
        line.cut_s = args.cut_s
        return harness.under_load("cluster", args, line, go(args, line, rng))
    finally:
        down()


if __name__ == "__main__":
    sys.exit(main())
