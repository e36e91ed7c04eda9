//! Buckets, identities and the organization's policies: what an account has once.

use super::answers::{Answer, Fields, Here, malformed};
use super::xml::{Elements, flag, items};
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
        versioning: ask(&GET_BUCKET_VERSIONING).and_then(|record| versioning(record, name)),
        mfa_delete: ask(&GET_BUCKET_VERSIONING).and_then(|record| mfa_delete(record, name)),
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

/// The root of an answer, which may be empty but must hold elements if it holds anything.
fn configuration<'a>(record: Answer<'a>, name: &'a str, root: &str) -> Result<(Elements<'a>, &'a Value), Gap> {
    let xml = Elements { record, subject: name };
    if record.body.get(root).is_none() {
        return Err(malformed(&record, name, &format!("the answer is no {root}")));
    }
    Ok((xml, xml.inner(record.body, root)?))
}

fn versioning(record: Answer<'_>, name: &str) -> Reading<Option<String>> {
    let (xml, root) = configuration(record, name, "VersioningConfiguration")?;
    let status = xml.word(root, "Status", &["Enabled", "Suspended"])?;
    Ok(Read { value: status.map(ToOwned::to_owned), at: Citation::whole(record.ev) })
}

fn mfa_delete(record: Answer<'_>, name: &str) -> Reading<bool> {
    let (xml, root) = configuration(record, name, "VersioningConfiguration")?;
    // Absent where it was never switched on.
    let word = xml.word(root, "MfaDelete", &["Enabled", "Disabled"])?;
    Ok(Read { value: word == Some("Enabled"), at: Citation::whole(record.ev) })
}

fn encryption(here: &Here<'_>, record: Answer<'_>, name: &str) -> Reading<BucketEncryption> {
    let (xml, root) = configuration(record, name, "ServerSideEncryptionConfiguration")?;
    let rules = xml.list(root, "Rule")?;
    let [rule] = rules.as_slice() else {
        return Err(malformed(&record, name, "the answer does not hold exactly one encryption rule"));
    };
    let default = xml.inner(rule, "ApplyServerSideEncryptionByDefault")?;
    let algorithm = xml.text(default, "SSEAlgorithm")?;
    let algorithm = algorithm.ok_or_else(|| malformed(&record, name, "the encryption rule names no algorithm"))?;
    let key = xml.text(default, "KMSMasterKeyID")?.filter(|k| !k.is_empty());
    let bucket_key = xml.parse(rule, "BucketKeyEnabled", flag)?.unwrap_or(false);
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
    let base = "ObjectLockConfiguration";
    let (xml, root) = configuration(record, name, base)?;
    let retention = xml.inner(xml.inner(root, "Rule")?, "DefaultRetention")?;
    let years = xml.count(retention, "Years")?;
    let value = ObjectLock {
        enabled: xml.word(root, "ObjectLockEnabled", &["Enabled"])?.is_some(),
        mode: xml.text(retention, "Mode")?.map(ToOwned::to_owned),
        days: xml.count(retention, "Days")?.or_else(|| years.map(|years| years.saturating_mul(365))),
    };
    Ok(Read { value: Some(value), at: Citation { ev: record.ev, pointer: format!("/{base}").into() } })
}

fn lifecycle(record: Answer<'_>, name: &str) -> Reading<Vec<LifecycleRule>> {
    let (xml, root) = configuration(record, name, "LifecycleConfiguration")?;
    let rules = xml.list(root, "Rule")?.into_iter().map(|rule| lifecycle_rule(xml, rule)).collect::<Result<_, _>>()?;
    Ok(Read { value: rules, at: Citation { ev: record.ev, pointer: "/LifecycleConfiguration/Rule".into() } })
}

