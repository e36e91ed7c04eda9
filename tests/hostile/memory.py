"""How much memory `keywitness verify` takes for packs that are made to exhaust it, each close to one of its limits.

Usage: python memory.py PATH-TO-KEYWITNESS [NAME]...      all packs take some ten minutes in a build for tests

Every hash, count and root of these packs is right, as a forger would make them, so that all that verify does is done. What
is measured is the largest resident set of the process (ru_maxrss). Prints a table, and last one line; exit code 1 if a pack
took more than MOST, took too long, or was not refused.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples/halcyon-parcels"
MOST = 1024  # MiB
LONGEST = 600  # seconds, in a build for tests
MIB = 1 << 20
ACCOUNT = "111122223333"
PLACE = f"data/evidence/{ACCOUNT}/eu-west-1"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Forged:
    """A copy of a genuine pack, changed and sealed again."""

    def __init__(self, genuine, folder):
        self.path = folder
        shutil.copytree(genuine, folder)
        self.known = {line[66:]: line[:64] for line in (folder / "manifest-sha256.txt").read_text().splitlines()}
        self.changed = set()

    def put(self, name, data):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        self.changed.add(name)

    def text(self, name):
        return (self.path / name).read_text()

    def seal(self):
        data = self.path / "data"
        files = sorted(str(p.relative_to(self.path)) for p in data.rglob("*") if p.is_file())
        digest = lambda name: self.known[name] if name in self.known and name not in self.changed else sha256((self.path / name).read_bytes())
        sums = {name: digest(name) for name in files if name != "data/evidence.sha256"}
        evidence = "".join(f"{sums[n]}  {n[5:]}\n" for n in sorted(sums) if n.startswith("data/evidence/")).encode()
        self.put("data/evidence.sha256", evidence)
        sums["data/evidence.sha256"] = sha256(evidence)
        self.put("manifest-sha256.txt", "".join(f"{sums[n]}  {n}\n" for n in sorted(sums)))
        about = re.sub(r'("evidence": "sha256:)[0-9a-f]{64}', rf"\g<1>{sha256(evidence)}", self.text("pack.json"))
        self.put("pack.json", about)
        octets = sum((self.path / name).stat().st_size for name in sums)
        info = re.sub(r"Payload-Oxum: \S+", f"Payload-Oxum: {octets}.{len(sums)}", self.text("bag-info.txt"))
        self.put("bag-info.txt", info)
        tags = ["HOW-TO-VERIFY.txt", "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "pack.json"]
        self.put("tagmanifest-sha256.txt", "".join(f"{sha256((self.path / t).read_bytes())}  {t}\n" for t in tags))


def record(ev, operation, parameters, body, service="firehose"):
    at = "2026-10-02T06:00:00.317Z"
    return {
        "ev": ev, "account": ACCOUNT, "region": "eu-west-1", "service": service, "operation": operation,
        "parameters": parameters, "page": 1, "sent": at, "received": at, "date": "Fri, 02 Oct 2026 06:00:00 GMT",
        "request_id": "54b59981-9872-4da8-bb12-abf04cd8a6f2",
        "attempts": [{"sent": at, "received": at, "status": 200, "error": None}],
        "status": 200, "error": None, "withheld": [], "body": body,
    }


def edit(pack, file, change):
    """Changes the body of the first record of a file that has one."""
    lines = pack.text(file).splitlines()
    at = next(n for n, line in enumerate(lines) if json.loads(line)["body"])
    first = json.loads(lines[at])
    change(first)
    lines[at] = json.dumps(first, separators=(",", ":"), ensure_ascii=False)
    pack.put(file, "\n".join(lines) + "\n")


LIST = f"{PLACE}/firehose.ListDeliveryStreams.jsonl"
HEAD = "data/evidence/run.json"


def many_files(pack):
    """As many files as there may be, with the longest paths."""
    for n in range(1990):
        folder = pack.path / f"data/evidence/{ACCOUNT}/eu-west-1/{'d' * 60}{n:06}"
        folder.mkdir(parents=True)
        for m in range(99):
            (folder / f"{'f' * 10}{m:03}.jsonl").touch()
            name = str((folder / f"{'f' * 10}{m:03}.jsonl").relative_to(pack.path))
            pack.known[name] = sha256(b"")


def list_of_bad_lines(pack):
    """A hash list of the largest size, of lines that are all wrong."""
    pack.seal()
    (pack.path / "manifest-sha256.txt").write_bytes(b"x\n" * (32 * MIB - 1))


def list_of_long_lines(pack):
    """A hash list of the largest size, of lines that are all unsafe."""
    pack.seal()
    line = b"0" * 64 + b"  data/" + b"\x1b" * 440 + b"\n"
    (pack.path / "manifest-sha256.txt").write_bytes(line * (64 * MIB // len(line)))


def deep_answer(pack):
    """An answer as deep as JSON may be, many times over."""
    deep = "[" * 100 + "]" * 100
    edit(pack, LIST, lambda r: r["body"].update(X=[json.loads(deep) for _ in range(40000)]))


def wide_answer(pack):
    """One record of the longest length: an object of many names."""
    edit(pack, LIST, lambda r: r["body"].update(X={f"{n:x}": 0 for n in range(2_300_000)}))


def short_values(pack):
    """Records of nothing but small values, up to the limit of a line, many times."""
    for name in ["firehose.DescribeDeliveryStream", "kms.DescribeKey", "kms.GetKeyPolicy", "kms.ListResourceTags"]:
        edit(pack, f"{PLACE}/{name}.jsonl", lambda r: r["body"].update(X=[0] * 3_500_000))


def kept_bytes(pack):
    """Records with as many bytes as are kept at all, in long texts."""
    first = json.loads(pack.text(f"{PLACE}/kms.DescribeKey.jsonl").splitlines()[0])
    first["body"]["X"] = "x" * (30 * MIB)
    line = json.dumps(first) + "\n"
    pack.put(f"{PLACE}/kms.DescribeKey.jsonl", line * 29)


def half_kept(pack):
    """Half of it bytes, half of it values."""
    first = json.loads(pack.text(f"{PLACE}/kms.DescribeKey.jsonl").splitlines()[0])
    first["body"]["X"] = "x" * (30 * MIB)
    line = json.dumps(first) + "\n"
    pack.put(f"{PLACE}/kms.DescribeKey.jsonl", line * 14)


def large_document(name):
    def make(pack):
        if name == "pack.json":
            pack.seal()
            pack.put(name, '{"a":[' + "0," * (32 * MIB - 8) + "0]}")
            tags = ["HOW-TO-VERIFY.txt", "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "pack.json"]
            pack.put("tagmanifest-sha256.txt", "".join(f"{sha256((pack.path / t).read_bytes())}  {t}\n" for t in tags))
        elif name == HEAD:
            pack.put(name, '{"format":2,"id":[' + "0," * (120 * MIB) + "0]}")
        else:
            pack.put(name, '{"a":[' + "0," * (127 * MIB) + "0]}")

    make.__doc__ = f"{name}, as large as it may be, of small values"
    return make


def objects_of_one(name):
    def make(pack):
        pack.put(name, '{"a":[' + '{"":0},' * (30 * MIB) + "0]}")

    make.__doc__ = f"{name}, as large as it may be, of objects with one small value"
    return make


def many_streams(number):
    def make(pack):
        names = [f"{n:07x}" for n in range(number)]
        edit(pack, LIST, lambda r: r["body"].update(DeliveryStreamNames=names))

    make.__doc__ = f"a listing of {number:,} streams, of which nothing else is known"
    return make


def many_aliases(number):
    def make(pack):
        aliases = [{"AliasName": f"alias/{n:x}", "AliasArn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/{n:x}", "TargetKeyId": f"{n:032x}"} for n in range(number)]
        edit(pack, f"{PLACE}/kms.ListAliases.jsonl", lambda r: r["body"].update(Aliases=aliases))

    make.__doc__ = f"{number:,} aliases"
    return make


def catalogs(megabytes):
    def make(pack):
        text = (ROOT / "frameworks/house-baseline.yaml").read_text()
        head, body = text.split("requirements:\n")
        first = body[body.index('  - id: "HB-1"') : body.index('  - id: "HB-2"')]
        about = json.loads(pack.text("pack.json"))
        for n in range(megabytes):
            own = head.replace("id: house-baseline", f"id: baseline-{n}").replace(r"\d{1,2}", r"\d{1,5}")
            own = re.sub(r"parameters:\n(?:(?!\n\n).|\n(?!\n))*", "parameters: []\n", own, flags=re.S)
            many = (MIB - len(own) - 100) // (len(first) + 4)
            own += "requirements:\n" + "".join(first.replace("HB-1", f"HB-{m}") for m in range(1, many))
            pack.put(f"data/frameworks/baseline-{n}.yaml", own)
            about["catalogs"].append({"id": f"baseline-{n}", "sha256": sha256(own.encode()), "version": "1.0.0"})
        pack.put("pack.json", json.dumps(about, indent=2, ensure_ascii=False) + "\n")

    make.__doc__ = f"{megabytes} catalogs of requirements, each as long as a catalog may be"
    return make


def many_events(pack):
    """Events of the trail: the longest page there may be."""
    (file,) = list(pack.path.glob(f"{PLACE}/cloudtrail.LookupEvents.jsonl"))
    name = str(file.relative_to(pack.path))
    found = json.loads(next(line for line in pack.text(name).splitlines() if json.loads(line)["body"].get("Events")))
    event = found["body"]["Events"][0]

    def change(r):
        r["body"]["Events"] = [{**event, "EventId": f"{n:08x}-0000-4000-8000-000000000000"} for n in range(8000)]

    edit(pack, name, change)


PACKS = {
    "many-files": many_files,
    "list-of-bad-lines": list_of_bad_lines,
    "list-of-long-lines": list_of_long_lines,
    "deep-answer": deep_answer,
    "wide-answer": wide_answer,
    "short-values": short_values,
    "kept-bytes": kept_bytes,
    "half-kept": half_kept,
    "large-pack.json": large_document("pack.json"),
    "large-run.json": large_document(HEAD),
    "large-settings.json": large_document("data/settings.json"),
    "large-series.json": large_document("data/series.json"),
    "objects-settings.json": objects_of_one("data/settings.json"),
    "large-findings.json": large_document("data/findings.json"),
    "streams-3000": many_streams(3000),
    "streams-50000": many_streams(50_000),
    "streams-500000": many_streams(500_000),
    "aliases": many_aliases(60_000),
    "events": many_events,
    "catalogs": catalogs(4),
    "more-catalogs": catalogs(40),
}


def measure(command, cwd):
    """Exit code, largest resident set in MiB, seconds, first lines."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(["timeout", str(LONGEST), *command], stdout=out, stderr=out, cwd=cwd, env={"HOME": str(cwd), "PATH": os.environ["PATH"]})
        _, status, _ = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read(1 << 16).decode("utf-8", "replace")
    return process.returncode, text, time.monotonic() - began


