"""A stand-in of our own for what no emulator has, in front of ministack.

Written from AWS's documents: the AWS CLI, boto3 and the program itself must take its answers, and each is compared with
the shape that botocore's models give it. It keeps only what ministack does not keep, asks ministack for the rest
(policies, roles, trails, streams), and passes every other call on. Nothing here is set from outside but the clock and
who holds which credentials: state changes by calls. What AWS does by itself within minutes or hours (deliver a log file,
write a digest) is tried when somebody asks how it went. What AWS does not document is a guess, and marked as one.
"""

import base64
import dataclasses
import datetime
import functools
import hashlib
import hmac
import json
import re
import struct
import time
import urllib.parse
import uuid

import botocore.session
import proxy
import seed
from botocore.exceptions import ClientError

DAY = 86_400
# Calls of these services are recorded as management events.
RECORDED = ("kms", "firehose", "cloudtrail")
# The services that name an operation by method and path.
ROUTES = [
    ("kafka", "POST", r"/v1/clusters", "CreateCluster"),
    ("kafka", "GET", r"/api/v2/clusters/([^/]+)", "DescribeClusterV2"),
    ("kafka", "PATCH", r"/v1/clusters/([^/]+)/security", "UpdateSecurity"),
    ("ram", "POST", r"/createresourceshare", "CreateResourceShare"),
    ("ram", "POST", r"/disassociateresourceshare", "DisassociateResourceShare"),
    ("s3", "GET", r"/([^/?]+)/?\?versioning=?", "GetBucketVersioning"),
    ("s3", "PUT", r"/([^/?]+)/?\?versioning=?", "PutBucketVersioning"),
]


class Refused(Exception):
    """An error as AWS answers it."""

    def __init__(self, code, message, status=400):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class Passed(Exception):
    """An error of the emulator, which goes on as it is."""

    def __init__(self, answer):
        self.answer = answer


@dataclasses.dataclass
class Caller:
    """Who signs with an access key."""

    kind: str
    account: str
    name: str = ""
    role: str = ""

    @property
    def arn(self):
        return {
            "Root": f"arn:aws:iam::{self.account}:root",
            "IAMUser": f"arn:aws:iam::{self.account}:user/{self.name}",
            "AssumedRole": f"arn:aws:sts::{self.account}:assumed-role/{self.role}/{self.name}",
        }[self.kind]

    def identity(self, account):
        """`userIdentity` of an event that is recorded in that account: of another account's caller it has no ARN."""
        if self.account != account:
            return {"type": "AWSAccount", "principalId": f"AIDA{digest(self.arn)}", "accountId": self.account}
        identity = {"type": self.kind, "arn": self.arn, "accountId": self.account, "principalId": self.account}
        if self.kind == "IAMUser":
            identity |= {"principalId": f"AIDA{digest(self.arn)}", "userName": self.name}
        if self.kind == "AssumedRole":
            role = f"arn:aws:iam::{self.account}:role/{self.role}"
            issuer = {"type": "Role", "principalId": f"AROA{digest(role)}", "arn": role, "accountId": self.account}
            identity |= {
                "principalId": f"AROA{digest(role)}:{self.name}",
                "sessionContext": {"sessionIssuer": issuer | {"userName": self.role}},
            }
        return identity


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:17].upper()


def listed(value):
    return value if isinstance(value, list) else [value]


