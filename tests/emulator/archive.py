"""An archive in a bucket with Object Lock that was not written here: real locks, real refusals of wrong checksums.

Called by end_to_end.py with the emulator running and a pack made.
"""

import base64
import datetime
import hashlib
import json
import subprocess

import botocore.exceptions

BUCKET = "keywitness-evidence"
REGION = "eu-west-1"


def refused(call, **arguments):
    """The error code with which S3 refuses, or None when it does not."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


def judge_archive(judge, keywitness, program, pack, clients, port, folder):
    s3 = clients("s3", REGION)
    configuration = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=configuration, ObjectLockEnabledForBucket=True)
    s3.create_bucket(Bucket="plain-bucket", CreateBucketConfiguration=configuration)
    url = f"http://127.0.0.1:{port}"
    key = folder / "receipts.pem"
    keywitness(program, ["keygen", "--output", str(key)], folder)
    public = folder / "receipts.pub.pem"

    def archive(bucket, *more):
        arguments = ["archive", str(pack), f"s3://{bucket}/packs", "--endpoint-url", url, "--region", REGION, "--json"]
        return keywitness(program, [*arguments, "--lock", "governance", "--retain", "3y", *more], folder)

    plain = archive("plain-bucket")
    judge.holds("a bucket without Object Lock gets nothing", plain.returncode == 2 and "Object Lock" in plain.stderr, plain.stderr)
    judge.holds("nothing is in it", not s3.list_objects_v2(Bucket="plain-bucket").get("Contents"))

    made = archive(BUCKET, "--sign", f"file:{key}")
    judge.equal("a pack is archived", made.returncode, 0)
    if made.returncode:
        return print(made.stdout, made.stderr, sep="\n")
    said = json.loads(made.stdout)
    receipt = json.loads(open(said["receipt"]).read())
    files = [p for p in pack.rglob("*") if p.is_file()]
    judge.equal("every file is an object", len(receipt["objects"]), len(files))
    for entry in receipt["objects"]:
        head = s3.head_object(Bucket=BUCKET, Key=receipt["prefix"] + entry["path"], VersionId=entry["version"])
        until = head.get("ObjectLockRetainUntilDate")
        if head.get("ObjectLockMode") != "GOVERNANCE" or until is None or until.year < datetime.date.today().year + 2:
            judge.holds(f"{entry['path']} is locked", False, repr(head))
            break
    else:
        judge.holds("every object is locked", True)
    body = s3.get_object(Bucket=BUCKET, Key=receipt["prefix"] + "pack.json")["Body"].read()
    judge.equal("the bytes are those of the pack", body, (pack / "pack.json").read_bytes())
    signature = said["receipt_signature"]
    openssl = ["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, said["receipt"]]
    judge.equal("openssl verifies the receipt", subprocess.run(openssl, capture_output=True, text=True).stdout.strip(), "Verified OK")

    def verify():
        arguments = ["archive", "verify", said["receipt"], "--key", str(public), "--endpoint-url", url, "--region", REGION]
        return keywitness(program, arguments, folder)

    judge.equal("the archive verifies", verify().returncode, 0)
    before = len(s3.list_object_versions(Bucket=BUCKET, Prefix=receipt["prefix"]).get("Versions", []))
    judge.equal("archived again, it changes nothing", archive(BUCKET, "--sign", f"file:{key}").returncode, 0)
    after = len(s3.list_object_versions(Bucket=BUCKET, Prefix=receipt["prefix"]).get("Versions", []))
    judge.equal("no version was added", after, before)

    # The emulator really locks and really compares, so what was shown above means something.
    entry = next(o for o in receipt["objects"] if o["path"] == "data/report.html")
    place = {"Bucket": BUCKET, "Key": receipt["prefix"] + entry["path"]}
    judge.holds("a locked version cannot be deleted", refused(s3.delete_object, **place, VersionId=entry["version"]))
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    code = refused(s3.put_object, Bucket=BUCKET, Key="x", Body=b"x", ChecksumSHA256=wrong, ChecksumAlgorithm="SHA256")
    judge.holds("a wrong checksum is refused", code, code)

    s3.put_object(**place, Body=b"another report")
    judge.holds("a version on top shows", "E-ARCHIVE-SUPERSEDED" in verify().stdout)
    s3.delete_object(**place)
    judge.holds("a delete marker shows", "E-ARCHIVE-SUPERSEDED" in verify().stdout)
    earlier = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)
    shortened = {"Mode": "GOVERNANCE", "RetainUntilDate": earlier}
    entry = next(o for o in receipt["objects"] if o["path"] == "pack.json")
    place = {"Bucket": BUCKET, "Key": receipt["prefix"] + entry["path"], "VersionId": entry["version"]}
    s3.put_object_retention(**place, Retention=shortened, BypassGovernanceRetention=True)
    judge.holds("a shortened retention shows", "E-ARCHIVE-SHORTENED" in verify().stdout)
    s3.delete_object(**place, BypassGovernanceRetention=True)
    judge.holds("a version that is gone shows", "E-ARCHIVE-MISSING" in verify().stdout)
    judge.equal("an archive that is not what it was is no", verify().returncode, 1)
