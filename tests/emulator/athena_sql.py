"""The SQL for Athena, proven equal to `keywitness trail scan`: the text that the program prints is translated from
Athena's dialect and run over the same log files by DuckDB.

usage: athena_sql.py KEYWITNESS FOLDER...
"""
import collections
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import duckdb
import sqlglot


def text(value):
    """What the table of Athena has of a parameter: JSON as text, or NULL."""
    return None if value is None else json.dumps(value)


def rows(folder):
    """Every record as the table has it, with the partition that its path names."""
    found = []
    for root, _, files in os.walk(folder):
        for name in sorted(files):
            path = os.path.relpath(os.path.join(root, name), folder).replace(os.sep, "/")
            place = re.search(r"(\d{12})/CloudTrail/([^/]+)/(\d{4}/\d\d/\d\d)/", path)
            if not place or not name.endswith(".json.gz"):
                continue
            with gzip.open(os.path.join(root, name)) as file:
                records = json.load(file)["Records"]
            for record in records:
                who = record.get("userIdentity") or {}
                resources = record.get("resources")
                found.append({
                    "eventsource": record.get("eventSource"), "eventname": record.get("eventName"),
                    "eventtime": record.get("eventTime"), "eventid": record.get("eventID"),
                    "errorcode": record.get("errorCode"), "awsregion": record.get("awsRegion"),
                    "recipientaccountid": record.get("recipientAccountId"),
                    "requestparameters": text(record.get("requestParameters")),
                    "useridentity": {"type": who.get("type"), "principalid": who.get("principalId"),
                                     "arn": who.get("arn"), "invokedby": who.get("invokedBy")},
                    # The reader of JSON in Athena does not tell upper from lower case in names.
                    "resources": None if resources is None else [{"arn": (r or {}).get("ARN") or (r or {}).get("arn")} for r in resources],
                    "account": place[1], "region": place[2], "day": place[3],
                })
    return found


def program(binary, *arguments):
    done = subprocess.run([binary, "trail", *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"keywitness trail {arguments[0]}: {done.stderr}")
    return done.stdout


def by_sql(binary, folder):
    table = rows(folder)
    accounts = sorted({r["account"] for r in table})
    # The places of the corpus have been made unlike AWS's on purpose; only real names can be asked for.
    regions = sorted({r["region"] for r in table if re.fullmatch(r"[a-z]{2,12}(-[a-z]{1,12})+-\d{1,2}", r["region"])})
    sql = program(binary, "sql", "--location", "s3://logs/AWSLogs/", "--query",
                  *(x for a in accounts for x in ("--account", a)), *(x for r in regions for x in ("--region", r)),
                  "--from", "2000-01-01", "--to", "2039-12-31")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        for row in table:
            if row["region"] in regions:
                file.write(json.dumps(row) + "\n")
        file.flush()
        base = duckdb.connect()
        base.sql(f"""CREATE TABLE keywitness_trail AS SELECT * FROM read_json('{file.name}', format='newline_delimited', columns={{
            eventsource: 'VARCHAR', eventname: 'VARCHAR', eventtime: 'VARCHAR', eventid: 'VARCHAR', errorcode: 'VARCHAR',
            awsregion: 'VARCHAR', recipientaccountid: 'VARCHAR', requestparameters: 'VARCHAR',
            useridentity: 'STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, invokedby VARCHAR)',
            resources: 'STRUCT(arn VARCHAR)[]', account: 'VARCHAR', region: 'VARCHAR', day: 'VARCHAR'}})""")
        translated = sqlglot.transpile(sql.replace("default.keywitness_trail", "keywitness_trail"), read="athena", write="duckdb")[0]
        answer = base.sql(translated).fetchall()
    counts = collections.defaultdict(lambda: {"events": 0, "unique_events": 0, "by_event_name": collections.Counter(),
                                              "by_principal": collections.Counter(), "error_codes": collections.Counter(),
                                              "first": None, "last": None})
    for what, key, name, principal, error, events, unique, first, last in answer:
        group = counts[key]
        if what == 7:
            group.update(events=events, unique_events=unique, first=first, last=last)
        elif what == 3:
            group["by_event_name"][name] += events
        elif what == 5:
            group["by_principal"][principal] += events
        elif what == 6 and error is not None:
            group["error_codes"][error] += events
    return regions, {key: {n: dict(v) if isinstance(v, collections.Counter) else v for n, v in group.items()}
                     for key, group in counts.items()}


def by_scan(binary, folder, regions):
    """The scan of a folder that has only these Regions."""
    with tempfile.TemporaryDirectory() as copy:
        for root, _, files in os.walk(folder):
            for name in files:
                path = os.path.relpath(os.path.join(root, name), folder)
                if any(f"/CloudTrail/{r}/" in path.replace(os.sep, "/") for r in regions):
                    os.makedirs(os.path.dirname(os.path.join(copy, path)), exist_ok=True)
                    shutil.copyfile(os.path.join(root, name), os.path.join(copy, path))
        counts = json.loads(program(binary, "scan", copy, "--json"))
    fields = ("events", "unique_events", "by_event_name", "by_principal", "error_codes", "first", "last")
    return {key: {f: group[f] for f in fields} for key, group in counts["keys"].items()}


def odd(folder):
    """Records as real files seldom have them, on which two readers could differ."""
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    common = {"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "eventTime": "2026-07-01T10:00:00Z", "eventID": "a",
              "awsRegion": "eu-west-1", "recipientAccountId": "111122223333"}
    records = [{**common, **more} for more in (
        {"resources": [{"arn": key}]}, {"resources": [{"ARN": key}]}, {"resources": [{"ARN": key}, {"arn": key}]},
        {"resources": [{"arn": key.replace(":key/", ":alias/")}]}, {"resources": None, "requestParameters": {"keyId": key}},
        {"resources": [{"arn": key}], "eventID": ""}, {"resources": [{"arn": key}], "eventID": ""},
        {"resources": [{"ARN": key}], "eventID": None}, {"resources": [{"ARN": key}], "eventName": None},
        {"resources": [{"ARN": key}], "errorCode": "AccessDenied"}, {"userIdentity": {"arn": "", "invokedBy": "s3.amazonaws.com"}},
    )]
    place = os.path.join(folder, "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/07/01")
    os.makedirs(place)
    with gzip.open(os.path.join(place, "111122223333_CloudTrail_eu-west-1_20260701T1005Z_odd.json.gz"), "wt") as file:
        json.dump({"Records": records}, file)
    return folder


def main():
    with tempfile.TemporaryDirectory() as made:
        compare(sys.argv[1], [*sys.argv[2:], odd(made)])


def compare(binary, folders):
    passed = failed = 0
    for folder in folders:
        regions, sql = by_sql(binary, folder)
        scan = by_scan(binary, folder, regions)
        for key in sorted(set(sql) | set(scan)):
            if sql.get(key) == scan.get(key):
                passed += 1
            else:
                failed += 1
                print(f"differs: {key}\n  sql  {sql.get(key)}\n  scan {scan.get(key)}")
        if not sql:
            failed += 1
            print(f"{folder}: no event of KMS was found")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
