"""Remedies that mend what an event did, and those that give the reader a right: in a Region of their own.

An event cannot be undone. So a check of events is shown by its effect: it fails; its very remedy takes another check,
which asks for the effect, from fail to pass; and in the window that begins after it the check of events passes itself.

A right that the reader lacks leaves a check unknown, by its rule, and no failure. ministack grants everything, but it
judges the policies of a role where it is asked to: a proxy asks it, and refuses what the role of the reader may not do.
"""

import datetime
import json
import time

import end_to_end
import mending
import proxy
import seed
from mending import ACCOUNT

REGION = "eu-central-1"
READER = "keywitness-reader"
# The check of events, and the one that asks for the effect.
EFFECTS = {
    "event-encryption-not-stopped": "stream-sse-enabled",
    "event-keys-not-disabled": "key-enabled",
    "event-key-deletion-not-scheduled": "key-not-pending-deletion",
    "event-rotation-not-disabled": "key-rotation-enabled",
    "event-key-material-not-deleted": "key-enabled",
    "event-logging-not-stopped": "trail-logging-multi-region",
    "event-trails-unchanged": "trail-records-kms-events",
    "event-grants-created-as-expected": "key-grants-expected",
    "event-key-policies-unchanged": "key-policy-not-public",
    "event-destinations-unchanged": "stream-delivers-where-expected",
    "event-streams-not-deleted": "stream-sse-enabled",
    "stream-keys-answered": "key-enabled",
}
# What a change added beside, and its remedy switches off: a function, without a backup of what came in.
ADDED = {"event-destinations-unchanged": "stream-backup-of-changed-records"}
# A check of today that has its subject here: in the other Region a key of that origin would be in the way.
MENDED = {"key-material-not-expiring"}
# ministack records no calls to CloudTrail itself, so the event is not there to be seen; its effect is.
UNRECORDED = {"event-logging-not-stopped", "event-trails-unchanged"}
# Metrics are read by whole days, so this one does not pass on the day of the failure.
BY_DAY = {"stream-keys-answered"}
# What the event took away altogether: until it is there again, there is no finding about it.
GONE = {"event-streams-not-deleted"}
# What the reader lacks before.
RIGHTS = {
    "stream-inventory-complete": ["firehose:ListDeliveryStreams", "firehose:DescribeDeliveryStream"],
    "key-management-events": ["cloudtrail:LookupEvents"],
    "key-access-events": ["cloudtrail:LookupEvents"],
    "stream-events": ["cloudtrail:LookupEvents"],
}
# What was agreed on stays a failure, and bears its exception.
AGREED = "event-key-policies-unchanged"
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
CONFIGURATION = f"""
[expected]
grant_creators = ["arn:aws:iam::{ACCOUNT}:role/whoever-starts-encryption"]

[[exceptions]]
id = "EX-1"
check = "{AGREED}"
region = "{REGION}"
reason = "The policy was opened for an hour"
compensating_measure = "Two people watched"
owner = "Platform"
approver = "Security"
approved = "{TODAY}"
expires = "{TODAY + datetime.timedelta(days=1)}"
"""


class World:
    """What happened: for each check of events its subject, that of the effect, and the variables of the remedy."""

    def __init__(self, clients):
        self.clients = clients
        self.kms, self.firehose = clients("kms", REGION), clients("firehose", REGION)
        self.cases, self.mended = {}, {}

    def case(self, check, subject, effect, **variables):
        self.cases[check] = (subject, effect, variables)

    def keyed(self, name, **options):
        """A key with a stream on it; both ARNs."""
        key = self.kms.create_key(**options)["KeyMetadata"]["Arn"]
        self.firehose.create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration=seed.DESTINATION,
            DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key},
        )
        return key, f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}"

    def redirected(self, name, before, after):
        """A stream whose destination was changed: its ARN, and the variables that change it again."""
        stream = {"DeliveryStreamName": name}
        role = {"RoleARN": seed.DESTINATION["RoleARN"]}
        arn = self.firehose.create_delivery_stream(**stream, ExtendedS3DestinationConfiguration=role | before)

        def where():
            described = self.firehose.describe_delivery_stream(**stream)["DeliveryStreamDescription"]
            return described["VersionId"], described["Destinations"][0]["DestinationId"]

        version, destination = where()
        self.firehose.update_destination(
            **stream, CurrentDeliveryStreamVersionId=version, DestinationId=destination, ExtendedS3DestinationUpdate=after
        )
        version, destination = where()
        return arn["DeliveryStreamARN"], {"VERSION": version, "DESTINATION": destination}


