"""What surrounds the streams of a sample: the collector's further reads (src/collect/further), answered.

`surround(s, said)` follows the references of the calls that a snapshot has so far and adds a plain answer to each
question that follows. `said` holds what a sample wants to tell instead: answers by (operation, what was asked).
"""

import re

METRICS = {
    "S3DestinationDescription": "DeliveryToS3.Success",
    "ExtendedS3DestinationDescription": "DeliveryToS3.Success",
    "RedshiftDestinationDescription": "DeliveryToRedshift.Success",
    "ElasticsearchDestinationDescription": "DeliveryToElasticsearch.Success",
    "AmazonopensearchserviceDestinationDescription": "DeliveryToAmazonOpenSearchService.Success",
    "AmazonOpenSearchServerlessDestinationDescription": "DeliveryToAmazonOpenSearchServerless.Success",
    "SplunkDestinationDescription": "DeliveryToSplunk.Success",
    "HttpEndpointDestinationDescription": "DeliveryToHttpEndpoint.Success",
    "SnowflakeDestinationDescription": "DeliveryToSnowflake.Success",
    "IcebergDestinationDescription": None,
}
KEY_METRICS = ["KMSKeyAccessDenied", "KMSKeyDisabled", "KMSKeyInvalidState", "KMSKeyNotFound"]
DAY = 86_400
DETAILS = ("GetAccountAuthorizationDetailsResponse", "GetAccountAuthorizationDetailsResult")

# Operation -> (calls a second that AWS allows, seconds after the start at which the first one leaves).
PACE = {
    "ListGrants": (100, 13.2),
    "DescribeStreamSummary": (20, 14.0),
    "DescribeClusterV2": (5, 14.0),
    "DescribeClusters": (5, 14.0),
    "DescribeDomain": (5, 14.0),
    "DescribeSecret": (40, 14.0),
    "DescribeLogGroups": (10, 14.1),
    "DescribeMetricFilters": (5, 14.1),
    "DescribeAlarms": (9, 14.1),
    "GetMetricData": (10, 14.2),
    "ListRules": (50, 14.2),
    "ListTargetsByRule": (50, 14.6),
    "ListEventDataStores": (1, 14.2),
    "GetEventDataStore": (1, 15.3),
    "GetAccountAuthorizationDetails": (5, 0.4),
    "ListAccountAliases": (5, 0.4),
    "ListPolicies": (2, 0.4),
    "DescribePolicy": (2, 1.9),
    "ListTargetsForPolicy": (2, 1.9),
    "ListSubscriptionsByTopic": (30, 15.0),
    "GetBucketLocation": (100, 25.0),
    "GetBucketEncryption": (100, 25.3),
    "GetPublicAccessBlock": (100, 25.6),
    "GetBucketPolicyStatus": (100, 25.6),
    "GetBucketVersioning": (100, 25.6),
    "GetObjectLockConfiguration": (100, 25.6),
    "GetBucketLifecycleConfiguration": (100, 25.6),
}

# Where the host of a service is not what its actions are called by.
HOSTS = {"cloudwatch": "monitoring"}


def url(service, region):
    if service == "iam":
        return "https://iam.amazonaws.com"
    if service == "organizations":
        return "https://organizations.us-east-1.amazonaws.com"
    return f"https://{HOSTS.get(service, service)}.{region}.amazonaws.com"


def bucket_name(arn):
    """The name in arn:aws:s3:::name, as src/model/refer.rs reads it."""
    name = arn.split(":", 5)[5] if arn.startswith("arn:aws:s3:") and arn.count(":") >= 5 else ""
    plain = arn.split(":", 5)[3:4] == [""] and not re.search(r"[/:*]", name)
    return name if plain else ""


