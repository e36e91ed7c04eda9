"""The exports of every sample, judged by the published JSON Schemas.

Usage: python exports.py PATH-TO-KEYWITNESS

OSCAL's patterns use \\p{L}, which Python's own regular expressions do not know: a validator that skipped or
misread them would accept ids that no OSCAL tool takes. So patterns are matched by the `regex` package, and a
list of broken documents shows that each is refused. Ends with one line: how many held, how many did not.
"""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import regex

from end_to_end import Judge

HERE = pathlib.Path(__file__).resolve().parent
SCHEMAS = HERE.parent / "schemas"
SAMPLES = HERE.parent.parent / "samples"


def pattern(validator, wanted, instance, schema):
    if validator.is_type(instance, "string") and not regex.search(wanted, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {wanted!r}")


def validator(file, base):
    schema = json.loads((SCHEMAS / file).read_text())
    # Without formats: the one for patterns would compile them with the engine that does not know them.
    base.check_schema(schema, format_checker=jsonschema.FormatChecker(()))
    return jsonschema.validators.extend(base, {"pattern": pattern})(schema)


CATALOG = validator("oscal_catalog_schema.json", jsonschema.Draft7Validator)
RESULTS = validator("oscal_assessment-results_schema.json", jsonschema.Draft7Validator)
EVENT = validator("compliance_finding.1.8.0.schema.json", jsonschema.Draft202012Validator)


def main():
    program = os.path.abspath(sys.argv[1])
    judge = Judge()
    with tempfile.TemporaryDirectory(prefix="keywitness-exports-") as folder:
        for sample in sorted(p for p in SAMPLES.iterdir() if p.is_dir()):
            the_sample(judge, program, sample, pathlib.Path(folder))
    print(f"exports: {judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


def the_sample(judge, program, sample, folder):
    name = sample.name
    arguments = ["report", str(sample), "--config", str(sample / "keywitness.toml"), "--catalog", "all"]
    arguments += ["--export", "oscal,ocsf", "--json", "--output", str(folder / name)]
    made = keywitness(program, arguments, folder)
    judge.holds(f"{name}: a report with exports is made", made.returncode in (0, 3), made.stdout + made.stderr)
    if made.returncode not in (0, 3):
        return
    summary = json.loads(made.stdout)
    pack = folder / summary["pack"]
    findings = json.loads((pack / "data/findings.json").read_text())["findings"]
    judge.equal(f"{name}: pack.json names the exports", json.loads((pack / "pack.json").read_text())["exports"], ["oscal", "ocsf"])
    catalogs = sorted((pack / "data/exports/oscal").glob("catalog-*.json"))
    judge.equal(f"{name}: one OSCAL catalog each", len(catalogs), len(list((pack / "data/frameworks").glob("*.yaml"))))
    for catalog in catalogs:
        accepted(judge, f"{name}: {catalog.name}", CATALOG, json.loads(catalog.read_text()))
    results = json.loads((pack / "data/exports/oscal/assessment-results.json").read_text())
    accepted(judge, f"{name}: assessment-results.json", RESULTS, results)
    # Not splitlines: a text within may hold what Python takes for the end of a line, and JSON does not.
    lines = (pack / "data/exports/ocsf/compliance-findings.jsonl").read_text().removesuffix("\n").split("\n")
    lines = [line for line in lines if line]
    events = [json.loads(line) for line in lines]
    judge.equal(f"{name}: one event a finding", [e["finding_info"]["uid"] for e in events], [f["id"] for f in findings])
    for event in events:
        accepted(judge, f"{name}: event {event['finding_info']['uid']}", EVENT, event)
    unknown = {f["id"] for f in findings if f["status"] == "unknown"}
    passes = {e["finding_info"]["uid"] for e in events if e["compliance"]["status_id"] == 1}
    judge.equal(f"{name}: no unknown is a pass", unknown & passes, set())
    if name == "halcyon-parcels":
        judge.holds("the sample has unknowns, passes and findings", unknown and passes and "findings" in results["assessment-results"]["results"][0])
        broken_oscal(judge, results, json.loads(catalogs[0].read_text()))
        broken_ocsf(judge, events[0])
    replayed(judge, program, pack, summary, folder)


def accepted(judge, fact, schema, document):
    error = next(schema.iter_errors(document), None)
    judge.holds(f"{fact} is valid", error is None, error and f"{error.json_path}: {error.message[:300]}")


def refused(judge, fact, schema, document, change):
    changed = copy.deepcopy(document)
    change(changed)
    judge.holds(f"the schema refuses {fact}", changed != document and not schema.is_valid(changed))


def broken_oscal(judge, results, catalog):
    def finding(document):
        return document["assessment-results"]["results"][0]["findings"][0]

    changes = {
        "a third state": lambda d: finding(d)["target"]["status"].update(state="partial"),
        "a finding about a control": lambda d: finding(d)["target"].update(type="control-id"),
        "results without a plan": lambda d: d["assessment-results"].pop("import-ap"),
        "a field that OSCAL lacks": lambda d: finding(d).update(score=1),
        "a UUID of version 1": lambda d: finding(d).update(uuid="c232ab00-9414-11ec-b3c8-9f68deced846"),
        "a time without zone": lambda d: d["assessment-results"]["metadata"].update({"last-modified": "2026-11-23T09:00:00"}),
    }
    for fact, change in changes.items():
        refused(judge, fact, RESULTS, results, change)

    def control(document):
        body = document["catalog"]
        return (body.get("controls") or body["groups"][0]["controls"])[0]

    for fact, name in {"an id with brackets": "hipaa-164.312(a)", "an id that begins with a digit": "3.7.4"}.items():
        refused(judge, fact, CATALOG, catalog, lambda d, name=name: control(d).update(id=name))
    accepted(judge, "an id of letters that are not ASCII", CATALOG, with_id(catalog, control, "ключ-1"))


def with_id(catalog, control, name):
    changed = copy.deepcopy(catalog)
    control(changed)["id"] = name
    return changed


def broken_ocsf(judge, event):
    changes = {
        "an event without its compliance": lambda d: d.pop("compliance"),
        "a status that OCSF lacks": lambda d: d["compliance"].update(status_id=7),
        "another class": lambda d: d.update(class_uid=2001),
        "a field that OCSF lacks": lambda d: d["compliance"].update(score=1),
        "a time that is a text": lambda d: d.update(time="now"),
    }
    for fact, change in changes.items():
        refused(judge, fact, EVENT, event, change)


def replayed(judge, program, pack, summary, folder):
    """What is exported follows from the records: verify makes it again."""
    root = ["--expect-root", summary["pack_root"]]
    verified = keywitness(program, ["verify", str(pack), *root], folder)
    judge.holds(f"{pack.parent.name}: verify accepts the exports", verified.returncode == 0, verified.stdout)
    file = pack / "data/exports/ocsf/compliance-findings.jsonl"
    before = file.read_bytes()
    after = before.replace(b'"status":"Fail"', b'"status":"Pass"', 1) if b'"status":"Fail"' in before else before + b"\n"
    file.chmod(0o644)
    file.write_bytes(after)
    # As a forger would: all hashes are made anew, so only making the export again can tell.
    said = reseal(program, pack, folder)
    judge.holds(f"{pack.parent.name}: verify sees a changed export", said.returncode == 1 and "E-RENDER" in said.stdout, said.stdout)


def reseal(program, pack, folder):
    import hashlib

    def digest(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()

    names = sorted((str(p.relative_to(pack)) for p in (pack / "data").rglob("*") if p.is_file()), key=str.encode)
    write(pack / "manifest-sha256.txt", "".join(f"{digest(pack / n)}  {n}\n" for n in names))
    total = sum((pack / n).stat().st_size for n in names)
    info = (pack / "bag-info.txt").read_text().splitlines()
    info = [f"Payload-Oxum: {total}.{len(names)}" if line.startswith("Payload-Oxum:") else line for line in info]
    write(pack / "bag-info.txt", "\n".join(info) + "\n")
    tags = [line.split("  ", 1)[1] for line in (pack / "tagmanifest-sha256.txt").read_text().splitlines()]
    write(pack / "tagmanifest-sha256.txt", "".join(f"{digest(pack / n)}  {n}\n" for n in tags))
    return keywitness(program, ["verify", str(pack)], folder)


def write(path, text):
    path.chmod(0o644)
    path.write_text(text)


def keywitness(program, arguments, folder):
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    return subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


if __name__ == "__main__":
    sys.exit(main())
