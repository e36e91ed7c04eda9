"""Remedies that ministack cannot show, run against a second emulator (moto): fail before, pass after.

    remedies_moto.py PATH-TO-KEYWITNESS

The same rule as in remedies.py: the very text of the page, and the program that collects before and after. Some
states come from no call of a customer: a change of encryption that failed, a stream that never became active, a key
that is old. Those are put into the emulator's memory beforehand; what mends them is the remedy alone.
"""

import json
import logging
import os
import pathlib
import sys
import tempfile
import time
import traceback
import unittest.mock
import warnings

import end_to_end
import mending
import proxy
import remedies
import seed
from mending import REGION, allow
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.firehose import models as firehose
from moto.organizations.models import organizations_backends
from moto.server import ThreadedMotoServer

ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/KeyAdministrator"
DELIVERY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivery"
MANAGEMENT = "999988887777"
# What moto does not know it answers with an error of its own, which the program tries again: a refusal is as much of a
# gap, and quicker.
MISSING = {"LookupEvents", "ListEventDataStores", "GetKeyLastUsage"}
CONFIGURATION = f"""
[parameters]
cryptoperiod_days = 365

[expected]
administrators = ["{ADMINISTRATOR}"]
"""
READS = allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:Describe*", "kms:Get*", "kms:List*")
PLAIN = {"NoEncryptionConfig": "NoEncryption"}


class World:
    """The subjects: for each check the id that its finding has, and the variables of its remedy."""

    def __init__(self, clients):
        self.clients = clients
        self.kms, self.firehose, self.s3 = (clients(name, REGION) for name in ("kms", "firehose", "s3"))
        self.cases, self.moves = {}, set()
        self.good = self.key()

    def case(self, check, subject, **variables):
        self.cases[check] = (subject, variables)

    def key(self, statements=None):
        policy = {"Version": "2012-10-17", "Statement": statements or [allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*")]}
        return self.kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]

    def bucket(self, name):
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return f"arn:aws:s3:::{name}"

    def stored(self, bucket, **more):
        """An S3 structure that asks for no key."""
        # AWS answers the defaults too, and its SDK takes no answer without them; moto repeats what it was given.
        hints = {"SizeInMBs": 5, "IntervalInSeconds": 300}
        plain = {"BufferingHints": hints, "CompressionFormat": "UNCOMPRESSED", "EncryptionConfiguration": PLAIN}
        return {"RoleARN": DELIVERY_ROLE, "BucketARN": bucket, **plain, **more}

    def stream(self, name, key=None, **destination):
        """Its ARN, and the variables that change its destination."""
        if not destination:
            destination = {"ExtendedS3DestinationConfiguration": self.stored(self.bucket(f"{name}-bucket"))}
        self.firehose.create_delivery_stream(DeliveryStreamName=name, **destination)
        sse = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key} if key else {"KeyType": "AWS_OWNED_CMK"}
        self.firehose.start_delivery_stream_encryption(
            DeliveryStreamName=name, DeliveryStreamEncryptionConfigurationInput=sse
        )
        described = self.firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        variables = {"STREAM": name, "VERSION": described["VersionId"]}
        variables["DESTINATION"] = described["Destinations"][0]["DestinationId"]
        return described["DeliveryStreamARN"], variables

    def memory(self, name):
        """What the emulator keeps of a stream."""
        return firehose.firehose_backends[ACCOUNT][REGION].delivery_streams[name]


def keys(world):
    long_ago = time.time() - 400 * 86_400
    with unittest.mock.patch("moto.kms.models.unix_time", lambda *_: long_ago):
        old = world.key()
    world.stream("on-old", key=old)
    world.case("key-rotated-in-cryptoperiod", old, KEY=old)
    foreign = f"arn:aws:kms:{REGION}:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    world.stream("on-foreign", key=foreign)
    world.case("key-account-expected", foreign, STREAM="on-foreign", KEY=world.good)
    world.moves.add("key-account-expected")
    app, producer = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("app", "producer"))
    administered = world.key([READS, allow({"AWS": app}, "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy")])
    world.stream("on-administered", key=administered)
    who = {"ACCOUNT": ACCOUNT, "ADMINISTRATOR": ADMINISTRATOR, "DELIVERY_ROLE": DELIVERY_ROLE}
    world.case("key-administrators-expected", administered, KEY=administered, **who)
    produced = world.key([READS, allow({"AWS": producer}, "kms:GenerateDataKey")])
    world.stream("on-produced", key=produced)
    world.case("key-producers-ready", produced, KEY=produced, ACCOUNT=ACCOUNT, PRODUCER=producer)


