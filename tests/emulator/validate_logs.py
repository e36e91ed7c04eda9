"""`keywitness trail validate` beside `aws cloudtrail validate-logs`: the same buckets, judged by both.

Good chains must be good for both. Whatever the AWS CLI refuses, Keywitness must refuse; what only Keywitness notices is
listed in STRICTER, and must stay unnoticed by the other, or the list is out of date. The CLI's own code runs here; only
its clients are replaced by ones that read the folder.

usage: validate_logs.py KEYWITNESS   (with the package awscli on the path of Python)
"""
import base64
import datetime
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile


from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from awscli.customizations.cloudtrail import validation

ClientError = validation.ClientError  # of whichever botocore it has

ACCOUNT, REGION, TRAIL, HOME, BUCKET = "111122223333", "eu-west-1", "main", "eu-west-1", "trail-logs"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DER = KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
PRINT = hashlib.md5(DER).hexdigest()
START = datetime.datetime(2026, 7, 1, 22, 0, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
PROGRAM = [sys.argv[1]]


def written(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Bucket:
    """Objects and metadata of one chain, hour by hour."""

    def __init__(self, hours=6, logs=2, prefix="", organization=""):
        self.objects, self.meta, self.digests = {}, {}, []
        self.prefix, self.organization = prefix, organization
        self.root = (prefix + "/" if prefix else "") + "AWSLogs/" + (organization + "/" if organization else "") + ACCOUNT
        previous = None
        for hour in range(hours):
            start = START + hour * HOUR
            names = [self.log(start + datetime.timedelta(minutes=3 + 7 * n), f"h{hour}n{n}") for n in range(logs)]
            # An hour without a delivery has an empty digest.
            previous = self.digest(start, [] if hour == 2 else names, previous)
            if hour == 2:
                for name in names:
                    del self.objects[name]

    def log(self, time, unique):
        name = f"{self.root}/CloudTrail/{REGION}/{time:%Y/%m/%d}/{ACCOUNT}_CloudTrail_{REGION}_{time:%Y%m%dT%H%MZ}_{unique}.json.gz"
        event = {"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "eventID": unique, "eventTime": written(time)}
        self.objects[name] = gzip.compress(json.dumps({"Records": [event]}).encode())
        return name

    def digest(self, start, logs, previous):
        end = start + HOUR
        name = (f"{self.root}/CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}/"
                f"{ACCOUNT}_CloudTrail-Digest_{REGION}_{TRAIL}_{HOME}_{end:%Y%m%dT%H%M%SZ}.json.gz")
        entries = [{"s3Bucket": BUCKET, "s3Object": log, "hashAlgorithm": "SHA-256",
                    "hashValue": hashlib.sha256(gzip.decompress(self.objects[log])).hexdigest(),
                    "newestEventTime": written(end), "oldestEventTime": written(start)} for log in logs]
        text = json.dumps({
            "awsAccountId": ACCOUNT, "digestStartTime": written(start), "digestEndTime": written(end),
            "digestS3Bucket": BUCKET, "digestS3Object": name, "digestPublicKeyFingerprint": PRINT,
            "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": None, "oldestEventTime": None,
            "previousDigestS3Bucket": previous and BUCKET, "previousDigestS3Object": previous and previous[0],
            "previousDigestHashValue": previous and hashlib.sha256(previous[1]).hexdigest(),
            "previousDigestHashAlgorithm": previous and "SHA-256", "previousDigestSignature": previous and previous[2],
            "logFiles": entries}).encode()
        signed = f"{written(end)}\n{BUCKET}/{name}\n{hashlib.sha256(text).hexdigest()}\n{previous[2] if previous else 'null'}"
        signature = KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
        self.objects[name] = gzip.compress(text)
        self.meta[name] = {"signature": signature, "signature-algorithm": "SHA256withRSA"}
        self.digests.append(name)
        return name, text, signature

    def logs(self):
        return sorted(name for name in self.objects if "/CloudTrail/" in name)

    def drop(self, name):
        del self.objects[name]
        self.meta.pop(name, None)


class FolderOfS3:
    """As much of an S3 client as the CLI uses."""

    def __init__(self, bucket):
        self.bucket = bucket

    def get_client(self, _name):
        return self

    def get_paginator(self, _operation):
        return self

    def paginate(self, Bucket, Marker, Prefix):
        keys = sorted(k for k in self.bucket.objects if k.startswith(Prefix) and k > Marker)
        return type("Pages", (), {"search": lambda _self, _path: iter(keys)})()

    def get_object(self, Bucket, Key):
        if Bucket != BUCKET or Key not in self.bucket.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.bucket.objects[Key]), "Metadata": self.bucket.meta.get(Key, {})}


def by_cli(bucket, hours):
    """Whether the AWS CLI has nothing to object to."""
    wrong = []
    note = lambda what: lambda *args, **more: wrong.append(what)
    client = FolderOfS3(bucket)
    keys = type("Keys", (), {"list_public_keys": lambda self, StartTime, EndTime: {
        "PublicKeyList": [{"Fingerprint": PRINT, "Value": base64.b64encode(DER).decode()}]}})()
    provider = validation.DigestProvider(client, ACCOUNT, TRAIL, HOME, REGION, bucket.organization or None)
    traverser = validation.DigestTraverser(
        digest_provider=provider, starting_bucket=BUCKET, starting_prefix=bucket.prefix or None,
        public_key_provider=validation.PublicKeyProvider(keys), on_invalid=note("invalid"), on_gap=note("gap"),
        on_missing=note("missing"))
    command = validation.CloudTrailValidateLogs.__new__(validation.CloudTrailValidateLogs)
    command.s3_client_provider, command.is_verbose, command._valid_logs = client, False, 0
    command._write_status = lambda *args, **more: None
    for name in ("_on_log_trailing_data", "_on_log_invalid", "_on_missing_log", "_on_invalid_log_format"):
        setattr(command, name, note(name))
    digests = 0
    for digest in traverser.traverse_digests(START, START + hours * HOUR):
        digests += 1
        for log in digest["logFiles"]:
            command._download_log(log)
    return not wrong and digests > 0


def by_keywitness(bucket, hours):
    """The exit code."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in bucket.objects.items():
            path = os.path.join(folder, "bucket", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
            if name in bucket.meta:
                with open(path + ".meta.json", "w") as file:
                    json.dump(bucket.meta[name], file)
        keys = os.path.join(folder, "keys.json")
        with open(keys, "w") as file:
            json.dump({"PublicKeyList": [{"Fingerprint": PRINT, "Value": base64.b64encode(DER).decode(),
                                          "ValidityStartTime": "2026-01-01T00:00:00Z",
                                          "ValidityEndTime": "2027-01-01T00:00:00Z"}]}, file)
        done = subprocess.run([*PROGRAM, "trail", "validate", os.path.join(folder, "bucket"), "--public-keys", keys,
                               "--to", written(START + hours * HOUR), "--json"], capture_output=True, text=True)
    return done.returncode


def change(bucket, name, edit):
    bucket.objects[name] = gzip.compress(edit(gzip.decompress(bucket.objects[name])))


def reseal(bucket, at, edit):
    """Changes a digest's document without the key."""
    name = bucket.digests[at]
    document = json.loads(gzip.decompress(bucket.objects[name]))
    edit(document)
    bucket.objects[name] = gzip.compress(json.dumps(document).encode())


GOOD = {
    "plain": {}, "one hour": {"hours": 1}, "without logs": {"logs": 0}, "over midnight": {"hours": 8},
    "below a prefix": {"prefix": "audit/trails"}, "of an organization": {"organization": "o-abc123"},
}
BAD = {
    "log-changed": lambda b: change(b, b.logs()[0], lambda t: t.replace(b"Decrypt", b"Encrypt")),
    "log-lost": lambda b: b.drop(b.logs()[1]),
    "log-with-a-tail": lambda b: b.objects.update({b.logs()[0]: b.objects[b.logs()[0]] + b"tail"}),
    "log-is-no-gzip": lambda b: b.objects.update({b.logs()[0]: b"plain"}),
    "digest-changed": lambda b: reseal(b, 3, lambda d: d["logFiles"].pop()),
    "digest-lost-in-the-middle": lambda b: b.drop(b.digests[3]),
    "digest-is-no-gzip": lambda b: b.objects.update({b.digests[3]: b"plain"}),
    "digest-elsewhere": lambda b: b.objects.update({b.digests[3]: b.objects[b.digests[1]]}) or b.meta.update({b.digests[3]: b.meta[b.digests[1]]}),
    "signature-of-another": lambda b: b.meta.update({b.digests[3]: b.meta[b.digests[1]]}),
    "signature-lost": lambda b: b.meta.pop(b.digests[3]),
    "first-digest-lost": lambda b: b.drop(b.digests[0]),
    "key-unknown": lambda b: reseal(b, 3, lambda d: d.update(digestPublicKeyFingerprint="0" * 32)),
}
STRICTER = {
    "log-cut": lambda b: b.objects.update({b.logs()[0]: b.objects[b.logs()[0]][:-9]}),
    "last-digest-lost": lambda b: b.drop(b.digests[-1]),
    "last-hour-lost": lambda b: [b.drop(name) for name in (b.digests[-1], *b.logs()[-2:])],
    "last-digests-lost": lambda b: (b.drop(b.digests[-1]), b.drop(b.digests[-2])),
    "log-planted": lambda b: b.log(START + datetime.timedelta(minutes=90), "planted"),
    "log-planted-at-the-end": lambda b: b.log(START + datetime.timedelta(minutes=6 * 60 - 5), "planted"),
    "log-planted-before": lambda b: b.log(START - datetime.timedelta(minutes=5), "planted"),
    "log-planted-not-packed": lambda b: b.objects.update({b.logs()[0].replace(".json.gz", "x.json"): b"{}"}),
    "digest-with-a-tail": lambda b: b.objects.update({b.digests[3]: b.objects[b.digests[3]] + b"tail"}),
}


def main():
    passed = failed = 0

    def judge(right, what):
        nonlocal passed, failed
        passed, failed = passed + right, failed + (not right)
        if not right:
            print(what)

    for name, how in GOOD.items():
        bucket, hours = Bucket(**how), how.get("hours", 6)
        cli, ours = by_cli(bucket, hours), by_keywitness(bucket, hours)
        judge(cli and ours == 0, f"good chain {name}: the AWS CLI {'agrees' if cli else 'objects'}, keywitness says {ours}")
    for suite, expected in ((BAD, False), (STRICTER, True)):
        for name, tamper in suite.items():
            bucket = Bucket()
            tamper(bucket)
            cli, ours = by_cli(bucket, 6), by_keywitness(bucket, 6)
            judge(cli == expected and ours == 1, f"{name}: the AWS CLI {'sees nothing' if cli else 'objects'}, keywitness says {ours}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
