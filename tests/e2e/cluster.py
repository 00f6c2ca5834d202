#!/usr/bin/python3
"""Several brokers over one nats-server, as users see them: real feed, worker and tail that are given all
addresses, and a broker that dies.

usage: cluster.py CASE      (WARTA is the program)
"""
import json
import os
import shutil
import subprocess
import sys
import time

from line import Line, WARTA, check, skip

PATIENCE_S = 60
STORY = ("Presiden meresmikan jembatan baru di Sungai Musi pada hari Senin. Jembatan itu menghubungkan dua kecamatan yang "
         "dahulu hanya dilalui perahu. Warga menyambutnya dengan arak-arakan dan doa bersama di tepi sungai. Gubernur "
         "berharap harga beras turun karena ongkos angkut lebih murah.")


class Cluster(Line):
    """Brokers 0 and 1 under DIR/b0 and DIR/b1."""

    def __init__(self):
        super().__init__()
        if not shutil.which("nats-server"):
            skip("nats-server is not installed")
        config = f"{self.dir}/nats.conf"
        with open(config, "w", encoding="ascii") as f:
            f.write(f'listen: "127.0.0.1:-1"\nports_file_dir: "{self.dir}"\nmax_payload: 8MB\n'
                    f'jetstream {{ store_dir: "{self.dir}/store" }}\n')
        server = self.start("nats-server", "-c", config, stderr=subprocess.DEVNULL)
        ports = f"{self.dir}/nats-server_{server.pid}.ports"
        self.wait(lambda: os.path.exists(ports) and os.path.getsize(ports), "nats-server")
        with open(ports, encoding="ascii") as f:
            self.journal = json.load(f)["nats"][0] + "?name=e2e"
        self.bases = [f"ipc://{self.dir}/b{i}" for i in range(2)]
        for i in range(2):
            os.mkdir(f"{self.dir}/b{i}", 0o700)
        self.base = ",".join(self.bases)

    def wait(self, true, what):
        until = time.monotonic() + PATIENCE_S
        while not true():
            check(time.monotonic() < until, f"{what}: not within {PATIENCE_S} s")
            time.sleep(0.05)

    def start_broker(self, i):
        if "built without" in subprocess.run(
                [WARTA, "broker", "--journal", "nats://127.0.0.1:1?name=", "--listen", self.bases[i]],
                capture_output=True, text=True, check=False).stderr:
            skip("this program is built without libnats")
        return self.start_ready("broker", "--listen", self.bases[i], "--journal", self.journal, "--beat", "100ms",
                                "--dead", "1s")

    def status(self, i):
        out = subprocess.run([WARTA, "ctl", "--broker", self.bases[i], "status"], capture_output=True, text=True,
                             check=False, timeout=20).stdout
        return dict(line.split(" ", 1) for line in out.splitlines() if " " in line)


def articles(path, first, count):
    with open(path, "w", encoding="utf-8") as f:
        for n in range(first, first + count):
            f.write(json.dumps({"id": f"a{n}", "source": "contoh.example", "language": "id",
                                "published": "2025-03-28T08:00:00+07:00",
                                "text": f"AMBON - Sebanyak {n + 2} warga mengungsi akibat banjir, kata Camat Rina "
                                        f"Lestari, Jumat (28/3/2025)."}) + "\n")
    return path


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.endswith("\n")]