def happen(world, folder):
    here = f"{ACCOUNT}/{REGION}"
    key, stream = world.keyed("stopped")
    world.firehose.stop_delivery_stream_encryption(DeliveryStreamName="stopped")
    world.case("event-encryption-not-stopped", here, stream, STREAM="stopped", KEY=key)
    key, _ = world.keyed("on-disabled")
    world.kms.disable_key(KeyId=key)
    world.case("event-keys-not-disabled", here, key, KEY=key)
    key, _ = world.keyed("on-doomed")
    world.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    world.case("event-key-deletion-not-scheduled", here, key, KEY=key)
    key, _ = world.keyed("on-unrotated")
    world.kms.enable_key_rotation(KeyId=key)
    world.kms.disable_key_rotation(KeyId=key)
    world.case("event-rotation-not-disabled", here, key, KEY=key)
    key, _ = world.keyed("on-hollow", Origin="EXTERNAL")
    (folder / "material.bin").write_bytes(mending.imported(world.kms, key))
    world.kms.delete_imported_key_material(KeyId=key)
    world.case("event-key-material-not-deleted", here, key, KEY=key, MATERIAL=str(folder / "material.bin"))
    key, _ = world.keyed("on-ending", Origin="EXTERNAL")
    (folder / "ending.bin").write_bytes(mending.imported(world.kms, key, time.time() + 30 * 86_400))
    world.mended["key-material-not-expiring"] = (key, {"KEY": key, "MATERIAL": str(folder / "ending.bin")})
    key, _ = world.keyed("on-granted")
    world.kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/good", Operations=["Decrypt"])
    grant = world.kms.create_grant(
        KeyId=key, GranteePrincipal="arn:aws:iam::444455556666:role/stranger", Operations=["Decrypt"]
    )
    world.case("event-grants-created-as-expected", here, key, KEY=key, GRANT=grant["GrantId"])
    key, stream = world.keyed("unanswered")
    world.kms.disable_key(KeyId=key)
    dimensions = [{"Name": "DeliveryStreamName", "Value": "unanswered"}]
    for metric, value in (("KMSKeyDisabled", 3.0), ("DeliveryToS3.Success", 0.5)):
        world.clients("cloudwatch", REGION).put_metric_data(
            Namespace="AWS/Firehose", MetricData=[{"MetricName": metric, "Dimensions": dimensions, "Value": value}]
        )
    world.case("stream-keys-answered", stream, key, KEY=key)
    key, _ = world.keyed("on-opened")
    approved = {"Version": "2012-10-17", "Statement": [mending.allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*")]}
    opened = approved | {"Statement": [*approved["Statement"], mending.allow("*", "kms:Decrypt")]}
    (folder / "approved-policy.json").write_text(json.dumps(approved))
    world.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(opened))
    world.case("event-key-policies-unchanged", here, key, KEY=key, APPROVED=str(folder / "approved-policy.json"))
    for bucket, region in (("effects-logs", REGION), ("effects-near", REGION), ("effects-far", "eu-north-1")):
        world.clients("s3", region).create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region}
        )
    near, far = ({"BucketARN": f"arn:aws:s3:::effects-{name}"} for name in ("near", "far"))
    # The change also put a function between. What the approved file does not name stays, so it names that there is none.
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:copies"
    processor = {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": function}]}
    far["ProcessingConfiguration"] = {"Enabled": True, "Processors": [processor]}
    (folder / "approved-destination.json").write_text(json.dumps(near | {"ProcessingConfiguration": {"Enabled": False}}))
    stream, where = world.redirected("redirected", near, far)
    where["APPROVED"] = str(folder / "approved-destination.json")
    world.case("event-destinations-unchanged", here, stream, STREAM="redirected", **where)
    owned = {"KeyType": "AWS_OWNED_CMK"}
    definition = {
        "DeliveryStreamName": "deleted", "DeliveryStreamEncryptionConfigurationInput": owned,
        "ExtendedS3DestinationConfiguration": seed.DESTINATION,
    }
    (folder / "definition.json").write_text(json.dumps(definition))
    stream = world.firehose.create_delivery_stream(**definition)["DeliveryStreamARN"]
    world.firehose.delete_delivery_stream(DeliveryStreamName="deleted")
    world.case("event-streams-not-deleted", here, stream, DEFINITION=str(folder / "definition.json"))
    trail = world.clients("cloudtrail", REGION)
    trail.create_trail(Name="effects", S3BucketName="effects-logs", IsMultiRegionTrail=True)
    trail.start_logging(Name="effects")
    trail.put_event_selectors(TrailName="effects", EventSelectors=[{
        "ReadWriteType": "All", "IncludeManagementEvents": True,
        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
    }])
    trail.stop_logging(Name="effects")
    world.case("event-trails-unchanged", here, here, TRAIL="effects")
    world.case("event-logging-not-stopped", here, here, TRAIL="effects")


class Rights:
    """Asks the emulator what the reader's role may do, once an action and run."""

    def __init__(self, iam, arn):
        self.iam, self.arn, self.known = iam, arn, {}

    def denied(self, action):
        if action not in self.known:
            answer = self.iam.simulate_principal_policy(PolicySourceArn=self.arn, ActionNames=[action])
            self.known[action] = answer["EvaluationResults"][0]["EvalDecision"] != "allowed"
        return self.known[action]


def reader(program, folder, clients):
    """The role of the reader, with all that `keywitness permissions` asks for but what the remedies give."""
    lacking = {action for actions in RIGHTS.values() for action in actions}
    policy = json.loads(end_to_end.keywitness(program, ["permissions"], folder).stdout)
    for statement in policy["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if action not in lacking]
    iam = clients("iam", REGION)
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ]}
    arn = iam.create_role(RoleName=READER, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=READER, PolicyName="keywitness", PolicyDocument=json.dumps(policy))
    return Rights(iam, arn)