fn lifecycle_rule<'a>(xml: Elements<'a>, rule: &'a Value) -> Result<LifecycleRule, Gap> {
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    let filter = xml.inner(rule, "Filter")?;
    let several = xml.inner(filter, "And")?;
    let mut prefix = None;
    for holder in [filter, several, rule] {
        prefix = prefix.or(owned(xml.text(holder, "Prefix")?));
    }
    let expiration = xml.inner(rule, "Expiration")?;
    let noncurrent = xml.inner(rule, "NoncurrentVersionExpiration")?;
    let status = xml.word(rule, "Status", &["Enabled", "Disabled"])?;
    let status =
        status.ok_or_else(|| malformed(&xml.record, xml.subject, "a lifecycle rule does not say whether it is on"))?;
    Ok(LifecycleRule {
        id: owned(xml.text(rule, "ID")?),
        enabled: status == "Enabled",
        prefix: prefix.unwrap_or_default(),
        filtered: filter.as_object().is_some_and(|f| f.keys().any(|k| k != "Prefix")),
        expires_days: xml.count(expiration, "Days")?,
        expires_date: owned(xml.text(expiration, "Date")?),
        noncurrent_days: xml.count(noncurrent, "NoncurrentDays")?,
    })
}

const DETAILS: &str = "/GetAccountAuthorizationDetailsResponse/GetAccountAuthorizationDetailsResult";

/// All users and roles, with every policy that the same answer holds the text of.
fn principals(here: &Here<'_>) -> Reading<Vec<Principal>> {
    let more = |body: &Value| match body.pointer(DETAILS)?.as_object()?.get("IsTruncated") {
        None => Some(false),
        Some(value) => flag(value),
    };
    let found = here.all(&GET_ACCOUNT_AUTHORIZATION_DETAILS);
    let (end, pages) = here.pages(&found, &GET_ACCOUNT_AUTHORIZATION_DETAILS, "", more);
    end?;
    let members = |list: &str| -> Result<Vec<(Elements<'_>, &Value)>, Gap> {
        let mut all = Vec::new();
        for record in &pages {
            let xml = Elements { record: *record, subject: "" };
            if let Some(details) = record.body.pointer(DETAILS) {
                all.extend(xml.members(details, list)?.into_iter().map(|entry| (xml, entry)));
            }
        }
        Ok(all)
    };
    let managed: HashMap<String, String> =
        members("Policies")?.into_iter().filter_map(|(_, policy)| default_version(policy)).collect();
    let mut groups: Groups = HashMap::new();
    for (xml, group) in members("GroupDetailList")? {
        let name = xml.text(group, "GroupName")?;
        let name = name.ok_or_else(|| malformed(&xml.record, "", "a group has no name"))?;
        groups.insert(name.to_owned(), policies(xml, group, "GroupPolicyList", &managed)?);
    }
    let mut all = Vec::new();
    for (kind, list, own) in [
        (PrincipalKind::User, "UserDetailList", "UserPolicyList"),
        (PrincipalKind::Role, "RoleDetailList", "RolePolicyList"),
    ] {
        for (xml, entry) in members(list)? {
            all.push(principal(xml, entry, kind, own, &managed, &groups)?);
        }
    }
    all.sort_by(|a, b| a.arn.cmp(&b.arn));
    let last = pages.last();
    let last = last
        .ok_or_else(|| here.gap(&GET_ACCOUNT_AUTHORIZATION_DETAILS, "", GapKind::NotAsked, "the call was not made"))?;
    Ok(Read { value: all, at: Citation { ev: last.ev, pointer: DETAILS.into() } })
}

type Groups = HashMap<String, (Vec<IdentityPolicy>, Vec<String>)>;

