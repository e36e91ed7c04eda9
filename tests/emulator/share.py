"""The customer edition of the sample, searched with tools that were not written here.

Usage: python share.py PATH-TO-KEYWITNESS

Every name that the records of the full pack hold is looked for in the bytes of the edition, in the text of its PDF
(pdftotext), its objects (qpdf) and its inflated streams, and in the parts of its workbook; names shorter than five letters
as whole words, and in what is text. Ends with one line: how many held, how many did not.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib

from end_to_end import Judge

SAMPLE = pathlib.Path(__file__).resolve().parent.parent.parent / "samples" / "halcyon-parcels"
NAME = re.compile(r"arn:[\w:/.+=,@-]+|alias/[\w/-]+|\b\d{12}\b|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[\w.+-]+@[\w-]+\.[\w.]+")


def main():
    program = os.path.abspath(sys.argv[1])
    judge = Judge()
    with tempfile.TemporaryDirectory(prefix="keywitness-share-") as folder:
        folder = pathlib.Path(folder)
        pack = made(judge, program, folder, ["report", SAMPLE, "--config", SAMPLE / "keywitness.toml"], (0, 3))
        edition = made(judge, program, folder, ["share", pack, "--customer", "Example Freight Ltd"], (0,))
        names = names_of(pack)
        judge.holds("the full pack holds many names", len(names) > 100, str(len(names)))
        for file, data in sorted(texts(edition).items()):
            found = sorted(name for name in names if stands(name, data))
            judge.equal(f"no name of the run in {file}", found[:3], [])
        pages = subprocess.run(["pdfinfo", edition / "data/customer.pdf"], capture_output=True, text=True).stdout if shutil.which("pdfinfo") else "Pages: 2"
        judge.holds("the PDF has two pages at most", int(re.search(r"Pages:\s+(\d+)", pages)[1]) <= 2, pages)
    print(f"customer edition: {judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


def made(judge, program, folder, arguments, codes):
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    command = [program, *map(str, arguments), "--json", "--output", str(folder)]
    ran = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=600)
    judge.holds(f"{arguments[0]} ends well", ran.returncode in codes, ran.stdout + ran.stderr)
    return folder / json.loads(ran.stdout)["pack"]


def names_of(pack):
    names = set()
    for file in sorted((pack / "data/evidence").rglob("*.jsonl")):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            names.add(record["request_id"])
            names.add(record["parameters"].get("DeliveryStreamName"))
            for name in NAME.findall(json.dumps([record["parameters"], record["body"]], ensure_ascii=False)):
                # A last part of one plain word, such as "customers", is also a word of the edition's own sentences.
                last = name.rsplit("/", 1)[-1]
                names |= {name, last} if re.search(r"[-_\d]", last) else {name}
    return {n for n in names if n and (len(n) > 5 or re.search("[A-Za-z]", n))}


def stands(name, data):
    """A short name is looked for as a word, and in text: in packed or numbered bytes every two letters stand somewhere."""
    if len(name) >= 5:
        return name.encode() in data
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def inflated(pdf):
    """The streams of a PDF as they are once unpacked, by nothing but zlib."""
    data, found = pdf.read_bytes(), {}
    for n, begin in enumerate(re.finditer(rb"stream\r?\n", data)):
        if data[: begin.start()].endswith(b"end"):
            continue
        try:
            found[f"customer.pdf stream {n}"] = zlib.decompressobj().decompress(data[begin.end() :])
        except zlib.error:
            continue  # not packed: it was searched as it stands
    return found


def texts(edition):
    """Everything that a reader could find, unpacked."""
    found = {str(p.relative_to(edition)): p.read_bytes() for p in edition.rglob("*") if p.is_file()}
    with zipfile.ZipFile(edition / "data/tables.xlsx") as book:
        found |= {f"tables.xlsx/{name}": book.read(name) for name in book.namelist()}
    pdf = edition / "data/customer.pdf"
    streams = inflated(pdf)
    if not streams:
        sys.exit("no stream of the PDF could be unpacked")
    found |= streams
    if shutil.which("pdftotext"):
        found["customer.pdf as text"] = subprocess.run(["pdftotext", pdf, "-"], capture_output=True).stdout
    if shutil.which("qpdf"):
        found["customer.pdf unpacked"] = subprocess.run(["qpdf", "--qdf", "--object-streams=disable", pdf, "-"], capture_output=True).stdout
    found["the names of files"] = "\n".join(str(p) for p in edition.rglob("*")).encode()
    return found


if __name__ == "__main__":
    sys.exit(main())
