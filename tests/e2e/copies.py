#!/usr/bin/python3
"""Copies of articles, through the whole line: told in the article record, and left so.

usage: copies.py CASE        one of the functions named case_… below; WARTA is the program
"""
import sys

from line import Line, cases_of, check, main, wait_for

STORY = ("Presiden meresmikan jembatan baru di Sungai Musi pada hari Senin. Jembatan itu menghubungkan dua kecamatan yang "
         "dahulu hanya dilalui perahu. Warga menyambutnya dengan arak-arakan dan doa bersama di tepi sungai. ")
REST = ("Gubernur berharap harga beras turun karena ongkos angkut lebih murah. Pembangunan memakan waktu tiga tahun dan "
        "biaya 400 miliar rupiah dari kas daerah.")
OTHER = ("Tim nasional kalah dua gol dari tamunya di Surabaya. Pelatih menyalahkan lapangan yang basah dan wasit yang "
         "lalai. Pertandingan berikutnya digelar pekan depan di Bandung, dan kapten tim sudah pulih dari cedera lututnya.")


def article(name, text, url=None):
    return {"id": name, "text": text, "url": url or f"http://{name}.example/1", "language": "id"}


def told(line):
    return {r["article"]["id"]: r.get("copy_of") for r in line.tail() if r["kind"] == "article"}


def give(line, *articles):
    """One after the other, each read before the next is put."""
    for one in articles:
        before = int(line.ctl("stats")["collect_entries"])
        line.feed([one])
        wait_for(lambda: int(line.ctl("stats")["collect_entries"]) > before, "nothing is read")


def case_copies_are_told_across_a_kill():
    line = Line()
    broker = line.broker()
    line.worker()
    give(line, article("asal", STORY + REST), article("lain", OTHER))
    give(line, article("salinan", "Kota Lain - " + STORY + REST), article("pendek", STORY),
         article("revisi", STORY + REST + " Warga senang.", "http://asal.example/1"))
    first = told(line)
    check(first == {"asal": None, "lain": None, "salinan": "asal", "pendek": "asal", "revisi": None}, first)
    broker.kill()
    broker.wait()
    line.broker()
    give(line, article("nanti", STORY + REST))
    check(told(line) == first | {"nanti": "asal"}, told(line))
    line.feed([article("nanti", STORY + REST)])
    check(told(line) == first | {"nanti": "asal"}, "put again it is a copy of another")
    check(line.ctl("stats")["collect_copies"] == "1", "copies are not counted")


def case_without_a_window_there_are_none():
    line = Line()
    line.broker("--copy-window", "0")
    line.worker()
    give(line, article("asal", STORY + REST), article("salinan", STORY + REST))
    check(told(line) == {"asal": None, "salinan": None}, told(line))


CASES = cases_of(globals())

if __name__ == "__main__":
    main(sys.argv[1:], CASES, __doc__)