fn principal<'a>(
    xml: Elements<'a>,
    entry: &'a Value,
    kind: PrincipalKind,
    own: &str,
    managed: &HashMap<String, String>,
    groups: &Groups,
) -> Result<Principal, Gap> {
    let text = |name: &str| Ok::<_, Gap>(xml.text(entry, name)?.map(ToOwned::to_owned));
    let arn = text("Arn")?.ok_or_else(|| malformed(&xml.record, "", "a user or role has no ARN"))?;
    let (mut held, mut unread) = policies(xml, entry, own, managed)?;
    for group in items(xml.inner(entry, "GroupList")?.get("member")) {
        let group = group.as_str().ok_or_else(|| malformed(&xml.record, "", "the name of a group is no text"))?;
        match groups.get(group) {
            Some((policies, missing)) => {
                held.extend(policies.iter().cloned());
                unread.extend(missing.iter().cloned());
            }
            None => unread.push(format!("group {group}")),
        }
    }
    let boundary = xml.inner(entry, "PermissionsBoundary")?;
    let boundary_arn = xml.text(boundary, "PermissionsBoundaryArn")?;
    if boundary.is_object() && boundary_arn.is_none() {
        return Err(malformed(&xml.record, "", "a permissions boundary has no ARN"));
    }
    let boundary_text = boundary_arn.and_then(|arn| managed.get(arn));
    if let (Some(arn), None) = (boundary_arn, boundary_text) {
        unread.push(arn.to_owned());
    }
    let name = text("UserName")?.or(text("RoleName")?).unwrap_or_default();
    Ok(Principal {
        kind,
        name,
        trust: text("AssumeRolePolicyDocument")?.map(|t| decoded(&t)),
        policies: held,
        boundary: boundary_arn.zip(boundary_text).map(|(n, t)| IdentityPolicy { name: n.to_owned(), text: t.clone() }),
        unread,
        arn,
    })
}

