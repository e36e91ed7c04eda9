//! Buckets, identities and the organization's policies: what an account has once.

use super::answers::{Answer, Fields, Here, malformed};
use super::xml::{flag, items, number};
use crate::model::estate::{
    Bucket, BucketEncryption, ControlPolicy, Estate, IdentityPolicy, LifecycleRule, ObjectLock, Organization,
    Principal, PrincipalKind, PublicAccessBlock,
};
use crate::model::hops::KeyRef;
use crate::model::names::Arn;
use crate::model::operation::{
    DESCRIBE_KEY, DESCRIBE_POLICY, GET_ACCOUNT_AUTHORIZATION_DETAILS, GET_BUCKET_ENCRYPTION,
    GET_BUCKET_LIFECYCLE_CONFIGURATION, GET_BUCKET_LOCATION, GET_BUCKET_POLICY_STATUS, GET_BUCKET_VERSIONING,
    GET_OBJECT_LOCK_CONFIGURATION, GET_PUBLIC_ACCESS_BLOCK, LIST_PARENTS, LIST_POLICIES, LIST_TARGETS_FOR_POLICY,
    Operation,
};
use crate::model::reading::{Citation, Gap, GapKind, Read, Reading};
use crate::model::{AccountId, Record, Region, refer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The estate of an account; `buckets` are those that its streams and trails name.
pub(super) fn estate(here: &Here<'_>, buckets: &BTreeSet<String>) -> Estate {
    let found = Calls::new(here);
    let account: AccountId = here.account.clone();
    Estate {
        buckets: buckets.iter().map(|name| bucket(here, name, &found)).collect(),
        principals: principals(here),
        organization: organization(here),
        aliases: super::aliases::of_account(here),
        account,
        region: here.region.clone(),
    }
}

/// The records about buckets, by operation and bucket.
struct Calls<'a> {
    of: BTreeMap<&'static str, HashMap<&'a str, Vec<Answer<'a>>>>,
}

const BUCKET_READS: [&Operation; 7] = [
    &GET_BUCKET_LOCATION,
    &GET_BUCKET_ENCRYPTION,
    &GET_PUBLIC_ACCESS_BLOCK,
    &GET_BUCKET_POLICY_STATUS,
    &GET_BUCKET_VERSIONING,
    &GET_OBJECT_LOCK_CONFIGURATION,
    &GET_BUCKET_LIFECYCLE_CONFIGURATION,
];

impl<'a> Calls<'a> {
    fn new(here: &Here<'a>) -> Self {
        Self { of: BUCKET_READS.iter().map(|o| (o.name, here.by_parameter(o, "Bucket"))).collect() }
    }

