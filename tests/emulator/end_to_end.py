"""The main job end to end against an AWS that was not written here: seed, run, verify, and judge.

Usage: python end_to_end.py PATH-TO-KEYWITNESS

Starts ministack on loopback, fills two Regions, runs the real program through a proxy that denies three calls,
and then asks three judges: the expectations that were written down while seeding, the program's own verifier,
and stock tools. Ends with one line: how many passed, how many failed; exit code 1 if any failed.
"""

import collections
import csv
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

import archive
import full_disk
import proxy
import seed
import shards
import trail_bucket
import watching

REGIONS = ["eu-west-1", "us-east-1"]
DENIED_STREAM = "direct-half-yearly-b"
DENIED_KEY_ALIAS = "alias/claims"
CHECKS = {
    "encrypted": "stream-sse-enabled",
    "customer_key": "stream-customer-managed-key",
    "stream_tags": "stream-required-tags",
    "usable": "key-enabled",
    "stays": "key-not-pending-deletion",
    "rotation": "key-rotation-enabled",
    "period": "key-rotation-period",
    "key_tags": "key-required-tags",
}
TRAIL_CHECKS = {
    "trail-logging-multi-region": "pass",
    "trail-log-file-validation": "pass",
    "trail-records-kms-events": "pass",
    "key-management-events": "pass",
    "key-access-events": "pass",
    "stream-events": "pass",
    "stream-inventory-complete": "unknown",
}
CONFIGURATION = f"""
[parameters]
cryptoperiod_days = {seed.DECLARED_CRYPTOPERIOD}

[required_tags]
streams = ["owner", "data-class"]
keys = ["owner"]
"""