def like(pattern, text):
    """The wildcards of IAM."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.S) is not None


def same(pattern, text):
    return pattern == text


# A policy with another operator ends the run: it is not decided by chance.
OPERATORS = {
    "StringEquals": (same, True), "StringLike": (like, True), "ArnEquals": (like, True), "ArnLike": (like, True),
    "StringNotEquals": (same, False), "StringNotLike": (like, False), "ArnNotLike": (like, False),
}


def fits(statement, action, resource, context, who):
    """Whether a statement is about the call. `who`: kind and names of the principal, where the policy has principals."""
    if who and statement.get("Principal") != "*":
        names = listed(statement["Principal"].get(who[0], []))
        if not any(name == "*" or name in who[1] for name in names):
            return False
    if not any(like(a.lower(), action.lower()) for a in listed(statement["Action"])):
        return False
    if not any(like(r, resource) for r in listed(statement.get("Resource", "*"))):
        return False
    for operator, keys in statement.get("Condition", {}).items():
        test, wanted = OPERATORS[operator]
        for key, values in keys.items():
            variables = [re.sub(r"\$\{([^}]+)\}", lambda m: context.get(m[1], ""), v) for v in listed(values)]
            if (key in context and any(test(v, context[key]) for v in variables)) != wanted:
                return False
    return True


def decided(document, action, resource, context, who=None):
    """What a policy says of a call: Allow, Deny, or nothing."""
    document = json.loads(document) if isinstance(document, str) else document
    effects = {s["Effect"] for s in listed(document["Statement"]) if fits(s, action, resource, context, who)}
    return "Deny" if "Deny" in effects else "Allow" if "Allow" in effects else None


def service_named(name):
    return "Service", {name}


def totp(secret, at):
    """The six digits of a virtual device (RFC 6238)."""
    counted = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    start = counted[-1] & 15
    return f"{(struct.unpack('>I', counted[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


TYPES = {
    "string": str, "boolean": bool, "integer": int, "long": int, "timestamp": (int, float), "float": float, "double": float,
}


def unlike(shape, value, at):
    """Where a value differs from its shape, in names or types."""
    if shape.type_name == "structure":
        wire = {name: m.serialization.get("name", name) for name, m in shape.members.items()}
        members = {wire[name]: m for name, m in shape.members.items()}
        for name, inner in value.items():
            yield from unlike(members[name], inner, f"{at}.{name}") if name in members else [f"{at}.{name}: no such member"]
        yield from (f"{at}.{wire[name]}: missing" for name in shape.required_members if wire[name] not in value)
    elif shape.type_name == "list":
        for inner in value:
            yield from unlike(shape.member, inner, f"{at}[]")
    elif shape.type_name != "map" and not isinstance(value, TYPES[shape.type_name]):
        yield f"{at}: {value!r} is no {shape.type_name}"


class StandIn:
    """`account` is who asks with the credentials of ministack's default account; `organization` is its management account."""

    def __init__(self, emulator_port, account, organization):
        self.account, self.organization = account, organization
        self.endpoint, self.emulator_port = f"http://127.0.0.1:{emulator_port}", emulator_port
        # How many seconds ago it is.
        self.ago = 0
        self.callers = {"test": Caller("IAMUser", account, "administrator")}
        self.devices = {}
        self.rotations, self.on_demand, self.shares, self.grants = {}, {}, {}, {}
        self.deliveries, self.stores, self.log_keys, self.events = {}, {}, {}, []
        self.clusters, self.msk_sources, self.second_factor = {}, {}, set()
        # What was answered and is not of AWS's shape.
        self.unlike = set()

    def start(self):
        return proxy.serve(self.emulator_port, self.answer)

    def now(self):
        return time.time() - self.ago

    @functools.lru_cache(maxsize=None)
    def client(self, service, region, account=None):
        """Speaks to ministack, not to the stand-in."""
        keys = {"AWS_ACCESS_KEY_ID": account or self.account, "AWS_SECRET_ACCESS_KEY": "test"}
        return seed.clients_of(self.endpoint, keys)(service, region)

    # How a call is answered.

    def answer(self, call):
        for service, method, pattern, action in ROUTES:
            found = re.fullmatch(pattern, call.path)
            if (service, method) == (call.service, call.method) and found:
                call.action = action
                call.subject = urllib.parse.unquote(found[1]) if found.groups() else None
                if service != "s3":
                    call.parameters = json.loads(call.body or b"{}")
        caller = self.callers.get(call.access_key) or Caller("IAMUser", call.access_key, "administrator")
        # ministack knows the members' and the sessions' credentials; everyone else is there as the owner.
        stranger = call.access_key in self.callers and caller.kind != "AssumedRole"
        call.ask = lambda: self.asked(call.forward(self.account if stranger else None))
        try:
            self.authorize(call, caller)
            own = getattr(self, f"{call.service}_{call.action}".lower().replace("-", "_"), None)
            result = own(call, caller) if own else call.ask()
            if own and not isinstance(result, tuple):
                self.compare(call, result)
            answer = result if isinstance(result, tuple) else self.json(call, result)
        except Passed as passed:
            return passed.answer
        except Refused as refused:
            # A call from another account that is refused is recorded there.
            if caller.account == self.account:
                self.record(call, caller, refused.code)
            return self.error(call, refused)
        self.record(call, caller)
        return answer

    @functools.lru_cache(maxsize=None)
    def model(self, service):
        return botocore.session.get_session().get_service_model(service)

    def compare(self, call, result):
        shape = self.model(call.service).operation_model(call.action).output_shape
        self.unlike.update(unlike(shape, result, call.action) if shape else [f"{call.action}: {result}"] if result else [])

    @staticmethod
    def asked(answer):
        """The parsed answer of the emulator; what is not JSON stays as it is."""
        status, headers, body = answer
        if status >= 300:
            raise Passed(answer)
        if "json" not in dict((k.lower(), v) for k, v in headers).get("content-type", ""):
            return answer
        return json.loads(body or b"{}")

    @staticmethod
    def json(call, body):
        kind = "application/json" if call.service in ("kafka", "ram") else "application/x-amz-json-1.1"
        return 200, [("Content-Type", kind), ("x-amzn-RequestId", str(uuid.uuid4()))], json.dumps(body).encode()

    @staticmethod
    def error(call, refused):
        headers = [("x-amzn-RequestId", str(uuid.uuid4()))]
        if call.service == "s3":
            body = f"<Error><Code>{refused.code}</Code><Message>{refused.message}</Message></Error>"
            return refused.status, headers + [("Content-Type", "application/xml")], body.encode()
        if call.service in ("sts", "iam"):
            told = f"<Type>Sender</Type><Code>{refused.code}</Code><Message>{refused.message}</Message>"
            body = f"<ErrorResponse><Error>{told}</Error></ErrorResponse>"
            return refused.status, headers + [("Content-Type", "text/xml")], body.encode()
        headers += [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", refused.code)]
        return refused.status, headers, json.dumps({"__type": refused.code, "message": refused.message}).encode()

    # Who may do what.

    def authorize(self, call, caller):
        action = f"{call.service}:{call.action}"
        key = call.parameters.get("KeyId", "*")
        no = Refused("AccessDeniedException", f"User: {caller.arn} is not authorized to perform: {action}")
        if call.service not in RECORDED:
            return
        if caller.kind == "Root" and self.organization_denies(caller, action):
            raise no
        if caller.kind == "AssumedRole" and not self.role_may(caller.role, action, key):
            raise no
        if call.access_key in self.callers and caller.account != self.account:
            names = {caller.account, f"arn:aws:iam::{caller.account}:root", caller.arn}
            if call.service != "kms" or not self.key_lets(key, ("AWS", names), {}, call.action):
                raise no

    def organization_denies(self, caller, action):
        """By the service control policies on the account itself."""
        managed = self.client("organizations", "us-east-1", self.organization)
        attached = managed.list_policies_for_target(TargetId=caller.account, Filter="SERVICE_CONTROL_POLICY")
        texts = [managed.describe_policy(PolicyId=p["Id"])["Policy"]["Content"] for p in attached["Policies"]]
        return any(decided(text, action, "*", {"aws:PrincipalArn": caller.arn}) == "Deny" for text in texts)

    def role_may(self, role, action, resource):
        """As ministack judges the policies of the role."""
        answer = self.client("iam", "us-east-1").simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{self.account}:role/{role}", ActionNames=[action], ResourceArns=[resource]
        )
        return answer["EvaluationResults"][0]["EvalDecision"] == "allowed"

    def key_lets(self, key, who, context, *actions):
        """Whether the key is enabled and its policy lets that principal do all of it. An alias is none of ours."""
        kms = self.client("kms", key.split(":")[3])
        try:
            if not kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]:
                return False
            policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        except ClientError:
            return False
        return all(decided(policy, f"kms:{action}", key, context, who) == "Allow" for action in actions)

    def sts_assumerole(self, call, caller):
        role, session = call.parameters["RoleArn"].rsplit("/", 1)[1], call.parameters["RoleSessionName"]
        trust = self.client("iam", "us-east-1").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        context = {"sts:RoleSessionName": session, "aws:username": caller.name}
        who = "AWS", {caller.account, f"arn:aws:iam::{caller.account}:root", caller.arn}
        if decided(trust, "sts:AssumeRole", call.parameters["RoleArn"], context, who) != "Allow":
            raise Refused("AccessDenied", f"User: {caller.arn} is not authorized to perform: sts:AssumeRole", 403)
        answer = call.ask()
        key = re.search(rb"<AccessKeyId>([^<]+)</AccessKeyId>", answer[2])[1].decode()
        self.callers[key] = Caller("AssumedRole", self.account, session, role)
        return answer

    # The event history.

    def record(self, call, caller, error=None):
        if call.service not in RECORDED or re.match("Get|List|Describe|Lookup", call.action):
            return
        parameters = {k[:1].lower() + k[1:]: v for k, v in call.parameters.items()}
        at, source = self.now(), f"{call.service}.amazonaws.com"
        event = {
            "eventVersion": "1.11", "eventID": str(uuid.uuid4()), "eventName": call.action, "eventSource": source,
            "eventTime": datetime.datetime.fromtimestamp(int(at), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "awsRegion": call.region, "eventType": "AwsApiCall", "eventCategory": "Management", "readOnly": False,
            "managementEvent": True, "recipientAccountId": self.account, "requestParameters": parameters,
            "responseElements": None, "userIdentity": caller.identity(self.account), "resources": [],
        }
        if ":key/" in str(parameters.get("keyId")):
            event["resources"] = [{"ARN": parameters["keyId"], "accountId": self.account, "type": "AWS::KMS::Key"}]
        if error:
            event |= {"errorCode": error.removesuffix("Exception"), "errorMessage": "refused"}
        named = caller.account == self.account and {"Username": caller.name or "root"} or {}
        self.events.append({
            "EventId": event["eventID"], "EventName": call.action, "EventSource": source, "EventTime": int(at),
            "ReadOnly": "false", "AccessKeyId": call.access_key, "CloudTrailEvent": json.dumps(event),
            "Resources": [{"ResourceName": r["ARN"], "ResourceType": r["type"]} for r in event["resources"]],
            "Region": call.region, **named,
        })

    def cloudtrail_lookupevents(self, call, _):
        """Newest first, at most 50 a page."""
        wanted = {a["AttributeKey"]: a["AttributeValue"] for a in call.parameters.get("LookupAttributes", [])}
        since, until = call.parameters.get("StartTime", 0), call.parameters.get("EndTime", time.time())
        found = [
            {k: v for k, v in event.items() if k != "Region"} for event in reversed(self.events)
            if event["Region"] == call.region and since <= event["EventTime"] <= until
            and all(event.get(key) == value for key, value in wanted.items())
        ]
        start, size = int(call.parameters.get("NextToken", 0)), min(call.parameters.get("MaxResults", 50), 50)
        more = {"NextToken": str(start + size)} if len(found) > start + size else {}
        return {"Events": found[start:start + size], **more}

    # IAM: what is no policy.

    def iam_putrolepolicy(self, call, _):
        for statement in listed(json.loads(call.parameters["PolicyDocument"])["Statement"]):
            if not all(resource == "*" or resource.startswith("arn:") for resource in listed(statement["Resource"])):
                raise Refused("MalformedPolicyDocument", 'Resource must be in ARN format or "*".')
        return call.ask()

    # Trails: what they deliver.

    def cloudtrail_updatetrail(self, call, _):
        trail = self.trail(call.region, call.parameters["Name"])
        asked = {**trail, **call.parameters}
        if "KmsKeyId" in call.parameters and not self.encrypts(asked):
            raise Refused("InsufficientEncryptionPolicyException", "Insufficient permissions to access the KMS key")
        if "CloudWatchLogsRoleArn" in call.parameters:
            error = self.log_group_error(asked)
            if error == "ResourceNotFoundException":
                raise Refused("InvalidCloudWatchLogsLogGroupArnException", "the log group does not exist")
            if error:
                raise Refused("InvalidCloudWatchLogsRoleArnException", "Access denied. Check the permissions for your role.")
        return call.ask()

    def cloudtrail_gettrailstatus(self, call, _):
        status, trail = call.ask(), self.trail(call.region, call.parameters["Name"])
        known = self.deliveries.setdefault(trail["TrailARN"], {})
        if status["IsLogging"]:
            self.deliver(trail, known)
        return {k: v for k, v in status.items() if v != ""} | known

    def trail(self, region, name):
        return self.client("cloudtrail", region).get_trail(Name=name)["Trail"]

    def deliver(self, trail, known):
        """One attempt at each of the three."""
        def attempt(what, error):
            known.pop(f"Latest{what}DeliveryError", None)
            known.update({f"Latest{what}DeliveryError": error} if error else {f"Latest{what}DeliveryTime": self.now()})

        error = None if self.writes(trail) and self.encrypts(trail) else "AccessDenied"
        attempt("", error)
        if trail.get("LogFileValidationEnabled"):
            attempt("Digest", error)
        if trail.get("CloudWatchLogsLogGroupArn"):
            attempt("CloudWatchLogs", self.log_group_error(trail))

    def writes(self, trail):
        """Whether the bucket lets CloudTrail write for this trail."""
        bucket, region = trail["S3BucketName"], trail["TrailARN"].split(":")[3]
        try:
            policy = self.client("s3", region).get_bucket_policy(Bucket=bucket)["Policy"]
        except ClientError:
            return False
        who, context = service_named("cloudtrail.amazonaws.com"), {"aws:SourceArn": trail["TrailARN"]}
        prefix = f"{trail['S3KeyPrefix']}/" if trail.get("S3KeyPrefix") else ""
        file = f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{self.account}/CloudTrail/{region}/file.json.gz"
        put = context | {"s3:x-amz-acl": "bucket-owner-full-control"}
        return (decided(policy, "s3:GetBucketAcl", f"arn:aws:s3:::{bucket}", context, who) == "Allow"
                and decided(policy, "s3:PutObject", file, put, who) == "Allow")

    def encrypts(self, trail):
        """Whether the trail's key, if it has one, lets CloudTrail encrypt; and decrypt where the bucket has a Bucket Key.

        AWS asks for the latter where a trail is made or changed, in a statement without a condition. That it names no
        trail then, and that a delivery needs it too, are guesses.
        """
        context = {"aws:SourceArn": trail["TrailARN"], "kms:EncryptionContext:aws:cloudtrail:arn": trail["TrailARN"]}
        key = trail.get("KmsKeyId")
        who = service_named("cloudtrail.amazonaws.com")
        return not key or self.key_lets(key, who, context, "GenerateDataKey", "DescribeKey") and (
            not self.has_bucket_key(trail) or self.key_lets(key, who, {}, "Decrypt")
        )

    def has_bucket_key(self, trail):
        s3 = self.client("s3", trail["TrailARN"].split(":")[3])
        rules = s3.get_bucket_encryption(Bucket=trail["S3BucketName"])["ServerSideEncryptionConfiguration"]["Rules"]
        return any(rule.get("BucketKeyEnabled") for rule in rules)

    def log_group_error(self, trail):
        """Why the trail's role cannot put events into its log group."""
        group = trail["CloudWatchLogsLogGroupArn"]
        region, name = group.split(":")[3], group.split(":")[6]
        groups = self.client("logs", region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if name not in [g["logGroupName"] for g in groups]:
            return "ResourceNotFoundException"
        role = trail["CloudWatchLogsRoleArn"].rsplit("/", 1)[1]
        try:
            trust = self.client("iam", region).get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        except ClientError:
            return "AccessDenied"
        who = service_named("cloudtrail.amazonaws.com")
        stream = f"{group.removesuffix(':*')}:log-stream:{self.account}_CloudTrail_{region}"
        may = decided(trust, "sts:AssumeRole", trail["CloudWatchLogsRoleArn"], {}, who) == "Allow" and all(
            self.role_may(role, f"logs:{action}", stream) for action in ("CreateLogStream", "PutLogEvents")
        )
        return None if may else "AccessDenied"

    # Event data stores.

    def cloudtrail_createeventdatastore(self, call, _):
        arn = f"arn:aws:cloudtrail:{call.region}:{self.account}:eventdatastore/{uuid.uuid4()}"
        store = {
            "EventDataStoreArn": arn, "Status": "ENABLED", "MultiRegionEnabled": True, "OrganizationEnabled": False,
            "RetentionPeriod": 366, "TerminationProtectionEnabled": True, "BillingMode": "EXTENDABLE_RETENTION_PRICING",
            "CreatedTimestamp": self.now(),
        }
        self.stores[arn] = store
        return self.store_changed(arn, call)

    def cloudtrail_updateeventdatastore(self, call, _):
        arn = self.store(call)["EventDataStoreArn"]
        if "KmsKeyId" in self.stores[arn] and "KmsKeyId" in call.parameters:
            raise Refused("InvalidParameterException", "the KMS key of an event data store cannot be changed")
        return self.store_changed(arn, call)

    def store_changed(self, arn, call):
        """The policy of its key cannot use `aws:SourceArn` or `aws:SourceAccount`: nothing says so of a store."""
        asked = {k: v for k, v in call.parameters.items() if k not in ("EventDataStore", "TagsList", "StartIngestion")}
        who, needed = service_named("cloudtrail.amazonaws.com"), ("GenerateDataKey", "Decrypt", "DescribeKey")
        if "KmsKeyId" in asked and not self.key_lets(asked["KmsKeyId"], who, {}, *needed):
            raise Refused("InsufficientEncryptionPolicyException", "Insufficient permissions to access the KMS key")
        if not 7 <= asked.get("RetentionPeriod", 7) <= 3653:
            raise Refused("InvalidParameterException", "RetentionPeriod must be between 7 and 3653")
        self.stores[arn] |= asked | {"UpdatedTimestamp": self.now()}
        return self.stores[arn]

    def store(self, call):
        name = call.parameters["EventDataStore"]
        found = [s for arn, s in self.stores.items() if name in (arn, arn.rsplit("/", 1)[1])]
        if not found or found[0]["EventDataStoreArn"].split(":")[3] != call.region:
            raise Refused("EventDataStoreNotFoundException", f"{name} does not exist")
        return found[0]

    def cloudtrail_geteventdatastore(self, call, _):
        return self.store(call)

    def cloudtrail_listeventdatastores(self, call, _):
        here = [s for s in self.stores.values() if s["EventDataStoreArn"].split(":")[3] == call.region]
        return {"EventDataStores": [{k: s[k] for k in ("EventDataStoreArn", "Name")} for s in here]}

    # KMS: rotations, and the policy of Resource Access Manager.

    def kms_enablekeyrotation(self, call, _):
        answer, key = call.ask(), call.parameters["KeyId"].rsplit("/", 1)[-1]
        since = self.rotations.get(key, (self.now(), 0))[0]
        self.rotations[key] = since, call.parameters.get("RotationPeriodInDays", 365)
        return answer

    def kms_disablekeyrotation(self, call, _):
        answer = call.ask()
        self.rotations.pop(call.parameters["KeyId"].rsplit("/", 1)[-1], None)
        return answer

    def kms_getkeyrotationstatus(self, call, _):
        """The schedule counts from the day on which rotation was switched on. Nothing here rotates by itself."""
        answer, key = call.ask(), call.parameters["KeyId"].rsplit("/", 1)[-1]
        if answer["KeyRotationEnabled"]:
            since, days = self.rotations[key]
            answer |= {"RotationPeriodInDays": days, "NextRotationDate": since + days * DAY}
        return answer

    def kms_rotatekeyondemand(self, call, _):
        """Leaves the schedule as it is."""
        key = self.client("kms", call.region).describe_key(KeyId=call.parameters["KeyId"])["KeyMetadata"]
        done = self.on_demand.setdefault(key["KeyId"], [])
        if len(done) == 25:
            raise Refused("LimitExceededException", "a key can be rotated on demand 25 times")
        done.append({"KeyId": key["Arn"], "RotationDate": self.now(), "RotationType": "ON_DEMAND"})
        return {"KeyId": key["Arn"]}

    def kms_listkeyrotations(self, call, _):
        return {"Rotations": self.on_demand.get(call.parameters["KeyId"].rsplit("/", 1)[-1], []), "Truncated": False}

    def kms_getkeypolicy(self, call, _):
        """What the managed permission for keys gives is not in the documents at hand: a guess."""
        if call.parameters.get("PolicyName") != "AWS_RAM":
            return call.ask()
        key = call.parameters["KeyId"]
        let_in = sorted({p for s in self.shares.values() if key in s["resources"] for p in s["principals"]})
        if not let_in:
            raise Refused("NotFoundException", "No such policy exists")
        gives = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
        principals = {"AWS": [f"arn:aws:iam::{p}:root" for p in let_in]}
        statement = {"Effect": "Allow", "Principal": principals, "Action": gives, "Resource": key}
        return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]}), "PolicyName": "AWS_RAM"}

    def ram_createresourceshare(self, call, _):
        arn = f"arn:aws:ram:{call.region}:{self.account}:resource-share/{uuid.uuid4()}"
        asked = call.parameters
        self.shares[arn] = {"resources": asked.get("resourceArns", []), "principals": asked.get("principals", [])}
        return {"resourceShare": {
            "resourceShareArn": arn, "name": asked["name"], "owningAccountId": self.account, "status": "ACTIVE",
            "allowExternalPrincipals": asked.get("allowExternalPrincipals", True), "creationTime": self.now(),
        }}

    def ram_disassociateresourceshare(self, call, _):
        arn = call.parameters["resourceShareArn"]
        if arn not in self.shares:
            raise Refused("UnknownResourceException", f"ResourceShare {arn} could not be found")
        associations = []
        for kind, name in (("RESOURCE", "resourceArns"), ("PRINCIPAL", "principals")):
            held = self.shares[arn]["resources" if kind == "RESOURCE" else "principals"]
            for entity in call.parameters.get(name, []):
                if entity not in held:
                    raise Refused("UnknownResourceException", f"{entity} is not in the resource share")
                held.remove(entity)
                associations.append({
                    "resourceShareArn": arn, "associatedEntity": entity, "associationType": kind, "status": "DISASSOCIATING"
                })
        return {"resourceShareAssociations": associations}

    # Firehose: its grants, its MSK sources, and how deliveries go.

    def firehose_createdeliverystream(self, call, _):
        answer, name = call.ask(), call.parameters["DeliveryStreamName"]
        self.granted(call, name)
        if "MSKSourceConfiguration" in call.parameters:
            self.msk_sources[(call.region, name)] = call.parameters["MSKSourceConfiguration"] | {
                "DeliveryStartTimestamp": self.now()
            }
        return answer

    def firehose_startdeliverystreamencryption(self, call, _):
        answer = call.ask()
        self.granted(call, call.parameters["DeliveryStreamName"])
        return answer

    firehose_stopdeliverystreamencryption = firehose_startdeliverystreamencryption

    def granted(self, call, stream):
        """A grant on a key that is new to the stream, and none any more on the one before. Its form is a guess."""
        key = call.parameters.get("DeliveryStreamEncryptionConfigurationInput", {}).get("KeyARN")
        kms, (old, grant) = self.client("kms", call.region), self.grants.get((call.region, stream), (None, None))
        if key == old:
            return
        self.grants[(call.region, stream)] = None, None
        if old:
            held = kms.list_grants(KeyId=old)["Grants"]
            if grant in [g["GrantId"] for g in held]:
                kms.revoke_grant(KeyId=old, GrantId=grant)
        if key:
            made = kms.create_grant(
                KeyId=key, GranteePrincipal="firehose.amazonaws.com", Operations=["GenerateDataKey", "Decrypt", "RetireGrant"]
            )
            self.grants[(call.region, stream)] = key, made["GrantId"]

    def firehose_describedeliverystream(self, call, _):
        answer = call.ask()
        source = self.msk_sources.get((call.region, call.parameters["DeliveryStreamName"]))
        if source:
            answer["DeliveryStreamDescription"]["Source"] = {"MSKSourceDescription": source}
        return answer

    def firehose_putrecord(self, call, _):
        """Delivers at once, if the stream's key answers and the delivery role may; CloudWatch counts it either way."""
        answer, name = call.ask(), call.parameters["DeliveryStreamName"]
        described = self.client("firehose", call.region).describe_delivery_stream(DeliveryStreamName=name)
        stream = described["DeliveryStreamDescription"]
        to = stream["Destinations"][0]["ExtendedS3DestinationDescription"]
        role, bucket = to["RoleARN"].rsplit("/", 1)[1], to["BucketARN"]
        data_key = to.get("EncryptionConfiguration", {}).get("KMSEncryptionConfig", {}).get("AWSKMSKeyARN")
        needed = [("s3:PutObject", f"{bucket}/record")]
        needed += [(f"kms:{action}", data_key) for action in ("GenerateDataKey", "Decrypt") if data_key]
        key = stream.get("DeliveryStreamEncryptionConfiguration", {}).get("KeyARN")
        state = self.client("kms", call.region).describe_key(KeyId=key)["KeyMetadata"]["KeyState"] if key else "Enabled"
        counted = {"DeliveryToS3.Success": float(state == "Enabled" and all(self.role_may(role, *what) for what in needed))}
        if state == "Disabled":
            counted["KMSKeyDisabled"] = 1.0
        self.client("cloudwatch", call.region).put_metric_data(Namespace="AWS/Firehose", MetricData=[
            {"MetricName": metric, "Value": value, "Timestamp": self.now(),
             "Dimensions": [{"Name": "DeliveryStreamName", "Value": name}]}
            for metric, value in counted.items()
        ])
        return answer

    # MSK.

    def kafka_createcluster(self, call, _):
        asked = call.parameters
        arn = f"arn:aws:kafka:{call.region}:{self.account}:cluster/{asked['clusterName']}/{uuid.uuid4()}-1"
        provisioned = {k: v for k, v in asked.items() if k not in ("clusterName", "tags", "kafkaVersion")}
        provisioned["currentBrokerSoftwareInfo"] = {"kafkaVersion": asked["kafkaVersion"]}
        self.clusters[arn] = {
            "clusterArn": arn, "clusterName": asked["clusterName"], "clusterType": "PROVISIONED", "state": "ACTIVE",
            "currentVersion": f"K{digest(str(uuid.uuid4()))[:13]}", "provisioned": provisioned,
        }
        return {"clusterArn": arn, "clusterName": asked["clusterName"], "state": "CREATING"}

    def cluster(self, call):
        if call.subject not in self.clusters:
            raise Refused("NotFoundException", f"{call.subject} does not exist", 404)
        return self.clusters[call.subject]

    def kafka_describeclusterv2(self, call, _):
        return {"clusterInfo": self.cluster(call)}

    def kafka_updatesecurity(self, call, _):
        """What the brokers speak among themselves cannot be changed."""
        cluster = self.cluster(call)
        if call.parameters["currentVersion"] != cluster["currentVersion"]:
            raise Refused("BadRequestException", "The current version of the cluster is another one")
        transit = cluster["provisioned"]["encryptionInfo"]["encryptionInTransit"]
        asked = call.parameters.get("encryptionInfo", {}).get("encryptionInTransit", {})
        if asked.get("inCluster", transit.get("inCluster")) != transit.get("inCluster"):
            raise Refused("BadRequestException", "Updating encryption-in-transit between brokers is not supported")
        transit |= asked
        cluster["currentVersion"] = f"K{digest(str(uuid.uuid4()))[:13]}"
        operation = call.subject.replace(":cluster/", ":cluster-operation/")
        return {"clusterArn": call.subject, "clusterOperationArn": f"{operation}/{uuid.uuid4()}"}

    # CloudWatch Logs: the key of a group.

    def logs_associatekmskey(self, call, _):
        name, key = call.parameters["logGroupName"], call.parameters["kmsKeyId"]
        arn = f"arn:aws:logs:{call.region}:{self.account}:log-group:{name}"
        groups = self.client("logs", call.region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if name not in [g["logGroupName"] for g in groups]:
            raise Refused("ResourceNotFoundException", "The specified log group does not exist.")
        who, context = service_named(f"logs.{call.region}.amazonaws.com"), {"kms:EncryptionContext:aws:logs:arn": arn}
        if not self.key_lets(key, who, context, "Encrypt", "Decrypt", "ReEncryptFrom", "GenerateDataKey", "DescribeKey"):
            raise Refused("InvalidParameterException", "The specified KMS Key Id could not be found or used.")
        self.log_keys[arn] = key
        return {}

    def logs_describeloggroups(self, call, _):
        answer = call.ask()
        for group in answer["logGroups"]:
            key = self.log_keys.get(f"arn:aws:logs:{call.region}:{self.account}:log-group:{group['logGroupName']}")
            group |= {"kmsKeyId": key} if key else {}
        return answer

    # S3: MFA delete.

    def s3_putbucketversioning(self, call, caller):
        """With MFA delete at stake, only the root user and its device."""
        asked = re.search(rb"<M[Ff][Aa]Delete>(\w+)</M[Ff][Aa]Delete>", call.body)
        if asked or call.subject in self.second_factor:
            serial, _, code = call.headers.get("x-amz-mfa", "").partition(" ")
            codes = {totp(self.devices[serial], self.now() + step) for step in (-30, 0, 30)} if serial in self.devices else ()
            if caller.kind != "Root" or code not in codes:
                raise Refused("AccessDenied", "Mfa Authentication must be used for this request", 403)
        answer = call.ask()
        if asked:
            (self.second_factor.add if asked[1] == b"Enabled" else self.second_factor.discard)(call.subject)
        return answer

    def s3_getbucketversioning(self, call, _):
        status, headers, body = call.ask()
        if call.subject in self.second_factor:
            body = body.replace(b"</VersioningConfiguration>", b"<MfaDelete>Enabled</MfaDelete></VersioningConfiguration>")
        return status, headers, body
