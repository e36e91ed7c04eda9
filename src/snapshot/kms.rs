//! Keys from `ListAliases`, `DescribeKey` and the calls that follow from it.

use super::answers::{Answer, Fields, Here, malformed};
use super::bulk::Bulk;
use super::firehose::collect_tags;
use super::read_at;
use crate::model::key::{
    Expiry, Grant, Key, KeyFacts, KeyManager, KeyState, MultiRegion, Origin, Rotation, RotationEvent,
};
use crate::model::names::Arn;
use crate::model::operation::{
    DESCRIBE_KEY, GET_KEY_POLICY, GET_KEY_ROTATION_STATUS, LIST_ALIASES, LIST_GRANTS, LIST_KEY_ROTATIONS,
    LIST_RESOURCE_TAGS, Operation,
};
use crate::model::reading::{Citation, Gap, GapKind, Read, Reading};
use crate::model::stream::Tags;
use crate::model::{Record, time};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

const METADATA: &str = "/KeyMetadata";

type ByArn<'a> = HashMap<&'a str, Vec<Answer<'a>>>;

/// The records about keys of one place, by ARN.
struct Found<'a> {
    describe: ByArn<'a>,
    status: ByArn<'a>,
    history: ByArn<'a>,
    policies: ByArn<'a>,
    tags: ByArn<'a>,
    grants: ByArn<'a>,
    bulk: Bulk<'a>,
}

/// Each key that something refers to, and whether a stream's server-side encryption does.
pub(super) fn keys(here: &Here<'_>, referred: &BTreeMap<String, bool>) -> Vec<Key> {
    let aliases = aliases(here);
    let found = Found {
        describe: here.by_parameter(&DESCRIBE_KEY, "KeyId"),
        status: here.by_parameter(&GET_KEY_ROTATION_STATUS, "KeyId"),
        history: here.by_parameter(&LIST_KEY_ROTATIONS, "KeyId"),
        policies: here.by_parameter(&GET_KEY_POLICY, "KeyId"),
        tags: here.by_parameter(&LIST_RESOURCE_TAGS, "KeyId"),
        grants: here.by_parameter(&LIST_GRANTS, "KeyId"),
        bulk: Bulk::new(here),
    };
    referred.iter().map(|(arn, sse)| key(here, arn, *sse, &aliases, &found)).collect()
}

fn key(
    here: &Here<'_>,
    arn: &str,
    sse: bool,
    aliases: &Reading<HashMap<String, Vec<String>>>,
    found: &Found<'_>,
) -> Key {
    let facts = facts(here, arn, found);
    let rules = Rules::new(here, arn, &facts);
    let id = Arn::parse(arn).and_then(|a| a.resource.strip_prefix("key/")).unwrap_or(arn);
    Key {
        account: here.account.clone(),
        region: here.region.clone(),
        arn: arn.to_owned(),
        aliases: match aliases {
            Ok(_) if rules.foreign.is_some() => Err(rules.never(&LIST_ALIASES)),
            Ok(all) => Ok(Read { value: all.value.get(id).cloned().unwrap_or_default(), at: all.at.clone() }),
            Err(gap) => Err(gap.clone()),
        },
        rotation: rotation(&rules, found),
        rotations: rotations(&rules, found),
        policy: policy(&rules, found),
        ram_policy: ram_policy(&rules, found),
        tags: tags(&rules, found),
        grants: grants(&rules, found, sse),
        facts,
    }
}

/// Which calls a key is asked: the same rules as in `crate::collect::kms`, told as reasons.
struct Rules<'a> {
    here: &'a Here<'a>,
    arn: &'a str,
    /// The account of a key that is not ours.
    foreign: Option<&'a str>,
    /// AWS manages the key.
    aws_managed: bool,
    /// Why the key does not rotate by itself.
    unrotatable: Option<String>,
    /// Symmetric, or not known.
    symmetric: bool,
    /// `DescribeKey` gave nothing to go by.
    unknown: bool,
}

impl<'a> Rules<'a> {
    fn new(here: &'a Here<'a>, arn: &'a str, facts: &Reading<KeyFacts>) -> Self {
        let facts = facts.as_ref().ok().map(|f| &f.value);
        let spec = facts.and_then(|f| f.spec.as_ref().ok()).map(|s| s.value.as_str());
        let origin = facts.and_then(|f| f.origin.as_ref().ok()).map(|o| o.value);
        let unrotatable = match (spec, origin) {
            (Some(spec), _) if spec != "SYMMETRIC_DEFAULT" => Some(format!("KMS does not rotate keys of spec {spec}")),
            (_, Some(origin)) if origin != Origin::AwsKms => {
                Some(format!("KMS does not rotate keys of origin {} by itself", origin.word()))
            }
            _ => None,
        };
        Self {
            here,
            arn,
            foreign: Arn::parse(arn).map(|a| a.account).filter(|a| *a != here.account.as_str()),
            aws_managed: facts.and_then(|f| f.manager.as_ref().ok()).is_some_and(|m| m.value == KeyManager::Aws),
            symmetric: spec.is_none_or(|s| s == "SYMMETRIC_DEFAULT"),
            unrotatable,
            unknown: facts.is_none(),
        }
    }