class Judge:
    """Counts what held and prints what did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def holds(self, fact, truth, detail=""):
        if truth:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {fact}{': ' if detail else ''}{detail}", flush=True)

    def equal(self, fact, found, expected):
        self.holds(fact, found == expected, f"found {found!r}, expected {expected!r}")


def on_emulator(program, job):
    """Judges a program before a fresh ministack: `job` gets it, the port, a folder and the judge, which is returned."""
    program = os.path.abspath(program)
    judge = Judge()
    with tempfile.TemporaryDirectory(prefix="keywitness-emulator-") as folder:
        folder = pathlib.Path(folder)
        port = free_port()
        with open(folder / "ministack.log", "wb") as log:
            emulator = start_emulator(port, log)
        try:
            wait_for(port, emulator, folder / "ministack.log")
            job(program, port, folder, judge)
        except Exception:
            traceback.print_exc()
            judge.holds("the run comes to its end", False)
        finally:
            emulator.terminate()
            try:
                emulator.wait(20)
            except subprocess.TimeoutExpired:
                emulator.kill()
    return judge


def main():
    judge = on_emulator(sys.argv[1], whole_job)
    print(f"emulator: {judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


def whole_job(program, port, folder, judge):
    clients = seed.clients_of(f"http://127.0.0.1:{port}")
    regions = {name: seed.fill(clients, name) for name in REGIONS}
    home = regions[REGIONS[0]]
    landing_key = next(arn for arn, key in home.keys.items() if key["alias"] == "alias/orders")
    seed.trail(clients, REGIONS[0], landing_key)
    # The window ends with the last full second before the run, and what was just made must lie in it.
    time.sleep(2)
    total = sum(len(r.streams) for r in regions.values())
    judge.holds("at least 60 streams were seeded", total >= 60, str(total))
    spared = {k for r in regions.values() for k, v in r.keys.items() if v["alias"] != DENIED_KEY_ALIAS}

    def denies(action, parameters, _):
        if action == "DescribeDeliveryStream":
            return parameters.get("DeliveryStreamName") == DENIED_STREAM
        if action == "GetResources":
            # The tags of that key, in bulk as well; then each key is asked by itself.
            return any(":kms:" in arn and arn not in spared for arn in parameters.get("ResourceARNList", []))
        return action == "ListResourceTags" and parameters.get("KeyId") not in spared

    door, denied = proxy.start(port, denies)
    (folder / "keywitness.toml").write_text(CONFIGURATION)
    arguments = ["run", "--endpoint-url", f"http://127.0.0.1:{door}", "--no-rate-limit", "--json"]
    arguments += ["--config", str(folder / "keywitness.toml"), "--output", str(folder / "packs")]
    arguments += [a for name in REGIONS for a in ("--region", name)]
    ran = keywitness(program, arguments, folder)
    judge.equal("a run with gaps ends with 3", ran.returncode, 3)
    if ran.returncode != 3:
        print(ran.stdout, ran.stderr, sep="\n")
        return
    summary = json.loads(ran.stdout)
    pack = folder / summary["pack"]
    judge.holds("the proxy did deny", len({a for a, _ in denied}) == 3, repr(denied))
    judge.equal("the summary's exit code", summary["exit"], 3)

    findings = json.loads((pack / "data/findings.json").read_text())["findings"]
    against_the_seed(judge, regions, findings)
    records = read_records(pack)
    the_records(judge, regions, records, summary)
    the_gaps(judge, pack, regions)
    the_lineage(judge, pack, landing_key)
    no_secret(judge, pack, ran)
    stock_tools(judge, program, pack, summary, folder)
    the_reports(judge, pack, summary)
    signed_by_kms(judge, program, pack, clients, port, folder)
    archive.judge_archive(judge, keywitness, program, pack, clients, port, folder)
    watching.judge_watching(judge, program, REGIONS[:1], port, folder)
    full_disk.judge_full_disk(judge, program, REGIONS[0], port)
    shards.judge_shards(judge, keywitness, program, REGIONS, port, folder)
    used = next(s["key"] for s in regions[REGIONS[0]].streams.values() if s["key"])
    trail_bucket.judge_trail_bucket(judge, keywitness, program, clients, used, REGIONS[0], port, folder)


def against_the_seed(judge, regions, findings):
    """What was seeded is what was found, subject by subject."""
    found = {(f["check"], f["subject"]["region"], f["subject"]["id"]): f for f in findings}
    for name, region in regions.items():
        for stream, expected in region.streams.items():
            arn = f"arn:aws:firehose:{name}:000000000000:deliverystream/{stream}"
            for what in ("encrypted", "customer_key", "tags"):
                check = CHECKS["stream_tags" if what == "tags" else what]
                wanted = expected[what]
                if stream == DENIED_STREAM and what != "tags":
                    wanted = "unknown"
                status = found.get((check, name, arn), {}).get("status", "no finding")
                judge.equal(f"{check} of {name}/{stream}", status, wanted)
        used = {s["key"] for n, s in region.streams.items() if s["key"] and n != DENIED_STREAM}
        for arn in sorted(used):
            expected = region.keys[arn]
            for what in ("usable", "stays", "rotation", "period", "tags"):
                check = CHECKS["key_tags" if what == "tags" else what]
                wanted = expected[what]
                if what == "tags" and expected["alias"] == DENIED_KEY_ALIAS:
                    wanted = "unknown"
                if wanted is None:
                    continue
                status = found.get((check, name, arn), {}).get("status", "no finding")
                judge.equal(f"{check} of {name}/{expected['alias']}", status, wanted)
        for check, wanted in TRAIL_CHECKS.items():
            status = found.get((check, name, f"000000000000/{name}"), {}).get("status", "no finding")
            judge.equal(f"{check} of {name}", status, wanted)
    for finding in findings:
        if finding["status"] == "pass":
            judge.holds(f"the pass {finding['id']} cites evidence", bool(finding["citations"]), finding["check"])


def read_records(pack):
    records = []
    for file in sorted((pack / "data/evidence").rglob("*.jsonl")):
        records += [json.loads(line) for line in file.read_text().splitlines()]
    return records


def the_records(judge, regions, records, summary):
    numbers = sorted(int(r["ev"].removeprefix("EV-")) for r in records)
    judge.equal("evidence numbers have no holes", numbers, list(range(1, len(records) + 1)))
    judge.equal("the summary counts the calls", summary["calls"], len(records))
    for name, region in regions.items():
        described = {
            r["parameters"]["DeliveryStreamName"]
            for r in records
            if r["operation"] == "DescribeDeliveryStream" and r["region"] == name
        }
        judge.equal(f"every stream of {name} was asked for", described, set(region.streams))
        events = collections.Counter()
        for record in records:
            if record["operation"] == "LookupEvents" and record["region"] == name and record["status"] == 200:
                for event in record["body"]["Events"]:
                    events[event["EventName"]] += 1
        judge.equal(f"real events of {name}: key disabled", events["DisableKey"], 1)
        judge.equal(f"real events of {name}: deletion scheduled", events["ScheduleKeyDeletion"], 1)
        judge.equal(f"real events of {name}: keys made", events["CreateKey"], len(region.keys))
        judge.equal(f"real events of {name}: streams made", events["CreateDeliveryStream"], len(region.streams))
    without_id = [r["ev"] for r in records if r["status"] and not r["request_id"]]
    judge.equal("every answered call has its request id", without_id, [])


def the_gaps(judge, pack, regions):
    with open(pack / "data/tables/gaps.csv", newline="", encoding="utf-8-sig") as file:
        rows = [" ".join(row) for row in csv.reader(file)][1:]
    for name in regions:
        stream = [r for r in rows if name in r and DENIED_STREAM in r and "firehose:DescribeDeliveryStream" in r]
        judge.holds(f"the gaps of {name} name the stream and the permission", len(stream) >= 1, "\n".join(rows))
    tags = [r for r in rows if "kms:ListResourceTags" in r]
    judge.holds("the gaps name the permission for key tags", len(tags) >= 1)


def the_lineage(judge, pack, landing_key):
    """What the emulator was told of sources and of the bucket is what the hops say."""
    streams = json.loads((pack / "data/lineage.json").read_text())["streams"]
    of = {s["stream"]: {h["kind"]: h for h in s["hops"]} for s in streams if s["region"] == REGIONS[0]}
    judge.equal("a plain source", of["from-plain-source-a"]["source"]["status"], "fail")
    source = of["from-encrypted-source-a"]["source"]
    judge.equal("an encrypted source", (source["status"], source["key"]), ("pass", landing_key))
    delivery = of["direct-yearly-a"]["delivery"]
    judge.equal("the bucket's own key", (delivery["status"], delivery["key"]), ("pass", landing_key))
    denied = of[DENIED_STREAM]
    judge.equal("hops of a stream that could not be read", {h["status"] for h in denied.values()}, {"unknown"})


def no_secret(judge, pack, ran):
    """The emulator's events repeat the whole request that made a stream, tokens included."""
    for name, canary in seed.CANARIES.items():
        for file in sorted(p for p in pack.rglob("*") if p.is_file()):
            judge.holds(f"no {name} in {file.relative_to(pack)}", canary.encode() not in file.read_bytes())
        judge.holds(f"no {name} on stdout or stderr", canary not in ran.stdout + ran.stderr)


