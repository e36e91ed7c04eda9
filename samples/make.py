#!/usr/bin/env python3
"""Makes the sample snapshots of this folder: the same bytes every time, from nothing but this file.

    python3 samples/make.py            writes them anew
    python3 samples/make.py --check    makes them elsewhere, compares, and checks what a reader relies on

    halcyon-parcels   what `keywitness demo` reads: an invented carrier, two Regions, every kind of stream and key
    empty-account     one Region without a stream and without a trail
    hostile-names     hostile text wherever AWS lets a user write it

Halcyon Parcels does not exist; 111122223333 and 444455556666 are the account ids of AWS's own examples, and all
addresses are of the ranges that RFC 5737 keeps for documentation. A snapshot here has the form that
`keywitness collect` writes (docs/pack-format.md), so `run.json` says `"sample": true` and every cover repeats it.

Ids, delays and addresses come from SHA-256 of what they are for: no random numbers, so that a change in one
place does not move everything after it.
"""

import calendar
import datetime
import hashlib
import json
import pathlib
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True  # a folder of byte code would be no sample
import surroundings  # noqa: E402

ACCOUNT = "111122223333"
NEIGHBOUR = "444455556666"
CENTRAL = "eu-central-1"
WEST = "eu-west-1"
ROOT = pathlib.Path(__file__).resolve().parent

# What only turns pages (src/model/operation.rs): no part of the question that orders the records.
PAGING = {
    "ListDeliveryStreams": ["ExclusiveStartDeliveryStreamName"],
    "DescribeDeliveryStream": ["ExclusiveStartDestinationId"],
    "ListTagsForDeliveryStream": ["ExclusiveStartTagKey"],
    "ListAliases": ["Marker"],
    "ListKeyRotations": ["Marker"],
    "ListResourceTags": ["Marker"],
    "LookupEvents": ["NextToken"],
    "ListGrants": ["Marker"],
}

# The event names that are looked up (src/model/event.rs).
EVENT_NAMES = (
    "CreateKey EnableKey DisableKey EnableKeyRotation DisableKeyRotation RotateKeyOnDemand RotateKey "
    "ScheduleKeyDeletion CancelKeyDeletion DeleteKey ImportKeyMaterial DeleteImportedKeyMaterial "
    "UpdatePrimaryRegion CreateAlias UpdateAlias DeleteAlias PutKeyPolicy CreateGrant RevokeGrant RetireGrant "
    "CreateDeliveryStream DeleteDeliveryStream UpdateDestination StartDeliveryStreamEncryption "
    "StopDeliveryStreamEncryption TagDeliveryStream UntagDeliveryStream "
    "StopLogging DeleteTrail UpdateTrail PutEventSelectors"
).split()

# Calls a second that AWS allows (src/model/operation.rs); a run uses the share below of each.
PER_SECOND = {
    "GetCallerIdentity": 10,
    "ListDeliveryStreams": 5,
    "DescribeDeliveryStream": 5,
    "ListTagsForDeliveryStream": 5,
    "ListAliases": 500,
    "DescribeKey": 2000,
    "GetKeyRotationStatus": 1000,
    "ListKeyRotations": 100,
    "GetKeyPolicy": 1000,
    "ListResourceTags": 2000,
    "DescribeTrails": 10,
    "GetTrailStatus": 10,
    "GetEventSelectors": 10,
    "LookupEvents": 2,
}
PER_SECOND |= {operation: rate for operation, (rate, _) in surroundings.PACE.items()}
SHARE = 0.4

# When the first call of an operation leaves, in seconds after the run's start: each needs the ones before it.
FIRST = {
    "GetCallerIdentity": 0.004,
    "ListDeliveryStreams": 0.31,
    "ListAliases": 0.33,
    "DescribeTrails": 0.34,
    "LookupEvents": 0.36,
    "GetTrailStatus": 0.71,
    "GetEventSelectors": 0.73,
    "DescribeDeliveryStream": 0.82,
    "ListTagsForDeliveryStream": 0.86,
    "DescribeKey": 12.4,
    "GetKeyRotationStatus": 12.8,
    "GetKeyPolicy": 12.9,
    "ListKeyRotations": 13.0,
    "ListResourceTags": 13.1,
}
FIRST |= {operation: first for operation, (_, first) in surroundings.PACE.items()}


# --- Small things -----------------------------------------------------------------------------------------------


def digest(*what):
    """64 hex digits that depend on nothing but the words."""
    return hashlib.sha256("\x1f".join(str(w) for w in what).encode()).hexdigest()


def number(limit, *what):
    """A whole number below the limit that depends on nothing but the words."""
    return int(digest(*what)[:12], 16) % limit


def uuid(*what):
    """An id of the form that AWS gives to requests, events and keys."""
    h = digest(*what)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) % 4]}{h[17:20]}-{h[20:32]}"


def instant(text):
    """`2026-10-02`, `2026-10-02 06:00`, `2026-10-02 06:00:00`: UTC."""
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError(text)


def seconds(text):
    """The same as seconds since 1970."""
    return calendar.timegm(instant(text).timetuple())


def fraction(text, *what):
    """Seconds with milliseconds, as KMS and Firehose write times."""
    return seconds(text) + number(1000, text, *what) / 1000


