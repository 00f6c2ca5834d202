#!/usr/bin/env python3
"""Draw facts to be read beside their text (read.txt, calibrate.py).

usage: draw.py [--warta PATH] [--each N] [--seed TEXT] ARTICLES.jsonl

Prints N facts of each kind, no two of a kind from one article, chosen by a hash of seed,
article and place: the same for the same input. Events without a type are left out.
"""
import argparse
import hashlib
import json
import os
import subprocess
from collections import defaultdict

ENVELOPE = {"v", "n", "kind", "id", "article", "sentence", "span", "text", "confidence", "mentions",
            "rule", "rule_cue", "mode_cue", "given", "resolved"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warta", default=os.environ.get("WARTA", "./warta"))
    parser.add_argument("--each", type=int, default=30)
    parser.add_argument("--seed", default="s1")
    parser.add_argument("articles")
    args = parser.parse_args()
    command = [args.warta, "explain", "--format", "json", "--jsonl", args.articles]
    article, sentence, facts = {}, {}, defaultdict(list)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as explain:
        for line in explain.stdout:
            o = json.loads(line)
            id = o["article"]["id"]
            if o["kind"] == "article":
                article[id] = o["article"]
            elif o["kind"] == "sentence":
                sentence[id, o["sentence"]] = o["text"]
            elif "given" in o and (o["kind"] != "event" or "type" in o):
                key = hashlib.sha256(f"{args.seed}{id}{o['span']}{o['kind']}".encode()).hexdigest()
                facts[o["kind"]].append((key, o))
    for kind, drawn in sorted(facts.items()):
        seen = set()
        for _, o in sorted(drawn, key=lambda item: item[0]):
            id = o["article"]["id"]
            if len(seen) == args.each:
                break
            if id in seen:
                continue
            seen.add(id)
            says = {k: v for k, v in o.items() if k not in ENVELOPE}
            print(f"{kind}\t{o['rule']}\t{o['given']:.2f}\t{id} {article[id].get('published', '')}")
            print(f"    {o['text']}\n    {json.dumps(says, ensure_ascii=False)}")
            print(f"    {sentence.get((id, o['sentence']), '')}\n")


if __name__ == "__main__":
    main()