def show(program, port, folder, pages, judge):
    clients = seed.clients_of(f"http://127.0.0.1:{port}")
    folder = folder / "effects"
    folder.mkdir()
    (folder / "keywitness.toml").write_text(CONFIGURATION)
    # The trail of the other Region logs here as well, now that it is of all Regions.
    clients("cloudtrail", mending.REGION).delete_trail(Name="main")
    world = World(clients)
    happen(world, folder)
    judge.equal("checks shown by their effect", sorted(world.cases), sorted(EFFECTS))
    judge.equal("checks that have their subject here", sorted(world.mended), sorted(MENDED))
    rights = reader(program, folder, clients)
    time.sleep(2)

    def denies(action, _, service):
        # The services whose name in IAM is the one that requests are signed for.
        return service in ("firehose", "cloudtrail", "kms") and rights.denied(f"{service}:{action}")

    door, _ = proxy.start(port, denies)

    def findings(*more):
        rights.known.clear()
        return mending.findings(program, door, folder, REGION, more)

    def run(check, variables):
        ran = mending.remedy(pages[check], port, {"AWS_DEFAULT_REGION": REGION, **variables}, folder)
        judge.holds(f"the remedy of {check} runs", ran.returncode == 0, ran.stderr.strip()[-600:])

    def holds(found, check, subject, wanted, when):
        finding = found.get((check, subject), {"status": "no finding", "reason": ""})
        judge.holds(f"{check} is {wanted} {when}", finding["status"] == wanted, f"{finding['status']}: {finding['reason']}")

    here = f"{ACCOUNT}/{REGION}"
    before = findings()
    for check in RIGHTS:
        holds(before, check, here, "unknown", "before")
        run(check, {"READER": READER})
    between = findings()
    for check in RIGHTS:
        holds(between, check, here, "pass", "after")
    for check, (subject, effect, variables) in world.cases.items():
        if check not in UNRECORDED:
            holds(between, check, subject, "fail", "before")
        wanted = "no finding" if check in GONE else "fail"
        holds(between, EFFECTS[check], effect, wanted, f"before the remedy of {check}")
        if check in ADDED:
            holds(between, ADDED[check], effect, "fail", f"before the remedy of {check}")
        run(check, variables)
    marked = {check for (check, _), finding in between.items() if finding.get("exception")}
    judge.equal("failures with an exception", marked, {AGREED})
    for check, (subject, variables) in world.mended.items():
        holds(between, check, subject, "fail", "before")
        run(check, variables)
    # The window begins with a full second.
    time.sleep(1.1)
    after = findings("--from", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for check, (subject, _) in world.mended.items():
        holds(after, check, subject, "pass", "after")
    for check, (subject, effect, _) in world.cases.items():
        holds(after, EFFECTS[check], effect, "pass", f"after the remedy of {check}")
        if check in ADDED:
            holds(after, ADDED[check], effect, "not_applicable", f"after the remedy of {check}")
        if check not in BY_DAY:
            holds(after, check, subject, "pass", "in the next window")