class Named:
    """What the answers of one Region refer to."""

    def __init__(self):
        self.kinesis, self.msk, self.redshift, self.groups = set(), set(), set(), set()
        self.domains, self.secrets = set(), set()
        self.trail_groups, self.buckets, self.metrics = set(), set(), {}
        self.sse, self.described = set(), set()

    def stream(self, d):
        source = d.get("Source") or {}
        self.kinesis.update(filter(None, [source.get("KinesisStreamSourceDescription", {}).get("KinesisStreamARN")]))
        self.msk.update(filter(None, [source.get("MSKSourceDescription", {}).get("MSKClusterARN")]))
        key = (d.get("DeliveryStreamEncryptionConfiguration") or {}).get("KeyARN", "")
        if re.fullmatch(r"arn:aws:kms:[^:]+:[^:]+:key/.+", key):
            self.sse.add(key)
        names = self.metrics.setdefault(d["DeliveryStreamName"], set())
        for destination in d["Destinations"]:
            for kind, metric in METRICS.items():
                inner = destination.get(kind)
                if inner is None:
                    continue
                names.update(filter(None, [metric]))
                cluster = re.match(r"jdbc:redshift://([A-Za-z0-9-]+)\.[^:/]*\.redshift\.amazonaws\.com", inner.get("ClusterJDBCURL", ""))
                if cluster:
                    self.redshift.add(cluster[1].lower())
                domain = re.fullmatch(r"arn:aws:es:[^:]+:[^:]+:domain/(.+)", inner.get("DomainARN", ""))
                if domain:
                    self.domains.add(domain[1])
                secret = inner.get("SecretsManagerConfiguration") or {}
                if secret.get("Enabled") is True:
                    self.secrets.update(filter(None, [secret.get("SecretARN")]))
                for place in (inner, inner.get("S3DestinationDescription"), inner.get("S3BackupDescription")):
                    if place:
                        self.place(place)

    def place(self, place):
        logging = place.get("CloudWatchLoggingOptions") or {}
        if logging.get("Enabled") is True and logging.get("LogGroupName"):
            self.groups.add(logging["LogGroupName"])
        self.buckets.update(filter(None, [bucket_name(place.get("BucketARN", ""))]))

    def trail(self, trail, region, account):
        self.buckets.update(filter(None, [trail.get("S3BucketName")]))
        group = re.fullmatch(f"arn:aws:logs:{region}:{account}:log-group:(.+?)(:\\*)?", trail.get("CloudWatchLogsLogGroupArn", ""))
        if group:
            self.trail_groups.add(group[1])
            self.groups.add(group[1])


def surround(s, account, said=None):
    """Adds the further reads of a snapshot whose streams, keys and trails are there."""
    said = said or {}
    named = {region: Named() for region in s.regions}
    managers = {}
    for call in list(s.calls):
        here = named[call["region"]]
        if call["error"]:
            continue
        if call["operation"] == "DescribeDeliveryStream":
            here.stream(call["body"]["DeliveryStreamDescription"])
        if call["operation"] == "DescribeTrails":
            for trail in call["body"]["trailList"]:
                here.trail(trail, call["region"], account)
        if call["operation"] == "DescribeKey":
            managers[call["parameters"]["KeyId"]] = call["body"]["KeyMetadata"]["KeyManager"]
            # Of another account's key only where server-side encryption works by its grant.
            if call["parameters"]["KeyId"].split(":")[4] == account:
                here.described.add(call["parameters"]["KeyId"])

    def ask(region, service, operation, parameters, subject, body):
        """The plain answer, or what the sample says instead: a body, or the code of a refusal."""
        answer = said.get((operation, subject), body)
        if isinstance(answer, str):
            s.call(region, service, operation, parameters, None, error=(answer, "AWS's own words"), status=404)
        else:
            s.call(region, service, operation, parameters, answer)

    for region, here in named.items():
        for key in sorted(here.sse | here.described):
            if managers.get(key) == "CUSTOMER":
                answer = grants(key, account) if key in here.sse else {"Grants": [], "Truncated": False}
                ask(region, "kms", "ListGrants", {"KeyId": key, "Limit": 100}, key, answer)
        for arn in sorted(here.kinesis):
            ask(region, "kinesis", "DescribeStreamSummary", {"StreamARN": arn}, arn, kinesis(arn))
        for arn in sorted(here.msk):
            ask(region, "kafka", "DescribeClusterV2", {"ClusterArn": arn}, arn, msk(arn))
        for name in sorted(here.redshift):
            ask(region, "redshift", "DescribeClusters", {"ClusterIdentifier": name}, name, redshift(name))
        for name in sorted(here.domains):
            arn = f"arn:aws:es:{region}:{account}:domain/{name}"
            ask(region, "es", "DescribeDomain", {"DomainName": name}, name, domain(arn))
        for arn in sorted(here.secrets):
            secret = {"ARN": arn, "Name": arn.split(":")[-1][:-7], "RotationEnabled": False}
            ask(region, "secretsmanager", "DescribeSecret", {"SecretId": arn}, arn, secret)
        for name in sorted(here.groups):
            group = {"logGroups": [{"logGroupName": name, "retentionInDays": 365}]}
            ask(region, "logs", "DescribeLogGroups", {"limit": 50, "logGroupNamePrefix": name}, name, group)
        for name in sorted(here.trail_groups):
            question = {"limit": 50, "logGroupName": name}
            ask(region, "logs", "DescribeMetricFilters", question, name, {"metricFilters": []})
        ask(region, "cloudwatch", "DescribeAlarms", {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100}, region,
            {"CompositeAlarms": [], "MetricAlarms": []})
        metric_data(s, region, here.metrics, said)
        rules(ask, said, region)
        for topic in topics(said, region):
            ask(region, "sns", "ListSubscriptionsByTopic", {"TopicArn": topic}, topic, None)
        stores = said.get(("ListEventDataStores", region), {"EventDataStores": []})
        s.call(region, "cloudtrail", "ListEventDataStores", {"MaxResults": 1000}, stores)
        for store in stores["EventDataStores"]:
            arn = store["EventDataStoreArn"]
            ask(region, "cloudtrail", "GetEventDataStore", {"EventDataStore": arn}, arn, None)
    once(s, ask, sorted(set().union(*(n.buckets for n in named.values()))), said)