def streams(world, folder):
    arn, variables = world.stream("failed-change", key=world.good)
    world.memory("failed-change").delivery_stream_encryption_configuration = {
        "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": world.good, "Status": "ENABLING_FAILED",
        "FailureDescription": {"Type": "KMS_ACCESS_DENIED", "Details": "no access to the key"},
    }
    world.case("stream-encryption-change-succeeded", arn, KEY=world.good, **variables)
    arn, variables = world.stream("never-active")
    world.memory("never-active").delivery_stream_status = "CREATING_FAILED"
    own = folder / "never-active.json"
    own.write_text(json.dumps({
        "DeliveryStreamName": "never-active",
        "ExtendedS3DestinationConfiguration": world.stored("arn:aws:s3:::never-active-bucket"),
    }))
    world.case("stream-active", arn, DEFINITION=str(own), **variables)
    # Of all AWS's accounts none has such a bucket any more; moto makes them without a default.
    arn, variables = world.stream("bare")
    world.case("stream-destination-encrypted", arn, KEY=world.good, **variables)
    for check in ("stream-backup-encrypted", "stream-backup-customer-key"):
        backup = world.stored(world.bucket(f"{check}-copies"))
        delivery = world.stored(world.bucket(check), S3BackupMode="Enabled", S3BackupConfiguration=backup)
        arn, _ = world.stream(f"to-{check}", ExtendedS3DestinationConfiguration=delivery)
        world.case(check, arn, BUCKET=f"{check}-copies", KEY=world.good)
    splunk = {"HECEndpointType": "Raw", "HECToken": "not-a-token", "S3Configuration": world.stored(world.bucket("splunk"))}
    arn, variables = world.stream("plain", SplunkDestinationConfiguration={"HECEndpoint": "http://s:8088", **splunk})
    world.case("stream-destination-tls", arn, SPLUNK_HOST="splunk.example.com", **variables)
    splunk = {"HECEndpoint": "https://s:8088", **splunk}
    arn, variables = world.stream("with-token", SplunkDestinationConfiguration=splunk)
    made = world.clients("secretsmanager", REGION).create_secret(Name="splunk", SecretString="{}")
    world.case("stream-secrets-managed", arn, SECRET=made["ARN"], DELIVERY_ROLE=DELIVERY_ROLE, **variables)
    world.clients("redshift", REGION).create_cluster(
        ClusterIdentifier="orders", NodeType="ra3.large", MasterUsername="a", MasterUserPassword="Aa345678",
        PubliclyAccessible=True, Encrypted=True,
    )
    arn, _ = world.stream("to-redshift", RedshiftDestinationConfiguration={
        "RoleARN": DELIVERY_ROLE, "CopyCommand": {"DataTableName": "t"},
        "ClusterJDBCURL": f"jdbc:redshift://orders.abcdefghijkl.{REGION}.redshift.amazonaws.com:5439/dev",
        "S3Configuration": world.stored(world.bucket("to-redshift")),
    })
    world.case("stream-redshift-not-public", arn, CLUSTER="orders")


def roles(world):
    """A role without a right to the key of its destination, which the policy of the key leaves to IAM."""
    role = "reader-of-keys"
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]}
    made = world.clients("iam", REGION).create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
    key = world.key()
    kms = {"KMSEncryptionConfig": {"AWSKMSKeyARN": key}}
    delivery = world.stored(world.bucket("keyed"), RoleARN=made["Role"]["Arn"], EncryptionConfiguration=kms)
    # The key is that of the stream as well, so that its grants are read.
    arn, _ = world.stream("keyed", key=key, ExtendedS3DestinationConfiguration=delivery)
    world.case("stream-role-can-use-keys", arn, ROLE_NAME=role, KEY=key)


