#!/usr/bin/env python3
"""How sure rules may be: count how often each is right.

usage: calibrate.py [options] GOLD.jsonl...

  --warta PATH    the program; WARTA, or ./warta
  --score PATH    score.py of the gold, which says what is right; else the one in the
                  folder above the first GOLD's
  --read FILE     facts of other news, read beside their text; read.txt beside this script
  --write FILE    write the list `confidence` of a pack (worker/extract/confidence.h)
  --markdown      print the report as tables for a README

Rules were written with the gold at hand, so on it nearly all are right; how often a kind is
right elsewhere is what FILE says. The gold tells the rules of a kind apart.

  kind   (k + S g) / (n + S): k of n that were read were right, g is the mean that the rules
         gave. A Beta prior worth S facts.
  rule   the same over the gold, where g is what the rule gave, moved as the whole kind has
         to move on the gold; then moved from the kind's level on the gold to its level
         elsewhere; then, as the prior, set against those that were read.

So a rule seen three times stays near its author's guess, moved with its kind. The report
holds what rules gave and what is published against what is right, over the facts read and
over the gold; what is published comes from a table made without the fact's fifth of those
read, or without its article. ECE: mean distance of confidence and share right over the
bins, by weight.
Events without a type are not annotated and not counted. The output is the same for the
same program and input.
"""
import argparse
import importlib.util
import json
import os
import subprocess
import sys
from collections import defaultdict

STRENGTH = 10  # facts that the prior is worth
FOLDS = 5  # parts of what was read, each judged by a table of the others
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
LEAST, MOST = 0.02, 0.99  # as in worker/extract/confidence.h


def load(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def load_score(path):
    spec = importlib.util.spec_from_file_location("score", path)
    score = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(score)
    return score


def judged(warta, score, path):
    """Of each article its facts as (kind, rule, confidence given, right)."""
    out = subprocess.run([warta, "explain", "--format", "json", "--jsonl", path],
                         check=True, capture_output=True, text=True).stdout
    found = defaultdict(lambda: defaultdict(list))
    for fact in map(json.loads, out.splitlines()):
        if "given" in fact and (fact["kind"] != "event" or "type" in fact):
            found[fact["article"]["id"]][fact["kind"]].append(fact)
    for article in load(path):
        names = score.Names(article["facts"])
        facts = []
        for kind in score.KINDS:
            gold = [g for g in article["facts"] if g["kind"] == kind and (kind != "event" or g.get("type"))]
            pairs, _, extra = score.match(kind, gold, found[article["id"]][kind], names)
            facts += [(kind, p["rule"], p["given"], True) for _, p in pairs]
            facts += [(kind, p["rule"], p["given"], False) for p in extra]
        yield sorted(facts)


def within(p):
    return min(max(p, LEAST), MOST)


def odds(p):
    return p / (1 - p)


def move(given, right, mean):
    """What confidence_calibrate does."""
    changed = odds(within(given)) * odds(right) / odds(mean)
    return within(changed / (1 + changed))


def mean(values):
    return sum(values) / len(values)


def shrink(right, count, prior):
    return within((right + STRENGTH * prior) / (count + STRENGTH))


def group(facts):
    """By kind and by rule: (confidence given, right) of each fact."""
    by_key = defaultdict(list)
    for kind, rule, given, right in facts:
        by_key[kind].append((given, right))
        by_key[rule].append((given, right))
    return by_key


def hits(rows):
    return sum(right for _, right in rows), len(rows)


def make_table(gold, read):
    """key → (share right, mean given, [right, count] in gold, in read), kinds and rules."""
    in_gold, in_read = group(gold), group(read)
    kind_of = {rule: kind for kind, rule, _, _ in gold + read}
    table = {}
    for kind in sorted(set(kind_of.values())):
        rules = sorted(rule for rule in kind_of if kind_of[rule] == kind)
        rows = in_gold[kind] or in_read[kind]
        given = within(mean([g for g, _ in rows]))
        seen = shrink(*hits(in_gold[kind]), given)
        other = shrink(*hits(in_read[kind]), given) if read else seen
        table[kind] = round(other, 3), round(given, 3), hits(in_gold[kind]), hits(in_read[kind])
        share = {}
        for rule in rules:
            prior = mean([move(g, seen, given) for g, _ in in_gold[rule] or in_read[rule]])
            share[rule] = shrink(*hits(in_gold[rule]), prior)
        total = sum(len(in_gold[rule]) for rule in rules)
        level = sum(share[rule] * len(in_gold[rule]) for rule in rules) / total if total else seen
        for rule in rules:
            rows = in_gold[rule] or in_read[rule]
            final = shrink(*hits(in_read[rule]), move(share[rule], other, level))
            table[rule] = (round(final, 3), round(within(mean([g for g, _ in rows])), 3),
                           hits(in_gold[rule]), hits(in_read[rule]))
    return table


def published(table, kind, rule, given):
    row = table.get(rule) or table.get(kind)
    return round(move(given, *row[:2]) if row else given, 2)


def bin_of(p):
    return max(i for i, least in enumerate(BINS) if round(p, 6) >= least)


def ece(rows):
    bins = defaultdict(list)
    for p, right in rows:
        bins[bin_of(p)].append((p, right))
    return sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in bins.values()) / max(len(rows), 1)


