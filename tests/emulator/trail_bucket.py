"""A trail's bucket in an S3 that was not written here, and a query in its Athena.

Called by end_to_end.py with the emulator running and seeded. The chain is made and signed here, with its signature in the
metadata of its objects, as CloudTrail keeps it; the emulator lists, pages and gives. Its Athena has another engine behind it,
which does not know the functions of Athena's dialect: what can be shown is that a query is started, waited for and told of
when it fails. That the query counts right is shown by athena_sql.py.
"""

import base64
import datetime
import gzip
import hashlib
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ACCOUNT, BUCKET, PREFIX, TRAIL = "000000000000", "trail-of-the-emulator", "audit", "main"
HOUR = datetime.timedelta(hours=1)
HOURS = 30


def written(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def chain(s3, region, used, key, begin):
    """Hourly digests, each of one log file with one use of a key; gives the names of the log files."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    root = f"{PREFIX}/AWSLogs/{ACCOUNT}"
    previous, logs = None, []
    for hour in range(HOURS):
        start = begin + hour * HOUR
        end, time = start + HOUR, start + datetime.timedelta(minutes=7)
        log = f"{root}/CloudTrail/{region}/{time:%Y/%m/%d}/{ACCOUNT}_CloudTrail_{region}_{time:%Y%m%dT%H%MZ}_h{hour}.json.gz"
        event = {"eventVersion": "1.08", "eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "eventID": f"use-{hour}",
                 "eventTime": written(time), "awsRegion": region, "recipientAccountId": ACCOUNT,
                 "userIdentity": {"type": "AWSService", "invokedBy": "firehose.amazonaws.com"},
                 "resources": [{"ARN": used, "accountId": ACCOUNT, "type": "AWS::KMS::Key"}]}
        text = json.dumps({"Records": [event]}).encode()
        s3.put_object(Bucket=BUCKET, Key=log, Body=gzip.compress(text))
        logs.append(log)
        name = (f"{root}/CloudTrail-Digest/{region}/{end:%Y/%m/%d}/"
                f"{ACCOUNT}_CloudTrail-Digest_{region}_{TRAIL}_{region}_{end:%Y%m%dT%H%M%SZ}.json.gz")
        document = json.dumps({
            "awsAccountId": ACCOUNT, "digestStartTime": written(start), "digestEndTime": written(end),
            "digestS3Bucket": BUCKET, "digestS3Object": name, "digestPublicKeyFingerprint": hashlib.md5(public).hexdigest(),
            "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": None, "oldestEventTime": None,
            "previousDigestS3Bucket": previous and BUCKET, "previousDigestS3Object": previous and previous[0],
            "previousDigestHashValue": previous and hashlib.sha256(previous[1]).hexdigest(),
            "previousDigestHashAlgorithm": previous and "SHA-256", "previousDigestSignature": previous and previous[2],
            "logFiles": [{"s3Bucket": BUCKET, "s3Object": log, "hashAlgorithm": "SHA-256",
                          "hashValue": hashlib.sha256(text).hexdigest(), "newestEventTime": written(end),
                          "oldestEventTime": written(start)}]}).encode()
        before = previous[2] if previous else "null"
        signed = f"{written(end)}\n{BUCKET}/{name}\n{hashlib.sha256(document).hexdigest()}\n{before}"
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
        s3.put_object(Bucket=BUCKET, Key=name, Body=gzip.compress(document),
                      Metadata={"signature": signature, "signature-algorithm": "SHA256withRSA"})
        previous = (name, document, signature)
    keys = [{"Value": base64.b64encode(public).decode(), "Fingerprint": hashlib.md5(public).hexdigest(),
             "ValidityStartTime": "2020-01-01T00:00:00Z", "ValidityEndTime": "2040-01-01T00:00:00Z"}]
    return logs, {"PublicKeyList": keys}


def records(pack, operation):
    found = []
    for file in sorted((pack / "data/evidence").rglob(f"*.{operation}.jsonl")):
        found += [json.loads(line) for line in file.read_text().splitlines()]
    return found


def judge_trail_bucket(judge, keywitness, program, clients, used, region, port, folder):
    s3 = clients("s3", region)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
    now = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    begin = now - (HOURS + 1) * HOUR + datetime.timedelta(minutes=30)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    logs, keys = chain(s3, region, used, key, begin)
    (folder / "trail-keys.json").write_text(json.dumps(keys))
    # The window begins within the second digest's hour, so that a log file from before it is named.
    window = [written(begin + HOUR + datetime.timedelta(minutes=20)), written(begin + (HOURS - 1) * HOUR)]

    def run(*more):
        arguments = ["run", "--endpoint-url", f"http://127.0.0.1:{port}", "--no-rate-limit", "--json", "--region", region,
                     "--output", str(folder / "packs"), "--from", window[0], "--to", window[1]]
        return keywitness(program, [*arguments, *more], folder)

    source = ["--trail-logs", f"s3://{BUCKET}/{PREFIX}", "--trail-keys", str(folder / "trail-keys.json")]
    ran = run(*source)
    if not ran.stdout.startswith("{"):
        return judge.holds("a trail's bucket is read", False, ran.stderr)
    pack = folder / json.loads(ran.stdout)["pack"]
    counts = json.loads((pack / "pack.json").read_text())["counts"]
    judge.equal("digests of the bucket are valid", counts["trail_digests_valid"], HOURS - 1)
    judge.equal("no hour is missing", counts["trail_digests_missing"], 0)
    judge.equal("log files of the bucket are proven", counts["trail_logs_valid"], HOURS - 1)
    rows = [row for log in records(pack, "LogFiles") for row in log["body"]["Uses"] if row["Subject"] == used]
    judge.equal("uses within the window are counted", sum(row["Events"] for row in rows), HOURS - 2)
    files = [file for log in records(pack, "LogFiles") for file in log["body"]["Files"]]
    tags = {head["Key"]: head["ETag"].strip('"') for head in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    judge.holds("each file has S3's own ETag", all(f["ETag"] == tags[f["Object"]] for f in files) and files)
    judge.equal("the pack verifies", keywitness(program, ["verify", str(pack)], folder).returncode in (0, 3), True)

    text = gzip.compress(json.dumps({"Records": []}).encode())
    s3.put_object(Bucket=BUCKET, Key=logs[9], Body=text)
    pack = folder / json.loads(run(*source).stdout)["pack"]
    gaps = (pack / "data/tables/gaps.csv").read_text()
    judge.holds("a changed log file is a gap", "log-changed" in gaps and logs[9] in gaps)

    clients("s3", region).create_bucket(Bucket="athena-answers", CreateBucketConfiguration={"LocationConstraint": region})
    ran = run("--trail-athena", f"s3://{BUCKET}/{PREFIX}", "--athena-output", "s3://athena-answers/here/", "--yes")
    pack = folder / json.loads(ran.stdout)["pack"]
    started = records(pack, "StartQueryExecution")
    judge.holds("Athena started a query and gave its id", started and started[0]["body"].get("QueryExecutionId"), ran.stderr)
    looks = records(pack, "GetQueryExecution")
    state = looks[-1]["body"]["QueryExecution"]["Status"]["State"] if looks else None
    judge.holds("the query came to an end", state in ("SUCCEEDED", "FAILED"), repr(looks[-1:]))
    if state == "FAILED":
        judge.holds("a query that failed is a gap", "GetQueryExecution" in (pack / "data/tables/gaps.csv").read_text())
    judge.equal("its cost was told before", "US dollars" in ran.stderr and f"{HOURS - 1} log files" in ran.stderr or ran.stderr, True)
    judge.holds("the pack with it verifies", keywitness(program, ["verify", str(pack)], folder).returncode in (0, 3))
