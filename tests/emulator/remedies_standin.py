"""Remedies that neither emulator can show, run against a stand-in of our own: fail before, pass after.

    remedies_standin.py PATH-TO-KEYWITNESS

The same rule as in remedies.py: the very text of the page, and the program that collects before and after. What answers
is standin.py, which follows AWS's documents and was written here: it shows that a remedy does what the documents say,
not that AWS does. What people and services do every day (a deployment, the root user, another account, a producer)
happens before and after, in the same way: the remedy alone makes the difference. Two changes of a trail happen once; that
what they did is mended is shown in effects.py.
"""

import datetime
import json
import sys
import time

import end_to_end
import mending
import remedies
import seed
import standin
from botocore.exceptions import ClientError
from mending import REGION, allow

ORGANIZATION = "999988887777"
OTHER_ACCOUNT = "444455556666"
# In a Region there is one answer about trails, and one about events: those that would hide another are elsewhere.
ROOTED, DIGESTS, LOG_GROUP = "us-west-2", "eu-west-2", "eu-west-3"
CONFIGURATION = """
[expected]
log_retention_days = 365
"""
# ministack shows these too, but leaves a part open: it lists no event data stores, so two are unknown before; it records no
# calls to CloudTrail, so two of events are shown by the effect alone; and a day on which a key failed has passed only here.
WHOLE_HERE = {
    "alarm-on-key-changes", "event-logging-not-stopped", "event-trails-unchanged", "stream-keys-answered",
    "trail-bucket-data-events",
}
# What AWS refuses: a part of the page, what somebody might put there, and the error.
WRONG = {
    "stream-delivery-succeeds": ('"$KEY"', '""', "MalformedPolicyDocument"),
    "stream-source-tls": ("ClientBroker=TLS", "ClientBroker=TLS,InCluster=false", "BadRequestException"),
    "trail-bucket-mfa-delete": ("$MFA_CODE", "000000", "AccessDenied"),
    "trail-encrypted-with-key": ('"Action":"kms:Decrypt"', '"Action":"kms:Encrypt"', "InsufficientEncryptionPolicyException"),
    "trail-stores-protected": (
        '"kms:DescribeKey"]', '"kms:DescribeKey"],"Condition":{"StringEquals":{"aws:SourceArn":"\'"$STORE"\'"}}',
        "InsufficientEncryptionPolicyException",
    ),
}
# What the delivery role has already, under a name that anybody would give.
HAS = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:*:*:function:f"}
]}


class World:
    """The subjects: for each check the id that its finding has, and the variables of its remedy."""

    def __init__(self, aws, endpoint):
        self.aws, self.account, self.cases = aws, aws.account, {}
        self.clients = seed.clients_of(endpoint)
        self.endpoint = endpoint
        self.kms, self.firehose = self.clients("kms", REGION), self.clients("firehose", REGION)
        self.iam, self.s3 = self.clients("iam", REGION), self.clients("s3", REGION)

    def case(self, check, subject, **variables):
        self.cases[check] = (subject, variables)

    def key(self, *statements):
        owner = allow({"AWS": f"arn:aws:iam::{self.account}:root"}, "kms:*")
        policy = {"Version": "2012-10-17", "Statement": [owner, *statements]}
        return self.kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]

    def bucket(self, name, region=REGION, bucket_key=False):
        s3 = self.clients("s3", region)
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        if bucket_key:
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        return name

    def role(self, name, trusted):
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}]}
        return self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]

    def stream(self, name, key=None, region=REGION, **options):
        """Its ARN."""
        destination = {"RoleARN": f"arn:aws:iam::{self.account}:role/delivery", "BucketARN": "arn:aws:s3:::landing"}
        options.setdefault("ExtendedS3DestinationConfiguration", destination)
        if key:
            options["DeliveryStreamEncryptionConfigurationInput"] = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key}
        made = self.clients("firehose", region).create_delivery_stream(DeliveryStreamName=name, **options)
        return made["DeliveryStreamARN"]

    def signed(self, access_key, service, region):
        """A client with other credentials than the administrator's."""
        keys = access_key if isinstance(access_key, dict) else {
            "AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": "test"
        }
        return seed.clients_of(self.endpoint, keys)(service, region)

    def session(self, access_key, role, name):
        """A client of KMS in a session of a role."""
        taken = self.signed(access_key, "sts", REGION).assume_role(
            RoleArn=f"arn:aws:iam::{self.account}:role/{role}", RoleSessionName=name
        )["Credentials"]
        return self.signed({
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }, "kms", REGION)


