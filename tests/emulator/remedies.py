"""The CLI remedies of the checks, run as they stand on the page: fail before, pass after.

    remedies.py PATH-TO-KEYWITNESS [--many]

Fills the emulator (ministack) with one subject that fails each check, asks the program, runs the very text of
`keywitness checks show ID --json` with bash and the AWS CLI, and asks again. What is shown by its effect, or is a right
of the reader, is in effects.py; what a second emulator shows (moto) in remedies_moto.py; what neither has, and a
stand-in of our own, in remedies_standin.py. A check that none of them can fail or mend is on the list below with the
reason; one that is on no list, or on two, makes the run fail.
"""

import json
import sys

import effects
import end_to_end
import seed
from mending import ACCOUNT, REGION, allow, remedy, statuses

ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/KeyAdministrator"
DELIVERY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivery"
CONFIGURATION = """
[parameters]
cryptoperiod_days = 365

[required_tags]
streams = ["owner"]
keys = ["owner"]

[scope]
tenant_tag = "tenant"
environment_tag = "environment"
data_class_tag = "class"

[scope.tag_values]
cards = ["pan"]

[expected]
streams_per_key = 2
log_retention_days = 365
"""

# Each with the reason.
CANNOT = {}
# Shown with --many only: 451 streams on one key, read twice, take as long as much of the rest.
MANY = {"key-stream-limit"}
# What a second emulator shows: remedies_moto.py.
SECOND = {
    "guard-encryption-not-stopped",
    "guard-keys-not-removed",
    "guard-logging-not-stopped",
    "key-account-expected",
    "key-administrators-expected",
    "key-producers-ready",
    "key-rotated-in-cryptoperiod",
    "stream-active",
    "stream-backup-customer-key",
    "stream-backup-encrypted",
    "stream-destination-encrypted",
    "stream-destination-tls",
    "stream-encryption-change-succeeded",
    "stream-redshift-not-public",
    "stream-role-can-use-keys",
    "stream-secrets-managed",
    "trail-of-organization",
}
# What neither emulator has, and a stand-in of our own does that follows AWS's documents: remedies_standin.py.
STAND_IN = {
    "event-calls-not-refused",
    "event-root-not-used",
    "event-who-is-named",
    "key-not-shared-by-ram",
    "key-rotation-not-overdue",
    "stream-delivery-succeeds",
    "stream-error-log-customer-key",
    "stream-grant-alive",
    "stream-source-tls",
    "trail-bucket-mfa-delete",
    "trail-delivers-digests",
    "trail-delivers-logs",
    "trail-stores-protected",
    "trail-stores-record-kms-events",
    "trail-to-log-group",
}
# What is unknown before, and not a failure: an origin that nobody declared; calls that no trail records.
# The emulator has no event data stores to list, and one of them could record data events. The stand-in fails the last two.
UNKNOWN_BEFORE = {"key-origin-expected", "alarm-on-key-changes", "trail-bucket-data-events"}


OWNER = allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*")
APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}
# What makes the policy of a key fail, beside the statement of its account.
POLICIES = {
    "key-policy-not-public": [OWNER, allow("*", "kms:Decrypt")],
    "key-policy-accounts-expected": [OWNER, allow({"AWS": "arn:aws:iam::444455556666:root"}, "kms:Decrypt")],
    "key-policy-not-broad": [OWNER, allow(APP, "kms:*")],
    "key-policy-separates-duties": [OWNER, allow(APP, "kms:PutKeyPolicy", "kms:Decrypt")],
    "key-policy-grants-limited": [OWNER, allow(APP, "kms:CreateGrant")],
    "key-policy-no-lock-out": [allow(APP, "kms:PutKeyPolicy")],
    "key-policy-no-deleted-principals": [OWNER, allow({"AWS": "AROAEXAMPLEEXAMPLE123"}, "kms:Decrypt")],
    "key-policy-statements-effective": [OWNER, {"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy"}],
}


