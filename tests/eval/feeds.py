#!/usr/bin/python3
"""Feeds read as the test suite of feedparser expects.

usage: feeds.py FEED_SHOW [DIRECTORY [--missed]]

Each file begins with a comment: headers it came with, and an expression over what
feedparser makes of it. What Warta reads is put into feedparser's names and the expression
evaluated. Warta takes plain text out of HTML, so texts are compared as text: the tags of
the expected value are dropped first. What Warta has no use for (generator, tags,
contributors, geography …) is left out, and counted in a table by what is asked for.

Exits 1 when less is met than FLOOR, or a document brings the reader down; 77 without the data.
"""
import calendar
import collections
import datetime
import email.utils
import html
import json
import os
import re
import subprocess
import sys

FLOOR = 0.95
HERE = "http://127.0.0.1:8097/"
# Feedparser's name to ours, for a feed and for an entry.
FEED = {"title": "title", "tagline": "subtitle", "subtitle": "subtitle", "info": "subtitle",
        "description": "subtitle", "link": "url", "id": "id", "language": "language", "ttl": "ttl",
        "updated": "updated", "modified": "updated"}
ENTRY = {"title": "title", "description": "summary", "summary": "summary", "subtitle": "summary", "link": "url",
         "id": "id", "guid": "id", "author": "author", "published": "published", "issued": "published",
         "created": "published", "updated": "updated", "modified": "updated"}
SAME_CHARSET = {"gb2312": "gb18030"}
# What newer standards took back.
BY_CHOICE = (("http_text_atom_xml_encoding", "us-ascii is no more the default of text/* (RFC 7303)"),
             ("http_text_xml_bogus_param", "us-ascii is no more the default of text/* (RFC 7303)"),
             ("http_text_xml_default", "us-ascii is no more the default of text/* (RFC 7303)"),
             ("http_feed_link_base_content_location", "Content-Location is no base any more (RFC 7231)"),
             ("headers_content_location-relative", "Content-Location is no base any more (RFC 7231)"),
             ("entity_in_doctype", "entities that a document declares are refused"))
CLASSES = (("dates", ("updated", "published", "created", "issued", "modified")), ("ids", ("id", "guid")),
           ("links", ("link",)), ("titles", ("title",)), ("encodings", ("encoding",)))


def fold(value):
    return re.sub(r"\s+", "", value)


def text(value):
    """What a reader sees of HTML, white space folded."""
    value = re.sub(r"(?s)<(script|style)\b.*?</\1>|<!--.*?-->", "", value)
    value = html.unescape(re.sub(r"(?s)<[^>]*>", " ", value))
    return fold(value)


class Text(str):
    """Ours; equal to what says the same without tags."""

    def __eq__(self, other):
        return isinstance(other, str) and (fold(self) in (fold(other), text(other)))

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


class Date(str):
    """Ours; equal to what names the same moment."""

    def __eq__(self, other):
        return isinstance(other, str) and seconds(str(self)) == seconds(other)

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


class Asked(dict):
    """Fields by feedparser's names; one that Warta has no place for ends the case."""

    def __getattr__(self, name):
        return self[name]

    def __missing__(self, name):
        raise LookupError(name)


def seconds(date):
    if re.match(r"[A-Z]", date):
        return email.utils.parsedate_to_datetime(date).astimezone(datetime.timezone.utc).utctimetuple()
    date = date.replace("Z", "+00:00")
    moment = datetime.datetime.fromisoformat(date if "T" in date else date + "T00:00:00+00:00")
    return moment.astimezone(datetime.timezone.utc).utctimetuple()


def parts(read, names, known):
    out = Asked()
    for name, ours in names.items():
        value = read.get(ours)
        if value is None and ours not in ("title", "summary", "subtitle"):
            continue
        value = value or ""
        as_is = name in ("link", "id", "guid", "ttl", "language")
        dated = ours in ("published", "updated")
        out[name] = value if as_is else Date(value) if dated else Text(value)
        out[name + "_detail"] = Asked(value=Text(value))
        if dated:
            out[name + "_parsed"] = seconds(value)[:9]
    out["content"] = [Asked(value=Text(read.get("content") or ""))]
    if not read.get("summary") and "summary" in out:
        out["description"] = out["summary"] = out["content"][0]["value"]
    if read.get("url"):
        out["links"] = [Asked(href=read["url"])]
    known.update(out)
    return out


def wanted(expression):
    """Names asked for, as (level, path), and the class of the test."""
    names = re.findall(r"(feed|entries)(?:\[\d\])?((?:\[(?:u?'\w+'|\d+)\]|\.\w+)+)", expression)
    return [(level, re.findall(r"'(\w+)'|\.(\w+)", path)) for level, path in names]