    /// AWS answers this call only within the key's own account.
    fn never(&self, operation: &Operation) -> Gap {
        let owner = self.foreign.unwrap_or_default();
        let detail = format!("the key is in account {owner}, and AWS answers this call only there");
        self.here.gap(operation, self.arn, GapKind::NotAsked, detail)
    }

    /// A call that a key of another account is not asked, because nothing here depends on it.
    fn others(&self, operation: &Operation) -> Gap {
        let owner = self.foreign.unwrap_or_default();
        let detail = format!("the key is in account {owner}, and no stream's server-side encryption uses it");
        self.here.gap(operation, self.arn, GapKind::NotAsked, detail)
    }

    fn inapplicable(&self, operation: &Operation, why: &str) -> Gap {
        self.here.gap(operation, self.arn, GapKind::Inapplicable, why)
    }

    /// Why a call has no record, when it has none.
    fn absent(&self, operation: &Operation) -> Gap {
        let detail =
            if self.unknown { "not asked, because kms:DescribeKey gave no answer" } else { "the call was not made" };
        self.here.gap(operation, self.arn, GapKind::NotAsked, detail)
    }

    fn one<'r>(
        &self,
        found: &ByArn<'r>,
        operation: &Operation,
        test: impl Fn(&Record) -> bool,
    ) -> Result<Answer<'r>, Gap> {
        let matching: Vec<Answer<'_>> =
            found.get(self.arn).into_iter().flatten().copied().filter(|r| test(r)).collect();
        match matching.as_slice() {
            [] => Err(self.absent(operation)),
            [record] => Ok(*record),
            [record, ..] => Err(malformed(record, self.arn, "several records answer one question")),
        }
    }
}

fn facts(here: &Here<'_>, arn: &str, found: &Found<'_>) -> Reading<KeyFacts> {
    let record = here.one(found.describe.get(arn), &DESCRIBE_KEY, arn)?;
    let fields = Fields { record, base: METADATA, subject: arn };
    if fields.text("Arn")?.value != arn {
        return Err(fields.gap("Arn", "names another key than the one asked for"));
    }
    let multi_region = match fields.get("MultiRegionConfiguration").and_then(|c| c.get("MultiRegionKeyType")) {
        None => MultiRegion::No,
        Some(kind) if kind == "PRIMARY" => MultiRegion::Primary,
        Some(kind) if kind == "REPLICA" => MultiRegion::Replica,
        Some(_) => return Err(fields.gap("MultiRegionConfiguration", "holds a kind of key that is not understood")),
    };
    Ok(fields.whole(KeyFacts {
        manager: fields.parse("KeyManager", |v| KeyManager::parse(v.as_str()?)),
        state: fields.parse("KeyState", |v| KeyState::parse(v.as_str()?)),
        usage: fields.text("KeyUsage"),
        spec: fields.text("KeySpec"),
        origin: fields.parse("Origin", |v| Origin::parse(v.as_str()?)),
        created: fields.time("CreationDate"),
        deletion: fields.optional_time("DeletionDate")?,
        material: expiry(&fields)?,
        multi_region,
    }))
}

fn expiry(fields: &Fields<'_>) -> Result<Option<Expiry>, Gap> {
    match fields.optional_text("ExpirationModel")?.as_deref() {
        None => Ok(None),
        Some("KEY_MATERIAL_DOES_NOT_EXPIRE") => Ok(Some(Expiry::Never)),
        Some("KEY_MATERIAL_EXPIRES") => Ok(Some(Expiry::On(fields.time("ValidTo")?.value))),
        Some(_) => Err(fields.gap("ExpirationModel", "holds a model that is not understood")),
    }
}