def cells(rows, i):
    inside = [(p, r) for p, r in rows if bin_of(p) == i]
    if not inside:
        return ["0", "", ""]
    return [str(len(inside)), f"{mean([p for p, _ in inside]):.2f}", f"{mean([r for _, r in inside]):.2f}"]


def print_rows(rows, markdown):
    if markdown:
        rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        for row in rows:
            print("| " + " | ".join(row) + " |")
    else:
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        for row in rows:
            print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))
    print()


def report(title, judgements, markdown):
    """judgements: (kind, given, published, right)."""
    print(title + "\n")
    before = [(g, right) for _, g, _, right in judgements]
    after = [(p, right) for _, _, p, right in judgements]
    lines = [["confidence", "given", "mean", "right", "published", "mean", "right"]]
    for i, least in enumerate(BINS):
        most = BINS[i + 1] if i + 1 < len(BINS) else 1.0
        lines.append([f"{least:.1f} to {most:.1f}", *cells(before, i), *cells(after, i)])
    print_rows(lines, markdown)
    lines = [["kind", "facts", "right", "mean given", "mean published", "ECE given", "ECE published"]]
    for kind in [*sorted({j[0] for j in judgements}), "all"]:
        some = [j for j in judgements if kind in (j[0], "all")]
        lines.append([kind, str(len(some)), f"{mean([j[3] for j in some]):.2f}",
                      f"{mean([j[1] for j in some]):.2f}", f"{mean([j[2] for j in some]):.2f}",
                      f"{ece([(j[1], j[3]) for j in some]):.3f}", f"{ece([(j[2], j[3]) for j in some]):.3f}"])
    print_rows(lines, markdown)


def judge_read(gold, read):
    """In FOLDS parts, each with a table made without it."""
    out = []
    for part in range(FOLDS):
        table = make_table(gold, [f for i, f in enumerate(read) if i % FOLDS != part])
        out += [(kind, given, published(table, kind, rule, given), right)
                for kind, rule, given, right in read[part::FOLDS]]
    return out


def judge_gold(articles, read):
    out = []
    for i, article in enumerate(articles):
        table = make_table([f for j, other in enumerate(articles) if j != i for f in other], read)
        out += [(kind, given, published(table, kind, rule, given), right) for kind, rule, given, right in article]
    return out


def load_read(path):
    facts = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("#") or not line.strip():
                continue
            kind, rule, given, counts = line.split()
            right, count = map(int, counts.split("/"))
            facts += [(kind, rule, float(given), i < right) for i in range(count)]
    return facts


def write_list(path, table, articles, read):
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"""\
# Made by tests/eval/calibrate.py; read by worker/extract/confidence.c.
# Key: a rule, or a kind for rules that are not here. Value: share that is right, mean that
# the rule gave; then the counts, right of all: among {sum(map(len, articles))} facts of {len(articles)} articles annotated by
# hand, which the rules were written with, and among {len(read)} facts of other news that were read.
""")
        for key in sorted(table):
            share, given, in_gold, in_read = table[key]
            f.write(f"{key}\t{share:.3f} {given:.3f} {in_gold[0]}/{in_gold[1]} {in_read[0]}/{in_read[1]}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warta", default=os.environ.get("WARTA", "./warta"))
    parser.add_argument("--score")
    parser.add_argument("--read", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "read.txt"))
    parser.add_argument("--write")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("gold", nargs="+")
    args = parser.parse_args()
    beside = os.path.join(os.path.dirname(os.path.abspath(args.gold[0])), "..", "score.py")
    score = load_score(args.score or beside)
    articles = [a for path in args.gold for a in judged(args.warta, score, path)]
    gold = [f for article in articles for f in article]
    read = load_read(args.read)
    if args.write:
        write_list(args.write, make_table(gold, read), articles, read)
    report("Facts of other news that were read:", judge_read(gold, read), args.markdown)
    report("Facts of the gold:", judge_gold(articles, read), args.markdown)


if __name__ == "__main__":
    main()
