#!/usr/bin/python3
"""warta explain, as it is called: what it reads, what it picks, how it ends.

usage: explain.py CASE        one of the functions named case_… below; WARTA is the program
"""
import json
import os
import pty
import subprocess
import sys

from line import WARTA, articles, cases_of, check, main


def explain(*words, give=None, right=0):
    done = subprocess.run([WARTA, "explain", *words], input=give, capture_output=True, text=True, timeout=60)
    check(done.returncode == right, f"{words} answers {done.returncode}: {done.stderr}")
    return done


def lines(given):
    return "".join(json.dumps(a) + "\n" for a in given)


def records(out):
    return [json.loads(line) for line in out.splitlines()]


def case_json_has_the_facts_of_extract_and_their_rules():
    given = lines(articles())
    extract = subprocess.run([WARTA, "extract", "--jsonl", "-"], input=given, capture_output=True, text=True,
                             check=True).stdout
    ours = [r for r in records(explain("--format", "json", "--jsonl", "-", give=given).stdout)
            if r["kind"] not in ("line", "sentence")]
    facts = [r for r in ours if r["kind"] != "article"]
    check(facts and all(f["rule"] for f in facts), "a fact has no rule")
    check(all(0 < f["given"] <= 1 for f in facts), "a fact has no confidence of its rule")
    check(all(m["rule"] for f in facts if f["kind"] == "entity" for m in f["resolved"]), "a mention has no rule")
    for f in ours:
        for key in ("rule", "rule_cue", "mode_cue", "given", "resolved"):
            f.pop(key, None)
    check(ours == records(extract), "the facts are not those of extract")


def case_one_article_and_one_fact_are_picked():
    given = articles()
    text = lines(given)
    some = given[-1]["id"]
    picked = records(explain("--format", "json", "--article", some, "--jsonl", "-", give=text).stdout)
    check({r["article"]["id"] for r in picked} == {some}, "other articles are shown")
    fact = next(r for r in picked if "given" in r)
    alone = records(explain("--format", "json", "--fact", fact["id"], "--jsonl", "-", give=text).stdout)
    check([r for r in alone if "given" in r] == [fact], "other facts are shown")
    check([r["sentence"] for r in alone if r["kind"] == "sentence"] == [fact["sentence"]], "other sentences are shown")


def case_what_is_not_there_or_cannot_be_read_is_told():
    given = articles()[:1]
    text = lines(given)
    check("no article none" in explain("--article", "none", "--jsonl", "-", give=text, right=1).stderr, "not told")
    check("no fact none" in explain("--fact", "none", "--jsonl", "-", give=text, right=1).stderr, "not told")
    done = explain("--jsonl", "-", give='{"id": "a"}\n' + text, right=1)
    check("-:1:" in done.stderr and given[0]["id"] in done.stdout, "a bad article stops the others")
    explain("--format", "xml", "--jsonl", "-", give=text, right=100)
    explain("/nowhere.txt", right=1)


def case_a_text_alone_is_an_article():
    out = explain("--published", "2025-02-08", give="Menteri Luar Negeri Prancis tiba di Jakarta kemarin.").stdout
    check("2025-02-07" in out and "rule time.word" in out, out)


def on_terminal(**more):
    pid, fd = pty.fork()
    if pid == 0:
        env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
        os.execve(WARTA, [WARTA, "explain", "--jsonl", os.environ["GIVEN"]], {**env, **more})
    out = b""
    try:
        while part := os.read(fd, 65536):
            out += part
    except OSError:  # the other end is closed
        pass
    os.waitpid(pid, 0)
    os.close(fd)
    return out


def case_colour_is_for_terminals_that_want_it():
    given = f"/tmp/warta-explain-{os.getpid()}.jsonl"
    with open(given, "w", encoding="utf-8") as f:
        f.write(lines(articles()[:1]))
    os.environ["GIVEN"] = given
    try:
        check(b"\033[" in on_terminal(TERM="xterm"), "a terminal has no colour")
        check(b"\033[" not in on_terminal(TERM="xterm", NO_COLOR="1"), "NO_COLOR is not heeded")
        check(b"\033[" not in on_terminal(TERM="dumb"), "a dumb terminal has colour")
        check("\033[" not in explain("--jsonl", given).stdout, "a pipe has colour")
    finally:
        os.unlink(given)


if __name__ == "__main__":
    main(sys.argv[1:], cases_of(globals()), __doc__)