    fn one(&self, here: &Here<'a>, operation: &Operation, bucket: &str) -> Result<Answer<'a>, Gap> {
        let found = self.of.get(operation.name).and_then(|by_bucket| by_bucket.get(bucket));
        match found.map(Vec::as_slice) {
            Some([record]) if says_none(record) => Ok(*record),
            _ => here.one(found, operation, bucket),
        }
    }
}

/// An account that belongs to no organization says so with this.
const NO_ORGANIZATION: &str = "AWSOrganizationsNotInUseException";
/// An organization that has not switched a kind of policy on says so with this.
const KIND_NOT_ENABLED: &str = "PolicyTypeNotEnabledException";

/// Whether a record is AWS's way to say that there is no such thing (no configuration of a bucket, no organization, no
/// policies of a kind): an answer, and no failure.
pub(super) fn says_none(record: &Record) -> bool {
    let code = record.error.as_ref().map_or("", |e| e.code.as_str());
    match (record.service.as_str(), record.operation.as_str()) {
        ("s3", "GetBucketEncryption") => code == "ServerSideEncryptionConfigurationNotFoundError",
        ("s3", "GetPublicAccessBlock") => code == "NoSuchPublicAccessBlockConfiguration",
        ("s3", "GetBucketPolicyStatus") => code == "NoSuchBucketPolicy",
        ("s3", "GetObjectLockConfiguration") => code == "ObjectLockConfigurationNotFoundError",
        ("s3", "GetBucketLifecycleConfiguration") => code == "NoSuchLifecycleConfiguration",
        ("organizations", "ListPolicies") => code == NO_ORGANIZATION || code == KIND_NOT_ENABLED,
        _ => false,
    }
}

fn bucket(here: &Here<'_>, name: &str, calls: &Calls<'_>) -> Bucket {
    let ask = |operation: &Operation| calls.one(here, operation, name);
    let none = |record: &Record| Citation::whole(record.ev);
    Bucket {
        name: name.to_owned(),
        location: ask(&GET_BUCKET_LOCATION).and_then(|record| {
            Fields { record, base: "", subject: name }.parse("LocationConstraint", |v| match v.as_str()?.trim() {
                "" | "US" => Some("us-east-1".to_owned()),
                "EU" => Some("eu-west-1".to_owned()),
                region => region.parse::<Region>().ok().map(|r| r.to_string()),
            })
        }),
        encryption: ask(&GET_BUCKET_ENCRYPTION).and_then(|record| {
            if says_none(&record) {
                // Since 2023 every bucket has a default; an answer without one is told as it is.
                let value = BucketEncryption { algorithm: "none".to_owned(), key: None, bucket_key: false };
                return Ok(Read { value, at: none(&record) });
            }
            encryption(here, record, name)
        }),
        public_access_block: ask(&GET_PUBLIC_ACCESS_BLOCK).and_then(|record| {
            if says_none(&record) {
                return Ok(Read { value: None, at: none(&record) });
            }
            let fields = Fields { record, base: "/PublicAccessBlockConfiguration", subject: name };
            let switch = |member: &str| Ok::<_, Gap>(fields.parse(member, flag)?.value);
            Ok(fields.whole(Some(PublicAccessBlock {
                block_acls: switch("BlockPublicAcls")?,
                ignore_acls: switch("IgnorePublicAcls")?,
                block_policy: switch("BlockPublicPolicy")?,
                restrict_buckets: switch("RestrictPublicBuckets")?,
            })))
        }),
        policy_public: ask(&GET_BUCKET_POLICY_STATUS).and_then(|record| {
            if says_none(&record) {
                return Ok(Read { value: None, at: none(&record) });
            }
            let fields = Fields { record, base: "/PolicyStatus", subject: name };
            fields
                .parse("IsPublic", |v| flag(v).or_else(|| flag(&Value::from(v.as_str()?.to_ascii_lowercase()))))
                .map(|r| r.map(Some))
        }),
        versioning: ask(&GET_BUCKET_VERSIONING).and_then(|record| {
            let root = record.body.get("VersioningConfiguration");
            let root = root.ok_or_else(|| malformed(&record, name, "the answer is not a versioning configuration"))?;
            let status = root.get("Status").and_then(Value::as_str).map(ToOwned::to_owned);
            Ok(Read { value: status, at: none(&record) })
        }),
        mfa_delete: ask(&GET_BUCKET_VERSIONING).and_then(|record| {
            let root = record.body.get("VersioningConfiguration");
            let root = root.ok_or_else(|| malformed(&record, name, "the answer is not a versioning configuration"))?;
            match root.get("MfaDelete").map(|v| v.as_str().unwrap_or_default()) {
                // Absent where it was never switched on.
                None | Some("Disabled") => Ok(Read { value: false, at: none(&record) }),
                Some("Enabled") => Ok(Read { value: true, at: none(&record) }),
                Some(_) => Err(malformed(&record, name, "MfaDelete is neither Enabled nor Disabled")),
            }
        }),
        object_lock: ask(&GET_OBJECT_LOCK_CONFIGURATION).and_then(|record| {
            if says_none(&record) {
                return Ok(Read { value: None, at: none(&record) });
            }
            object_lock(record, name)
        }),
        lifecycle: ask(&GET_BUCKET_LIFECYCLE_CONFIGURATION).and_then(|record| {
            if says_none(&record) {
                return Ok(Read { value: Vec::new(), at: none(&record) });
            }
            lifecycle(record, name)
        }),
    }
}

fn encryption(here: &Here<'_>, record: Answer<'_>, name: &str) -> Reading<BucketEncryption> {
    let rules = items(record.body.pointer("/ServerSideEncryptionConfiguration/Rule"));
    let [rule] = rules.as_slice() else {
        return Err(malformed(&record, name, "the answer does not hold exactly one encryption rule"));
    };
    let default = &rule["ApplyServerSideEncryptionByDefault"];
    let algorithm = default["SSEAlgorithm"].as_str();
    let algorithm = algorithm.ok_or_else(|| malformed(&record, name, "the encryption rule names no algorithm"))?;
    let key = default["KMSMasterKeyID"].as_str().filter(|k| !k.is_empty());
    let bucket_key = rule.get("BucketKeyEnabled").and_then(flag).unwrap_or(false);
    let at = Citation { ev: record.ev, pointer: "/ServerSideEncryptionConfiguration/Rule".into() };
    // An id or alias would be one of the bucket's own account and Region, and neither is what is known best.
    let key = key.map(|given| KeyRef { given: given.to_owned(), arn: by_arn(here, given, &at) });
    Ok(Read { value: BucketEncryption { algorithm: algorithm.to_owned(), key, bucket_key }, at })
}

fn by_arn(here: &Here<'_>, given: &str, at: &Citation) -> Reading<String> {
    let arn = Arn::parse(given).filter(|a| a.service == "kms" && a.resource.starts_with("key/") && a.place().is_some());
    let why = "the bucket names its key by an id or alias of its own account and Region";
    arn.ok_or_else(|| here.gap(&DESCRIBE_KEY, given, GapKind::NotAsked, why))?;
    Ok(Read { value: given.to_owned(), at: at.clone() })
}

fn object_lock(record: Answer<'_>, name: &str) -> Reading<Option<ObjectLock>> {
    let base = "/ObjectLockConfiguration";
    let root = record.body.pointer(base);
    let root = root.ok_or_else(|| malformed(&record, name, "the answer is not a lock configuration"))?;
    let retention = root.pointer("/Rule/DefaultRetention");
    let count = |member: &str| retention.and_then(|r| r.get(member)).and_then(number);
    let value = ObjectLock {
        enabled: root["ObjectLockEnabled"] == "Enabled",
        mode: retention.and_then(|r| r["Mode"].as_str()).map(ToOwned::to_owned),
        days: count("Days").or_else(|| count("Years").map(|years| years * 365)),
    };
    Ok(Read { value: Some(value), at: Citation { ev: record.ev, pointer: base.into() } })
}

fn lifecycle(record: Answer<'_>, name: &str) -> Reading<Vec<LifecycleRule>> {
    let base = "/LifecycleConfiguration/Rule";
    let root = record.body.get("LifecycleConfiguration");
    root.ok_or_else(|| malformed(&record, name, "the answer is not a lifecycle configuration"))?;
    let rules = items(record.body.pointer(base)).into_iter().map(|rule| {
        let text = |pointer: &str| rule.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
        let count = |pointer: &str| rule.pointer(pointer).and_then(number);
        let prefix = text("/Filter/Prefix").or_else(|| text("/Filter/And/Prefix")).or_else(|| text("/Prefix"));
        let filter = rule.get("Filter").and_then(Value::as_object);
        LifecycleRule {
            id: text("/ID"),
            enabled: rule["Status"] == "Enabled",
            prefix: prefix.unwrap_or_default(),
            filtered: filter.is_some_and(|f| f.keys().any(|k| k != "Prefix")),
            expires_days: count("/Expiration/Days"),
            expires_date: text("/Expiration/Date"),
            noncurrent_days: count("/NoncurrentVersionExpiration/NoncurrentDays"),
        }
    });
    Ok(Read { value: rules.collect(), at: Citation { ev: record.ev, pointer: base.into() } })
}

const DETAILS: &str = "/GetAccountAuthorizationDetailsResponse/GetAccountAuthorizationDetailsResult";

/// All users and roles, with every policy that the same answer holds the text of.
fn principals(here: &Here<'_>) -> Reading<Vec<Principal>> {
    let more = |body: &Value| match body.pointer(DETAILS)?.get("IsTruncated") {
        None => Some(false),
        Some(value) => flag(value),
    };
    let found = here.all(&GET_ACCOUNT_AUTHORIZATION_DETAILS);
    let (end, pages) = here.pages(&found, &GET_ACCOUNT_AUTHORIZATION_DETAILS, "", more);
    end?;
    let members = |list: &str| -> Vec<(Answer<'_>, &Value)> {
        let pointer = format!("{DETAILS}/{list}/member");
        pages.iter().flat_map(|page| items(page.body.pointer(&pointer)).into_iter().map(|v| (*page, v))).collect()
    };
    let managed: HashMap<String, String> =
        members("Policies").into_iter().filter_map(|(_, policy)| default_version(policy)).collect();
    let mut groups: HashMap<String, (Vec<IdentityPolicy>, Vec<String>)> = HashMap::new();
    for (record, group) in members("GroupDetailList") {
        let name = group["GroupName"].as_str();
        let name = name.ok_or_else(|| malformed(&record, "", "a group has no name"))?;
        groups.insert(name.to_owned(), policies(record, group, "GroupPolicyList", &managed)?);
    }
    let mut all = Vec::new();
    for (kind, list, own) in [
        (PrincipalKind::User, "UserDetailList", "UserPolicyList"),
        (PrincipalKind::Role, "RoleDetailList", "RolePolicyList"),
    ] {
        for (record, entry) in members(list) {
            all.push(principal(record, entry, kind, own, &managed, &groups)?);
        }
    }
    all.sort_by(|a, b| a.arn.cmp(&b.arn));
    let last = pages.last();
    let last = last
        .ok_or_else(|| here.gap(&GET_ACCOUNT_AUTHORIZATION_DETAILS, "", GapKind::NotAsked, "the call was not made"))?;
    Ok(Read { value: all, at: Citation { ev: last.ev, pointer: DETAILS.into() } })
}

type Groups = HashMap<String, (Vec<IdentityPolicy>, Vec<String>)>;

fn principal(
    record: Answer<'_>,
    entry: &Value,
    kind: PrincipalKind,
    own: &str,
    managed: &HashMap<String, String>,
    groups: &Groups,
) -> Result<Principal, Gap> {
    let text = |name: &str| entry[name].as_str().map(ToOwned::to_owned);
    let arn = text("Arn").ok_or_else(|| malformed(&record, "", "a user or role has no ARN"))?;
    let (mut held, mut unread) = policies(record, entry, own, managed)?;
    for group in items(entry.pointer("/GroupList/member")).into_iter().filter_map(Value::as_str) {
        match groups.get(group) {
            Some((policies, missing)) => {
                held.extend(policies.iter().cloned());
                unread.extend(missing.iter().cloned());
            }
            None => unread.push(format!("group {group}")),
        }
    }
    let boundary = entry.pointer("/PermissionsBoundary/PermissionsBoundaryArn").and_then(Value::as_str);
    let boundary_text = boundary.and_then(|arn| managed.get(arn));
    if let (Some(arn), None) = (boundary, boundary_text) {
        unread.push(arn.to_owned());
    }
    let name = text("UserName").or_else(|| text("RoleName")).unwrap_or_default();
    Ok(Principal {
        kind,
        name,
        trust: text("AssumeRolePolicyDocument").map(|t| decoded(&t)),
        policies: held,
        boundary: boundary.zip(boundary_text).map(|(n, t)| IdentityPolicy { name: n.to_owned(), text: t.clone() }),
        unread,
        arn,
    })
}

/// The policies written into an identity, and those attached to it, as far as their text is there.
fn policies(
    record: Answer<'_>,
    entry: &Value,
    own: &str,
    managed: &HashMap<String, String>,
) -> Result<(Vec<IdentityPolicy>, Vec<String>), Gap> {
    let mut held = Vec::new();
    let mut unread = Vec::new();
    for policy in items(entry.pointer(&format!("/{own}/member"))) {
        let (name, text) = (policy["PolicyName"].as_str(), policy["PolicyDocument"].as_str());
        let (Some(name), Some(text)) = (name, text) else {
            return Err(malformed(&record, "", "a policy of an identity has no name or no text"));
        };
        held.push(IdentityPolicy { name: name.to_owned(), text: decoded(text) });
    }
    for attached in items(entry.pointer("/AttachedManagedPolicies/member")) {
        let arn = attached["PolicyArn"].as_str();
        let arn = arn.ok_or_else(|| malformed(&record, "", "an attached policy has no ARN"))?;
        match managed.get(arn) {
            Some(text) => held.push(IdentityPolicy { name: arn.to_owned(), text: text.clone() }),
            None => unread.push(arn.to_owned()),
        }
    }
    Ok((held, unread))
}

/// ARN and text of the version that is in force.
fn default_version(policy: &Value) -> Option<(String, String)> {
    let versions = items(policy.pointer("/PolicyVersionList/member"));
    let current = versions.into_iter().find(|v| v["IsDefaultVersion"] == "true")?;
    Some((policy["Arn"].as_str()?.to_owned(), decoded(current["Document"].as_str()?)))
}

/// IAM writes documents percent-encoded (RFC 3986); a `+` is a plus.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The kinds of policy that bind what members do, and what is done to their keys.
pub(super) const POLICY_KINDS: [&str; 2] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

fn organization(here: &Here<'_>) -> Reading<Organization> {
    let more = |body: &Value| match body.get("NextToken") {
        None | Some(Value::Null) => Some(false),
        Some(Value::String(token)) => Some(!token.is_empty()),
        Some(_) => None,
    };
    let listed = here.by_parameter(&LIST_POLICIES, "Filter");
    let texts = here.by_parameter(&DESCRIBE_POLICY, "PolicyId");
    let targets = here.by_parameter(&LIST_TARGETS_FOR_POLICY, "PolicyId");
    let mut policies = Vec::new();
    let mut at = None;
    for kind in POLICY_KINDS {
        let found = listed.get(kind).map_or(&[][..], Vec::as_slice);
        if let [record] = found
            && record.error.as_ref().is_some_and(|e| e.code == NO_ORGANIZATION)
        {
            let why = "the account belongs to no organization";
            return Err(malformed(record, kind, why).of_kind(GapKind::Inapplicable));
        }
        // A kind of policy that the organization has not switched on has no policies.
        if let [record] = found
            && record.error.as_ref().is_some_and(|e| e.code == KIND_NOT_ENABLED)
        {
            at = Some(Citation::whole(record.ev));
            continue;
        }
        let (end, pages) = here.pages(found, &LIST_POLICIES, kind, more);
        end?;
        for page in &pages {
            at = Some(Citation { ev: page.ev, pointer: "/Policies".into() });
            for policy in page.body["Policies"].as_array().into_iter().flatten() {
                let id = policy["Id"].as_str().ok_or_else(|| malformed(page, kind, "a policy has no id"))?;
                let text = here.one(texts.get(id), &DESCRIBE_POLICY, id);
                let text = text.and_then(|record| Fields { record, base: "/Policy", subject: id }.text("Content"));
                let pages_of = targets.get(id).map_or(&[][..], Vec::as_slice);
                let (end, listed) = here.pages(pages_of, &LIST_TARGETS_FOR_POLICY, id, more);
                let attached = end.map(|()| {
                    let ids = listed.iter().flat_map(|p| p.body["Targets"].as_array().into_iter().flatten());
                    let ids = ids.filter_map(|t| t["TargetId"].as_str().map(ToOwned::to_owned)).collect();
                    let ev = listed.last().map(|r| r.ev).unwrap_or_default();
                    Read { value: ids, at: Citation { ev, pointer: "/Targets".into() } }
                });
                policies.push(ControlPolicy {
                    id: id.to_owned(),
                    name: policy["Name"].as_str().unwrap_or_default().to_owned(),
                    kind: kind.to_owned(),
                    aws_managed: policy["AwsManaged"] == true,
                    owner: policy["Arn"].as_str().and_then(Arn::parse).map(|a| a.account.to_owned()),
                    text,
                    targets: attached,
                });
            }
        }
    }
    let at = at.ok_or_else(|| here.gap(&LIST_POLICIES, "", GapKind::NotAsked, "the call was not made"))?;
    policies.sort_by(|a, b| (&a.kind, &a.id).cmp(&(&b.kind, &b.id)));
    let units = |p: &ControlPolicy| p.targets.as_ref().is_ok_and(|t| t.value.iter().any(|id| refer::is_unit(id)));
    let parents = if policies.iter().any(|p| !p.aws_managed && units(p)) {
        parents(here, more)
    } else {
        let why = "no policy is attached to a unit, so nothing depends on the units that the account is in";
        Err(here.gap(&LIST_PARENTS, here.account.as_str(), GapKind::Inapplicable, why))
    };
    Ok(Read { value: Organization { policies, parents }, at })
}

/// The units above the account, up to the root. A chain that does not end there is not known.
fn parents(here: &Here<'_>, more: impl Fn(&Value) -> Option<bool> + Copy) -> Reading<Vec<String>> {
    let asked = here.by_parameter(&LIST_PARENTS, "ChildId");
    let mut chain: Vec<String> = Vec::new();
    let mut child = here.account.to_string();
    loop {
        let found = asked.get(child.as_str()).map_or(&[][..], Vec::as_slice);
        let (end, pages) = here.pages(found, &LIST_PARENTS, &child, more);
        end?;
        let mut listed =
            pages.iter().flat_map(|p| p.body["Parents"].as_array().into_iter().flatten().map(move |v| (p, v)));
        let Some((page, parent)) = listed.next() else {
            let why = "the answer names no parent";
            return Err(here.gap(&LIST_PARENTS, &child, GapKind::Incomplete, why));
        };
        let id = parent["Id"].as_str().ok_or_else(|| malformed(page, &child, "a parent has no id"))?.to_owned();
        if chain.contains(&id) {
            return Err(malformed(page, &child, "the units go round in a circle"));
        }
        chain.push(id.clone());
        if !refer::is_unit(&id) {
            return Ok(Read { value: chain, at: Citation { ev: page.ev, pointer: "/Parents".into() } });
        }
        child = id;
    }
}