class World:
    """The subjects: for each check the id that its finding has, and the variables of its remedy."""

    def __init__(self, clients):
        self.kms, self.firehose = clients("kms", REGION), clients("firehose", REGION)
        self.cases = {}

    def case(self, check, subject, moves=False, **variables):
        """`moves`: the remedy takes the streams away from the subject, which then is no subject any more."""
        self.cases[check] = (subject, moves, variables)

    def key(self, alias=None, tags=None, **options):
        tags = {"owner": "payments"} if tags is None else tags
        options["Tags"] = [{"TagKey": k, "TagValue": v} for k, v in tags.items()]
        made = self.kms.create_key(**options)["KeyMetadata"]
        if alias:
            self.kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=made["KeyId"])
        return made["Arn"]

    def stream(self, name, key=None, sse=None, tags=None):
        sse = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key} if key else sse
        options = {"DeliveryStreamEncryptionConfigurationInput": sse} if sse else {}
        tags = {"owner": "payments"} if tags is None else tags
        if tags:
            options["Tags"] = [{"Key": k, "Value": v} for k, v in tags.items()]
        self.firehose.create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration=seed.DESTINATION, **options
        )
        return f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}"


def streams(world):
    good = world.key("good")
    off = world.stream("off", key=good)
    world.firehose.stop_delivery_stream_encryption(DeliveryStreamName="off")
    world.case("stream-sse-enabled", off, STREAM="off", KEY=good)
    owned = world.stream("owned", sse={"KeyType": "AWS_OWNED_CMK"})
    world.case("stream-customer-managed-key", owned, STREAM="owned", KEY=good)
    untagged = world.stream("untagged", sse={"KeyType": "AWS_OWNED_CMK"}, tags={})
    world.case("stream-required-tags", untagged, STREAM="untagged", TAG="owner", VALUE="payments")
    undeclared = world.stream("undeclared", sse={"KeyType": "AWS_OWNED_CMK"})
    world.case("stream-data-class-declared", undeclared, STREAM="undeclared", DATA_CLASS_TAG="class", DATA_CLASS="cards")
    doomed = world.key("unusable")
    world.stream("on-unusable", key=doomed)
    world.kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    world.case("stream-key-usable", f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/on-unusable", KEY=doomed)
    shared = world.key("shared-by-tenants")
    tenant = world.stream("tenant-a", key=shared, tags={"tenant": "a", "owner": "x"})
    world.stream("tenant-b", key=shared, tags={"tenant": "b", "owner": "x"})
    world.case("stream-tenant-own-key", tenant, STREAM="tenant-a", OWNER="payments")


def keys(world):
    def with_stream(name, **options):
        arn = world.key(name, **options)
        world.stream(f"on-{name}", key=arn)
        return arn

    disabled = with_stream("disabled")
    world.kms.disable_key(KeyId=disabled)
    world.case("key-enabled", disabled, KEY=disabled)
    doomed = with_stream("doomed")
    world.kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    world.case("key-not-pending-deletion", doomed, KEY=doomed)
    untagged = with_stream("untagged-key", tags={})
    world.case("key-required-tags", untagged, KEY=untagged, TAG="owner", VALUE="payments")
    never = with_stream("never")
    world.case("key-rotation-enabled", never, KEY=never, DAYS="365")
    slow = with_stream("slow")
    world.kms.enable_key_rotation(KeyId=slow, RotationPeriodInDays=400)
    world.case("key-rotation-period", slow, KEY=slow, DAYS="180")
    nameless = world.key()
    world.stream("on-nameless", key=nameless)
    world.case("key-has-alias", nameless, KEY=nameless, NAME="named-now")
    asymmetric = with_stream("asymmetric", KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    world.case("key-spec-symmetric", asymmetric, moves=True, STREAM="on-asymmetric", OWNER="payments")
    hollow = with_stream("hollow", Origin="EXTERNAL")
    world.case("key-origin-expected", hollow, moves=True, STREAM="on-hollow", OWNER="payments")
    everywhere = with_stream("everywhere", MultiRegion=True)
    world.case("key-single-region", everywhere, moves=True, STREAM="on-everywhere", OWNER="payments")
    tenants = world.key("two-tenants")
    world.stream("of-acme", key=tenants, tags={"tenant": "acme"})
    world.stream("of-other", key=tenants, tags={"tenant": "other"})
    world.case("key-one-tenant", tenants, STREAM="of-other", OWNER="payments")
    environments = world.key("two-environments")
    world.stream("of-production", key=environments, tags={"environment": "production"})
    world.stream("of-test", key=environments, tags={"environment": "test"})
    world.case("key-one-environment", environments, STREAM="of-test", OWNER="payments")
    crowded = world.key("crowded")
    for number in range(3):
        world.stream(f"crowd-{number}", key=crowded)
    world.case("key-blast-radius", crowded, STREAM="crowd-2", OWNER="payments")
    tagged = world.key("tenant-key")
    world.stream("on-tenant-key", key=tagged, tags={"tenant": "acme"})
    world.case("key-tenant-tag-matches", tagged, KEY=tagged, TENANT_TAG="tenant", TENANT="acme")
    for check, statements in POLICIES.items():
        arn = with_stream(check)
        world.kms.put_key_policy(
            KeyId=arn, PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
        )
        world.case(check, arn, KEY=arn, ACCOUNT=ACCOUNT, ADMINISTRATOR=ADMINISTRATOR, DELIVERY_ROLE=DELIVERY_ROLE)


class Surroundings:
    """Buckets, sources and log groups, and streams that use them."""

    def __init__(self, world, clients):
        self.world = world
        self.s3, self.logs, self.kinesis = clients("s3", REGION), clients("logs", REGION), clients("kinesis", REGION)
        self.elsewhere = clients("s3", "us-east-1")

    def bucket(self, name):
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def stream(self, name, bucket, source=None, **destination):
        """Its ARN, and the variables that change its destination."""
        destination |= {"RoleARN": DELIVERY_ROLE, "BucketARN": f"arn:aws:s3:::{bucket}"}
        owned = {"KeyType": "AWS_OWNED_CMK"}
        kind = {"DeliveryStreamType": "DirectPut", "DeliveryStreamEncryptionConfigurationInput": owned}
        if source:
            reads = {"KinesisStreamARN": source, "RoleARN": DELIVERY_ROLE}
            kind = {"DeliveryStreamType": "KinesisStreamAsSource", "KinesisStreamSourceConfiguration": reads}
        firehose = self.world.firehose
        firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination, **kind)
        described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        variables = {"STREAM": name, "VERSION": described["VersionId"]}
        variables["DESTINATION"] = described["Destinations"][0]["DestinationId"]
        return described["DeliveryStreamARN"], variables


def hops(world, clients):
    around = Surroundings(world, clients)
    # Where the streams deliver that name no bucket of their own: what is in no bucket that answers could hang on any key.
    around.bucket(seed.DESTINATION["BucketARN"].rsplit(":", 1)[1])
    key = world.key("data")
    for check in ("stream-destination-customer-key", "stream-destination-key-named"):
        arn, variables = around.stream(check, around.bucket(f"{check}-bucket"))
        world.case(check, arn, KEY=key, **variables)
    doomed = world.key("doomed-data")
    encryption = {"KMSEncryptionConfig": {"AWSKMSKeyARN": doomed}}
    arn, _ = around.stream("key-usable", around.bucket("key-usable-bucket"), EncryptionConfiguration=encryption)
    world.kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    world.case("stream-destination-key-usable", arn, KEY=doomed)
    for check in ("stream-buckets-not-public", "stream-buckets-keep-versions"):
        bucket = around.bucket(f"{check}-bucket")
        arn, _ = around.stream(check, bucket)
        world.case(check, arn, BUCKET=bucket)
    around.elsewhere.create_bucket(Bucket="far-away")
    arn, variables = around.stream("far", "far-away")
    world.case("stream-delivers-where-expected", arn, BUCKET=around.bucket("near"), **variables)
    lambda_arn = {"ParameterName": "LambdaArn", "ParameterValue": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"}
    processing = {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": [lambda_arn]}]}
    arn, variables = around.stream("changed", around.bucket("changed-bucket"), ProcessingConfiguration=processing)
    variables |= {"DELIVERY_ROLE": DELIVERY_ROLE, "BACKUP_BUCKET": around.bucket("changed-backup")}
    world.case("stream-backup-of-changed-records", arn, **variables)
    around.logs.create_log_group(logGroupName="errors")
    arn, variables = around.stream("unlogged", around.bucket("unlogged-bucket"))
    world.case("stream-error-logging", arn, LOG_GROUP="errors", LOG_STREAM="delivery", **variables)
    arn, _ = around.stream("unwatched", around.bucket("unwatched-bucket"))
    # This remedy makes an alarm; that its topic tells somebody is there already.
    topic, queue = told(clients, "alerts")
    clients("sns", REGION).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    world.case("stream-delivery-watched", arn, STREAM="unwatched", TOPIC=topic)
    for check in ("stream-source-encrypted", "stream-source-customer-key"):
        around.kinesis.create_stream(StreamName=check, ShardCount=1)
        source = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{check}"
        arn, _ = around.stream(f"from-{check}", around.bucket(f"from-{check}-bucket"), source=source)
        world.case(check, arn, SOURCE=check, KEY=key)
    bound = {"Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"tenant": "acme"}}}
    for check, grantee in (("key-grants-expected", "444455556666"), ("key-grants-limited", ACCOUNT)):
        granted = world.key(check)
        world.stream(f"on-{check}", key=granted)
        world.kms.create_grant(KeyId=granted, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/good", **bound)
        bad = world.kms.create_grant(
            KeyId=granted, GranteePrincipal=f"arn:aws:iam::{grantee}:role/bad", Operations=["Decrypt"]
        )
        world.case(check, granted, KEY=granted, GRANT=bad["GrantId"])


def told(clients, name):
    """A topic, and the queue that may be told by it."""
    clients("sqs", REGION).create_queue(QueueName=name)
    return clients("sns", REGION).create_topic(Name=name)["TopicArn"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def trails(world, clients):
    clients("s3", REGION).create_bucket(
        Bucket="acme-audit-logs", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    cloudtrail = clients("cloudtrail", REGION)
    trail = cloudtrail.create_trail(Name="main", S3BucketName="acme-audit-logs")["TrailARN"]
    cloudtrail.start_logging(Name="main")
    cloudtrail.put_event_selectors(TrailName="main", EventSelectors=[{
        "ReadWriteType": "All", "IncludeManagementEvents": True,
        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
    }])
    here = f"{ACCOUNT}/{REGION}"
    for check in (
        "trail-log-file-validation", "trail-logging-multi-region", "trail-records-kms-events",
        "trail-records-all-management-events", "trail-encrypted-with-key", "trail-key-customer-managed",
    ):
        world.case(check, here, TRAIL="main", TRAIL_ARN=trail, ACCOUNT=ACCOUNT)
    early = {"ID": "early", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    clients("s3", REGION).put_bucket_lifecycle_configuration(
        Bucket="acme-audit-logs", LifecycleConfiguration={"Rules": [early]}
    )
    topic, queue = told(clients, "changes")
    # Versions come first: Object Lock needs them.
    for check in ("trail-bucket-not-public", "trail-bucket-keeps-versions", "trail-bucket-locked", "trail-bucket-retention"):
        world.case(check, here, BUCKET="acme-audit-logs", DAYS="400")
    for check in ("alarm-on-key-changes", "alarm-on-trail-changes"):
        world.case(check, here, TOPIC=topic, PROTOCOL="sqs", ENDPOINT=queue)
    # The last of those that set the selectors of the trail: the others ask for management events alone.
    world.case("trail-bucket-data-events", here, TRAIL="main", BUCKET="acme-audit-logs")


def fail_and_mend(program, port, folder, judge):
    clients = seed.clients_of(f"http://127.0.0.1:{port}")
    (folder / "keywitness.toml").write_text(CONFIGURATION)
    listed = end_to_end.keywitness(program, ["checks", "list", "--json"], folder)
    pages = {page["id"]: page for page in json.loads(listed.stdout)["checks"]}
    world = World(clients)
    streams(world)
    keys(world)
    hops(world, clients)
    trails(world, clients)
    lists = [world.cases, SECOND, effects.MENDED, effects.EFFECTS, effects.RIGHTS, STAND_IN, MANY, CANNOT]
    placed = [check for one in lists for check in one]
    judge.equal("checks without a place on a list", sorted(set(pages) - set(placed)), [])
    judge.equal("checks on two lists", sorted(c for c in set(placed) if placed.count(c) > 1), [])
    judge.equal("listed checks that do not exist", sorted(set(placed) - set(pages)), [])
    before = statuses(program, port, folder)
    for check, (subject, _, variables) in world.cases.items():
        status, reason = before.get((check, subject), ("no finding", ""))
        wanted = "unknown" if check in UNKNOWN_BEFORE else "fail"
        judge.holds(f"{check} is {wanted} before", status == wanted, f"{status}: {reason}")
        ran = remedy(pages[check], port, variables, folder)
        judge.holds(f"the remedy of {check} runs", ran.returncode == 0, ran.stderr.strip()[-600:])
    after = statuses(program, port, folder)
    for check, (subject, moves, _) in world.cases.items():
        status, reason = after.get((check, subject), ("no finding", ""))
        wanted = "no finding" if moves else "pass"
        judge.holds(f"{check} is {wanted} after", status == wanted, f"{status}: {reason}")
    moved = [c for c, (_, moves, _) in world.cases.items() if moves]
    for check in moved:
        bad = [s for (c, s), (status, _) in after.items() if c == check and status != "pass"]
        judge.equal(f"keys that do not pass {check} after", bad, [])
    effects.show(program, port, folder, pages, judge)
    for check, reason in CANNOT.items():
        print(f"not shown: {check}: {reason}")
    print(
        f"of {len(pages)} checks the remedies of {len(world.cases) + len(effects.MENDED)} are shown here (before it "
        f"{len(UNKNOWN_BEFORE)} of them are unknown, the others fail), those of {len(effects.EFFECTS)} by their effect, "
        f"those of {len(effects.RIGHTS)} "
        f"that give the reader a right from unknown to pass; {len(SECOND)} by a second emulator; {len(MANY)} with --many; "
        f"{len(STAND_IN)} by no emulator that others made, but by a stand-in of our own that follows AWS's documents; "
        f"{len(CANNOT)} by nothing"
    )


def crowd(program, port, folder, judge):
    """One key with one stream too many, in a Region of its own."""
    region = "ap-southeast-2"
    clients = seed.clients_of(f"http://127.0.0.1:{port}")
    key, firehose = clients("kms", region).create_key()["KeyMetadata"]["Arn"], clients("firehose", region)
    for number in range(451):
        firehose.create_delivery_stream(
            DeliveryStreamName=f"crowd-{number:03}",
            ExtendedS3DestinationConfiguration=seed.DESTINATION,
            DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key},
        )
    listed = end_to_end.keywitness(program, ["checks", "list", "--json"], folder)
    page = next(p for p in json.loads(listed.stdout)["checks"] if p["id"] == "key-stream-limit")
    for wanted in ("fail", "pass"):
        status, reason = statuses(program, port, folder, region).get((page["id"], key), ("no finding", ""))
        judge.holds(f"key-stream-limit: {wanted}", status == wanted, f"{status}: {reason}")
        if wanted == "fail":
            variables = {"AWS_DEFAULT_REGION": region, "STREAM": "crowd-450", "OWNER": "payments"}
            ran = remedy(page, port, variables, folder)
            judge.holds("the remedy of key-stream-limit runs", ran.returncode == 0, ran.stderr.strip()[-600:])


def every_remedy(program, port, folder, judge):
    fail_and_mend(program, port, folder, judge)
    if "--many" in sys.argv[2:]:
        crowd(program, port, folder, judge)


def main():
    judge = end_to_end.on_emulator(sys.argv[1], every_remedy)
    print(f"remedies: {judge.passed} passed, {judge.failed} failed; {len(CANNOT)} that nothing can show")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