def stock_tools(judge, program, pack, summary, folder):
    verified = keywitness(program, ["verify", str(pack), "--expect-root", summary["pack_root"]], folder)
    judge.equal("verify with the right root", verified.returncode, 0)
    if verified.returncode:
        print(verified.stdout, verified.stderr, sep="\n")
    judge.equal("verify without an anchor", keywitness(program, ["verify", str(pack)], folder).returncode, 3)
    wrong = keywitness(program, ["verify", str(pack), "--expect-root", "0" * 64], folder)
    judge.equal("verify with another root", wrong.returncode, 1)
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        said = subprocess.run(["sha256sum", "--strict", "-c", manifest], cwd=pack, capture_output=True, text=True)
        judge.holds(f"sha256sum accepts {manifest}", said.returncode == 0, said.stdout + said.stderr)
    root = subprocess.run(["sha256sum", "tagmanifest-sha256.txt"], cwd=pack, capture_output=True, text=True).stdout
    judge.equal("sha256sum and the program agree on the pack root", root.split()[0], summary["pack_root"])
    root = subprocess.run(["sha256sum", "data/evidence.sha256"], cwd=pack, capture_output=True, text=True).stdout
    judge.equal("and on the evidence root", root.split()[0], summary["evidence_root"])
    bagit = subprocess.run(
        [sys.executable, pathlib.Path(sys.executable).parent / "bagit.py", "--validate", pack],
        capture_output=True, text=True,
    )
    judge.holds("bagit.py accepts the bag", bagit.returncode == 0, bagit.stdout + bagit.stderr)


