"""Fills the emulator with streams of every class that it can make, and says what must be found of each.

The expectations are written down from what is created here, by hand, stream by stream. They know nothing of
how Keywitness reads or judges: a mistake in its code cannot repeat itself in them.
"""

import os

CANARIES = {
    "splunk": "0c4a4a2f-7e1d-4b6e-9c53-canary000001",
    "http-key": "canary-http-access-key-000002",
    "http-url": "canary-http-url-token-000003",
    "hec-password": "canary-hec-password-000004",
}
DESTINATION = {"RoleARN": "arn:aws:iam::000000000000:role/delivery", "BucketARN": "arn:aws:s3:::acme-landing"}
TAGS = {"owner": "payments", "data-class": "pan"}
DECLARED_CRYPTOPERIOD = 365


class Region:
    """The streams, keys and expectations of one Region."""

    def __init__(self, clients, name):
        self.name = name
        self.firehose, self.kms = clients("firehose", name), clients("kms", name)
        self.kinesis = clients("kinesis", name)
        self.streams, self.keys = {}, {}

    def key(self, alias, tags=TAGS, rotation=None, **options):
        """A customer key. Expected: what its making says of manager, state, rotation and tags."""
        options["Tags"] = [{"TagKey": k, "TagValue": v} for k, v in tags.items()]
        made = self.kms.create_key(Description=f"records of {alias}", **options)["KeyMetadata"]
        self.kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=made["KeyId"])
        if rotation:
            self.kms.enable_key_rotation(KeyId=made["KeyId"], RotationPeriodInDays=rotation)
        self.keys[made["Arn"]] = {
            "alias": f"alias/{alias}",
            "usable": "pass" if made["KeyState"] == "Enabled" else "fail",
            "stays": "pass",
            "rotation": "pass" if rotation else "fail",
            "period": None if not rotation else "pass" if rotation <= DECLARED_CRYPTOPERIOD else "fail",
            "tags": "pass" if set(tags) >= {"owner"} else "fail",
        }
        return made["Arn"]

    def stream(self, name, encrypted, customer_key, key=None, sse=None, tags=TAGS, **options):
        """A stream, and what must be found of its encryption and its key."""
        options.setdefault("ExtendedS3DestinationConfiguration", DESTINATION)
        options = {name: value for name, value in options.items() if value is not None}
        if key:
            sse = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key}
        if sse:
            options["DeliveryStreamEncryptionConfigurationInput"] = sse
        if tags:
            options["Tags"] = [{"Key": k, "Value": v} for k, v in tags.items()]
        self.firehose.create_delivery_stream(DeliveryStreamName=name, **options)
        self.streams[name] = {
            "encrypted": encrypted,
            "customer_key": customer_key,
            "tags": "pass" if set(tags) >= {"owner", "data-class"} else "fail",
            "key": key,
        }