def class_of(expression):
    keys = ["".join(pair) for _, path in wanted(expression) for pair in path[:1]]
    if re.fullmatch(r"(<[^>]*>)+", "".join(re.findall(r"== '(.*)'$", expression))):
        return "no text"
    if re.search(r"\b(encoding|bozo)\b", re.sub(r"not bozo and ", "", expression)):
        keys.append("encoding")
    for name, begins in CLASSES:
        if any(k == b or k.startswith(b + "_") or k == b + "s" for k in keys for b in begins):
            return name
    return "content" if keys else "other"


KEPT = set(FEED) | set(ENTRY) | {"content", "links"}
DETAIL = {"value", "href"}


def left_out(expression):
    """The first thing asked for that Warta has no place for; None where there is none."""
    for level, path in wanted(expression):
        keys = ["".join(pair) for pair in path]
        first = re.sub(r"_(detail|parsed)$", "", keys[0])
        names = set(FEED if level == "feed" else ENTRY) | {"links", "content"}
        if first not in names or (level == "feed" and first == "content"):
            return f"{level}.{first}"
        for key in keys[1:]:
            if key not in DETAIL:
                return f"{level}.….{key}"
    return None


def read_case(path):
    with open(path, "rb") as f:
        data = f.read()
    for codec in ("utf-8", "utf-16", "cp1252", "utf-32", "cp037"):
        try:
            head = data.decode(codec)
        except UnicodeDecodeError:
            continue
        found = re.search(r"Expect:\s*(.*?)\s*(?:-->|\n)", head)
        if found:
            headers = {k.lower(): v.strip() for k, v in re.findall(r"Header:\s*([\w-]+):(.*)", head)}
            return found.group(1).strip(), headers
    return None, {}


def judge(expression, read):
    known = {}
    feed = parts(read, FEED, known)
    entries = [parts(e, ENTRY, known) for e in read.get("entries", [])]
    scope = {"feed": feed, "entries": entries, "bozo": read.get("broken", False) or "error" in read,
             "encoding": SAME_CHARSET.get(read.get("charset"), read.get("charset", "")), "len": len, "True": True, "calendar": calendar, "tuple": tuple,
             "list": list}
    # Feedparser calls "not right" what only asks for a little mending; whether it is told is not judged.
    expression = re.sub(r"^not bozo and ", "", expression)
    try:
        return bool(eval(expression, {"__builtins__": {}}, scope))  # pylint: disable=eval-used
    except (LookupError, TypeError, AttributeError, NameError, ValueError):
        return False


def main():
    tool = sys.argv[1]
    data = sys.argv[2] if len(sys.argv) > 2 else os.environ.get(
        "WARTA_FEEDS", os.path.join(os.environ.get("WARTA_SOURCE", "."), "..", "shared", "data", "feeds"))
    top = os.path.join(data, "feedparser")
    if not os.path.isdir(top):
        print(f"skipped: {top} is not there")
        sys.exit(77)
    cases = []
    for folder, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            cases.append((path, *read_case(path)))
    lines = "".join(f"{HERE}{os.path.relpath(p, top)}\t{h.get('content-type', '')}\t{p}\n" for p, _, h in cases)
    done = subprocess.run([tool], input=lines.encode(), capture_output=True, timeout=120, check=False)
    answers = done.stdout.decode().splitlines()
    if done.returncode != 0 or len(answers) != len(cases):
        at = cases[len(answers)][0] if len(answers) < len(cases) else "its end"
        print(f"FAILED: the reader ended with {done.returncode} at {at}: {done.stderr.decode()[-2000:]}")
        sys.exit(1)
    met, total, out, missed = collections.Counter(), collections.Counter(), collections.Counter(), []
    for (path, expression, _), answer in zip(cases, answers):
        if expression is None:
            out["no expectation to be read"] += 1
            continue
        why = dict(BY_CHOICE).get(os.path.basename(path)[:-4]) or left_out(expression)
        kind = class_of(expression)
        if why or kind == "other":
            out[why or expression[:60]] += 1
            continue
        total[kind] += 1
        if judge(expression, json.loads(answer)):
            met[kind] += 1
        else:
            missed.append((os.path.relpath(path, top), expression, answer))
    for kind in sorted(total):
        print(f"{kind:10} {met[kind]:4} of {total[kind]:4}  {met[kind] / total[kind]:.3f}")
    share = sum(met.values()) / max(1, sum(total.values()))
    print(f"{'all':10} {sum(met.values()):4} of {sum(total.values()):4}  {share:.3f}")
    print(f"left out   {sum(out.values()):4} of {len(cases):4}")
    for what, count in out.most_common():
        print(f"  {count:4}  {what}")
    for path, expression, answer in missed:
        print(f"missed: {path}: {expression[:160]}")
        if "--missed" in sys.argv:
            print(f"    {answer[:400]}")
    sys.exit(0 if share >= FLOOR else 1)


if __name__ == "__main__":
    main()
