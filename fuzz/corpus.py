"""Seeds for the fuzz targets, from the samples and catalogs of the repository: fuzz/corpus/TARGET/, which git leaves alone."""

import hashlib
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[1]


def put(target, data):
    folder = ROOT / "fuzz/corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def policies(value):
    """Policies anywhere in an answer; AWS gives most of them as text."""
    if isinstance(value, dict):
        if "Statement" in value:
            yield json.dumps(value)
        for inner in value.values():
            yield from policies(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from policies(inner)
    elif isinstance(value, str) and '"Statement"' in value:
        yield value


lines = []
for file in sorted((ROOT / "samples").rglob("*")):
    if file.is_file():
        lines.append(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  data/{file.relative_to(ROOT / 'samples')}\n".lower())
    if file.name == "run.json":
        put("records", b"\1" + file.read_bytes())
        put("descriptions", file.read_bytes())
    if file.suffix != ".jsonl":
        continue
    records = file.read_text(encoding="utf-8").split("\n")
    if file.name == "kms.DescribeKey.jsonl":
        put("records", b"\0" + file.read_bytes())
        put("records", f"\0{records[0]}\n".encode())
    for number, record in enumerate(records):
        if record:
            if number < 3:
                put("descriptions", record.encode())
            for policy in policies(json.loads(record)["body"]):
                put("key_policy", policy.encode())
put("manifest", "".join(sorted(lines, key=lambda line: line[66:])[:200]).encode())
put("manifest", "".join(lines[:1]).encode())
for file in (ROOT / "fuzz/seeds").iterdir():
    put("time_stamp", file.read_bytes())
for file in (ROOT / "frameworks").glob("*.yaml"):
    put("catalog", file.read_bytes())