def organization(world, endpoint):
    """An organization whose management account is another; the account sees its policies as a delegated administrator."""
    credentials = world.clients("sts", REGION).assume_role(
        RoleArn=f"arn:aws:iam::{MANAGEMENT}:role/management", RoleSessionName="remedies"
    )["Credentials"]
    secrets = {"AWS_ACCESS_KEY_ID": credentials["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
               "AWS_SESSION_TOKEN": credentials["SessionToken"]}
    managed = seed.clients_of(endpoint, secrets)("organizations", REGION)
    managed.create_organization(FeatureSet="ALL")
    number = managed.create_account(AccountName="streams", Email="streams@example.com")["CreateAccountStatus"]["AccountId"]
    # moto draws the number of an account, and knows no delegation by policy: it is given the number that the streams are
    # in, and that account the organization's view of its policies.
    backend = organizations_backends[MANAGEMENT]["aws"]
    next(a for a in backend.accounts if a.id == number).id = ACCOUNT
    organizations_backends[ACCOUNT]["aws"] = backend
    here = f"{ACCOUNT}/{REGION}"
    who = {"ACCOUNT": ACCOUNT, "BREAK_GLASS": f"arn:aws:iam::{ACCOUNT}:role/break-glass", **secrets}
    for what in ("keys-not-removed", "encryption-not-stopped", "logging-not-stopped"):
        world.case(f"guard-{what}", here, **who)
    world.bucket("trail-logs")
    trail = world.clients("cloudtrail", REGION)
    trail.create_trail(Name="main", S3BucketName="trail-logs")
    trail.start_logging(Name="main")
    world.case("trail-of-organization", here, TRAIL="main")


def amend():
    """Where moto's Firehose differs from AWS's in what has nothing to do with a remedy."""
    update = firehose.FirehoseBackend.update_destination

    def whole(self, *arguments, **named):
        # The legacy form of a destination loses all that an update leaves alone.
        update(self, *arguments, **named)
        for stream in self.delivery_streams.values():
            for destination in stream.destinations:
                if "ExtendedS3" in destination:
                    destination["S3"] = firehose.create_s3_destination_config(destination["ExtendedS3"])

    unittest.mock.patch.object(firehose.FirehoseBackend, "update_destination", whole).start()
    # The times of a stream are text, where the protocol has numbers.
    unittest.mock.patch.object(firehose, "utcnow", time.time).start()


def fail_and_mend(program, port, folder, judge):
    endpoint = f"http://127.0.0.1:{port}"
    clients = seed.clients_of(endpoint)
    (folder / "keywitness.toml").write_text(CONFIGURATION)
    listed = end_to_end.keywitness(program, ["checks", "list", "--json"], folder)
    pages = {page["id"]: page for page in json.loads(listed.stdout)["checks"]}
    world = World(clients)
    keys(world)
    streams(world, folder)
    roles(world)
    organization(world, endpoint)
    judge.equal("checks that this emulator shows", sorted(world.cases), sorted(remedies.SECOND))
    door, _ = proxy.start(port, lambda action, *_: action in MISSING)
    before = mending.statuses(program, door, folder)
    for check, (subject, variables) in world.cases.items():
        status, reason = before.get((check, subject), ("no finding", ""))
        judge.holds(f"{check} is fail before", status == "fail", f"{status}: {reason}")
        ran = mending.remedy(pages[check], port, variables, folder)
        judge.holds(f"the remedy of {check} runs", ran.returncode == 0, ran.stderr.strip()[-600:])
    after = mending.statuses(program, door, folder)
    for check, (subject, _) in world.cases.items():
        status, reason = after.get((check, subject), ("no finding", ""))
        wanted = "no finding" if check in world.moves else "pass"
        judge.holds(f"{check} is {wanted} after", status == wanted, f"{status}: {reason}")


def main():
    program = os.path.abspath(sys.argv[1])
    judge = end_to_end.Judge()
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    amend()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with tempfile.TemporaryDirectory(prefix="keywitness-remedies-") as folder:
        try:
            fail_and_mend(program, server.get_host_and_port()[1], pathlib.Path(folder), judge)
        except Exception:
            traceback.print_exc()
            judge.holds("the run comes to its end", False)
        finally:
            server.stop()
    print(f"remedies on a second emulator: {judge.passed} passed, {judge.failed} failed; {len(remedies.SECOND)} checks")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