/// The policies written into an identity, and those attached to it, as far as their text is there.
fn policies<'a>(
    xml: Elements<'a>,
    entry: &'a Value,
    own: &str,
    managed: &HashMap<String, String>,
) -> Result<(Vec<IdentityPolicy>, Vec<String>), Gap> {
    let mut held = Vec::new();
    let mut unread = Vec::new();
    for policy in xml.members(entry, own)? {
        let (name, text) = (xml.text(policy, "PolicyName")?, xml.text(policy, "PolicyDocument")?);
        let (Some(name), Some(text)) = (name, text) else {
            return Err(malformed(&xml.record, "", "a policy of an identity has no name or no text"));
        };
        held.push(IdentityPolicy { name: name.to_owned(), text: decoded(text) });
    }
    for attached in xml.members(entry, "AttachedManagedPolicies")? {
        let arn = xml.text(attached, "PolicyArn")?;
        let arn = arn.ok_or_else(|| malformed(&xml.record, "", "an attached policy has no ARN"))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What a reading makes of an answer, given as the JSON that its XML becomes.
    fn read<T>(body: &Value, read: impl Fn(Answer<'_>) -> Reading<T>) -> Option<T> {
        let time = "2026-10-01T00:00:00.000Z";
        let record: Record = serde_json::from_value(json!({
            "ev": "EV-000000", "account": "111122223333", "region": "eu-west-1", "service": "s3",
            "operation": "GetBucketVersioning", "parameters": {}, "page": 1, "sent": time, "received": time,
            "date": null, "request_id": null, "attempts": [], "status": 200, "error": null, "withheld": [], "body": null,
        }))
        .unwrap();
        read(Answer { record: &record, body }).ok().map(|read| read.value)
    }

    #[test]
    fn versions_are_off_only_where_the_answer_says_nothing_of_them() {
        let of = |root: Value| read(&json!({ "VersioningConfiguration": root }), |r| versioning(r, "b"));
        assert_eq!(of(json!("")), Some(None));
        assert_eq!(of(json!("\n  ")), Some(None));
        assert_eq!(of(json!({ "MfaDelete": "Disabled" })), Some(None));
        assert_eq!(of(json!({ "Status": "Enabled" })), Some(Some("Enabled".to_owned())));
        for odd in
            [json!("Enabled"), json!([{ "Status": "Enabled" }]), json!({ "Status": "On" }), json!({ "Status": {} })]
        {
            assert_eq!(of(odd.clone()), None, "{odd}");
        }
        assert_eq!(read(&json!({}), |r| versioning(r, "b")), None);
        let mfa = |root: Value| read(&json!({ "VersioningConfiguration": root }), |r| mfa_delete(r, "b"));
        assert_eq!((mfa(json!("")), mfa(json!({ "MfaDelete": "Enabled" }))), (Some(false), Some(true)));
        assert_eq!((mfa(json!("x")), mfa(json!({ "MfaDelete": ["Enabled", "Disabled"] }))), (None, None));
    }

    #[test]
    fn rules_of_a_lifecycle_that_are_not_understood_are_not_no_rules() {
        let of = |root: Value| read(&json!({ "LifecycleConfiguration": root }), |r| lifecycle(r, "b"));
        let rule =
            |expiration: Value| json!({ "Rule": { "Status": "Enabled", "Expiration": expiration, "Filter": "" } });
        assert_eq!(of(rule(json!({ "Days": "30" }))).unwrap()[0].expires_days, Some(30));
        assert_eq!(of(rule(json!({ "ExpiredObjectDeleteMarker": "true" }))).unwrap()[0].expires_days, None);
        assert_eq!(of(json!("")).map(|rules| rules.len()), Some(0));
        for odd in [
            json!("Enabled"),
            json!({ "Rule": "Enabled" }),
            json!({ "Rule": [{ "Status": "Enabled" }, "Enabled"] }),
            json!({ "Rule": { "Expiration": { "Days": "1" } } }),
            rule(json!("30")),
            rule(json!({ "Days": "soon" })),
            json!({ "Rule": { "Status": "Enabled", "Filter": "logs/" } }),
        ] {
            assert!(of(odd.clone()).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_lock_that_is_not_understood_is_not_no_lock() {
        let of = |root: Value| read(&json!({ "ObjectLockConfiguration": root }), |r| object_lock(r, "b")).flatten();
        let rule =
            |retention: Value| json!({ "ObjectLockEnabled": "Enabled", "Rule": { "DefaultRetention": retention } });
        let locked = of(rule(json!({ "Mode": "COMPLIANCE", "Years": "2" }))).unwrap();
        assert!(locked.enabled && locked.days == Some(730) && locked.mode.as_deref() == Some("COMPLIANCE"));
        assert!(of(json!({ "ObjectLockEnabled": "Enabled" })).is_some_and(|lock| lock.days.is_none()));
        for odd in [
            json!("Enabled"),
            json!({ "ObjectLockEnabled": ["Enabled", "Enabled"] }),
            json!({ "ObjectLockEnabled": "Enabled", "Rule": "COMPLIANCE" }),
            rule(json!("COMPLIANCE")),
            rule(json!({ "Mode": "COMPLIANCE", "Days": "many" })),
        ] {
            assert!(of(odd.clone()).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_policy_or_a_boundary_that_is_not_understood_is_not_none() {
        let of = |more: Value| {
            let mut entry = json!({ "Arn": "arn:aws:iam::111122223333:role/r", "RoleName": "r" });
            entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            read(&entry, |record| {
                let xml = Elements { record, subject: "" };
                let one = principal(
                    xml,
                    record.body,
                    PrincipalKind::Role,
                    "RolePolicyList",
                    &HashMap::new(),
                    &HashMap::new(),
                )?;
                Ok(Read { value: one.policies.len() + one.unread.len(), at: Citation::whole(record.ev) })
            })
        };
        let policy = json!({ "PolicyName": "p", "PolicyDocument": "%7B%7D" });
        assert_eq!(of(json!({ "RolePolicyList": "", "AttachedManagedPolicies": "" })), Some(0));
        assert_eq!(of(json!({ "RolePolicyList": { "member": policy } })), Some(1));
        assert_eq!(of(json!({ "PermissionsBoundary": { "PermissionsBoundaryArn": "arn" } })), Some(1));
        for odd in [
            json!({ "RolePolicyList": "p" }),
            json!({ "RolePolicyList": { "members": policy } }),
            json!({ "RolePolicyList": { "member": "p" } }),
            json!({ "AttachedManagedPolicies": "arn" }),
            json!({ "GroupList": "admins" }),
            json!({ "GroupList": { "member": { "GroupName": "admins" } } }),
            json!({ "PermissionsBoundary": "arn" }),
            json!({ "PermissionsBoundary": { "Arn": "arn" } }),
        ] {
            assert_eq!(of(odd.clone()), None, "{odd}");
        }
    }
}