def case_a_broker_dies_and_clients_go_on_with_the_other():
    line = Cluster()
    brokers = [line.start_broker(0), line.start_broker(1)]
    line.worker("-j", "2")
    out = f"{line.dir}/facts"
    with open(out, "w", encoding="utf-8") as f:
        line.start(WARTA, "tail", "--broker", line.base, "--from", "1", stdout=f)
    for part, dies in ((0, 0), (1, 1), (2, None)):
        path = articles(f"{line.dir}/{part}.jsonl", part * 300, 300)
        feed = line.start(WARTA, "feed", "--broker", line.base, "--quiet", path)
        if dies is not None:
            time.sleep(0.1)
            brokers[dies].kill()
            brokers[dies].wait()
        check(feed.wait(PATIENCE_S) == 0, f"feed ended with {feed.returncode}")
        if dies is not None:
            brokers[dies] = line.start_broker(dies)
    ids = {f"a{n}" for n in range(900)}

    def seen():
        return {r["article"]["id"] for r in lines_of(out) if r["kind"] == "article"}
    line.wait(lambda: seen() >= ids, "all articles come out")
    records = lines_of(out)
    whole = [r["article"]["id"] for r in records if r["kind"] == "article"]
    check(len(whole) == len(set(whole)) == 900, f"{len(whole)} articles came out, {len(set(whole))} different")
    facts = [r["id"] for r in records if r["kind"] != "article"]
    check(len(facts) == len(set(facts)), "a fact came out twice")
    check(line.status(0)["facts_last"] == line.status(1)["facts_last"] == "900", "both brokers have the same log")


def case_workers_at_one_broker_read_what_was_put_at_the_other():
    line = Cluster()
    line.start_broker(0)
    line.start_broker(1)
    path = articles(f"{line.dir}/a.jsonl", 0, 200)
    feed = line.start(WARTA, "feed", "--broker", line.bases[0], "--quiet", path)
    check(feed.wait(PATIENCE_S) == 0, "the feed ended well")
    line.start_ready("worker", "--broker", line.bases[1], "-j", "1")
    line.wait(lambda: line.status(0).get("facts_last") == "200", "the other broker's workers have read all")
    line.wait(lambda: line.status(0).get("unfinished") == "0", "nothing is left")


def case_copies_and_pauses_at_one_broker_are_known_at_the_other():
    line = Cluster()
    brokers = [line.start_broker(0), line.start_broker(1)]

    def read_at(i, name, text, seq):
        worker = line.start_ready("worker", "--broker", line.bases[i], "-j", "1")
        path = f"{line.dir}/{name}.jsonl"
        with open(path, "w", encoding="utf-8") as f:
            f.write(json.dumps({"id": name, "source": f"{name}.example", "language": "id", "text": text}) + "\n")
        feed = line.start(WARTA, "feed", "--broker", line.bases[0], "--quiet", path)
        check(feed.wait(PATIENCE_S) == 0, "the feed ended well")
        line.wait(lambda: all(line.status(b).get("facts_last") == str(seq) for b in (0, 1)), f"{name} is read")
        worker.terminate()
        worker.wait()

    read_at(0, "asal", STORY, 1)
    read_at(1, "salinan", "Kota Lain - " + STORY, 2)
    brokers[1].kill()
    brokers[1].wait()
    line.start_broker(1)
    read_at(1, "nanti", STORY, 3)
    out = subprocess.run([WARTA, "tail", "--broker", line.base, "--from", "1", "--until-live"], capture_output=True,
                         text=True, check=True, timeout=PATIENCE_S).stdout
    records = [json.loads(one) for one in out.splitlines()]
    told = {r["article"]["id"]: r.get("copy_of") for r in records if r["kind"] == "article"}
    check(told == {"asal": None, "salinan": "asal", "nanti": "asal"}, told)

    def feeds(i, *words):
        return subprocess.run([WARTA, "ctl", "--broker", line.bases[i], "feed", *words], capture_output=True, text=True,
                              check=True, timeout=PATIENCE_S).stdout
    feeds(0, "pause", "desk")
    line.wait(lambda: "desk paused" in feeds(1, "list"), "the other broker knows of the pause")
    feeds(1, "resume", "desk")
    line.wait(lambda: "desk paused" not in feeds(0, "list"), "and of its end")


def case_a_paused_feed_does_not_hold_up_the_others():
    line = Cluster()
    line.start_broker(0)
    line.start_ready("worker", "--broker", line.bases[0], "-j", "1")
    subprocess.run([WARTA, "ctl", "--broker", line.bases[0], "feed", "pause", "one"], check=True, timeout=PATIENCE_S,
                   stdout=subprocess.DEVNULL)

    def put(name, first, count):
        feed = line.start(WARTA, "feed", "--broker", line.bases[0], "--feed", name, "--quiet",
                          articles(f"{line.dir}/{name}.jsonl", first, count))
        check(feed.wait(PATIENCE_S) == 0, "the feed ended well")
    put("one", 0, 3000)
    put("two", 3000, 100)
    line.wait(lambda: line.status(0).get("facts_last") == "100", "the other feed is read")
    subprocess.run([WARTA, "ctl", "--broker", line.bases[0], "feed", "resume", "one"], check=True, timeout=PATIENCE_S,
                   stdout=subprocess.DEVNULL)
    line.wait(lambda: line.status(0).get("facts_last") == "3100", "then all")


