#!/usr/bin/python3
"""How much of an article's text is found in a page, by the metrics of two public benchmarks.

usage: pages.py [--show N] [DATA]     (WARTA: the program; DATA: default $WARTA_SHARED/data/html)

zyte: 4-gram shingles of words, precision and recall averaged over the pages, and their F1.
trafilatura: segments that must be in the text and segments that must not, F1 over all.
"""
import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

WARTA = os.environ.get("WARTA", "build/warta")
SHARED = os.environ.get("WARTA_SHARED", os.path.join(os.path.dirname(__file__), "../../../shared"))


def read_page(path):
    """The article record of a page; {} where the program has none."""
    out = subprocess.run([WARTA, "extract", path], capture_output=True, check=False).stdout
    for line in out.splitlines():
        record = json.loads(line)
        if record["kind"] == "article":
            return record["article"]
    return {}


def shingles(text, n=4):
    words = re.findall(r"\w+", text or "", re.UNICODE)
    if len(words) < n:
        return collections.Counter([tuple(words)] if words else [])
    return collections.Counter(tuple(words[i:i + n]) for i in range(len(words) - n + 1))


def zyte(data, show):
    truth = json.load(open(f"{data}/zyte/ground-truth.json", encoding="utf-8"))
    rows = []
    for name, right in sorted(truth.items()):
        got = shingles(read_page(f"{data}/zyte/html/{name}.html").get("text"))
        want = shingles(right["articleBody"])
        both = sum((got & want).values())
        precision = both / sum(got.values()) if got else (0 if want else 1)
        recall = both / sum(want.values()) if want else 1
        rows.append((precision, recall, name, right.get("url", "")))
    p = sum(r[0] for r in rows) / len(rows)
    r = sum(r[1] for r in rows) / len(rows)
    print(f"zyte: {len(rows)} pages, precision {p:.3f}, recall {r:.3f}, F1 {2 * p * r / (p + r):.3f}")
    for row in sorted(rows, key=lambda x: x[0] * x[1])[:show]:
        print("  %.2f %.2f %s %s" % row)
    return 2 * p * r / (p + r)


def same(a, b):
    return re.sub(r"\W+", " ", a or "").strip().lower() == re.sub(r"\W+", " ", b or "").strip().lower()


def trafilatura(data, show):
    truth = json.load(open(f"{data}/trafilatura/ground-truth.json", encoding="utf-8"))
    tp = fn = fp = tn = 0
    asked = collections.Counter()
    met = collections.Counter()
    rows = []
    for name, right in sorted(truth.items()):
        page = read_page(f"{data}/trafilatura/html/{right.get('file', name)}")
        text = " ".join((page.get("text") or "").split())
        missing = [s for s in right["with"] if " ".join(s.split()) not in text]
        extra = [s for s in right["without"] if " ".join(s.split()) in text]
        tp += len(right["with"]) - len(missing)
        fn += len(missing)
        fp += len(extra)
        tn += len(right["without"]) - len(extra)
        rows.append((len(missing) + len(extra), name, missing, extra))
        for key, ours in (("title", "title"), ("date", "published"), ("author", "author")):
            if right.get(key):
                asked[key] += 1
                got = page.get(ours) or ""
                met[key] += got[:10] == right[key][:10] if key == "date" else same(got, right[key])
    p, r = tp / (tp + fp or 1), tp / (tp + fn or 1)
    f1 = 2 * p * r / (p + r or 1)
    print(f"trafilatura: {len(rows)} pages, precision {p:.3f}, recall {r:.3f}, F1 {f1:.3f}, "
          f"accuracy {(tp + tn) / (tp + tn + fp + fn):.3f}; " +
          ", ".join(f"{k} right {met[k]} of {asked[k]}" for k in asked))
    for _, name, missing, extra in sorted(rows, reverse=True)[:show]:
        print(f"  {name}: missing {missing}, extra {extra}")
    return f1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("data", nargs="?", default=f"{SHARED}/data/html")
    args = parser.parse_args()
    if not glob.glob(f"{args.data}/zyte/html/*"):
        print(f"skipped: no pages in {args.data}")
        return 77
    right = zyte(args.data, args.show) >= 0.96
    return 0 if trafilatura(args.data, args.show) >= 0.9 and right else 1


if __name__ == "__main__":
    sys.exit(main())
