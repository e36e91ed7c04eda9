"""The workbook of every sample against its CSV files, judged by openpyxl, and by LibreOffice where there is one.

Usage: python workbook.py PATH-TO-KEYWITNESS

The same cells must be in both; a number, a day and a time must be such in the workbook; nothing may be a formula;
heads stand still and can filter; and two reports of one snapshot have the same workbook, byte for byte. Ends with
one line: how many held, how many did not.
"""

import csv
import datetime
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

import openpyxl

from end_to_end import Judge

SAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "samples"
# All sheets, comma, quotes where needed, UTF-8, cells as they are formatted and not as shown by width.
ALL_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


def main():
    program = os.path.abspath(sys.argv[1])
    judge = Judge()
    with tempfile.TemporaryDirectory(prefix="keywitness-workbook-") as folder:
        for sample in sorted(p for p in SAMPLES.iterdir() if p.is_dir()):
            packs = [report(judge, program, sample, pathlib.Path(folder) / name) for name in ("first", "second")]
            if None in packs:
                continue
            digests = {hashlib.sha256((p / "data/tables.xlsx").read_bytes()).hexdigest() for p in packs}
            judge.equal(f"{sample.name}: the same workbook twice", len(digests), 1)
            against_csv(judge, sample.name, packs[0])
            calc(judge, sample.name, packs[0], pathlib.Path(folder))
    print(f"workbook: {judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


def report(judge, program, sample, output):
    arguments = ["report", sample, "--config", sample / "keywitness.toml", "--json", "--output", output / sample.name]
    environment = {"HOME": str(output), "PATH": os.environ["PATH"]}
    made = subprocess.run([program, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=600)
    judge.holds(f"{sample.name}: a report is made", made.returncode in (0, 3), made.stdout + made.stderr)
    return pathlib.Path(json.loads(made.stdout)["pack"]) if made.returncode in (0, 3) else None


def tables(pack):
    for file in sorted((pack / "data/tables").glob("*.csv")):
        raw = file.read_bytes()
        text = raw.decode("utf-8")
        yield file.stem, text, list(csv.reader(io.StringIO(text, newline="")))


def kinds(pack):
    rows = list(csv.DictReader(io.StringIO((pack / "data/tables/dictionary.csv").read_text(), newline="")))
    return {(r["table"], r["column"]): r["type"] for r in rows}


def against_csv(judge, name, pack):
    book = openpyxl.load_workbook(pack / "data/tables.xlsx")
    types = kinds(pack)
    found = {sheet.title for sheet in book}
    judge.equal(f"{name}: a sheet for each table", found, {table for table, _, _ in tables(pack)} | {"about"})
    for table, text, rows in tables(pack):
        judge.holds(f"{name}: {table}.csv ends its lines with CRLF", text.endswith("\r\n") and "\n" not in text.replace("\r\n", ""))
        judge.equal(f"{name}: {table}.csv is a rectangle", len({len(row) for row in rows}), 1)
        sheet = book[table]
        judge.equal(f"{name}: {table} keeps its head", sheet.freeze_panes, "A2")
        judge.equal(f"{name}: {table} filters", sheet.auto_filter.ref, f"A1:{openpyxl.utils.get_column_letter(len(rows[0]))}{len(rows)}")
        judge.equal(f"{name}: {table} has every row", (sheet.max_row, sheet.max_column), (len(rows), len(rows[0])))
        wrong = []
        for line, (cells, row) in enumerate(zip(sheet.iter_rows(), rows)):
            for head, cell, said in zip(rows[0], cells, row):
                if cell.data_type == "f" or text_of(cell.value) != said:
                    wrong.append((cell.coordinate, cell.value, said))
                elif line and said and not typed(types[table, head], cell.value, said):
                    wrong.append((cell.coordinate, type(cell.value).__name__, types[table, head]))
        judge.equal(f"{name}: {table} has the cells of the CSV file", wrong[:3], [])
    made = book.properties.created
    started = json.loads((pack / "pack.json").read_text())["period"]["collected_to"]
    judge.equal(f"{name}: the workbook was made when the evidence was complete", made.isoformat()[:16], started[:16])
    with zipfile.ZipFile(pack / "data/tables.xlsx") as archive:
        inside = b"".join(archive.read(entry) for entry in archive.namelist())
        links = [entry for entry in archive.namelist() if "externalLink" in entry or "vba" in entry.lower()]
    judge.holds(f"{name}: no formula, link or macro anywhere", b"<f>" not in inside and b"<f " not in inside and not links)


def text_of(value):
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        day = value.time() == datetime.time() and value.date().isoformat()
        return day or value.isoformat() + "Z"
    return str(value)


def typed(kind, value, said):
    if kind == "number" and re.fullmatch(r"\d+", said):
        return isinstance(value, int)
    if kind in ("time", "day") and re.match(r"\d{4}-\d\d-\d\d", said):
        return isinstance(value, datetime.datetime)
    return isinstance(value, str)


def calc(judge, name, pack, folder):
    """LibreOffice opens it and writes every sheet as CSV: the same cells again."""
    soffice = shutil.which("soffice")
    if soffice is None:
        print(f"LibreOffice: not here, {name} skipped")
        return
    out = folder / "calc" / name
    command = [soffice, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", ALL_SHEETS]
    said = subprocess.run([*command, "--outdir", out, pack / "data/tables.xlsx"], capture_output=True, text=True, timeout=300)
    # It looks for Java, which nothing here needs.
    lines = (said.stdout + said.stderr).lower().splitlines()
    words = "\n".join(line for line in lines if "javaldx" not in line and not line.startswith("writing sheet"))
    judge.holds(f"{name}: LibreOffice opens the workbook without a warning", said.returncode == 0 and "error" not in words and "warn" not in words, words)
    types = kinds(pack)
    for table, _, rows in tables(pack):
        file = out / f"tables-{table}.csv"
        if not file.exists():
            judge.holds(f"{name}: LibreOffice wrote {table}", False, str(sorted(p.name for p in out.iterdir())))
            continue
        with open(file, newline="", encoding="utf-8") as text:
            written = list(csv.reader(text))
        shown = [[as_shown(types[table, head], cell) for head, cell in zip(rows[0], row)] for row in rows]
        different = [(n, a, b) for n, (a, b) in enumerate(zip(shown, written)) if a != b]
        judge.equal(f"{name}: LibreOffice has as many rows of {table}", len(written), len(shown))
        judge.equal(f"{name}: LibreOffice shows the cells of {table}", different[:2], [])


def as_shown(kind, cell):
    """A time as the workbook formats it."""
    return cell if kind != "time" else re.sub(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z$", r"\1 \2", cell)


if __name__ == "__main__":
    sys.exit(main())