fn rotation(rules: &Rules<'_>, found: &Found<'_>) -> Reading<Rotation> {
    let record = match rules.one(&found.status, &GET_KEY_ROTATION_STATUS, |_| true) {
        Ok(record) => super::answers::answered(record, rules.arn)?,
        Err(absent) => {
            return Err(match &rules.unrotatable {
                Some(why) => rules.inapplicable(&GET_KEY_ROTATION_STATUS, why),
                None => absent,
            });
        }
    };
    let fields = Fields { record, base: "", subject: rules.arn };
    let enabled = fields.flag("KeyRotationEnabled")?;
    let days = |v: &Value| u32::try_from(v.as_u64()?).ok();
    Ok(fields.whole(Rotation {
        enabled: enabled.value,
        period_days: fields.optional("RotationPeriodInDays", days)?,
        next: fields.optional_time("NextRotationDate")?,
    }))
}

fn rotations(rules: &Rules<'_>, found: &Found<'_>) -> Reading<Vec<RotationEvent>> {
    let records = found.history.get(rules.arn).map_or(&[][..], Vec::as_slice);
    if records.is_empty() {
        return Err(match () {
            () if rules.foreign.is_some() => rules.never(&LIST_KEY_ROTATIONS),
            () if !rules.symmetric => rules.inapplicable(&LIST_KEY_ROTATIONS, "KMS rotates symmetric keys only"),
            () if rules.aws_managed => rules.inapplicable(&LIST_KEY_ROTATIONS, "AWS rotates the keys that it manages"),
            () => rules.absent(&LIST_KEY_ROTATIONS),
        });
    }
    let (end, pages) = rules.here.pages(records, &LIST_KEY_ROTATIONS, rules.arn, truncated);
    end?;
    let mut events = Vec::new();
    for page in &pages {
        let list = page.body["Rotations"].as_array();
        for rotation in list.ok_or_else(|| malformed(page, rules.arn, "the answer holds no list of rotations"))? {
            let date = rotation["RotationDate"].as_f64().and_then(time::from_epoch);
            let kind = rotation["RotationType"].as_str();
            let (Some(date), Some(kind)) = (date, kind) else {
                return Err(malformed(page, rules.arn, "a rotation has no date or no type"));
            };
            events.push(RotationEvent { date, kind: kind.to_owned() });
        }
    }
    events.sort_by(|a, b| (a.date, &a.kind).cmp(&(b.date, &b.kind)));
    let last = pages.last().map(|p| p.ev).unwrap_or_default();
    Ok(Read { value: events, at: Citation { ev: last, pointer: "/Rotations".into() } })
}

fn policy(rules: &Rules<'_>, found: &Found<'_>) -> Reading<String> {
    let record = match rules.one(&found.policies, &GET_KEY_POLICY, |r| r.parameter("PolicyName") == Some("default")) {
        Ok(record) => super::answers::answered(record, rules.arn)?,
        Err(_) if rules.foreign.is_some() => return Err(rules.never(&GET_KEY_POLICY)),
        Err(absent) => return Err(absent),
    };
    Fields { record, base: "", subject: rules.arn }.text("Policy")
}

fn ram_policy(rules: &Rules<'_>, found: &Found<'_>) -> Reading<Option<String>> {
    match rules.one(&found.policies, &GET_KEY_POLICY, |r| r.parameter("PolicyName") == Some("AWS_RAM")) {
        // AWS says "not found" where nothing is shared: that is an answer.
        Ok(record) if says_no_such_policy(&record) => read_at(None, &record, ""),
        Ok(record) => {
            let record = super::answers::answered(record, rules.arn)?;
            Fields { record, base: "", subject: rules.arn }.text("Policy").map(|r| r.map(Some))
        }
        Err(_) if rules.foreign.is_some() => Err(rules.never(&GET_KEY_POLICY)),
        Err(_) if rules.aws_managed => Err(rules.inapplicable(&GET_KEY_POLICY, "AWS managed keys cannot be shared")),
        Err(absent) => Err(absent),
    }
}

/// Whether a record is AWS's way to say that a key has no policy of Resource Access Manager.
pub(super) fn says_no_such_policy(record: &Record) -> bool {
    record.service == "kms"
        && record.operation == GET_KEY_POLICY.name
        && record.parameter("PolicyName") == Some("AWS_RAM")
        && record.error.as_ref().is_some_and(|e| e.code == "NotFoundException")
}