def main():
    program = os.path.abspath(sys.argv[1])
    chosen = sys.argv[2:] or list(PACKS)
    failures = []
    with tempfile.TemporaryDirectory(prefix="keywitness-memory-") as folder:
        folder = pathlib.Path(folder)
        report = [program, "report", str(SAMPLE), "--config", str(SAMPLE / "keywitness.toml"), "--catalog", "house-baseline", "--output", "out"]
        subprocess.run(report, cwd=folder, capture_output=True, env={"HOME": str(folder), "PATH": os.environ["PATH"]})
        (genuine,) = (folder / "out").iterdir()
        print(f"{'pack':24} {'exit':>4} {'MiB':>6} {'s':>6}  what it says", flush=True)
        for name in ["genuine", *chosen]:
            pack = Forged(genuine, folder / f"forged-{name}")
            if name != "genuine":
                PACKS[name](pack)
                if not name.startswith(("list-of", "large-pack")):
                    pack.seal()
            # The measured process is a child of one that does nothing else, so that nobody else's peak is told.
            probe = "import os,sys,resource,subprocess; r=subprocess.call(sys.argv[1:]); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(r)"
            code, text, seconds = measure([sys.executable, "-c", probe, program, "verify", str(pack.path)], folder)
            size = re.findall(r"^(\d+)$", text, re.M)
            mib = int(size[-1]) // 1024 if size else -1
            said = [line for line in text.splitlines() if re.match(r"E-|error|CONSISTENT|VERIFIED", line)]
            print(f"{name:24} {code:4} {mib:6} {seconds:6.1f}  {(said or [text[-100:]])[0][:150]}", flush=True)
            wanted = 3 if name == "genuine" else 1
            if code != wanted or not 0 < mib <= MOST:
                failures.append(f"{name}: exit {code}, {mib} MiB")
            shutil.rmtree(pack.path)
    print(f"memory of verify: {len(chosen) + 1 - len(failures)} passed, {len(failures)} failed (limit {MOST} MiB)")
    for failure in failures:
        print(f"  {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