def rules(ask, said, region):
    listed = said.get(("ListRules", region), {"Rules": []})
    ask(region, "events", "ListRules", {"Limit": 100}, region, listed)
    for rule in listed["Rules"]:
        pattern = rule.get("EventPattern", "").lower()
        words = ["kms", "cloudtrail", "prefix", "suffix", "wildcard", "anything-but", "exists"]
        if pattern and ('"source"' not in pattern or any(w in pattern for w in words)):
            ask(region, "events", "ListTargetsByRule", {"Limit": 100, "Rule": rule["Name"]}, rule["Name"], {"Targets": []})


def topics(said, region):
    """The topics that alarms and rules of a sample send to: all of them tell of keys."""
    alarms = said.get(("DescribeAlarms", region), {"MetricAlarms": []})["MetricAlarms"]
    named = {action for alarm in alarms for action in alarm["AlarmActions"]}
    for rule in said.get(("ListRules", region), {"Rules": []})["Rules"]:
        targets = said.get(("ListTargetsByRule", rule["Name"]), {"Targets": []})["Targets"]
        named.update(target["Arn"] for target in targets)
    return sorted(arn for arn in named if arn.startswith(f"arn:aws:sns:{region}:"))


def subscriptions(*members):
    """`members` are (protocol, ARN or "PendingConfirmation"); the address is withheld."""
    told = [
        {"Endpoint": {"withheld": "not on the allow list"}, "Protocol": protocol, "SubscriptionArn": arn}
        for protocol, arn in members
    ]
    result = {"Subscriptions": {"member": told}}
    return {"ListSubscriptionsByTopicResponse": {"ListSubscriptionsByTopicResult": result}}


def once(s, ask, buckets, said):
    """What an account has once: filed under the first Region."""
    home = s.regions[0]
    for bucket in buckets:
        on = {"BlockPublicAcls": "true", "BlockPublicPolicy": "true", "IgnorePublicAcls": "true", "RestrictPublicBuckets": "true"}
        region = next((r for r in s.regions if bucket.endswith(r)), home)
        plain = {
            "GetBucketLocation": {"LocationConstraint": region},
            "GetBucketEncryption": encryption("AES256"),
            "GetPublicAccessBlock": {"PublicAccessBlockConfiguration": on},
            "GetBucketPolicyStatus": {"PolicyStatus": {"IsPublic": "false"}},
            "GetBucketVersioning": {"VersioningConfiguration": {"Status": "Enabled"}},
            "GetObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
            "GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
        }
        for operation, body in plain.items():
            ask(home, "s3", operation, {"Bucket": bucket}, bucket, body)
    everything = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]
    question = {"Filter": everything, "MaxItems": 1000}
    ask(home, "iam", DETAILS[0].removesuffix("Response"), question, home, identities([]))
    ask(home, "iam", "ListAccountAliases", {"MaxItems": 1000}, home, account_aliases())
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        question = {"Filter": kind, "MaxResults": 20}
        ask(home, "organizations", "ListPolicies", question, kind, "AWSOrganizationsNotInUseException")
        listed = said.get(("ListPolicies", kind))
        for policy in listed["Policies"] if isinstance(listed, dict) else []:
            ask(home, "organizations", "DescribePolicy", {"PolicyId": policy["Id"]}, policy["Id"], None)
            question = {"MaxResults": 20, "PolicyId": policy["Id"]}
            ask(home, "organizations", "ListTargetsForPolicy", question, policy["Id"], {"Targets": []})


def account_aliases(*names):
    """IAM's list as XML has it once it is JSON: an empty element where there is none."""
    listed = {"member": names[0] if len(names) == 1 else list(names)} if names else ""
    result = {"AccountAliases": listed, "IsTruncated": "false"}
    return {"ListAccountAliasesResponse": {"ListAccountAliasesResult": result}}


