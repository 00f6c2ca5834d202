#!/usr/bin/python3
"""How well copies of articles are told from other articles on the same things.

usage: copies.py SKETCH_SHOW [--table]     reads data/news/dev.jsonl below $WARTA_SHARED or ../shared

From each article copies are made as newsrooms make them, a kind of edit each; each is compared with its original.
Each article is compared with all others, too: the most alike of them, on the same match or market, stands against it.
Some of those are copies indeed, as is found by counting all of their runs of words: only who has fewer in common than
was asked for is taken wrongly. Recall is the share of copies that are known, by kind; precision the share of copies
among what is known, when a copy of one kind comes as often as an article that is none. --table shows it at each
threshold, --others which articles are copies of each other. Exits 1 below the floors, 77 without the data.
"""
import json
import os
import random
import re
import subprocess
import sys

LEAST = 50            # the broker's copy-least
FLOOR = {"recall": 0.93, "precision": 0.98}
VALUES, COMPARED, RUN = 32, 5, 3


def words_replaced(draw, article, share, words):
    return re.sub(r"\w+", lambda m: draw.choice(words) if draw.random() < share else m.group(), article["text"])


def halves(text):
    sentences = re.split(r"(?<=[.!?\n])\s+", text)
    return sentences, len(sentences)


def shortened(text, share):
    sentences, count = halves(text)
    return " ".join(sentences[:max(1, int(count * share))])


def dropped(draw, text, share):
    return " ".join(s for s in halves(text)[0] if draw.random() >= share)


def shuffled(draw, text):
    parts = text.split("\n") if "\n" in text else halves(text)[0]
    draw.shuffle(parts)
    return "\n".join(parts)


def kinds(draw, article, other, words):
    """The copies of an article: what was done to it, and its text."""
    text = article["text"]
    yield "as it was, another headline", text
    yield "outlet's lines before and behind", f"JAKARTA, Situs Lain - {text}\nPenulis: Redaksi\nSumber: {other['title']}"
    yield "5 % of the words replaced", words_replaced(draw, article, 0.05, words)
    yield "10 % of the words replaced", words_replaced(draw, article, 0.10, words)
    yield "20 % of the words replaced", words_replaced(draw, article, 0.20, words)
    yield "a fifth of the sentences left out", dropped(draw, text, 0.2)
    yield "half of the sentences left out", dropped(draw, text, 0.5)
    yield "its first half", shortened(text, 0.5)
    yield "its first third", shortened(text, 0.33)
    yield "paragraphs in another order", shuffled(draw, text)
    yield "a quarter of another article behind", text + "\n" + shortened(
        other["text"], len(text) / 3 / max(1, len(other["text"])))


def sketches(program, articles):
    give = "".join(json.dumps({"text": t, "language": "id"}) + "\n" for t in articles)
    out = subprocess.run([program], input=give, capture_output=True, text=True, check=True).stdout
    return [tuple(int(line[i:i + 8], 16) for i in range(0, len(line), 8)) for line in out.splitlines()]


def share(text, other):
    """As proto/wire/sketch.c."""
    last = other[-1] if len(other) == VALUES else 1 << 32
    seen = [v for v in text if v <= last]
    return 100 * len(set(seen) & set(other)) // len(seen) if len(seen) >= COMPARED else -1


def runs(text):
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i:i + RUN]) for i in range(len(words) - RUN + 1)}


def true_share(text, other):
    mine = runs(text)
    return 100 * len(mine & runs(other)) / max(1, len(mine))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    path = os.path.join(os.environ.get("WARTA_SHARED", os.path.join(os.path.dirname(__file__), "../../../shared")), "data/news/dev.jsonl")
    if not os.path.exists(path):
        print(f"skipped: no {path}")
        sys.exit(77)
    draw = random.Random(1)
    with open(path, encoding="utf-8") as f:
        articles = [json.loads(line) for line in f]
    words = sorted({w for a in articles for w in re.findall(r"[a-z]{3,}", a["text"])})
    names, copies = [], []
    for i, article in enumerate(articles):
        for name, text in kinds(draw, article, articles[(i * 7 + 1) % len(articles)], words):
            names.append((i, name))
            copies.append(text)
    known = sketches(sys.argv[1], [a["text"] for a in articles])
    found = {}
    for (i, name), sketch in zip(names, sketches(sys.argv[1], copies)):
        found.setdefault(name, []).append(share(sketch, known[i]))
    index, others = {}, []
    for i, sketch in enumerate(known):
        for value in sketch:
            index.setdefault(value, []).append(i)
    for i, sketch in enumerate(known):
        near = {j for v in sketch for j in index[v] if j < i}
        nearest, j = max(((share(sketch, known[j]), j) for j in near), default=(-1, -1))
        if nearest >= 20:
            others.append((nearest, true_share(articles[i]["text"], articles[j]["text"]), i, j))
    table = range(20, 95, 10) if "--table" in sys.argv else [LEAST]
    print(f"{'at least, per cent':38}" + "".join(f"{t:7}" for t in table))
    for name, shares in found.items():
        print(f"{name:38}" + "".join(f"{sum(s >= t for s in shares) / len(shares):7.3f}" for t in table))
    right = {t: sum(s >= t for shares in found.values() for s in shares) / len(copies) for t in table}
    taken = {t: [o for o in others if o[0] >= t] for t in table}
    wrong = {t: sum(o[1] < t for o in taken[t]) for t in table}
    print(f"{'recall, all kinds':38}" + "".join(f"{right[t]:7.3f}" for t in table))
    print(f"{'articles of the set that are copies':38}" + "".join(f"{len(taken[t]) - wrong[t]:7}" for t in table))
    print(f"{'articles taken for copies wrongly':38}" + "".join(f"{wrong[t]:7}" for t in table))
    precision = {t: right[t] / (right[t] + wrong[t] / len(articles)) for t in table}
    print(f"{'precision':38}" + "".join(f"{precision[t]:7.3f}" for t in table))
    print(f"{len(articles)} articles, {len(copies)} copies; without a sketch: {sum(not s for s in known)}")
    if "--others" in sys.argv:
        for nearest, exact, i, j in sorted(others, reverse=True):
            print(nearest, round(exact), articles[i]["title"], articles[j]["title"], sep="\t")
    sys.exit(right[LEAST] < FLOOR["recall"] or precision[LEAST] < FLOOR["precision"])


if __name__ == "__main__":
    main()