def fill(clients, name):
    """One Region with every class twice; returns its expectations."""
    here = Region(clients, name)
    yearly = here.key("orders", rotation=365)
    half = here.key("claims", rotation=180)
    slow = here.key("archive", rotation=400)
    never = here.key("clicks")
    untagged = here.key("untagged", tags={}, rotation=365)
    disabled = here.key("disabled", rotation=365)
    here.kms.disable_key(KeyId=disabled)
    # KMS keeps the setting of a disabled key and does not rotate it.
    here.keys[disabled].update(usable="fail", rotation="fail", period=None)
    doomed = here.key("doomed", rotation=365)
    here.kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    # KMS answers "rotation off" while deletion is pending, so nothing is expected of its rotation.
    here.keys[doomed].update(usable="fail", stays="fail", rotation=None, period=None)
    hollow = here.key("hollow", Origin="EXTERNAL")
    here.keys[hollow].update(rotation="not_applicable", period=None)
    asymmetric = here.key("asymmetric", KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    here.keys[asymmetric].update(rotation="not_applicable", period=None)

    for number, source in enumerate(["plain-source", "encrypted-source"]):
        here.kinesis.create_stream(StreamName=source, ShardCount=1)
        if number:
            here.kinesis.start_stream_encryption(StreamName=source, EncryptionType="KMS", KeyId=yearly)

    for twice in ("a", "b"):
        for label, key in [
            ("yearly", yearly), ("half-yearly", half), ("slow", slow), ("never", never), ("untagged-key", untagged),
            ("disabled-key", disabled), ("doomed-key", doomed), ("hollow-key", hollow), ("asymmetric-key", asymmetric),
        ]:
            here.stream(f"direct-{label}-{twice}", "pass", "pass", key=key)
        here.stream(f"direct-untagged-{twice}", "pass", "pass", key=yearly, tags={})
        here.stream(f"direct-half-tagged-{twice}", "pass", "pass", key=yearly, tags={"owner": "x"})
        here.stream(f"direct-aws-owned-{twice}", "pass", "fail", sse={"KeyType": "AWS_OWNED_CMK"})
        # The emulator's answer does not mention encryption that was never started: neither on nor off.
        here.stream(f"direct-off-{twice}", "unknown", "unknown")
        here.stream(f"direct-stopped-{twice}", "fail", "fail", key=yearly)
        here.firehose.stop_delivery_stream_encryption(DeliveryStreamName=f"direct-stopped-{twice}")
        here.streams[f"direct-stopped-{twice}"]["key"] = None
        for source in ("plain-source", "encrypted-source"):
            here.stream(
                f"from-{source}-{twice}", "not_applicable", "not_applicable",
                DeliveryStreamType="KinesisStreamAsSource",
                KinesisStreamSourceConfiguration={
                    "KinesisStreamARN": f"arn:aws:kinesis:{name}:000000000000:stream/{source}",
                    "RoleARN": "arn:aws:iam::000000000000:role/delivery",
                },
            )
        here.stream(
            f"to-splunk-{twice}", "pass", "pass", key=yearly, ExtendedS3DestinationConfiguration=None,
            SplunkDestinationConfiguration={
                "HECEndpoint": f"https://feed:{CANARIES['hec-password']}@splunk.example:8088",
                "HECEndpointType": "Raw",
                "HECToken": CANARIES["splunk"],
                "S3Configuration": DESTINATION,
            },
        )
        here.stream(
            f"to-http-{twice}", "unknown", "unknown", ExtendedS3DestinationConfiguration=None,
            HttpEndpointDestinationConfiguration={
                "EndpointConfiguration": {
                    "Url": f"https://intake.example/v1?token={CANARIES['http-url']}",
                    "Name": "intake",
                    "AccessKey": CANARIES["http-key"],
                },
                "S3Configuration": DESTINATION,
            },
        )
    return here


def trail(clients, region, landing_key):
    """A multi-Region trail with validation that logs, and the bucket of all streams with its default key."""
    clients("s3", region).create_bucket(
        Bucket="acme-audit-logs", CreateBucketConfiguration={"LocationConstraint": region}
    )
    s3 = clients("s3", region)
    s3.create_bucket(Bucket="acme-landing", CreateBucketConfiguration={"LocationConstraint": region})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": landing_key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="acme-landing", ServerSideEncryptionConfiguration={"Rules": [rule]})
    cloudtrail = clients("cloudtrail", region)
    cloudtrail.create_trail(
        Name="main", S3BucketName="acme-audit-logs", IsMultiRegionTrail=True, EnableLogFileValidation=True
    )
    cloudtrail.start_logging(Name="main")


def clients_of(url, credentials=None):
    """A maker of boto3 clients that speak to this address and to nothing else; `credentials` as the environment names them."""
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    import boto3  # after the variable, which it reads early

    credentials = credentials or {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    credentials = {name.lower(): value for name, value in credentials.items()}

    def make(service, region):
        return boto3.client(service, endpoint_url=url, region_name=region, **credentials)

    return make