def rfc3339(time, digits=0):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{time.microsecond // 1000:03d}Z" if digits else f"{stamp}Z"


def http_date(time):
    """IMF-fixdate, without asking the machine's language for the names."""
    day = "Mon Tue Wed Thu Fri Sat Sun".split()[time.weekday()]
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[time.month - 1]
    return f"{day}, {time.day:02d} {month} {time.year} {time.strftime('%H:%M:%S')} GMT"


def compact(value):
    """JSON as serde_json writes it: no spaces, UTF-8 as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def ordered(value):
    """The same value with sorted keys at every depth."""
    if isinstance(value, dict):
        return {k: ordered(value[k]) for k in sorted(value)}
    return [ordered(v) for v in value] if isinstance(value, list) else value


def key_arn(region, key_id, account=ACCOUNT):
    return f"arn:aws:kms:{region}:{account}:key/{key_id}"


def role(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


# What the collector's allow list (src/collect/allow.rs) leaves of a member that it does not know, or of a secret.
WITHHELD = {"withheld": "not on the allow list"}


def withheld_places(value, shortened, pointer=""):
    """JSON pointers to all that was taken out of a body, in its order: the marks, and the addresses cut short."""
    if value == WITHHELD or pointer in shortened:
        return [pointer]
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, v in members for place in withheld_places(v, shortened, f"{pointer}/{escape(name)}")]


def escape(name):
    """A member's name inside a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


# --- A snapshot -------------------------------------------------------------------------------------------------


class Snapshot:
    """The records of one run, and its head."""

    epoch = datetime.datetime(1970, 1, 1)

    def __init__(self, name, started, regions, window, run_id, command):
        self.name = name
        self.started = instant(started)
        self.regions = sorted(regions)
        self.window = [instant(w) for w in window]
        self.run_id = run_id
        self.command = command
        self.calls = []
        self.settings = ""

    def call(self, region, service, operation, parameters, body, shortened=(), error=None, throttled=False, status=400):
        """One call. `error` is (code, message) of a refusal, whose answer is not kept beyond these; `throttled`: AWS
        refused the rate of the first attempt; `shortened`: pointers to addresses of which only the host is kept."""
        body = ordered(body)
        self.calls.append(
            {
                "region": region,
                "service": service,
                "operation": operation,
                "parameters": ordered(parameters),
                "body": body,
                "withheld": withheld_places(body, shortened),
                "error": error,
                "status": status if error else 200,
                "throttled": throttled,
            }
        )

    def order(self, call):
        """Record::order() of src/model/record.rs; no listing here has a second page."""
        question = {k: v for k, v in call["parameters"].items() if k not in PAGING.get(call["operation"], [])}
        return (ACCOUNT, call["region"], call["service"], call["operation"], compact(question))

    def records(self):
        """The calls as records, in their order, numbered over all files, with the times of a plausible run."""
        calls = sorted(self.calls, key=self.order)
        turn = {}
        for number_, call in enumerate(calls, 1):
            place = (call["region"], call["operation"])
            index = turn[place] = turn.get(place, -1) + 1
            yield self.record(number_, call, index)

    def record(self, ev, call, index):
        what = (self.name, *self.order(call))
        spacing = max(1 / (PER_SECOND[call["operation"]] * SHARE), 0.003)
        jitter = number(9, "jitter", *what) / 1000
        sent = self.after(FIRST[call["operation"]] + index * spacing + jitter)
        attempts, begin = [], sent
        if call["throttled"]:
            end = begin + datetime.timedelta(milliseconds=18 + number(25, "refused", *what))
            # Of an attempt that is not the last, the collector does not keep AWS's code.
            attempts.append(attempt(begin, end, 400, "refused or not understood"))
            begin = end + datetime.timedelta(milliseconds=380 + number(500, "pause", *what))
        end = begin + datetime.timedelta(milliseconds=24 + number(130, "answer", *what))
        error = call["error"]
        attempts.append(attempt(begin, end, call["status"], error and error[0]))
        return {
            "ev": f"EV-{ev:06d}",
            "account": ACCOUNT,
            "region": call["region"],
            "service": call["service"],
            "operation": call["operation"],
            "parameters": call["parameters"],
            "page": 1,
            "sent": rfc3339(sent, 3),
            "received": rfc3339(end, 3),
            "date": http_date(end),
            "request_id": uuid("request", *what),
            "attempts": attempts,
            "status": call["status"],
            "error": error and {"code": error[0], "message": error[1]},
            "withheld": call["withheld"],
            "body": call["body"],
        }

    def after(self, delay):
        return self.started + datetime.timedelta(milliseconds=round(delay * 1000))

    def head(self, records):
        asked = sorted({(r["service"], r["region"]) for r in records})
        started, ended = rfc3339(self.started, 3), max(r["received"] for r in records)
        window = {"from": rfc3339(self.window[0], 3), "to": rfc3339(self.window[1], 3)}
        caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/KeywitnessReader/keywitness"
        account = {
            "account": ACCOUNT,
            "partition": "aws",
            "caller": caller,
            "started": started,
            "ended": ended,
            "window": window,
            "regions": self.regions,
            "unread": [],
            "endpoints": [
                {"service": s, "region": r, "url": surroundings.url(s, r), "aws": True} for s, r in asked
            ],
        }
        return {
            "format": 2,
            "id": self.run_id,
            "tool": {"name": "keywitness", "version": "0.1.0"},
            "started": started,
            "ended": ended,
            "selection": {
                "by": "credentials",
                "accounts": [ACCOUNT],
                "regions": self.regions,
                "organization": None,
                "role": None,
                "asker": {"account": ACCOUNT, "region": self.regions[0], "caller": caller},
                "endpoints": [],
            },
            "accounts": [account],
            "window": window,
            "rate": str(SHARE),
            "command": self.command,
            "interrupted": False,
            "sample": True,
            "shard": None,
            "parts": [],
        }

    def files(self):
        """Path below the samples folder -> bytes."""
        records = list(self.records())
        texts = {f"{self.name}/run.json": json.dumps(self.head(records), ensure_ascii=False, indent=2) + "\n"}
        texts[f"{self.name}/keywitness.toml"] = self.settings.lstrip("\n")
        for r in records:
            path = f"{self.name}/{r['account']}/{r['region']}/{r['service']}.{r['operation']}.jsonl"
            texts[path] = texts.get(path, "") + compact(r) + "\n"
        return {path: text.encode() for path, text in texts.items()}

    # The questions that a run always asks.

    def caller(self):
        identity = {
            "Account": ACCOUNT,
            "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/KeywitnessReader/keywitness",
            "UserId": "AROAEXAMPLEKEYWITNESS:keywitness",
        }
        answer = {"GetCallerIdentityResult": identity}
        answer["ResponseMetadata"] = {"RequestId": uuid("request", self.name, *self.identity_order())}
        self.call(self.regions[0], "sts", "GetCallerIdentity", {}, {"GetCallerIdentityResponse": answer})

    def identity_order(self):
        return (ACCOUNT, self.regions[0], "sts", "GetCallerIdentity", "{}")

    def aliases(self, region, keys, bare=()):
        """One listing: the keys' aliases, and those that AWS keeps for its own keys, used or not."""
        entries = []
        for key in (k for k in keys if k.alias and k.account == ACCOUNT):
            entries.append(self.alias(region, key.alias, key.created, key.id))
        for name, made, target in bare:
            entries.append(self.alias(region, name, made, target))
        entries.sort(key=lambda e: e["AliasName"])
        self.call(region, "kms", "ListAliases", {"Limit": 100}, {"Aliases": entries, "Truncated": False})

    @staticmethod
    def alias(region, name, made, target):
        entry = {"AliasArn": f"arn:aws:kms:{region}:{ACCOUNT}:{name}", "AliasName": name}
        if target:
            entry["CreationDate"] = entry["LastUpdatedDate"] = fraction(made, name, region)
            entry["TargetKeyId"] = target
        return entry

    def streams(self, region, streams, throttled=()):
        names = sorted(s.name for s in streams)
        listing = {"DeliveryStreamNames": names, "HasMoreDeliveryStreams": False}
        self.call(region, "firehose", "ListDeliveryStreams", {"Limit": 10000}, listing)
        for s in streams:
            parameters = {"DeliveryStreamName": s.name}
            body, shortened = s.description()
            slow = ("DescribeDeliveryStream", s.name) in throttled
            self.call(region, "firehose", "DescribeDeliveryStream", parameters, body, shortened, throttled=slow)
            tags = [{"Key": k, "Value": v} for k, v in sorted(s.tags.items())]
            slow = ("ListTagsForDeliveryStream", s.name) in throttled
            answer = {"HasMoreTags": False, "Tags": tags}
            parameters = {"DeliveryStreamName": s.name, "Limit": 50}
            self.call(region, "firehose", "ListTagsForDeliveryStream", parameters, answer, throttled=slow)

    def keys(self, region, keys):
        """The collector's rule of what may be asked of which key, in one place."""
        for key in keys:
            by_id = {"KeyId": key.arn}
            self.call(region, "kms", "DescribeKey", by_id, {"KeyMetadata": key.metadata()})
            own = key.account == ACCOUNT
            if not own or key.manager == "AWS" or key.origin == "AWS_KMS":
                self.call(region, "kms", "GetKeyRotationStatus", by_id, key.rotation_status())
            if not own:
                continue
            if key.policy is None:
                self.denied_policy(region, key)
            else:
                answer = {"Policy": key.policy, "PolicyName": "default"}
                self.call(region, "kms", "GetKeyPolicy", by_id | {"PolicyName": "default"}, answer)
            if key.manager == "AWS":
                continue
            rotations = {"Rotations": key.rotation_list(), "Truncated": False}
            self.call(region, "kms", "ListKeyRotations", by_id | {"Limit": 1000}, rotations)
            missing = f"No such policy exists: AWS_RAM for key {key.arn}"
            parameters = by_id | {"PolicyName": "AWS_RAM"}
            self.call(region, "kms", "GetKeyPolicy", parameters, None, error=("NotFoundException", missing))
            tags = [{"TagKey": k, "TagValue": v} for k, v in sorted(key.tags.items())]
            parameters = by_id | {"Limit": 50}
            self.call(region, "kms", "ListResourceTags", parameters, {"Tags": tags, "Truncated": False})

    def denied_policy(self, region, key):
        message = (
            f"User: arn:aws:sts::{ACCOUNT}:assumed-role/KeywitnessReader/keywitness is not authorized to perform: "
            f"kms:GetKeyPolicy on resource: {key.arn} because no resource-based policy allows the "
            "kms:GetKeyPolicy action"
        )
        parameters = {"KeyId": key.arn, "PolicyName": "default"}
        self.call(region, "kms", "GetKeyPolicy", parameters, None, error=("AccessDeniedException", message))

    def trails(self, region, trails):
        listing = {"trailList": [t["description"] for t in trails]}
        self.call(region, "cloudtrail", "DescribeTrails", {"includeShadowTrails": True}, listing)
        for t in trails:
            arn = t["description"]["TrailARN"]
            self.call(region, "cloudtrail", "GetTrailStatus", {"Name": arn}, t["status"])
            answer = {"AdvancedEventSelectors": t["selectors"], "TrailARN": arn}
            self.call(region, "cloudtrail", "GetEventSelectors", {"TrailName": arn}, answer)

    def events(self, region, events, throttled=()):
        """One query per name, newest first as AWS answers."""
        for name in EVENT_NAMES:
            found = [e for e in events if e["EventName"] == name]
            assert all(self.window[0] <= instant_of(e) <= self.window[1] for e in found), name
            found.sort(key=lambda e: (-e["EventTime"], e["EventId"]))
            parameters = {
                "EndTime": calendar.timegm(self.window[1].timetuple()),
                "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}],
                "MaxResults": 50,
                "StartTime": calendar.timegm(self.window[0].timetuple()),
            }
            answer = {"Events": found}
            self.call(region, "cloudtrail", "LookupEvents", parameters, answer, throttled=name in throttled)
        unknown = {e["EventName"] for e in events} - set(EVENT_NAMES)
        assert not unknown, unknown


def instant_of(event):
    return datetime.datetime.fromtimestamp(event["EventTime"], datetime.timezone.utc).replace(tzinfo=None)


def attempt(sent, received, status, error):
    return {"sent": rfc3339(sent, 3), "received": rfc3339(received, 3), "status": status, "error": error}


# --- Keys -------------------------------------------------------------------------------------------------------


class Key:
    """A KMS key. `rotations` are (day, AUTOMATIC | ON_DEMAND), oldest first; `policy` None: reading it is refused."""

    def __init__(self, region, alias, created, *, account=ACCOUNT, manager="CUSTOMER", origin="AWS_KMS",
                 state="Enabled", description="", period=365, next_rotation=None, rotations=(), tags=None, policy="",
                 deletion=None, multi_region=None, name=None):
        h = digest("key", account, name or alias)
        plain = uuid("key", account, region, name or alias)
        self.id = f"mrk-{h[:32]}" if multi_region else plain
        self.region, self.alias, self.created, self.account = region, alias, created, account
        self.manager, self.origin, self.state, self.description = manager, origin, state, description
        self.period, self.next_rotation, self.rotations = period, next_rotation, rotations
        self.tags, self.policy, self.deletion, self.multi_region = tags or {}, policy, deletion, multi_region
        self.arn = key_arn(region, self.id, account)

    def metadata(self):
        m = {
            "AWSAccountId": self.account,
            "Arn": self.arn,
            "CreationDate": fraction(self.created, "created", self.id),
            "CurrentKeyMaterialId": digest("material", self.id, len(self.rotations)),
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "Description": self.description,
            "Enabled": self.state == "Enabled",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "KeyId": self.id,
            "KeyManager": self.manager,
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyState": self.state,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": bool(self.multi_region),
            "Origin": self.origin,
        }
        if self.deletion:
            m["DeletionDate"] = fraction(self.deletion, "deletion", self.id)
        if self.origin == "EXTERNAL":
            m["ExpirationModel"] = "KEY_MATERIAL_DOES_NOT_EXPIRE"
        if self.multi_region:
            kind, primary, replica = self.multi_region
            m["MultiRegionConfiguration"] = {
                "MultiRegionKeyType": kind,
                "PrimaryKey": {"Arn": key_arn(primary, self.id), "Region": primary},
                "ReplicaKeys": [{"Arn": key_arn(replica, self.id), "Region": replica}],
            }
        return m

    def rotation_status(self):
        """KMS says "off" while a deletion is pending, whatever was set before."""
        if not self.period or self.state == "PendingDeletion":
            return {"KeyId": self.arn, "KeyRotationEnabled": False}
        answer = {"KeyId": self.arn, "KeyRotationEnabled": True, "RotationPeriodInDays": self.period}
        if self.next_rotation:
            answer["NextRotationDate"] = fraction(self.next_rotation, "next", self.id)
        return answer

    def rotation_list(self):
        return [
            {
                "KeyId": self.arn,
                "KeyMaterialId": digest("material", self.id, index),
                "KeyMaterialState": "CURRENT" if index == len(self.rotations) else "NON_CURRENT",
                "RotationDate": fraction(day, "rotation", self.id),
                "RotationType": kind,
            }
            for index, (day, kind) in enumerate(self.rotations, 1)
        ]


def statement(sid, who, actions, **more):
    return {"Sid": sid, "Effect": "Allow", "Principal": who, "Action": actions, "Resource": "*"} | more


ADMINISTRATION = "Create Describe Enable List Put Update Revoke Disable Get Delete".split()


def policy(*extra, delegate=True):
    """A key policy in the usual shape: the account may delegate, administrators do not use the key."""
    statements = []
    if delegate:
        statements.append(statement("AllowIamPolicies", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*"))
    actions = [f"kms:{verb}*" for verb in ADMINISTRATION]
    actions += ["kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion",
                "kms:RotateKeyOnDemand"]
    statements.append(statement("KeyAdministration", {"AWS": role("KeyAdministrators")}, actions))
    return json.dumps({"Version": "2012-10-17", "Statement": statements + list(extra)}, indent=2)


def producers(*names):
    """What Firehose asks of those who put records, and of the pipeline that starts encryption."""
    roles = [role(n) for n in names]
    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    who = {"AWS": roles[0] if len(roles) == 1 else roles}
    return (
        statement("Producers", who, ["kms:GenerateDataKey", "kms:Decrypt"]),
        statement("StartEncryption", {"AWS": role("DataPlatformDeploy")}, ["kms:CreateGrant", "kms:DescribeKey"],
                  Condition=grant),
    )


def delivery(name, region):
    via = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    return statement("DeliveryToS3", {"AWS": role(name)}, ["kms:GenerateDataKey", "kms:Decrypt"], Condition=via)


# --- Streams ----------------------------------------------------------------------------------------------------


class Stream:
    """A delivery stream; `sse` is the DeliveryStreamEncryptionConfiguration, or None where AWS sends none."""

    def __init__(self, region, name, created, sse, destination, tags, *, source=("DirectPut", None), updated=None,
                 version=1):
        self.region, self.name, self.created, self.updated, self.version = region, name, created, updated, version
        self.sse, self.destination, self.tags, self.source = sse, destination, tags, source
        self.arn = stream_arn(region, name)

    def description(self):
        kind, details = self.source
        members, shortened = self.destination(self)
        d = {
            "CreateTimestamp": fraction(self.created, "created", self.arn),
            "DeliveryStreamARN": self.arn,
            "DeliveryStreamName": self.name,
            "DeliveryStreamStatus": "ACTIVE",
            "DeliveryStreamType": kind,
            "Destinations": [{"DestinationId": "destinationId-000000000001"} | members],
            "HasMoreDestinations": False,
            "VersionId": str(self.version),
        }
        if self.sse is not None:
            d["DeliveryStreamEncryptionConfiguration"] = self.sse
        if self.updated:
            d["LastUpdateTimestamp"] = fraction(self.updated, "updated", self.arn)
        if details:
            d["Source"] = details
        return {"DeliveryStreamDescription": d}, [f"/DeliveryStreamDescription/Destinations/0{s}" for s in shortened]


def stream_arn(region, name):
    return f"arn:aws:firehose:{region}:{ACCOUNT}:deliverystream/{name}"


def with_key(key, state="ENABLED", failure=None):
    sse = {"KeyARN": key.arn, "KeyType": "CUSTOMER_MANAGED_CMK", "Status": state}
    return sse | ({"FailureDescription": {"Type": failure[0], "Details": failure[1]}} if failure else {})


AWS_OWNED = {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
OFF = {"Status": "DISABLED"}


def log_to(stream, log):
    return {"Enabled": True, "LogGroupName": f"/aws/kinesisfirehose/{stream.name}", "LogStreamName": log}


def s3_place(stream, bucket, key=None, zipped="GZIP"):
    encryption = {"KMSEncryptionConfig": {"AWSKMSKeyARN": key.arn}} if key else {"NoEncryptionConfig": "NoEncryption"}
    return {
        "BucketARN": f"arn:aws:s3:::{bucket}-{stream.region}",
        "BufferingHints": {"IntervalInSeconds": 300, "SizeInMBs": 64},
        "CloudWatchLoggingOptions": log_to(stream, "DestinationDelivery"),
        "CompressionFormat": zipped,
        "EncryptionConfiguration": encryption,
        "RoleARN": role("firehose/HalcyonDelivery"),
    }


def to_s3(bucket, key=None, function=None, table=None, backup=None):
    """AWS describes such a destination twice: in the older form beside the newer one."""

    def members(stream):
        place = s3_place(stream, bucket, key)
        newer = place | {"ProcessingConfiguration": {"Enabled": False, "Processors": []}, "S3BackupMode": "Disabled"}
        if function:
            arn = f"arn:aws:lambda:{stream.region}:{ACCOUNT}:function:{function}:7"
            parameters = [{"ParameterName": "LambdaArn", "ParameterValue": arn},
                          {"ParameterName": "RoleArn", "ParameterValue": role("firehose/HalcyonDelivery")}]
            processor = {"Parameters": parameters, "Type": "Lambda"}
            newer["ProcessingConfiguration"] = {"Enabled": True, "Processors": [processor]}
        if table:
            schema = {"CatalogId": ACCOUNT, "DatabaseName": "parcels", "Region": stream.region, "TableName": table,
                      "RoleARN": role("firehose/HalcyonDelivery")}
            newer["DataFormatConversionConfiguration"] = {"Enabled": True, "SchemaConfiguration": schema}
        if backup:
            newer |= {"S3BackupMode": "Enabled", "S3BackupDescription": s3_place(stream, backup)}
        return {"ExtendedS3DestinationDescription": newer, "S3DestinationDescription": place}, []

    return members


def to_redshift(bucket, cluster, table, key=None):
    def members(stream):
        return {
            "RedshiftDestinationDescription": {
                "CloudWatchLoggingOptions": log_to(stream, "RedshiftDelivery"),
                "ClusterJDBCURL": f"jdbc:redshift://{cluster}.c9exampl3s0c.{stream.region}.redshift.amazonaws.com:5439/parcels",
                "CopyCommand": {"DataTableName": table},
                "RetryOptions": {"DurationInSeconds": 3600},
                "RoleARN": role("firehose/HalcyonDelivery"),
                "S3BackupMode": "Disabled",
                "S3DestinationDescription": s3_place(stream, bucket, key),
                "SecretsManagerConfiguration": secret(stream, "redshift-loader"),
            }
        }, []

    return members


def to_opensearch(bucket, domain, index, key=None):
    def members(stream):
        return {
            "AmazonopensearchserviceDestinationDescription": {
                "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 5},
                "CloudWatchLoggingOptions": log_to(stream, "OpenSearchDelivery"),
                "DomainARN": f"arn:aws:es:{stream.region}:{ACCOUNT}:domain/{domain}",
                "IndexName": index,
                "IndexRotationPeriod": "OneMonth",
                "RetryOptions": {"DurationInSeconds": 300},
                "RoleARN": role("firehose/HalcyonDelivery"),
                "S3BackupMode": "FailedDocumentsOnly",
                "S3DestinationDescription": s3_place(stream, bucket, key),
            }
        }, []

    return members


def to_splunk(bucket):
    def members(stream):
        return {
            "SplunkDestinationDescription": {
                "CloudWatchLoggingOptions": log_to(stream, "SplunkDelivery"),
                "HECAcknowledgmentTimeoutInSeconds": 180,
                "HECEndpointType": "Event",
                "HECEndpoint": "https://splunk.example:8088",
                "HECToken": WITHHELD,
                "RetryOptions": {"DurationInSeconds": 300},
                "S3BackupMode": "FailedEventsOnly",
                "S3DestinationDescription": s3_place(stream, bucket),
            }
        }, []

    return members


def to_http(bucket, name, key=None):
    def members(stream):
        return {
            "HttpEndpointDestinationDescription": {
                "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 4},
                "CloudWatchLoggingOptions": log_to(stream, "HttpEndpointDelivery"),
                "EndpointConfiguration": {"Name": name, "Url": "https://scoring.example"},
                "RequestConfiguration": {"ContentEncoding": "GZIP"},
                "RetryOptions": {"DurationInSeconds": 300},
                "RoleARN": role("firehose/HalcyonDelivery"),
                "S3BackupMode": "FailedDataOnly",
                "S3DestinationDescription": s3_place(stream, bucket, key),
            }
        }, ["/HttpEndpointDestinationDescription/EndpointConfiguration/Url"]

    return members


def to_snowflake(bucket, key=None):
    def members(stream):
        return {
            "SnowflakeDestinationDescription": {
                "BufferingHints": {"IntervalInSeconds": 0, "SizeInMBs": 1},
                "CloudWatchLoggingOptions": log_to(stream, "SnowflakeDelivery"),
                "DataLoadingOption": "JSON_MAPPING",
                "RetryOptions": {"DurationInSeconds": 60},
                "RoleARN": role("firehose/HalcyonDelivery"),
                "S3BackupMode": "FailedDataOnly",
                "S3DestinationDescription": s3_place(stream, bucket, key),
                "SecretsManagerConfiguration": secret(stream, "snowflake-loader"),
            }
        }, []

    return members


def secret(stream, name):
    arn = f"arn:aws:secretsmanager:{stream.region}:{ACCOUNT}:secret:{name}-{digest(name, stream.region)[:6]}"
    return {"Enabled": True, "RoleARN": role("firehose/HalcyonDelivery"), "SecretARN": arn}


def tags(owner, data_class, application="parcel-network"):
    return {"application": application, "data-classification": data_class, "owner": owner}


def key_tags(owner, data_class):
    return {"data-classification": data_class, "environment": "production", "owner": owner}


# --- Events -----------------------------------------------------------------------------------------------------

AGENTS = {
    "DataPlatformDeploy": "aws-sdk-go-v2/1.39.2 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#arm64",
    "KeyAdministrators": "aws-cli/2.31.9 md/awscrt#0.27.6 ua/2.1 os/linux md/arch#x86_64 lang/python#3.13.7",
    "ReportingJobs": "Boto3/1.40.45 md/Botocore#1.40.45 ua/2.1 os/linux lang/python#3.12.11",
}


class Events:
    """The events of one Region, as LookupEvents gives them after the allow list has been through them."""

    def __init__(self, snapshot, region):
        self.snapshot, self.region, self.found = snapshot.name, region, []

    def add(self, time, name, event, resources, caller=None):
        event = {
            "awsRegion": self.region,
            "eventCategory": "Management",
            "eventID": uuid("event", self.snapshot, self.region, time, name, *resources),
            "eventName": name,
            "eventTime": rfc3339(instant(time)),
            "eventVersion": "1.11",
            "managementEvent": True,
            "readOnly": False,
            "recipientAccountId": ACCOUNT,
            "responseElements": None,
        } | event
        entry = {
            "CloudTrailEvent": event,
            "EventId": event["eventID"],
            "EventName": name,
            "EventSource": event["eventSource"],
            "EventTime": seconds(time),
            "ReadOnly": "false",
            "Resources": [{"ResourceName": r, "ResourceType": resource_type(r)} for r in resources],
        }
        if caller:
            entry |= caller
        self.found.append(ordered(entry))

    def by_role(self, time, name, who, session, source, parameters, answer=None, resources=(), error=None, agent=None,
                invoked_by=None):
        """A call by an assumed role; `invoked_by`: made by a service in that role's name."""
        identity = {
            "accountId": ACCOUNT,
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{who}/{session}",
            "accessKeyId": WITHHELD,
            "principalId": f"AROA{digest('role', who)[:16].upper()}:{session}",
            "sessionContext": WITHHELD,
            "type": "AssumedRole",
        }
        if invoked_by:
            identity["invokedBy"] = invoked_by
        event = {
            "eventSource": f"{source}.amazonaws.com",
            "eventType": "AwsApiCall",
            "requestID": uuid("called", self.snapshot, self.region, time, name, *resources),
            "requestParameters": parameters,
            "responseElements": answer,
            "sourceIPAddress": invoked_by or f"192.0.2.{10 + number(200, 'address', who, session)}",
            "userAgent": invoked_by or agent or AGENTS[who],
            "userIdentity": identity,
        }
        if error:
            event["errorCode"], event["errorMessage"] = error
        if source == "kms":
            event["resources"] = [{"ARN": r, "accountId": ACCOUNT, "type": resource_type(r)} for r in resources]
        # CloudTrail names no resources for Firehose's events, neither in them nor beside them.
        caller = {"AccessKeyId": WITHHELD, "Username": session}
        self.add(time, name, event, resources if source == "kms" else (), caller)

    def by_service(self, time, name, key, details, event_type="AwsServiceEvent"):
        """What KMS did by itself."""
        event = {
            "eventSource": "kms.amazonaws.com",
            "eventType": event_type,
            "requestParameters": None,
            "resources": [{"ARN": key.arn, "accountId": ACCOUNT, "type": "AWS::KMS::Key"}],
            "serviceEventDetails": {"keyId": key.id} | details,
            "sourceIPAddress": "AWS Internal",
            "userAgent": "AWS Internal",
            "userIdentity": {"accountId": ACCOUNT, "invokedBy": "AWS Internal"},
        }
        self.add(time, name, event, [key.arn])

    def encrypt(self, time, stream, key, session):
        """Encryption started: Firehose makes its grant a second later, in the name of who asked."""
        name, who = "StartDeliveryStreamEncryption", "DataPlatformDeploy"
        asked = {"keyARN": key.arn, "keyType": "CUSTOMER_MANAGED_CMK"}
        parameters = {"deliveryStreamEncryptionConfigurationInput": asked, "deliveryStreamName": stream}
        self.by_role(time, name, who, session, "firehose", parameters)
        self.grant(plus(time, 1), key, session)

    def grant(self, time, key, session, error=None):
        parameters = {
            "granteePrincipal": f"firehose.{self.region}.amazonaws.com",
            "keyId": key.arn,
            "operations": ["GenerateDataKey", "Decrypt", "RetireGrant"],
        }
        answer = None if error else {"grantId": digest("grant", time, key.id), "keyId": key.arn}
        self.by_role(time, "CreateGrant", "DataPlatformDeploy", session, "kms", parameters, answer, [key.arn], error,
                     invoked_by="firehose.amazonaws.com")

    def retire(self, time, key, session):
        """Firehose gives its grant back; KMS writes the grant's id beside the parameters, not into them."""
        self.by_role(time, "RetireGrant", "DataPlatformDeploy", session, "kms", None, {"keyId": key.arn}, [key.arn],
                     invoked_by="firehose.amazonaws.com")
        self.found[-1]["CloudTrailEvent"]["additionalEventData"] = {"grantId": digest("grant", "retired", time, key.id)}
        self.found[-1] = ordered(self.found[-1])

    def on_key(self, time, name, key, session, more=None, answer=None, who="KeyAdministrators", error=None):
        parameters = ({} if name == "CreateKey" else {"keyId": key.id}) | (more or {})
        if answer is None and not error:
            answer = {"keyId": key.arn}
        self.by_role(time, name, who, session, "kms", parameters, answer, [key.arn], error)

    def put_policy(self, time, key, session, document, who="KeyAdministrators", error=None):
        more = {"bypassPolicyLockoutSafetyCheck": False, "policy": document, "policyName": "default"}
        self.on_key(time, "PutKeyPolicy", key, session, more, {} if error else None, who, error)

    def on_alias(self, time, name, alias, keys, session):
        arn = f"arn:aws:kms:{self.region}:{ACCOUNT}:{alias}"
        parameters = {"aliasName": alias}
        if name != "DeleteAlias":
            parameters["targetKeyId"] = keys[-1].id
        self.by_role(time, name, "KeyAdministrators", session, "kms", parameters, None, [arn, *(k.arn for k in keys)])

    def on_stream(self, time, name, stream, session, more=None, answer=None):
        parameters = {"deliveryStreamName": stream} | (more or {})
        self.by_role(time, name, "DataPlatformDeploy", session, "firehose", parameters, answer)


def plus(time, more):
    return (instant(time) + datetime.timedelta(seconds=more)).strftime("%Y-%m-%d %H:%M:%S")


def resource_type(name):
    return "AWS::KMS::Alias" if ":alias/" in name else "AWS::KMS::Key"


# --- Halcyon Parcels --------------------------------------------------------------------------------------------

AUTOMATIC, ON_DEMAND = "AUTOMATIC", "ON_DEMAND"

# Keys that no stream uses: seen by their aliases and in events only.
TRAIL_KEY = uuid("key", "trail logs")


def audit_key():
    """The key of the audit trail's log files."""
    trail_use = statement("CloudTrail", {"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey*",
                          Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    key = Key(CENTRAL, "alias/halcyon/audit-logs", "2022-03-09 10:02", description="Log files of the audit trail",
              rotations=[(f"{d} 10:02", AUTOMATIC) for d in ("2023-03-09", "2024-03-08", "2025-03-08", "2026-03-08")],
              next_rotation="2027-03-08 10:02", tags=key_tags("security", "operational"), policy=policy(trail_use))
    key.id, key.arn = TRAIL_KEY, key_arn(CENTRAL, TRAIL_KEY)
    return key


AUDIT_KEY = audit_key()
LABELS_2026 = Key(CENTRAL, "alias/halcyon/labels-2026", "2026-06-15")
SCANS_2021 = Key(CENTRAL, "alias/halcyon/scans-2021", "2021-05-04")


def halcyon():
    """Calm, nearly complete, and with one of everything that a reader should learn to tell apart."""
    # The default window, 90 days back from the run, because LookupEvents sees no further: no quarter fits into it,
    # and a window of 2026Q3 would leave every query of events with a gap.
    s = Snapshot(
        "halcyon-parcels",
        "2026-10-02 06:00",
        [CENTRAL, WEST],
        ("2026-07-04 06:00", "2026-10-02 06:00"),
        "ha1c0np1",
        "keywitness collect --region eu-central-1 --region eu-west-1",
    )
    s.settings = HALCYON_SETTINGS
    s.caller()
    central(s)
    west(s)
    surroundings.surround(s, ACCOUNT, halcyon_surroundings())
    return s


HALCYON_SETTINGS = """
# What only the owner of the account can say. Invented, as the company is.
entity = "Halcyon Parcels (sample)"

[scope]
data_class_tag = "data-classification"

[scope.tag_values]
cardholder = ["pan"]
health = ["ephi"]
customer = ["personal_data"]
operational = ["none"]

[parameters]
cryptoperiod_days = 365

[required_tags]
streams = ["owner", "data-classification", "application"]
keys = ["owner", "data-classification", "environment"]
"""


def halcyon_trail(region):
    """One trail for all Regions: made in eu-central-1, seen and asked by its ARN in eu-west-1."""
    arn = f"arn:aws:cloudtrail:{CENTRAL}:{ACCOUNT}:trail/halcyon-audit"
    delivered = {CENTRAL: "2026-10-02 05:56:12", WEST: "2026-10-02 05:54:40"}[region]
    field = {"Equals": ["Management"], "Field": "eventCategory"}
    return {
        "description": {
            "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{CENTRAL}:{ACCOUNT}:log-group:halcyon-audit:*",
            "HasCustomEventSelectors": True,
            "HasInsightSelectors": False,
            "HomeRegion": CENTRAL,
            "IncludeGlobalServiceEvents": True,
            "IsMultiRegionTrail": True,
            "IsOrganizationTrail": False,
            "KmsKeyId": key_arn(CENTRAL, TRAIL_KEY),
            "LogFileValidationEnabled": True,
            "Name": "halcyon-audit",
            "S3BucketName": "halcyon-parcels-audit-logs",
            "TrailARN": arn,
        },
        "status": {
            "IsLogging": True,
            "LatestCloudWatchLogsDeliveryTime": fraction(delivered, "logged", region),
            "LatestDeliveryAttemptSucceeded": rfc3339(instant(delivered)),
            "LatestDeliveryAttemptTime": rfc3339(instant(delivered)),
            "LatestDeliveryTime": fraction(delivered, "delivered", region),
            "LatestDigestDeliveryTime": fraction("2026-10-02 05:21:07", "digest", region),
            "LatestNotificationAttemptSucceeded": "",
            "LatestNotificationAttemptTime": "",
            "StartLoggingTime": fraction("2022-03-09 10:18:44", "start"),
            "TimeLoggingStarted": "2022-03-09T10:18:44Z",
            "TimeLoggingStopped": "",
        },
        "selectors": [
            {"FieldSelectors": [field], "Name": "Management events"},
            {
                "FieldSelectors": [
                    {"Equals": ["Data"], "Field": "eventCategory"},
                    {"Equals": ["AWS::S3::Object"], "Field": "resources.type"},
                    {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::halcyon-parcels-audit-logs/"]},
                ],
                "Name": "Objects of the audit bucket",
            },
        ],
    }


PAYMENTS_ROTATIONS = [(f"{day} 08:02:33", AUTOMATIC) for day in ("2025-08-10", "2026-02-06", "2026-08-05")]


def payments_policy(region):
    return policy(*producers("CheckoutService", "CardVault"), delivery("firehose/HalcyonDelivery", region))


def central_keys():
    make = lambda alias, created, **more: Key(CENTRAL, alias, created, **more)
    return {
        "operations": make(
            "alias/halcyon/operations", "2022-03-14 09:20", description="Parcel scans and depot telemetry",
            rotations=[(f"{d} 09:20", AUTOMATIC) for d in ("2023-03-14", "2024-03-13", "2025-03-13", "2026-03-13")],
            next_rotation="2027-03-13 09:20", tags=key_tags("depot-platform", "operational"),
            policy=policy(*producers("ScannerGateway"), delivery("firehose/HalcyonDelivery", CENTRAL)),
        ),
        "payments": make(
            "alias/halcyon/payments", "2025-02-11 08:02", description="Checkout, card authorisation, refunds",
            period=180, rotations=PAYMENTS_ROTATIONS, next_rotation="2027-02-01 08:02",
            tags=key_tags("payments", "cardholder"), policy=payments_policy(CENTRAL),
            multi_region=("PRIMARY", CENTRAL, WEST),
        ),
        "customers": make(
            "alias/halcyon/customers", "2024-02-05 13:41", description="Names, addresses, loyalty accounts",
            rotations=[("2025-02-04 13:41", AUTOMATIC), ("2026-02-04 13:41", AUTOMATIC)],
            next_rotation="2027-02-04 13:41", tags=key_tags("customer-services", "customer"),
            policy=policy(*producers("CustomerPortal", "LoyaltyService"),
                          delivery("firehose/HalcyonDelivery", CENTRAL)),
        ),
        "pharmacy": make(
            "alias/halcyon/pharmacy", "2025-11-19 10:05", description="Temperature-controlled medicines", period=None,
            tags=key_tags("pharmacy-logistics", "health"), policy=policy(*producers("ColdChainService")),
        ),
        "invoices": make(
            "alias/halcyon/invoices", "2023-09-18 07:30", description="Invoice archive", state="Disabled",
            rotations=[("2024-09-17 07:30", AUTOMATIC), ("2025-09-17 07:30", AUTOMATIC)],
            tags=key_tags("finance-systems", "customer"), policy=policy(*producers("BillingService")),
        ),
        "fraud": make(
            "alias/halcyon/fraud", "2025-10-06 15:12", description="Signals for fraud scoring", period=400,
            next_rotation="2027-08-12 09:31", tags=key_tags("risk", "cardholder"),
            policy=policy(*producers("RiskEngine")),
        ),
        "support": make(
            "alias/halcyon/support", "2023-02-20 12:00", description="Support conversations",
            rotations=[("2025-01-10 16:45", ON_DEMAND)], next_rotation="2027-08-18 11:05",
            tags=key_tags("customer-services", "customer"), policy=policy(*producers("SupportDesk")),
        ),
        "customs": make(
            "alias/halcyon/customs", "2024-06-03 09:00", description="Customs declarations",
            rotations=[("2025-06-03 09:00", AUTOMATIC), ("2026-06-03 09:00", AUTOMATIC),
                       ("2026-08-20 14:27:31", ON_DEMAND)],
            next_rotation="2027-06-03 09:00", tags={"data-classification": "customer", "owner": "customs-brokerage"},
            policy=policy(*producers("CustomsGateway")),
        ),
        "settlement": make(
            "alias/halcyon/settlement", "2025-03-03 11:11", origin="EXTERNAL", period=None,
            description="Material imported from the clearing partner's HSM", tags=key_tags("payments", "cardholder"),
            policy=policy(*producers("SettlementService")),
        ),
        "labels": make(
            "alias/halcyon/labels", "2024-10-14 06:55", description="Label printing",
            rotations=[("2025-10-14 06:55", AUTOMATIC)], next_rotation="2026-10-14 06:55",
            tags=key_tags("depot-platform", "operational"), policy=policy(*producers("LabelPrinter")),
        ),
        "returns": make(
            "alias/halcyon/returns", "2026-08-25 08:40", description="Returns intake", next_rotation="2027-08-25 08:43",
            tags=key_tags("customer-services", "customer"), policy=policy(*producers("ReturnsService")),
        ),
        "courier": make(
            None, "2025-05-05 05:05", name="medcourier", account=NEIGHBOUR, next_rotation="2027-05-05 05:05",
            description="Shared with Halcyon Parcels for handoffs",
        ),
        "aws-s3": make(
            "alias/aws/s3", "2022-03-14 08:58", manager="AWS",
            description="Default key that protects my S3 objects when no other key is defined",
            next_rotation="2027-03-13 08:58", policy=aws_managed_policy("s3", CENTRAL),
        ),
    }


def aws_managed_policy(service, region):
    """What AWS writes for its own keys: use through the service, reading by the account."""
    through = {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": f"{service}.{region}.amazonaws.com"}}
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    statements = [
        statement(f"Allow access through {service.upper()} for all principals in the account that are authorized",
                  {"AWS": "*"}, use, Condition=through),
        statement("Allow direct access to key metadata to the account", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                  ["kms:Describe*", "kms:Get*", "kms:List*"]),
    ]
    return compact({"Version": "2012-10-17", "Id": f"auto-{service}-2", "Statement": statements})


def central_streams(k):
    lake, depot = "halcyon-parcels-lake", "halcyon-parcels-depot"
    make = lambda name, created, sse, where, tagged, **more: Stream(CENTRAL, name, created, sse, where, tagged, **more)
    refused = (
        "KMS_ACCESS_DENIED",
        "The caller is not allowed to create a grant on the key that was given; the key that was in use before stays.",
    )
    clicks = {
        "DeliveryStartTimestamp": fraction("2024-04-22 10:31:09", "clicks"),
        "KinesisStreamARN": f"arn:aws:kinesis:{CENTRAL}:{ACCOUNT}:stream/web-clicks",
        "RoleARN": role("firehose/HalcyonSource"),
    }
    routes = {
        "AuthenticationConfiguration": {"Connectivity": "PRIVATE", "RoleARN": role("firehose/HalcyonSource")},
        "DeliveryStartTimestamp": fraction("2025-07-01 06:12:55", "routes"),
        "MSKClusterARN": f"arn:aws:kafka:{CENTRAL}:{ACCOUNT}:cluster/routing/{uuid('routing')}-7",
        "TopicName": "route-requests",
    }
    return [
        make("parcel-scan-events", "2022-03-21 12:10", with_key(k["operations"]), to_s3(depot, k["operations"]),
             tags("depot-platform", "operational"), version=4, updated="2025-11-03 09:12"),
        make("hub-sorting-events", "2023-01-30 07:44", with_key(k["operations"]), to_s3(depot, k["operations"]),
             tags("depot-platform", "operational"), version=2, updated="2024-05-16 13:02"),
        make("checkout-payments", "2025-02-12 09:15", with_key(k["payments"]), to_s3(lake, k["payments"]),
             tags("payments", "cardholder", "checkout")),
        make("card-authorizations", "2025-02-12 09:22", with_key(k["payments"]),
             to_redshift(lake, "finance", "card_authorizations", k["payments"]),
             tags("payments", "cardholder", "checkout"), version=6, updated="2026-08-19 13:05:48"),
        make("refund-events", "2025-03-17 14:51", with_key(k["payments"]), to_s3(lake, k["payments"]),
             tags("payments", "cardholder", "checkout")),
        make("loyalty-signups", "2024-02-06 10:00", with_key(k["customers"]),
             to_s3(lake, k["customers"], function="mask-addresses", table="loyalty_signups", backup="halcyon-parcels-raw"),
             tags("customer-services", "customer", "loyalty"), version=3, updated="2026-07-28 10:16:30"),
        make("customer-address-changes", "2024-02-06 10:20", with_key(k["customers"]), to_s3(lake, k["customers"]),
             tags("customer-services", "customer", "portal")),
        make("delivery-feedback", "2025-09-09 16:40", with_key(k["customers"]), to_snowflake(lake, k["customers"]),
             {"application": "portal", "owner": "customer-services"}),
        make("driver-telemetry", "2023-05-02 08:08", AWS_OWNED, to_s3(depot), tags("fleet", "operational", "fleet")),
        make("warehouse-sensors", "2023-11-13 11:59", OFF, to_s3(depot), tags("depot-platform", "operational"),
             version=5, updated="2026-09-22 07:50:03"),
        make("label-print-audit", "2024-10-15 09:33", with_key(k["labels"], "ENABLING_FAILED", refused),
             to_s3(depot, k["labels"]), tags("depot-platform", "operational"), version=3,
             updated="2026-09-03 15:20:12"),
        make("returns-intake", "2026-08-25 09:10:26", with_key(k["returns"], "ENABLING"), to_s3(lake, k["returns"]),
             tags("customer-services", "customer", "returns"), version=2, updated="2026-10-02 05:59:38"),
        make("medical-courier-handoffs", "2025-05-12 10:45", with_key(k["courier"]), to_s3(lake),
             tags("pharmacy-logistics", "health", "cold-chain")),
        make("cold-chain-readings", "2025-11-20 08:25", with_key(k["pharmacy"]), to_s3(lake, k["pharmacy"]),
             tags("pharmacy-logistics", "health", "cold-chain")),
        make("invoice-archive", "2023-09-19 12:12", with_key(k["invoices"]), to_s3(lake),
             tags("finance-systems", "customer", "billing")),
        make("fraud-signals", "2025-10-07 09:09", with_key(k["fraud"]),
             to_http(lake, "Risk scoring", k["fraud"]), tags("risk", "cardholder", "risk-scoring")),
        make("support-transcripts", "2023-02-21 13:30", with_key(k["support"]), to_s3(lake, k["support"]),
             tags("customer-services", "customer", "support")),
        make("customs-declarations", "2024-06-04 08:18", with_key(k["customs"]), to_s3(lake, k["customs"]),
             tags("customs-brokerage", "customer", "customs")),
        make("partner-settlement", "2025-03-04 10:02", with_key(k["settlement"]), to_s3(lake, k["settlement"]),
             tags("payments", "cardholder", "settlement")),
        make("depot-camera-index", "2024-12-02 17:25", with_key(k["aws-s3"]), to_s3(depot),
             {"application": "parcel-network", "data-classification": "customer"}),
        make("web-clickstream", "2024-04-22 10:30", OFF, to_s3(lake), tags("web", "customer", "storefront"),
             source=("KinesisStreamAsSource", {"KinesisStreamSourceDescription": clicks})),
        make("route-optimizer-input", "2025-07-01 06:10", None, to_s3(depot), tags("fleet", "operational", "routing"),
             source=("MSKAsSource", {"MSKSourceDescription": routes})),
    ]


BARE = [("alias/aws/acm", None, None), ("alias/aws/lambda", None, None),
        ("alias/aws/secretsmanager", "2022-03-15 07:01", uuid("key", "secrets")), ("alias/aws/ssm", None, None)]


def central(s):
    k = central_keys()
    streams = central_streams(k)
    throttled = {("ListTagsForDeliveryStream", "fraud-signals"), ("DescribeDeliveryStream", "refund-events")}
    s.streams(CENTRAL, streams, throttled)
    s.keys(CENTRAL, [*k.values(), AUDIT_KEY])
    other = [
        ("alias/halcyon/audit-logs", "2022-03-09 10:02", TRAIL_KEY),
        ("alias/halcyon/scans", "2024-10-14 07:10", k["operations"].id),
        (LABELS_2026.alias, LABELS_2026.created, LABELS_2026.id),
    ]
    s.aliases(CENTRAL, k.values(), BARE + other)
    s.trails(CENTRAL, [halcyon_trail(CENTRAL)])
    s.events(CENTRAL, central_events(s, k), {"PutKeyPolicy"})


def central_events(s, k):
    e = Events(s, CENTRAL)
    # The clearing partner's key material is brought in anew, and a key of old times ends its waiting period.
    e.on_key("2026-07-07 09:31:20", "ImportKeyMaterial", k["settlement"], "change-2207",
             {"expirationModel": WITHHELD, "importToken": WITHHELD})
    e.on_alias("2026-07-08 06:40:02", "DeleteAlias", SCANS_2021.alias, [SCANS_2021], "change-2190")
    e.on_key("2026-07-08 09:31:44", "EnableKeyRotation", k["fraud"], "change-2208", {"rotationPeriodInDays": 400})
    e.put_policy("2026-07-09 08:14:52", k["payments"], "change-2211", payments_policy(CENTRAL))
    e.by_service("2026-07-17 03:12:44", "DeleteKey", SCANS_2021, {})

    # A key scheduled for deletion by mistake, and put right within the hour: a cancelled key comes back disabled.
    deletion = {"deletionDate": "Aug 20, 2026, 10:02:11 AM", "keyId": k["support"].arn, "keyState": "PendingDeletion",
                "pendingWindowInDays": 30}
    e.on_key("2026-07-21 10:02:11", "ScheduleKeyDeletion", k["support"], "change-2238", {"pendingWindowInDays": 30},
             deletion)
    e.on_key("2026-07-21 10:41:37", "CancelKeyDeletion", k["support"], "change-2238")
    e.on_key("2026-07-21 10:43:05", "EnableKey", k["support"], "change-2238")
    e.on_key("2026-08-18 11:05:19", "EnableKeyRotation", k["support"], "change-2301", {"rotationPeriodInDays": 365})

    e.encrypt("2026-07-28 10:16:30", "loyalty-signups", k["customers"], "pipeline-48812")
    e.on_key("2026-07-30 12:22:08", "DisableKeyRotation", k["pharmacy"], "change-2254")

    denied = (
        "AccessDenied",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/ReportingJobs/nightly-export is not authorized to perform: "
        f"kms:PutKeyPolicy on resource: {k['payments'].arn} because no identity-based policy allows the "
        "kms:PutKeyPolicy action",
    )
    opened = policy(statement("Reporting", {"AWS": role("ReportingJobs")}, "kms:*"))
    e.put_policy("2026-08-04 22:47:51", k["payments"], "nightly-export", opened, "ReportingJobs", denied)

    e.by_service("2026-08-05 08:02:33", "RotateKey", k["payments"], {"rotationType": AUTOMATIC})
    e.on_stream("2026-08-19 13:05:48", "UpdateDestination", "card-authorizations", "pipeline-50117",
                {"currentDeliveryStreamVersionId": "5", "destinationId": "destinationId-000000000001",
                 "redshiftDestinationUpdate": WITHHELD})
    e.on_key("2026-08-20 14:26:58", "RotateKeyOnDemand", k["customs"], "change-2307")
    e.by_service("2026-08-20 14:27:31", "RotateKey", k["customs"], {"rotationType": ON_DEMAND})

    # A new stream with a key of its own.
    e.on_key("2026-08-25 08:40:17", "CreateKey", k["returns"], "change-2315",
             {"bypassPolicyLockoutSafetyCheck": False, "description": WITHHELD, "keySpec": "SYMMETRIC_DEFAULT",
              "keyUsage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS", "policy": k["returns"].policy},
             {"keyMetadata": WITHHELD})
    e.on_alias("2026-08-25 08:41:02", "CreateAlias", k["returns"].alias, [k["returns"]], "change-2315")
    e.on_key("2026-08-25 08:43:30", "EnableKeyRotation", k["returns"], "change-2315", {"rotationPeriodInDays": 365})
    e.on_stream("2026-08-25 09:10:26", "CreateDeliveryStream", "returns-intake", "pipeline-50644",
                {"deliveryStreamType": "DirectPut", "extendedS3DestinationConfiguration": WITHHELD},
                {"deliveryStreamARN": stream_arn(CENTRAL, "returns-intake")})
    e.on_stream("2026-08-25 09:12:41", "TagDeliveryStream", "returns-intake", "pipeline-50644", {"tags": WITHHELD})

    e.on_key("2026-09-01 07:15:26", "DisableKey", k["invoices"], "change-2329")

    # Encryption with another key is asked for, and the grant refused: the stream keeps the key that it had.
    refused = (
        "AccessDenied",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/DataPlatformDeploy/pipeline-51290 is not authorized to perform: "
        f"kms:CreateGrant on resource: {LABELS_2026.arn} because no resource-based policy allows the "
        "kms:CreateGrant action",
    )
    asked = {"keyARN": LABELS_2026.arn, "keyType": "CUSTOMER_MANAGED_CMK"}
    e.on_stream("2026-09-03 15:20:12", "StartDeliveryStreamEncryption", "label-print-audit", "pipeline-51290",
                {"deliveryStreamEncryptionConfigurationInput": asked})
    e.grant("2026-09-03 15:20:13", LABELS_2026, "pipeline-51290", refused)

    e.on_alias("2026-09-10 09:00:39", "UpdateAlias", "alias/halcyon/scans", [k["labels"], k["operations"]],
               "change-2341")
    e.on_stream("2026-09-16 05:30:10", "DeleteDeliveryStream", "parcel-scan-events-2021", "pipeline-52003",
                {"allowForceDelete": WITHHELD})
    e.retire("2026-09-16 05:30:44", k["operations"], "pipeline-52003")
    e.on_stream("2026-09-22 07:50:03", "StopDeliveryStreamEncryption", "warehouse-sensors", "pipeline-52388")
    # The encryption of returns-intake, started seconds before the run, is not among the events yet: they take minutes.
    e.on_key("2026-09-24 13:37:15", "RevokeGrant", k["customs"], "change-2366",
             {"grantId": digest("grant", "revoked", "customs")})
    return e.found


def west(s):
    make = lambda alias, created, **more: Key(WEST, alias, created, **more)
    k = {
        "operations": make(
            "alias/halcyon/operations", "2024-01-16 09:00", description="Parcel scans and depot telemetry",
            rotations=[("2025-01-15 09:00", AUTOMATIC), ("2026-01-15 09:00", AUTOMATIC)],
            next_rotation="2027-01-15 09:00", tags=key_tags("depot-platform", "operational"),
            policy=policy(*producers("ScannerGateway")),
        ),
        "payments": Key(
            WEST, "alias/halcyon/payments", "2025-02-11 08:20", description="Checkout, card authorisation, refunds",
            period=180, rotations=PAYMENTS_ROTATIONS, next_rotation="2027-02-01 08:02",
            tags=key_tags("payments", "cardholder"), policy=payments_policy(WEST),
            multi_region=("REPLICA", CENTRAL, WEST),
        ),
        # Its policy lets the reader describe the key, and forgets the policy itself: the one refused call.
        "notifications": make(
            "alias/halcyon/notifications", "2025-07-15 10:10", description="Messages to recipients",
            rotations=[("2026-07-15 10:11:04", AUTOMATIC)], next_rotation="2027-07-15 10:10",
            tags=key_tags("customer-services", "customer"), policy=None,
        ),
        "pharmacy": make(
            "alias/halcyon/pharmacy", "2025-01-08 12:30", description="Prescription parcels", state="PendingDeletion",
            deletion="2026-10-25 14:02:56", rotations=[("2026-01-08 12:30", AUTOMATIC)],
            tags=key_tags("pharmacy-logistics", "health"), policy=policy(*producers("PharmacyPortal")),
        ),
    }
    lake = "halcyon-parcels-lake"
    views = {
        "DeliveryStartTimestamp": fraction("2024-09-02 08:00:20", "views"),
        "KinesisStreamARN": f"arn:aws:kinesis:{WEST}:{ACCOUNT}:stream/tracking-views",
        "RoleARN": role("firehose/HalcyonSource"),
    }
    streams = [
        Stream(WEST, "parcel-scan-events", "2024-01-17 08:45", with_key(k["operations"]), to_s3(lake, k["operations"]),
               tags("depot-platform", "operational")),
        Stream(WEST, "checkout-payments", "2025-02-13 10:10", with_key(k["payments"]), to_s3(lake, k["payments"]),
               tags("payments", "cardholder", "checkout"), version=2, updated="2026-07-28 10:31:02"),
        Stream(WEST, "recipient-notifications", "2025-07-16 09:35", with_key(k["notifications"]),
               to_opensearch(lake, "recipient-search", "notifications", k["notifications"]),
               tags("customer-services", "customer", "notifications"), version=3, updated="2026-09-09 11:47:21"),
        Stream(WEST, "prescription-parcels", "2025-01-09 07:20", with_key(k["pharmacy"]), to_s3(lake, k["pharmacy"]),
               tags("pharmacy-logistics", "health", "pharmacy")),
        Stream(WEST, "operations-alerts", "2024-03-11 15:05", AWS_OWNED, to_splunk(lake),
               tags("site-reliability", "operational", "monitoring")),
        Stream(WEST, "courier-app-logs", "2026-08-11 12:48:33", OFF, to_s3(lake), {}),
        Stream(WEST, "tracking-page-views", "2024-09-02 08:00", OFF, to_s3(lake),
               tags("web", "operational", "storefront"),
               source=("KinesisStreamAsSource", {"KinesisStreamSourceDescription": views})),
    ]
    s.streams(WEST, streams)
    s.keys(WEST, [*k.values(), aws_kinesis()])
    s.aliases(WEST, [*k.values(), aws_kinesis()], BARE)
    s.trails(WEST, [halcyon_trail(WEST)])
    s.events(WEST, west_events(s, k))


def aws_kinesis():
    """The key that AWS manages for Kinesis: there since a data stream was first encrypted with it."""
    return Key(WEST, "alias/aws/kinesis", "2024-09-02 07:58", manager="AWS", next_rotation="2027-09-02 07:58",
               description="Default key that protects my Kinesis data when no other key is defined",
               policy=aws_managed_policy("kinesis", WEST))


def west_events(s, k):
    e = Events(s, WEST)
    e.by_service("2026-07-15 10:11:04", "RotateKey", k["notifications"], {"rotationType": AUTOMATIC})
    e.encrypt("2026-07-28 10:31:02", "checkout-payments", k["payments"], "pipeline-48812")
    e.on_stream("2026-08-11 12:48:33", "CreateDeliveryStream", "courier-app-logs", "pipeline-49706",
                {"deliveryStreamType": "DirectPut", "extendedS3DestinationConfiguration": WITHHELD},
                {"deliveryStreamARN": stream_arn(WEST, "courier-app-logs")})
    e.put_policy("2026-08-13 09:26:40", k["operations"], "change-2296", policy(*producers("ScannerGateway")))
    e.on_stream("2026-09-09 11:47:21", "UpdateDestination", "recipient-notifications", "pipeline-51702",
                {"amazonopensearchserviceDestinationUpdate": WITHHELD, "currentDeliveryStreamVersionId": "2",
                 "destinationId": "destinationId-000000000001"})
    e.on_stream("2026-09-14 16:09:55", "UntagDeliveryStream", "courier-app-logs", "pipeline-51904",
                {"tagKeys": WITHHELD})
    deletion = {"deletionDate": "Oct 25, 2026, 2:02:56 PM", "keyId": k["pharmacy"].arn, "keyState": "PendingDeletion",
                "pendingWindowInDays": 30}
    e.on_key("2026-09-25 14:02:56", "ScheduleKeyDeletion", k["pharmacy"], "change-2371", {"pendingWindowInDays": 30},
             deletion)
    return e.found


def halcyon_surroundings():
    """What is worth telling around the streams of Halcyon Parcels; everything else is plain."""
    k, lake = central_keys(), f"halcyon-parcels-lake-{CENTRAL}"
    clicks = f"arn:aws:kinesis:{CENTRAL}:{ACCOUNT}:stream/web-clicks"
    views = f"arn:aws:kinesis:{WEST}:{ACCOUNT}:stream/tracking-views"
    routing = f"arn:aws:kafka:{CENTRAL}:{ACCOUNT}:cluster/routing/{uuid('routing')}-7"
    audit = "halcyon-parcels-audit-logs"
    week = [(1_790_294_400 + day * surroundings.DAY, 1.0) for day in range(7)]
    failing = [(1_790_553_600, 412.0), (1_790_640_000, 9.0)]
    guard = {"Effect": "Deny", "Resource": "*", "Sid": "KeepEncryption",
             "Action": ["firehose:StopDeliveryStreamEncryption", "kms:DisableKey", "kms:ScheduleKeyDeletion",
                        "cloudtrail:StopLogging"],
             "Condition": {"ArnNotLike": {"aws:PrincipalArn": role("KeyAdministrators")}}}
    full = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policies = [("p-FullAWSAccess", "FullAWSAccess", True, full), ("p-h4lcyon1", "keep-encryption", False, guard)]
    listed = [{"AwsManaged": aws, "Id": i, "Name": n, "Type": "SERVICE_CONTROL_POLICY"} for i, n, aws, _ in policies]
    lifecycle = {"Expiration": {"Days": "2557"}, "Filter": {"Prefix": ""}, "ID": "keep-seven-years", "Status": "Enabled"}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": "7"}}}
    pattern = {"detail": {"eventName": ["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy"]}, "source": ["aws.kms"]}
    topic = f"arn:aws:sns:{CENTRAL}:{ACCOUNT}:security"
    said = {
        ("DescribeStreamSummary", clicks): surroundings.kinesis(clicks, k["customers"].arn),
        ("DescribeStreamSummary", views): surroundings.kinesis(views, "alias/aws/kinesis"),
        ("DescribeClusterV2", routing): surroundings.msk(routing, k["operations"].arn, "TLS_PLAINTEXT"),
        ("DescribeClusters", "finance"): surroundings.redshift("finance", k["payments"].arn),
        ("DescribeDomain", "recipient-search"): surroundings.domain(
            f"arn:aws:es:{WEST}:{ACCOUNT}:domain/recipient-search", Key(WEST, "alias/halcyon/notifications", "2025-07-15 10:10").arn),
        ("GetBucketEncryption", lake): surroundings.encryption("aws:kms", k["customers"].arn),
        ("GetBucketEncryption", audit): surroundings.encryption("aws:kms", AUDIT_KEY.arn),
        ("GetObjectLockConfiguration", audit): {"ObjectLockConfiguration": lock},
        ("GetBucketLifecycleConfiguration", audit): {"LifecycleConfiguration": {"Rule": lifecycle}},
        ("GetMetricData", (CENTRAL, "invoice-archive", "KMSKeyDisabled")): failing,
        ("GetMetricData", (CENTRAL, "checkout-payments", "DeliveryToS3.Success")): week,
        ("DescribeMetricFilters", "halcyon-audit"): {"metricFilters": [{
            "filterName": "key-changes", "logGroupName": "halcyon-audit",
            "filterPattern": "{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || "
                             "$.eventName = ScheduleKeyDeletion) }",
            "metricTransformations": [{"metricName": "KeyChanges", "metricNamespace": "Halcyon/Audit",
                                       "metricValue": "1"}]}]},
        ("DescribeLogGroups", "halcyon-audit"): {"logGroups": [{
            "kmsKeyId": AUDIT_KEY.arn, "logGroupName": "halcyon-audit", "retentionInDays": 2557}]},
        ("DescribeAlarms", CENTRAL): {"MetricAlarms": [{
            "ActionsEnabled": True, "AlarmActions": [topic], "AlarmName": "key-changes", "Dimensions": [],
            "MetricName": "KeyChanges", "Namespace": "Halcyon/Audit", "StateValue": "OK"}]},
        ("ListRules", CENTRAL): {"Rules": [{
            "EventBusName": "default", "EventPattern": compact(ordered(pattern)), "Name": "key-changes",
            "State": "ENABLED"}]},
        ("ListTargetsByRule", "key-changes"): {"Targets": [{"Arn": topic, "Id": "security"}]},
        ("ListSubscriptionsByTopic", topic): surroundings.subscriptions(
            ("email", f"{topic}:7c1f4d2a-90b3-4e5f-8a61-2d3c4b5a6978"), ("email", "PendingConfirmation")),
        ("GetAccountAuthorizationDetails", CENTRAL): surroundings.identities(halcyon_roles(k)),
        ("ListAccountAliases", CENTRAL): surroundings.account_aliases("halcyon-parcels"),
        ("ListPolicies", "SERVICE_CONTROL_POLICY"): {"Policies": listed},
        ("ListPolicies", "RESOURCE_CONTROL_POLICY"): {"Policies": []},
    }
    # The grant of this key was retired, and server-side encryption still says ENABLED.
    said[("ListGrants", k["labels"].arn)] = {"Grants": [], "Truncated": False}
    for (policy_id, _, _, text), summary in zip(policies, listed):
        content = compact({"Statement": [text], "Version": "2012-10-17"})
        said[("DescribePolicy", policy_id)] = {"Policy": {"Content": content, "PolicySummary": summary}}
        targets = {"Targets": [{"Name": "Root", "TargetId": "r-h4lc", "Type": "ROOT"}]}
        said[("ListTargetsForPolicy", policy_id)] = targets
    return said


def halcyon_roles(k):
    """Who delivers and who puts records: what each may do by its own policy, percent-encoded as IAM writes it."""
    def encoded(*statements):
        return urllib.parse.quote(compact({"Statement": list(statements), "Version": "2012-10-17"}), safe="")

    trust = lambda service: encoded({"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": service}})
    allow = lambda actions, on="*": {"Action": actions, "Effect": "Allow", "Resource": on}
    use = ["kms:GenerateDataKey", "kms:Decrypt"]
    write = allow(["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListBucket"])
    put = allow(["firehose:PutRecord", "firehose:PutRecordBatch"])
    deliver = encoded(write, allow(use, [k["operations"].arn, k["payments"].arn, k["customers"].arn]))
    roles = [
        (role("firehose/HalcyonDelivery"), "HalcyonDelivery", trust("firehose.amazonaws.com"), deliver),
        (role("firehose/HalcyonSource"), "HalcyonSource", trust("firehose.amazonaws.com"),
         encoded(allow(["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"]))),
    ]
    for name in ("CheckoutService", "ColdChainService", "CustomerPortal", "LoyaltyService", "RiskEngine", "ScannerGateway"):
        roles.append((role(name), name, trust("ecs-tasks.amazonaws.com"), encoded(put, allow(use))))
    # These put records and may not use the key: what works by an older rule ends on the day that AWS announced.
    for name in ("LabelPrinter", "SupportDesk"):
        roles.append((role(name), name, trust("ecs-tasks.amazonaws.com"), encoded(put)))
    return sorted(roles)


# --- An empty account -------------------------------------------------------------------------------------------


def empty():
    """Nothing there, and everything asked: no stream, no key, no trail, no event."""
    s = Snapshot(
        "empty-account",
        "2026-10-02 06:00",
        [CENTRAL],
        ("2026-07-04 06:00", "2026-10-02 06:00"),
        "emp00001",
        "keywitness collect --region eu-central-1",
    )
    s.settings = """
# An account in which nothing has been made yet.
entity = "Empty Account (sample)"
"""
    s.caller()
    s.streams(CENTRAL, [])
    s.aliases(CENTRAL, [], BARE)
    s.trails(CENTRAL, [])
    s.events(CENTRAL, [])
    surroundings.surround(s, ACCOUNT)
    return s


# --- Hostile names ----------------------------------------------------------------------------------------------

# What each is meant to break when a writer forgets to escape: pages, spreadsheets, terminals, PDF, templates, layout.
HOSTILE = {
    "html": '<script>alert("keywitness")</script><img src=x onerror=alert(1)>',
    "attribute": "\" onmouseover=\"alert(1)\" x='&lt;&amp;",
    "close": "</td></tr></table></body></html><!-- ]]> -->",
    "formula": "=1+1",
    "formula-plus": "+cmd|' /C calc'!A0",
    "formula-at": '@SUM(1+1)*HYPERLINK("https://example.com/?q="&A1,"open")',
    "formula-minus": "-2+3",
    "csv": 'one,"two";three\ttab\r\n=4+4',
    "terminal": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b[2J\x9b1m",
    "bidi": "user\u202egnp.exe\u202c \u2066left\u2069 \u200fright",
    "zero-width": "own\u200ber\u200d\u2060\ufeff",
    "pdf": "(text) Tj ET Q endstream endobj /JS (app.alert(1)) \\051 >> %%EOF",
    "template": "{{ 7*7 }}{% include \"/etc/passwd\" %}{# note #}${7*7}",
    "markdown": "[open](javascript:alert(1)) `code` **bold** | cell |",
    "path": "../../../../etc/passwd\x00.html",
    "long": "W" * 200 + "-" + "ohneLeerzeichen" * 20,
    "cjk": "配送データ・パイプライン（支払い情報）데이터 스트림",
    "arabic": "مجرى البيانات ١٢٣ שלום",
    "emoji": "📦🚚👩‍🔧🏳️‍🌈🇪🇺",
    "combining": "Z" + "\u0351\u036b\u0343\u036a\u0302" * 12 + "algo",
    "empty-looking": "\u00a0\u3000\u2003",
    "line": "first\nsecond\u2028third\u0085fourth\rfifth",
    "json": '"},{"EV":"EV-999999","status":"pass"},{"x":"\\u0000',
    "not-characters": "\ufffe\uffff\ufdd0\U0010ffff\ufffd",
}


def hostile():
    s = Snapshot(
        "hostile-names",
        "2026-10-02 06:00",
        [CENTRAL],
        ("2026-07-04 06:00", "2026-10-02 06:00"),
        "h0st1len",
        "keywitness collect --region eu-central-1",
    )
    s.settings = """
# The entity's own name can hold all that a page, a spreadsheet or a template would stumble over.
entity = "=Halcyon <b>Parcels</b> & Söhne {{ 7*7 }} (sample)"

[scope]
data_class_tag = "data-classification"

[scope.tag_values]
cardholder = ["pan"]
"<script>alert(\\"class\\")</script>" = ["personal_data"]

[parameters]
cryptoperiod_days = 365

[required_tags]
streams = ["owner", "=1+1", "<b>bold</b>"]
keys = ["owner"]
"""
    s.caller()

    # AWS limits the names of streams and aliases, and the characters of tags in part; what it lets through
    # depends on the service and the year, so nothing here relies on it.
    names = list(HOSTILE)
    words = lambda which: HOSTILE[which]
    keys = [
        Key(
            CENTRAL, f"alias/{alias}", "2025-10-01 10:00", description=words(word), next_rotation="2027-10-01 10:00",
            rotations=[("2026-10-01 10:00", AUTOMATIC)],
            tags={"owner": words(word), words(word)[:128]: words("formula")},
            policy=hostile_policy(word),
        )
        for alias, word in [
            ("a" * 250, "html"), ("__-/_/-1-1", "formula-at"), ("aws-not-really", "template"), ("x/../../y", "json"),
            ("配送", "bidi"),
        ]
    ]
    keys[1].rotations = [("2026-09-30 10:00", words("html"))]
    streams = []
    odd = ["-1-1.", "..", "_", "__proto__", "a" * 64, "CON", "index.html", "-rf"]
    for i, word in enumerate(names):
        name = odd[i] if i < len(odd) else f"stream-{i:02d}"
        value = words(word)[:256]
        tagged = {"application": words(names[-1 - i])[:256], "owner": value, value[:128]: value}
        tagged["data-classification"] = ["cardholder", '<script>alert("class")</script>', words(word)][i % 3]
        sse = with_key(keys[i % len(keys)])
        if i % 6 == 1:
            sse = with_key(keys[i % len(keys)], "ENABLING_FAILED", (words("html"), words(word)))
        streams.append(Stream(CENTRAL, name, "2026-01-15 10:00", sse, hostile_destination(word), tagged))
    # Words of AWS that this program has never heard of, and an alias where a key's ARN belongs: nobody asks for that
    # key, because asking for an alias can make AWS create one.
    streams[9].sse = with_key(keys[0], words("formula"))
    streams[10].sse = {"KeyType": words("html"), "Status": "ENABLED"}
    streams[11].source = (words("template"), None)
    streams[12].sse = {"KeyARN": f"arn:aws:kms:{CENTRAL}:{ACCOUNT}:alias/<b>x</b>", "KeyType": "CUSTOMER_MANAGED_CMK",
                       "Status": "ENABLED"}
    s.streams(CENTRAL, streams)
    s.keys(CENTRAL, keys)
    s.aliases(CENTRAL, keys, BARE)
    trail = halcyon_trail(CENTRAL)
    trail["description"] |= {"Name": words("html"), "S3BucketName": words("formula"),
                             "TrailARN": f"arn:aws:cloudtrail:{CENTRAL}:{ACCOUNT}:trail/{words('attribute')}"}
    trail["status"]["LatestDeliveryError"] = words("terminal")
    trail["selectors"][0]["Name"] = words("template")
    s.trails(CENTRAL, [trail])
    s.events(CENTRAL, hostile_events(s, keys, words))
    s.keys(CENTRAL, [AUDIT_KEY])
    surroundings.surround(s, ACCOUNT, hostile_surroundings(words))
    return s


def hostile_policy(word):
    """Text in every place of a policy where a user writes text; once not JSON at all, once a repeated key."""
    if word == "json":
        return '{"Statement": [' + HOSTILE["json"]
    if word == "template":
        return '{"Statement":[],"Statement":[{"Action":"kms:*","Effect":"Allow","Principal":"*","Resource":"*"}]}'
    condition = {"StringLike": {"aws:PrincipalTag/" + HOSTILE[word]: HOSTILE[word]}}
    who = {"AWS": [role(f"{HOSTILE['path']}/{HOSTILE[word]}"), HOSTILE[word]]}
    return policy(statement(HOSTILE[word], who, [HOSTILE[word], "kms:Decrypt"], Condition=condition))


def hostile_surroundings(words):
    """Text in every place around the streams where a user writes text."""
    return {
        ("DescribeAlarms", CENTRAL): {"MetricAlarms": [{
            "ActionsEnabled": True, "AlarmActions": [words("html")], "AlarmName": words("formula"),
            "Dimensions": [{"Name": words("attribute"), "Value": words("csv")}], "MetricName": words("terminal"),
            "Namespace": words("template"), "StateValue": words("markdown")}]},
        ("ListRules", CENTRAL): {"Rules": [{
            "EventBusName": "default", "EventPattern": words("json"), "Name": words("bidi"), "State": words("pdf")}]},
        ("ListTargetsByRule", words("bidi")): {"Targets": [{"Arn": words("close"), "Id": words("path")}]},
        ("DescribeMetricFilters", "halcyon-audit"): {"metricFilters": [{
            "filterName": words("html"), "filterPattern": words("template"), "logGroupName": "halcyon-audit",
            "metricTransformations": [{"metricName": words("csv"), "metricNamespace": words("line")}]}]},
        ("GetAccountAuthorizationDetails", CENTRAL): surroundings.identities(
            [(role(words("html")), words("html"), words("template"), words("json"))]),
        ("ListAccountAliases", CENTRAL): surroundings.account_aliases(words("html")),
    }


def hostile_destination(word):
    def members(stream):
        place, shortened = to_s3("bucket")(stream)
        for form in place.values():
            form["BucketARN"] = f"arn:aws:s3:::{HOSTILE[word]}"
            form["RoleARN"] = role(f"{HOSTILE[word]}/Delivery")
            form["CloudWatchLoggingOptions"]["LogGroupName"] = HOSTILE[word]
        return place, shortened

    return members


def hostile_events(s, keys, words):
    e = Events(s, CENTRAL)
    for i, word in enumerate(HOSTILE):
        text = words(word)
        minute = f"2026-08-{1 + i:02d} 11:{i:02d}:00"
        error = (text, text) if i % 4 == 0 else None
        parameters = {"keyId": text, "policy": text, "policyName": text}
        arn = keys[i % len(keys)].arn
        e.by_role(minute, "PutKeyPolicy", text, text, "kms", parameters, None, [arn], error, agent=text)
        if i % 5 == 0:
            e.on_alias(plus(minute, 30), "CreateAlias", f"alias/{text}", [keys[0]], text)
            e.by_role(plus(minute, 40), "UpdateDestination", "DataPlatformDeploy", text, "firehose",
                      {"deliveryStreamName": text}, None, (), error)
    return e.found


# --- Writing and checking ---------------------------------------------------------------------------------------

LIMITS = {"halcyon-parcels": 800_000, "empty-account": 120_000, "hostile-names": 500_000}


def everything():
    """Path -> bytes, of all samples; checked before anybody sees it."""
    files = {}
    for snapshot in (halcyon(), empty(), hostile()):
        made = snapshot.files()
        check_snapshot(snapshot, made)
        files |= made
    return files


def check_snapshot(snapshot, files):
    """What a reader relies on: valid lines, numbers without holes in the order of records, no size out of hand."""
    rows = []
    for path in sorted(p for p in files if p.endswith(".jsonl")):
        _, account, region, name = path.split("/")
        for line in files[path].decode().removesuffix("\n").split("\n"):
            row = json.loads(line, object_pairs_hook=no_repeats)
            assert (row["account"], row["region"]) == (account, region)
            assert f"{row['service']}.{row['operation']}.jsonl" == name
            assert row["operation"] in PER_SECOND, row["operation"]
            assert row["attempts"][0]["sent"] == row["sent"] and row["attempts"][-1]["received"] == row["received"]
            assert all(a["sent"] < a["received"] for a in row["attempts"])
            assert compact(row["parameters"]) == compact(ordered(row["parameters"]))
            assert compact(row["body"]) == compact(ordered(row["body"]))
            assert (row["body"] is None) == (row["error"] is not None)
            rows.append(row)
    rows.sort(key=snapshot.order)
    assert [r["ev"] for r in rows] == [f"EV-{n:06d}" for n in range(1, len(rows) + 1)], "numbers have holes"
    assert len({(r["region"], snapshot.order(r)) for r in rows}) == len(rows), "a question was asked twice"
    assert len({r["request_id"] for r in rows}) == len(rows)
    head = json.loads(files[f"{snapshot.name}/run.json"])
    assert all(head["started"] <= r["sent"] and r["received"] <= head["ended"] for r in rows)
    size = sum(map(len, files.values()))
    assert size < LIMITS[snapshot.name], f"{snapshot.name} has {size} bytes"
    denied = [r for r in rows if r["error"] and r["error"]["code"] == "AccessDeniedException"]
    assert len(denied) == (snapshot.name == "halcyon-parcels"), "the calm account has one refused call, the others none"


def no_repeats(pairs):
    assert len({k for k, _ in pairs}) == len(pairs), "a key stands twice"
    return dict(pairs)


def write(files, root):
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def present(root):
    """Every file of every sample below the folder: one that no longer is made must not stay."""
    return {p.relative_to(root).as_posix() for name in LIMITS for p in (root / name).rglob("*") if p.is_file()}


def main():
    files = everything()
    if sys.argv[1:] == ["--check"]:
        with tempfile.TemporaryDirectory() as folder:
            write(files, pathlib.Path(folder))
            made = {p: (pathlib.Path(folder) / p).read_bytes() for p in present(pathlib.Path(folder))}
        committed = {p: (ROOT / p).read_bytes() for p in present(ROOT)}
        odd = sorted(p for p in made.keys() | committed.keys() if made.get(p) != committed.get(p))
        for path in odd:
            print(f"differs from what make.py makes: samples/{path}", file=sys.stderr)
        return 1 if odd else 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    for path in present(ROOT) - files.keys():
        (ROOT / path).unlink()
    write(files, ROOT)
    for name in LIMITS:
        mine = [d for p, d in files.items() if p.startswith(f"{name}/")]
        lines = sum(d.count(b"\n") for p, d in files.items() if p.startswith(f"{name}/") and p.endswith('.jsonl'))
        print(f"{name}: {lines} records, {len(mine)} files, {sum(map(len, mine))} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