def case_a_journal_moves_to_a_cluster_and_back():
    line = Cluster()
    kept = f"lmdb:{line.dir}/journal"

    def facts(journal):
        broker = line.start_ready("broker", "--listen", line.bases[0], "--journal", journal)
        out = subprocess.run([WARTA, "tail", "--broker", line.bases[0], "--from", "1", "--until-live"],
                             capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout
        status = line.status(0)
        broker.terminate()
        check(broker.wait(PATIENCE_S) == 0, f"the broker at {journal} ended with {broker.returncode}")
        return out, status["unfinished"], status["dead"]

    def copy(source, destination, killed_after=None):
        process = line.start(WARTA, "ctl", "copy", source, destination, stdout=subprocess.DEVNULL)
        if killed_after is not None:
            time.sleep(killed_after)
            process.kill()
            process.wait()
        else:
            check(process.wait(PATIENCE_S) == 0, f"copy {source} {destination}")

    broker = line.start_ready("broker", "--listen", line.bases[0], "--journal", kept)
    worker = line.start_ready("worker", "--broker", line.bases[0], "-j", "2")
    feed = line.start(WARTA, "feed", "--broker", line.bases[0], "--quiet", articles(f"{line.dir}/a.jsonl", 0, 400))
    check(feed.wait(PATIENCE_S) == 0, "the feed ended well")
    line.wait(lambda: line.status(0).get("unfinished") == "0", "all were read")
    worker.terminate()
    worker.wait()
    feed = line.start(WARTA, "feed", "--broker", line.bases[0], "--quiet", articles(f"{line.dir}/b.jsonl", 400, 30))
    check(feed.wait(PATIENCE_S) == 0, "the feed ended well")
    broker.terminate()
    broker.wait()

    before = facts(kept)
    check(before[1] == "30" and before[0].count("\n") >= 400, "what is to be moved")
    for after in (0.02, 0.1):
        copy(kept, line.journal, after)
    copy(kept, line.journal)
    check(facts(line.journal) == before, "the cluster holds the same")
    refused = subprocess.run([WARTA, "ctl", "copy", f"lmdb:{line.dir}/other", line.journal], capture_output=True,
                             text=True, check=False, timeout=PATIENCE_S)
    check(refused.returncode != 0 and "destination has facts" in refused.stderr, "another journal is refused")
    copy(line.journal, f"lmdb:{line.dir}/back")
    check(facts(f"lmdb:{line.dir}/back") == before, "and so does what came back")
    line.start_ready("broker", "--listen", line.bases[0], "--journal", f"lmdb:{line.dir}/back")
    line.start_ready("worker", "--broker", line.bases[0], "-j", "1")
    line.wait(lambda: line.status(0).get("facts_last") == "430", "what was to be read is read there")


def case_without_the_cluster_feeders_are_told_busy_and_it_goes_on_by_itself():
    line = Cluster()
    line.start_broker(0)
    line.start_ready("worker", "--broker", line.bases[0], "-j", "1")
    server = line.processes[0]
    server.send_signal(19)  # SIGSTOP: it neither answers nor closes
    path = articles(f"{line.dir}/a.jsonl", 0, 50)
    feed = line.start(WARTA, "feed", "--broker", line.bases[0], path, stderr=subprocess.PIPE, text=True)
    line.wait(lambda: line.status(0).get("state") == "degraded", "the broker says that it is degraded")
    check(feed.poll() is None, "the feed waits")
    server.send_signal(18)
    check(feed.wait(PATIENCE_S) == 0, "the feed ended well")
    line.wait(lambda: line.status(0).get("facts_last") == "50", "all were read")


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]]()