def metric_data(s, region, metrics, said):
    """One query a metric and stream, 500 a call; no points unless the sample says so."""
    queries = []
    for stream in sorted(metrics):
        asked = [(m, "Sum") for m in KEY_METRICS] + [(m, "Average") for m in sorted(metrics[stream])]
        for name, statistic in asked:
            metric = {
                "Dimensions": [{"Name": "DeliveryStreamName", "Value": stream}],
                "MetricName": name,
                "Namespace": "AWS/Firehose",
            }
            queries.append({"MetricStat": {"Metric": metric, "Period": DAY, "Stat": statistic}, "ReturnData": True})
    begin, end = (int((w - s.epoch).total_seconds()) for w in s.window)
    for first in range(0, len(queries), 500):
        batch = [q | {"Id": f"q{i}"} for i, q in enumerate(queries[first : first + 500])]
        results = []
        for query in batch:
            metric = query["MetricStat"]["Metric"]
            points = said.get(("GetMetricData", (region, metric["Dimensions"][0]["Value"], metric["MetricName"])), [])
            times, values = [float(t) for t, _ in points], [float(v) for _, v in points]
            results.append({"Id": query["Id"], "StatusCode": "Complete", "Timestamps": times, "Values": values})
        question = {
            "EndTime": (end // DAY + 1) * DAY,
            "MetricDataQueries": batch,
            "ScanBy": "TimestampAscending",
            "StartTime": begin // DAY * DAY,
        }
        s.call(region, "cloudwatch", "GetMetricData", question, {"MetricDataResults": results})


def grants(key, account):
    """The grant by which Firehose uses a key."""
    grant = {
        "CreationDate": 1_770_000_000.0,
        "GrantId": "grant-" + key.rsplit("/", 1)[1],
        "GranteePrincipal": "firehose.amazonaws.com",
        "IssuingAccount": f"arn:aws:iam::{key.split(':')[4]}:root",
        "KeyId": key,
        "Name": "",
        "Operations": ["Decrypt", "GenerateDataKey"],
    }
    return {"Grants": [grant], "Truncated": False}


def kinesis(arn, key=None):
    summary = {"RetentionPeriodHours": 24, "StreamARN": arn, "StreamName": arn.rsplit("/", 1)[1], "StreamStatus": "ACTIVE"}
    summary |= {"EncryptionType": "KMS", "KeyId": key} if key else {"EncryptionType": "NONE"}
    return {"StreamDescriptionSummary": summary}


def msk(arn, key=None, client_broker="TLS"):
    """Without a key: a serverless cluster."""
    if not key:
        return {"clusterInfo": {"clusterArn": arn, "clusterType": "SERVERLESS", "state": "ACTIVE"}}
    encryption_info = {
        "encryptionAtRest": {"dataVolumeKMSKeyId": key},
        "encryptionInTransit": {"clientBroker": client_broker, "inCluster": True},
    }
    provisioned = {"encryptionInfo": encryption_info, "numberOfBrokerNodes": 3}
    return {"clusterInfo": {"clusterArn": arn, "clusterType": "PROVISIONED", "provisioned": provisioned, "state": "ACTIVE"}}


def redshift(name, key=None):
    cluster = {"ClusterIdentifier": name, "ClusterStatus": "available", "Encrypted": "true", "PubliclyAccessible": "false"}
    cluster |= {"KmsKeyId": key} if key else {"Encrypted": "false"}
    return {"DescribeClustersResponse": {"DescribeClustersResult": {"Clusters": {"Cluster": cluster}}}}


def domain(arn, key=None):
    """Without a key: one that is not encrypted."""
    rests = {"Enabled": True, "KmsKeyId": key} if key else {"Enabled": False}
    status = {
        "ARN": arn,
        "DomainEndpointOptions": {"EnforceHTTPS": True},
        "DomainName": arn.split("/")[1],
        "EncryptionAtRestOptions": rests,
        "NodeToNodeEncryptionOptions": {"Enabled": bool(key)},
    }
    return {"DomainStatus": status}


def encryption(algorithm, key=None):
    default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": "true" if key else "false"}
    return {"ServerSideEncryptionConfiguration": {"Rule": rule}}


def identities(roles):
    """`roles` are (ARN, name, trust, policy), the last two as JSON texts, percent-encoded as IAM does."""
    members = [
        {
            "Arn": arn,
            "AssumeRolePolicyDocument": trust,
            "Path": "/",
            "RoleName": name,
            "RolePolicyList": {"member": {"PolicyDocument": text, "PolicyName": "own"}},
        }
        for arn, name, trust, text in roles
    ]
    result = {"IsTruncated": "false", "RoleDetailList": {"member": members}}
    return {DETAILS[0]: {DETAILS[1]: result}}
