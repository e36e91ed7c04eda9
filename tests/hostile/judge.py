"""What a pack full of hostile text does to the programs that people open it with: nothing.

Usage: python judge.py PATH-TO-KEYWITNESS PACK

Chromium opens the report with a proxy that writes down every request: nothing runs, nothing leaves. LibreOffice reads
the tables: no cell is a formula. qpdf and pdftotext read the PDF. No letter of a name is lost in any of them. A pseudo
terminal shows what the program prints: no byte of it moves a cursor. Each judge is first shown something bad, so that it
is known to see it. What is not installed is skipped and said. Ends with one line; exit code 1 if anything failed.
"""

import base64
import hashlib
import html.parser
import json
import os
import pathlib
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile

CANARY = "203.0.113.9"
BAD_PAGE = f"""<!DOCTYPE html><title>calm</title><script>document.title='PWNED'</script>
<img src="http://{CANARY}/kw-canary"><a href="javascript:1">x</a>"""
failed = passed = 0


def holds(fact, truth, detail=""):
    global failed, passed
    if truth:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {fact}: {detail}", flush=True)


class Proxy(threading.Thread):
    """Answers nobody and remembers who was asked for."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked = []
        self.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                connection.settimeout(2)
                try:
                    self.asked.append(connection.recv(4096).split(b"\r\n")[0].decode("latin-1"))
                    connection.sendall(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
                except OSError:
                    pass


class Elements(html.parser.HTMLParser):
    """Everything in a page that could act."""

    ACTIVE = {"iframe", "object", "embed", "img", "form", "base", "link", "video", "audio", "frame", "portal"}

    def __init__(self):
        super().__init__()
        self.active = []
        self.title = ""
        self.in_title = False
        self.scripts = []
        self.in_script = False
        self.policy = ""

    def handle_starttag(self, tag, attributes):
        # The page's own title is the first; those of charts are words like all others.
        self.in_title = tag == "title" and not self.title
        self.in_script = tag == "script"
        if self.in_script:
            self.scripts.append("")
        if dict(attributes).get("http-equiv", "").lower() == "content-security-policy":
            self.policy = dict(attributes).get("content", "")
        for name, value in attributes:
            value = (value or "").strip().lower()
            if name.startswith("on") or (name in ("href", "src", "action", "data") and value and not value.startswith("#")):
                self.active.append(f"<{tag} {name}={value[:60]}>")
        if tag in self.ACTIVE:
            self.active.append(f"<{tag}>")
        if tag == "meta" and dict(attributes).get("http-equiv", "").lower() == "refresh":
            self.active.append("<meta refresh>")

    def handle_data(self, data):
        if self.in_title:
            self.title += data
        if self.in_script:
            self.scripts[-1] += data

    def handle_endtag(self, tag):
        self.in_title = self.in_script = False

    def foreign_scripts(self):
        """Scripts that the policy of the page does not allow by their digest."""
        digest = lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return [text[:80] for text in self.scripts if f"script-src 'sha256-{digest(text)}'" not in self.policy]


def chromium(browser, page, folder):
    proxy = Proxy()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-default-apps", "--virtual-time-budget=2000",
             f"--user-data-dir={folder}/profile-{proxy.port}", f"--proxy-server=127.0.0.1:{proxy.port}", "--dump-dom"]
    ran = subprocess.run([browser, *flags, page.as_uri()], capture_output=True, text=True, timeout=300)
    elements = Elements()
    elements.feed(ran.stdout)
    return elements, [line for line in proxy.asked if CANARY in line], ran.stdout


def judge_page(pack, folder):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        return print("chromium: not here, skipped")
    bad = folder / "bad.html"
    bad.write_text(BAD_PAGE)
    elements, asked, _ = chromium(browser, bad, folder)
    holds("the judge sees a script run", elements.title.strip() == "PWNED", elements.title)
    holds("the judge sees a request leave", asked, asked)
    holds("the judge sees what can act", len(elements.active) >= 3, elements.active)
    holds("the judge sees a script of others", elements.foreign_scripts(), elements.scripts)
    elements, asked, dom = chromium(browser, pack / "data/report.html", folder)
    holds("the page was shown", len(dom) > 100_000, len(dom))
    holds("nothing ran", "PWNED" not in elements.title and elements.title.strip(), elements.title)
    holds("no request left", not asked, asked)
    holds("nothing on the page can act", not elements.active, elements.active[:10])
    holds("its one script is the one that its policy allows", len(elements.scripts) == 1 and not elements.foreign_scripts(),
          elements.foreign_scripts())


def formulas(sheet):
    return re.findall(r'table:formula="[^"]*"', sheet.read_text(encoding="utf-8"))


def judge_tables(pack, folder):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if not office:
        return print("libreoffice: not here, skipped")
    bad = folder / "bad.csv"
    bad.write_text("a,b\n=1+1,x\n")
    tables = sorted((pack / "data/tables").glob("*.csv"))
    out = folder / "sheets"
    command = [office, f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to", "fods", "--outdir", str(out)]
    subprocess.run([*command, str(bad), *map(str, tables)], capture_output=True, timeout=600, check=True)
    holds("the judge sees a formula", formulas(out / "bad.fods"))
    for table in tables:
        sheet = out / f"{table.stem}.fods"
        holds(f"{table.name} was read", sheet.exists())
        holds(f"{table.name} has no formula", sheet.exists() and not formulas(sheet), sheet.exists() and formulas(sheet)[:3])


def judge_pdf(pack):
    report = pack / "data/report.pdf"
    if shutil.which("qpdf"):
        ran = subprocess.run(["qpdf", "--check", report], capture_output=True, text=True)
        holds("qpdf has nothing to say", ran.returncode == 0, ran.stderr or ran.stdout)
        text = subprocess.run(["qpdf", "--qdf", "--object-streams=disable", report, "-"], capture_output=True).stdout
        for word in [b"/JavaScript", b"/OpenAction", b"/Launch", b"/SubmitForm", b"/AA "]:
            holds(f"the PDF has no {word.decode()}", word not in text)
        attached = subprocess.run(["qpdf", "--list-attachments", report], capture_output=True, text=True).stdout
        names = [line.split(" -> ")[0] for line in attached.splitlines() if " -> " in line]
        holds("the PDF carries the findings and nothing else", set(names) <= {"findings.json"}, names)
        links = re.findall(rb"/URI \(([^)]*)\)", text)
        holds("the PDF links to nothing that AWS said", not [u for u in links if CANARY.encode() in u], links[:3])
    else:
        print("qpdf: not here, skipped")
    if shutil.which("pdftotext"):
        words = subprocess.run(["pdftotext", "-layout", report, "-"], capture_output=True).stdout.decode("utf-8", "replace")
        holds("scripts are words in the PDF", "<script>" in words)
        holds("templates are words in the PDF", any(mark in words for mark in ("{{", "{#", "{%")))
    else:
        print("pdftotext: not here, skipped")


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def judge_letters(pack):
    """Every character of a name or tag is in every format: as itself, or spelled out where it hides or has no glyph."""
    asked = ["firehose.ListDeliveryStreams", "firehose.ListTagsForDeliveryStream", "kms.ListAliases"]
    files = [file for name in asked for file in pack.glob(f"data/evidence/*/*/{name}.jsonl")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    letters = {c for line in lines for text in texts(json.loads(line)["body"]) for c in text if ord(c) > 0xA0}
    with zipfile.ZipFile(next(pack.glob("data/**/*.xlsx"))) as book:
        sheets = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    formats = {
        "page": (pack / "data/report.html").read_text(encoding="utf-8"),
        "tables": "".join(p.read_text(encoding="utf-8") for p in pack.glob("data/tables/*.csv")),
        "workbook": sheets,
    }
    if shutil.which("pdftotext"):
        read = subprocess.run(["pdftotext", "-raw", pack / "data/report.pdf", "-"], capture_output=True)
        formats["PDF"] = read.stdout.decode("utf-8", "replace")
    holds("there are letters of other scripts", len(letters) > 10, len(letters))
    for name, text in formats.items():
        lost = sorted(f"U+{ord(c):04X}" for c in letters if c not in text and f"U+{ord(c):04X}" not in text)
        holds(f"the {name} loses no letter", not lost, lost[:10])


def shown(command):
    """What a terminal would get."""
    output = bytearray()

    def read(descriptor):
        data = os.read(descriptor, 65536)
        output.extend(data)
        return b""

    pty.spawn(command, read, lambda _: b"")
    return bytes(output)


def moves(output):
    text = output.decode("utf-8", "replace")
    return [c for c in text if (ord(c) < 32 and c not in "\r\n\t") or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E
            or 0x2066 <= ord(c) <= 0x2069 or 0x200B <= ord(c) <= 0x200F]


def judge_terminal(program, pack, folder):
    holds("the judge sees a terminal code", moves(shown(["printf", "\\033[2J"])))
    again = folder / "again"
    again.mkdir()
    commands = [[program, "report", str(pack / "data/evidence"), "--output", str(again)], [program, "verify", str(pack)]]
    broken = folder / "broken"
    shutil.copytree(pack, broken)
    for name in ["\x1b[2J", "a\u202eb", "x\rVERIFIED"]:
        (broken / "data" / name).write_text("x")
    commands.append([program, "verify", str(broken)])
    for command in commands:
        output = shown(command)
        # The program's own bar is drawn while it collects, which none of these does.
        holds(f"{command[1]} moves no cursor", not moves(output), moves(output)[:5])
        holds(f"{command[1]} says something", len(output) > 100)


def main():
    program, pack = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="keywitness-hostile-") as folder:
        folder = pathlib.Path(folder)
        judge_page(pack, folder)
        judge_tables(pack, folder)
        judge_pdf(pack)
        judge_letters(pack)
        judge_terminal(program, pack, folder)
    print(f"hostile text: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
