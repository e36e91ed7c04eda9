"""Sixteen shards, joined, against the seeded emulator: they find what one run finds, and a shard that is missing is missed."""

import datetime
import json
import shutil

OWN = "000000000000"
# The emulator may or may not let a role of theirs be taken. What it does, it does to the single run and to the shards.
OTHERS = ["111111111111", "222222222222", "333333333333"]
OF = 16


def judge_shards(judge, keywitness, program, regions, port, folder):
    where = [a for name in regions for a in ("--region", name)]
    reading = ["--endpoint-url", f"http://127.0.0.1:{port}", "--no-rate-limit", "--call-timeout", "120", *where]
    reading += ["--account-role", "arn:aws:iam::{account}:role/KeywitnessReader", "--account", ",".join([OWN, *OTHERS])]
    # Days that are over, and not so long ago that LookupEvents is blind: the same question at whatever second it is asked.
    today = datetime.datetime.now(datetime.timezone.utc).date()
    first, last = (str(today - datetime.timedelta(days=days)) for days in (30, 2))
    reading += ["--from", first, "--to", last, "--json"]
    judging = ["--catalog", "house-baseline", "--json", "--config", str(folder / "keywitness.toml")]
    config = ["--config", str(folder / "keywitness.toml"), "--catalog", "house-baseline"]
    whole = keywitness(program, ["run", *reading, *config, "--output", str(folder / "whole")], folder)
    judge.holds("a run over the list of accounts ends", whole.returncode in (0, 3), whole.stderr[-300:])
    parts = folder / "shards"
    held = {}
    for number in range(1, OF + 1):
        arguments = ["collect", *reading, "--shard", f"{number}/{OF}", "--output", str(parts)]
        ran = keywitness(program, arguments, folder)
        judge.holds(f"shard {number} ends", ran.returncode in (0, 3), ran.stderr[-300:])
        snapshot = folder / json.loads(ran.stdout)["snapshot"]
        held[number] = (snapshot, [a["account"] for a in json.loads((snapshot / "run.json").read_text())["accounts"]])
    read = sorted(account for _, accounts in held.values() for account in accounts)
    judge.equal("every account is in exactly one shard", read, sorted([OWN, *OTHERS]))
    joined = keywitness(program, ["report", str(parts), *judging, "--output", str(folder / "joined")], folder)
    judge.equal("the joined pack ends as the single one", joined.returncode, whole.returncode)
    of_one, of_all = (found(folder, json.loads(ran.stdout)) for ran in (whole, joined))
    judge.holds("there is something to compare", len(of_one) > 200, str(len(of_one)))
    differ = sorted(set(of_one) ^ set(of_all))
    judge.holds("the joined findings are those of the single run", not differ, repr(differ[:4]))

    number = next(n for n, (_, accounts) in held.items() if OWN in accounts)
    shutil.rmtree(held[number][0])
    lacking = keywitness(program, ["report", str(parts), *judging, "--output", str(folder / "lacking")], folder)
    judge.equal("a missing shard leaves gaps", lacking.returncode, 3)
    left = found(folder, json.loads(lacking.stdout))
    passes = {f for f in of_one if f[0] == OWN and f[4] == "pass"}
    judge.holds("what it held passed and does not pass any more", passes and not passes & set(left))
    gaps = (folder / json.loads(lacking.stdout)["pack"] / "data/tables/gaps.csv").read_text()
    judge.holds("and the gap names the shard", f"shard {number} of {OF}" in gaps)


def found(folder, summary):
    """Account, Region, check, subject, status, reason: all but the numbers of records."""
    findings = json.loads((folder / summary["pack"] / "data/findings.json").read_text())["findings"]
    rows = []
    for finding in findings:
        subject = finding["subject"]
        place = (subject["account"], subject["region"], finding["check"], subject["id"])
        rows.append((*place, finding["status"], finding["reason"]))
    return rows