def signed_by_kms(judge, program, pack, clients, port, folder):
    """A key of the emulator's KMS signs; openssl and the program's own verifier judge, with the key as KMS gives it."""
    kms = clients("kms", REGIONS[0])
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    spki = kms.get_public_key(KeyId=key)["PublicKey"]
    der, pem = folder / "key.der", folder / "key.pem"
    der.write_bytes(spki)
    subprocess.run(
        ["openssl", "pkey", "-pubin", "-inform", "DER", "-in", der, "-out", pem], check=True, capture_output=True
    )
    extra = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    arguments = ["report", str(pack / "data/evidence"), "--sign", f"kms:{key}", "--json", "--output", str(folder / "s")]
    made = keywitness(program, arguments, folder, extra)
    judge.holds("a report is signed by KMS", made.returncode in (0, 3), made.stdout + made.stderr)
    if made.returncode not in (0, 3):
        return
    sealed = folder / json.loads(made.stdout)["pack"]
    said = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", pem, "-signature", "seal/root.sig", "tagmanifest-sha256.txt"],
        cwd=sealed, capture_output=True, text=True,
    )
    judge.equal("openssl verifies the signature of KMS", said.stdout.strip(), "Verified OK")
    judge.equal("verify with the key of KMS", keywitness(program, ["verify", str(sealed), "--key", str(pem)], folder).returncode, 0)
    signer = json.loads((sealed / "seal/signer.json").read_text())
    judge.equal("signer.json names the key", (signer["kind"], signer["key"]), ("kms", key))
    judge.holds("signer.json has the request id of the Sign call", bool(signer["request_id"]), repr(signer))
    judge.equal("the key's digest is the fingerprint", signer["public_key_sha256"], hashlib.sha256(spki).hexdigest())
    other = kms.create_key()["KeyMetadata"]["Arn"]
    arguments[3] = f"kms:{other}"
    refused = keywitness(program, arguments, folder, extra)
    judge.equal("a key that cannot sign stops the report", refused.returncode, 2)


def the_reports(judge, pack, summary):
    page = (pack / "data/report.html").read_text()
    judge.holds("the HTML report carries the evidence root", summary["evidence_root"] in page)
    judge.holds("the HTML report says that the endpoint is not AWS's", "127.0.0.1" in page)
    judge.holds("the HTML report loads nothing", page.count("<script") == 1 and "src=" not in page and "default-src 'none'" in page)
    judge.holds("the HTML report names the denied stream", DENIED_STREAM in page)
    judge.holds("there is a PDF", (pack / "data/report.pdf").read_bytes().startswith(b"%PDF-"))


def keywitness(program, arguments, folder, extra=None):
    environment = {
        **(extra or {}),
        "HOME": str(folder),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    return subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_emulator(port, log):
    environment = dict(os.environ, BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port), CLOUDTRAIL_RECORDING="1")
    command = pathlib.Path(sys.executable).parent / "ministack"
    return subprocess.Popen([command], env=environment, stdout=log, stderr=subprocess.STDOUT)


def wait_for(port, emulator, log):
    for _ in range(240):
        if emulator.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.25)
    raise SystemExit(f"the emulator did not start:\n{log.read_text(errors='replace')}")


if __name__ == "__main__":
    sys.exit(main())