def keys(world):
    # Rotation was switched on 400 days ago, and what should have happened a year later did not.
    late = world.key()
    world.aws.ago = 400 * standin.DAY
    world.kms.enable_key_rotation(KeyId=late, RotationPeriodInDays=365)
    world.aws.ago = 0
    world.stream("on-late", key=late)
    world.case("key-rotation-not-overdue", late, KEY=late, DAYS="365")
    shared = world.key()
    share = world.clients("ram", REGION).create_resource_share(
        name="keys", resourceArns=[shared], principals=[OTHER_ACCOUNT], allowExternalPrincipals=True
    )["resourceShare"]["resourceShareArn"]
    world.stream("on-shared", key=shared)
    world.case("key-not-shared-by-ram", shared, KEY=shared, SHARE=share)
    revoked = world.key()
    arn = world.stream("grantless", key=revoked)
    for grant in world.kms.list_grants(KeyId=revoked)["Grants"]:
        world.kms.revoke_grant(KeyId=revoked, GrantId=grant["GrantId"])
    world.case("stream-grant-alive", arn, STREAM="grantless", KEY=world.key())


def streams(world):
    kafka = world.clients("kafka", REGION)
    cluster = kafka.create_cluster(
        ClusterName="orders", KafkaVersion="3.8.x", NumberOfBrokerNodes=3,
        BrokerNodeGroupInfo={"ClientSubnets": ["subnet-1", "subnet-2", "subnet-3"], "InstanceType": "kafka.m7g.large"},
        EncryptionInfo={"EncryptionInTransit": {"ClientBroker": "TLS_PLAINTEXT", "InCluster": True}},
    )["ClusterArn"]
    reads = {"RoleARN": f"arn:aws:iam::{world.account}:role/delivery", "Connectivity": "PRIVATE"}
    source = {"MSKClusterARN": cluster, "TopicName": "orders", "AuthenticationConfiguration": reads}
    arn = world.stream("from-msk", DeliveryStreamType="MSKAsSource", MSKSourceConfiguration=source)
    version = kafka.describe_cluster_v2(ClusterArn=cluster)["ClusterInfo"]["CurrentVersion"]
    world.case("stream-source-tls", arn, CLUSTER=cluster, CLUSTER_VERSION=version)
    for group in ("errors", "deliveries"):
        world.clients("logs", REGION).create_log_group(logGroupName=group)
    delivery = {"RoleARN": f"arn:aws:iam::{world.account}:role/delivery", "BucketARN": "arn:aws:s3:::landing"}
    logged = {"Enabled": True, "LogGroupName": "errors", "LogStreamName": "delivery"}
    arn = world.stream("logged", ExtendedS3DestinationConfiguration=delivery | {"CloudWatchLoggingOptions": logged})
    world.case("stream-error-log-customer-key", arn, LOG_GROUP="errors", ACCOUNT=world.account, REGION=REGION)
    data = world.key()
    role = world.role("powerless", {"Service": "firehose.amazonaws.com"})
    world.iam.put_role_policy(RoleName="powerless", PolicyName="delivery", PolicyDocument=json.dumps(HAS))
    arn = world.stream("failing", ExtendedS3DestinationConfiguration={
        "RoleARN": role, "BucketARN": f"arn:aws:s3:::{world.bucket('failing-bucket')}",
        "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": data}},
    })
    mute = world.key()
    trusted = world.role("delivering", {"Service": "firehose.amazonaws.com"})
    world.iam.put_role_policy(RoleName="delivering", PolicyName="delivery", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::landing/*"}],
    }))
    to = {"RoleARN": trusted, "BucketARN": "arn:aws:s3:::landing"}
    unanswered = world.stream("unanswered", key=mute, ExtendedS3DestinationConfiguration=to)
    world.kms.disable_key(KeyId=mute)
    world.case("stream-keys-answered", unanswered, KEY=mute)
    who = {"ROLE_NAME": "powerless", "BUCKET": "failing-bucket", "KEY": data, "LOG_GROUP": "deliveries"}
    world.case("stream-delivery-succeeds", arn, **who)


def bucket_policy(bucket, account, trail):
    """As AWS's documents have it."""
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    source, arn = {"aws:SourceArn": trail}, f"arn:aws:s3:::{bucket}"
    put = {"StringEquals": source | {"s3:x-amz-acl": "bucket-owner-full-control"}}
    return json.dumps({"Version": "2012-10-17", "Statement": [
        service | {"Action": "s3:GetBucketAcl", "Resource": arn, "Condition": {"StringEquals": source}},
        service | {"Action": "s3:PutObject", "Resource": f"{arn}/AWSLogs/{account}/*", "Condition": put},
    ]})


def trails(world):
    # The bucket lets nobody in, and neither does the key.
    world.bucket("closed-logs", bucket_key=True)
    key, cloudtrail = world.key(), world.clients("cloudtrail", REGION)
    arn = cloudtrail.create_trail(Name="closed", S3BucketName="closed-logs", KmsKeyId=key)["TrailARN"]
    cloudtrail.start_logging(Name="closed")
    here = f"{world.account}/{REGION}"
    who = {"TRAIL": "closed", "TRAIL_ARN": arn, "TRAIL_KEY": key, "BUCKET": "closed-logs", "ACCOUNT": world.account}
    world.case("trail-delivers-logs", here, **who)
    store = cloudtrail.create_event_data_store(
        Name="events", RetentionPeriod=30, TerminationProtectionEnabled=False,
        AdvancedEventSelectors=[{"Name": "not-kms", "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
        ]}],
    )["EventDataStoreArn"]
    world.case("trail-stores-record-kms-events", here, STORE=store)
    world.case("trail-stores-protected", here, STORE=store, ACCOUNT=world.account, DAYS="365")
    for region in (DIGESTS, LOG_GROUP, ROOTED):
        bucket, cloudtrail = world.bucket(f"logs-{region}", region, bucket_key=True), world.clients("cloudtrail", region)
        arn = cloudtrail.create_trail(
            Name="main", S3BucketName=bucket, EnableLogFileValidation=region == DIGESTS
        )["TrailARN"]
        world.clients("s3", region).put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket, world.account, arn))
        cloudtrail.start_logging(Name="main")
    changed = world.clients("cloudtrail", ROOTED)
    changed.put_event_selectors(TrailName="main", EventSelectors=[{
        "ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": ["kms.amazonaws.com"]
    }])
    changed.stop_logging(Name="main")
    for check in ("event-trails-unchanged", "event-logging-not-stopped"):
        world.case(check, f"{world.account}/{ROOTED}", TRAIL="main", AWS_DEFAULT_REGION=ROOTED)
    # The last digest is of yesterday: validation was switched off since.
    cloudtrail = world.clients("cloudtrail", DIGESTS)
    world.digests = cloudtrail.get_trail(Name="main")["Trail"]["TrailARN"]
    world.aws.ago = standin.DAY
    cloudtrail.get_trail_status(Name="main")
    world.aws.ago = 0
    cloudtrail.update_trail(Name="main", EnableLogFileValidation=False)
    there = {"AWS_DEFAULT_REGION": DIGESTS}
    world.case("trail-delivers-digests", f"{world.account}/{DIGESTS}", TRAIL="main", **there)
    device = f"arn:aws:iam::{world.account}:mfa/root-account-mfa-device"
    world.aws.devices[device] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    root = {"AWS_ACCESS_KEY_ID": "AKIAROOTROOTROOTROOT", "MFA_DEVICE": device}
    world.case("trail-bucket-mfa-delete", f"{world.account}/{DIGESTS}", BUCKET=f"logs-{DIGESTS}", **there, **root)
    selected = {"TRAIL": "main", "BUCKET": f"logs-{DIGESTS}", **there}
    world.case("trail-bucket-data-events", f"{world.account}/{DIGESTS}", **selected)
    topic = world.clients("sns", DIGESTS).create_topic(Name="changes")["TopicArn"]
    world.clients("sqs", DIGESTS).create_queue(QueueName="changes")
    told = {"PROTOCOL": "sqs", "ENDPOINT": f"arn:aws:sqs:{DIGESTS}:{world.account}:changes"}
    world.case("alarm-on-key-changes", f"{world.account}/{DIGESTS}", TOPIC=topic, **there, **told)
    group = {"LOG_GROUP": "trail", "ROLE_NAME": "trail-logs", "ACCOUNT": world.account, "REGION": LOG_GROUP}
    world.case(
        "trail-to-log-group", f"{world.account}/{LOG_GROUP}", TRAIL="main", AWS_DEFAULT_REGION=LOG_GROUP, **group
    )


def people(world):
    """Those who will act: a deployment, the root user, somebody of another account."""
    callers = world.aws.callers
    callers["AKIAROOTROOTROOTROOT"] = standin.Caller("Root", world.account)
    callers["AKIAOTHEROTHEROTHER1"] = standin.Caller("IAMUser", OTHER_ACCOUNT, "ann")
    here = f"{world.account}/{REGION}"
    world.deployed = world.key()
    world.stream("deployed", key=world.deployed)
    world.role("deployment", {"AWS": f"arn:aws:iam::{world.account}:root"})
    permission = {"ROLE_NAME": "deployment", "ACTION": "kms:EnableKeyRotation", "RESOURCE": world.deployed}
    world.case("event-calls-not-refused", here, **permission)
    world.lent = world.key(allow({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}, "kms:CreateGrant"))
    world.stream("lent", key=world.lent)
    who = {"ROLE_NAME": "guests", "OTHER_ACCOUNT": OTHER_ACCOUNT, "ACTION": "kms:CreateGrant", "KEY": world.lent}
    world.case("event-who-is-named", here, ACCOUNT=world.account, **who)
    world.stream("rooted", region=ROOTED)
    managed = {"AWS_ACCESS_KEY_ID": ORGANIZATION}
    world.case("event-root-not-used", f"{world.account}/{ROOTED}", ACCOUNT=world.account, **managed)


def act(world, judge):
    """What happens every day; some of it is refused, and nobody but the stand-in says what."""
    def tried(call, **parameters):
        try:
            call(**parameters)
            return True
        except ClientError as error:
            code = error.response["Error"]["Code"]
            judge.holds(f"{call.__name__} is refused as AWS refuses", code == "AccessDeniedException", code)
            return False

    tried(world.session("test", "deployment", "pipeline").enable_key_rotation, KeyId=world.deployed)
    root = world.signed("AKIAROOTROOTROOTROOT", "firehose", ROOTED)
    tried(root.tag_delivery_stream, DeliveryStreamName="rooted", Tags=[{"Key": "owner", "Value": "root"}])
    grant = {"KeyId": world.lent, "GranteePrincipal": f"arn:aws:iam::{OTHER_ACCOUNT}:role/app", "Operations": ["Decrypt"]}
    if not tried(world.signed("AKIAOTHEROTHEROTHER1", "kms", REGION).create_grant, **grant):
        judge.holds("a guest comes in", tried(world.session("AKIAOTHEROTHEROTHER1", "guests", "ann").create_grant, **grant))
        try:
            world.session("AKIAOTHEROTHEROTHER1", "guests", "not-ann")
            judge.holds("a guest has no other name than its own", False)
        except ClientError as error:
            judge.equal("a guest has no other name than its own", error.response["Error"]["Code"], "AccessDenied")
    for stream in ("failing", "unanswered"):
        world.firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"record"})


def stamp(at):
    return datetime.datetime.fromtimestamp(int(at), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def fail_and_mend(program, port, folder, judge):
    organization = seed.clients_of(
        f"http://127.0.0.1:{port}", {"AWS_ACCESS_KEY_ID": ORGANIZATION, "AWS_SECRET_ACCESS_KEY": "test"}
    )("organizations", REGION)
    account = organization.create_account(AccountName="streams", Email="s@example.com")["CreateAccountStatus"]["AccountId"]
    aws = standin.StandIn(port, account, ORGANIZATION)
    door = aws.start()
    (folder / "keywitness.toml").write_text(CONFIGURATION)
    listed = end_to_end.keywitness(program, ["checks", "list", "--json"], folder)
    pages = {page["id"]: page for page in json.loads(listed.stdout)["checks"]}
    world = World(aws, f"http://127.0.0.1:{door}")
    world.bucket("landing")
    keys(world)
    streams(world)
    people(world)
    trails(world)
    judge.equal("checks that the stand-in shows", sorted(world.cases), sorted(remedies.STAND_IN | WHOLE_HERE))
    # Metrics are read by whole days, so what failed did so yesterday.
    aws.ago = standin.DAY
    begun = aws.now()
    act(world, judge)
    aws.ago = 0

    def statuses(*more):
        regions = [word for region in (ROOTED, DIGESTS, LOG_GROUP) for word in ("--region", region)]
        return mending.statuses(program, door, folder, more=[*regions, *more])

    def mend(check, variables):
        """A wrong form first, where there is one, which must be refused."""
        if check in WRONG:
            part, other, error = WRONG[check]
            cli = pages[check]["remedy"]["cli"]
            judge.holds(f"the page of {check} has {part}", part in cli, cli)
            wrong = mending.remedy(pages[check] | {"remedy": {"cli": cli.replace(part, other)}}, door, variables, folder)
            judge.holds(f"{check}: with {other} it is refused", wrong.returncode != 0 and error in wrong.stderr, wrong.stderr)
        ran = mending.remedy(pages[check], door, variables, folder)
        judge.holds(f"the remedy of {check} runs", ran.returncode == 0, ran.stderr.strip()[-600:])

    # The same question a day earlier.
    before = statuses("--from", stamp(begun))
    for check, (subject, variables) in world.cases.items():
        status, reason = before.get((check, subject), ("no finding", ""))
        judge.holds(f"{check} is fail before", status == "fail", f"{status}: {reason}")
        if "MFA_DEVICE" in variables:
            variables["MFA_CODE"] = standin.totp(aws.devices[variables["MFA_DEVICE"]], time.time())
        mend(check, variables)
    has = world.iam.get_role_policy(RoleName="powerless", PolicyName="delivery")["PolicyDocument"]
    judge.equal("what the delivery role had already", has, HAS)
    # ministack takes any key for a trail; here its policy must let CloudTrail in.
    keyed = world.cases["trail-delivers-digests"][1] | {"TRAIL_ARN": world.digests, "ACCOUNT": account}
    mend("trail-encrypted-with-key", keyed)
    # The window begins with a full second, and not with what mended.
    time.sleep(1.1)
    begun = aws.now()
    act(world, judge)
    after = statuses("--from", stamp(begun))
    judge.equal("answers that are not of the shape that AWS documents", sorted(aws.unlike), [])
    for check, (subject, _) in world.cases.items():
        status, reason = after.get((check, subject), ("no finding", ""))
        judge.holds(f"{check} is pass after", status == "pass", f"{status}: {reason}")


def main():
    judge = end_to_end.on_emulator(sys.argv[1], fail_and_mend)
    print(
        f"remedies on a stand-in of our own, which follows AWS's documents: {judge.passed} passed, {judge.failed} failed; "
        f"{len(remedies.STAND_IN)} checks, and {len(WHOLE_HERE)} that ministack shows in part"
    )
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