/// The grants of a key; of another account's key they are asked for only where a stream's encryption uses it.
fn grants(rules: &Rules<'_>, found: &Found<'_>, sse: bool) -> Reading<Vec<Grant>> {
    let records = found.grants.get(rules.arn).map_or(&[][..], Vec::as_slice);
    if records.is_empty() {
        return Err(match () {
            () if rules.aws_managed => {
                rules.inapplicable(&LIST_GRANTS, "AWS keeps the grants of the keys that it manages")
            }
            () if !sse && rules.foreign.is_some() && !rules.unknown => rules.others(&LIST_GRANTS),
            () => rules.absent(&LIST_GRANTS),
        });
    }
    let (end, pages) = rules.here.pages(records, &LIST_GRANTS, rules.arn, truncated);
    end?;
    let mut all = Vec::new();
    for page in &pages {
        let list = page.body["Grants"].as_array();
        for grant in list.ok_or_else(|| malformed(page, rules.arn, "the answer holds no list of grants"))? {
            all.push(
                read_grant(grant).ok_or_else(|| malformed(page, rules.arn, "a grant has no id or no operations"))?,
            );
        }
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    let ev = pages.last().map(|p| p.ev).unwrap_or_default();
    Ok(Read { value: all, at: Citation { ev, pointer: "/Grants".into() } })
}

fn read_grant(grant: &Value) -> Option<Grant> {
    let text = |name: &str| grant[name].as_str().filter(|t| !t.is_empty()).map(ToOwned::to_owned);
    let constraints = &grant["Constraints"];
    let contexts = ["EncryptionContextSubset", "EncryptionContextEquals"].map(|n| constraints[n].as_object());
    let pairs = contexts.into_iter().flatten().flatten();
    let operations = grant["Operations"].as_array()?.iter().map(|o| o.as_str().map(ToOwned::to_owned));
    Some(Grant {
        id: text("GrantId")?,
        name: text("Name"),
        grantee: text("GranteePrincipal").or_else(|| text("GranteeServicePrincipal")),
        retiring: text("RetiringPrincipal").or_else(|| text("RetiringServicePrincipal")),
        issuer: text("IssuingAccount"),
        created: grant["CreationDate"].as_f64().and_then(time::from_epoch),
        operations: operations.collect::<Option<_>>()?,
        // A value that was withheld is a context all the same.
        context: pairs.map(|(k, v)| (k.clone(), v.as_str().unwrap_or("[withheld]").to_owned())).collect(),
        source_arn: constraints["SourceArn"].as_str().map(ToOwned::to_owned),
    })
}

fn tags(rules: &Rules<'_>, found: &Found<'_>) -> Reading<Tags> {
    if let Some(tags) = found.bulk.tags(rules.arn) {
        return tags;
    }
    let records = found.tags.get(rules.arn).map_or(&[][..], Vec::as_slice);
    if records.is_empty() {
        return Err(match () {
            () if rules.foreign.is_some() => rules.never(&LIST_RESOURCE_TAGS),
            () if rules.aws_managed => {
                rules.inapplicable(&LIST_RESOURCE_TAGS, "nobody but AWS can tag a key that AWS manages")
            }
            () => rules.absent(&LIST_RESOURCE_TAGS),
        });
    }
    let (end, pages) = rules.here.pages(records, &LIST_RESOURCE_TAGS, rules.arn, truncated);
    end?;
    collect_tags(&pages, rules.arn, "TagKey", "TagValue")
}

/// KMS leaves `Truncated` out of some last pages; a marker without it would still promise more.
fn truncated(body: &Value) -> Option<bool> {
    match (&body["Truncated"], &body["NextMarker"]) {
        (Value::Bool(more), _) => Some(*more),
        (Value::Null, Value::Null) => Some(false),
        _ => None,
    }
}

/// Alias to key id, of those behind which there is a key.
pub(super) fn alias_targets(here: &Here<'_>) -> Reading<BTreeMap<String, String>> {
    let by_key = aliases(here)?;
    let at = by_key.at;
    let pairs = by_key.value.into_iter().flat_map(|(id, names)| names.into_iter().map(move |n| (n, id.clone())));
    Ok(Read { value: pairs.collect(), at })
}

/// Key id to its aliases, sorted.
fn aliases(here: &Here<'_>) -> Reading<HashMap<String, Vec<String>>> {
    let (end, pages) = here.pages(&here.all(&LIST_ALIASES), &LIST_ALIASES, "", truncated);
    end?;
    let mut by_key: HashMap<String, Vec<String>> = HashMap::new();
    for page in &pages {
        let list = page.body["Aliases"].as_array();
        for alias in list.ok_or_else(|| malformed(page, "", "the answer holds no list of aliases"))? {
            let name = alias["AliasName"].as_str().ok_or_else(|| malformed(page, "", "an alias has no name"))?;
            // An alias of AWS that no key stands behind yet has no target.
            if let Some(target) = alias["TargetKeyId"].as_str() {
                by_key.entry(target.to_owned()).or_default().push(name.to_owned());
            }
        }
    }
    for names in by_key.values_mut() {
        names.sort();
    }
    let ev = pages.last().map(|p| p.ev).unwrap_or_default();
    Ok(Read { value: by_key, at: Citation { ev, pointer: "/Aliases".into() } })
}
