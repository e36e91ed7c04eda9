//! A catalog as OSCAL knows catalogs.
//!
//! Every requirement that checks speak to gets one assessment objective for the part that they can show, its
//! *technical slice*. Results aim at that and never at the requirement's own statement: `satisfied` there would say
//! more than any check can.

use super::text::{Each, NS, OSCAL, line, own, prop, prose, string, token};
use super::uuid;
use crate::model::catalog::{Catalog, Loaded, Method, Parameter, ParameterKind, Procedure, Relation, Requirement};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The whole document.
pub struct Document<'a>(pub &'a Loaded);

/// The ids of a catalog's controls, in the order of its requirements. They begin with the catalog's id, so they are
/// unique in a document that speaks of several catalogs.
pub fn control_ids(catalog: &Catalog) -> Vec<String> {
    let prefix = catalog_token(catalog);
    let mut taken = BTreeSet::new();
    let ids = catalog.requirements.iter().map(|r| {
        let id = format!("{prefix}_{}", token(&r.id));
        let again = (2..).map(|n| format!("{id}_{n}"));
        std::iter::once(id.clone()).chain(again).find(|id| taken.insert(id.clone())).unwrap_or(id.clone())
    });
    ids.collect()
}

/// A token begins with a letter or `_`.
fn catalog_token(catalog: &Catalog) -> String {
    let id = &catalog.catalog.id;
    if id.starts_with(|c: char| c.is_ascii_digit()) { format!("_{id}") } else { id.clone() }
}

/// The id of the part of a requirement that checks can show.
pub fn slice_id(control: &str) -> String {
    format!("{control}_obj.slice")
}

/// Whether checks can show anything of it: one that informs supports nothing.
pub fn has_slice(requirement: &Requirement) -> bool {
    requirement.checks.iter().any(|c| c.relation != Relation::Informs)
}

/// The UUID of the document.
pub fn document_uuid(loaded: &Loaded) -> String {
    uuid::of("catalog", &format!("{}/{}", loaded.catalog.catalog.id, loaded.sha256))
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry("catalog", &Body(self.0))?;
        map.end()
    }
}

struct Body<'a>(&'a Loaded);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let catalog = &self.0.catalog;
        let ids = control_ids(catalog);
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("uuid", &document_uuid(self.0))?;
        map.serialize_entry("metadata", &metadata(self.0))?;
        if !catalog.parameters.is_empty() {
            map.serialize_entry("params", &Each(|| catalog.parameters.iter().map(|p| parameter(catalog, p))))?;
        }
        let of_group = |group: Option<&str>| -> Vec<Value> {
            let numbered = catalog.requirements.iter().zip(&ids);
            numbered.filter(|(r, _)| r.group.as_deref() == group).map(|(r, id)| control(catalog, &ids, r, id)).collect()
        };
        let groups = groups(catalog);
        if !groups.is_empty() {
            let prefix = catalog_token(catalog);
            let group = |(n, title): (usize, &&str)| json!({ "id": format!("{prefix}_group-{}", n + 1), "title": line(title), "controls": of_group(Some(title)) });
            map.serialize_entry("groups", &Each(|| groups.iter().enumerate().map(group)))?;
        }
        let alone = of_group(None);
        if !alone.is_empty() {
            map.serialize_entry("controls", &alone)?;
        }
        map.serialize_entry("back-matter", &json!({ "resources": [source(self.0)] }))?;
        map.end()
    }
}

/// The groups, in the order in which they first appear.
fn groups(catalog: &Catalog) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    catalog.requirements.iter().filter_map(|r| r.group.as_deref()).filter(|g| seen.insert(*g)).collect()
}

fn metadata(loaded: &Loaded) -> Value {
    let header = &loaded.catalog.catalog;
    let mut props = vec![own("catalog-id", &header.id), own("framework-edition", &header.edition)];
    let dates = [
        ("framework-published", &header.published),
        ("framework-in-force-from", &header.in_force_from),
        ("framework-superseded-on", &header.superseded_on),
        ("framework-last-amended", &header.last_amended),
    ];
    props.extend(dates.into_iter().filter_map(|(name, date)| Some(own(name, date.as_deref()?))));
    props.push(own("review-due", &header.review_due));
    let remarks = [header.licence_note.as_deref(), header.disclaimer.as_deref()];
    let own_words = "The wording of requirements is this catalog's own unless it says official text.";
    let remarks: Vec<String> = remarks.into_iter().flatten().chain([own_words]).map(prose).collect();
    let party = uuid::of("party", &header.publisher);
    let mut metadata = json!({
        "title": line(&format!("{} {}", header.framework, header.edition)),
        "last-modified": format!("{}T00:00:00Z", header.reviewed_on),
        "version": string(&header.catalog_version),
        "oscal-version": OSCAL,
        "props": props,
        "roles": [{ "id": "publisher-of-framework", "title": "Publisher of the framework" }],
        "parties": [{ "uuid": party, "type": "organization", "name": string(&header.publisher) }],
        "responsible-parties": [{ "role-id": "publisher-of-framework", "party-uuids": [party] }],
        "remarks": remarks.join("\n\n"),
    });
    if let Some(url) = header.source_url.as_deref().filter(|u| is_web(u)) {
        metadata["links"] = json!([{ "href": url, "rel": "reference", "text": "The publisher's page" }]);
    }
    metadata
}

/// An address that no reader can take for something else.
fn is_web(url: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    url.starts_with("https://") && url.bytes().all(plain)
}

fn parameter_id(catalog: &Catalog, id: &str) -> String {
    format!("{}_prm-{}", catalog_token(catalog), token(id))
}

fn parameter(catalog: &Catalog, parameter: &Parameter) -> Value {
    let kind = match parameter.kind {
        ParameterKind::Integer => "integer",
        ParameterKind::List => "list",
        ParameterKind::Date => "date",
        ParameterKind::Bool => "bool",
        ParameterKind::String => "string",
    };
    let mut param = json!({
        "id": parameter_id(catalog, &parameter.id),
        "props": [prop("label", &parameter.id), own("type", kind), own("declared-by", "entity")],
        "label": line(&parameter.id),
    });
    if let Some(what) = &parameter.what {
        param["usage"] = prose(what).into();
    }
    if !parameter.values.is_empty() {
        let choice: Vec<String> = parameter.values.iter().map(|v| string(v)).collect();
        param["select"] = json!({ "how-many": "one-or-more", "choice": choice });
    }
    param
}

fn control(catalog: &Catalog, ids: &[String], requirement: &Requirement, id: &str) -> Value {
    let mut props = vec![
        prop("label", &requirement.id),
        own("obligation", requirement.obligation.word()),
        own("coverage", requirement.coverage.word()),
    ];
    props.extend(requirement.applies_to.iter().map(|a| own("applies-to", a.word())));
    if let Some(when) = &requirement.applies_when {
        props.extend(when.data_class_any.iter().map(|c| own("data-class", c.word())));
        props.extend(when.flag.iter().map(|flag| own("flag", flag)));
    }
    props.extend(requirement.effective_from.iter().map(|day| own("effective-from", day)));
    for other in &requirement.crosswalk {
        props.push(own("crosswalk", &format!("{} {} {}", other.relation(), other.catalog, other.id)));
    }
    let mut control = json!({
        "id": id, "class": "requirement", "title": line(&requirement.title), "props": props,
        "parts": parts(requirement, id),
    });
    let needed: BTreeSet<&String> = requirement.checks.iter().flat_map(|c| &c.needs).collect();
    let mut links: Vec<Value> = needed
        .into_iter()
        .map(|p| json!({ "href": format!("#{}", parameter_id(catalog, p)), "rel": "related", "text": "parameter" }))
        .collect();
    let parent = requirement.parent.as_ref();
    let parent = parent.and_then(|p| catalog.requirements.iter().zip(ids).find(|(r, _)| r.id == *p));
    links.extend(parent.map(|(_, id)| json!({ "href": format!("#{id}"), "rel": "related", "text": "parent" })));
    if !links.is_empty() {
        control["links"] = links.into();
    }
    control
}

fn parts(requirement: &Requirement, id: &str) -> Vec<Value> {
    let own_part = |name: &str, what: &str| json!({ "name": name, "ns": NS, "prose": prose(what) });
    let mut parts = vec![match &requirement.official_text {
        Some(text) => {
            json!({ "id": format!("{id}_smt"), "name": "statement", "class": "official-text", "prose": prose(text) })
        }
        None => json!({ "id": format!("{id}_smt"), "name": "statement", "class": "paraphrase",
            "prose": prose(&requirement.paraphrase) }),
    }];
    if requirement.official_text.is_some() {
        parts.push(own_part("paraphrase", &requirement.paraphrase));
    }
    if has_slice(requirement) {
        parts.push(slice(requirement, id));
    }
    let methods = requirement.procedures.iter().flat_map(methods);
    parts.extend(methods.enumerate().map(|(n, (procedure, method, observed))| {
        let mut props = vec![
            prop("method", method),
            prop("label", &procedure.id),
            own("tool-contribution", procedure.tool_contribution.word()),
        ];
        if observed {
            props.push(own("method", "OBSERVE"));
        }
        json!({
            "id": format!("{id}_asm-{}", n + 1), "name": "assessment-method", "props": props,
            "parts": [{ "name": "assessment-objects", "prose": prose(&procedure.object) }],
        })
    }));
    parts.extend(requirement.manual_evidence.iter().map(|manual| {
        json!({
            "id": format!("{id}_man-{}", token(&manual.id)), "name": "manual-evidence", "ns": NS,
            "props": [prop("label", &manual.id), own("kind", manual.kind.word()),
                own("required", if manual.required { "yes" } else { "no" })],
            "prose": prose(&manual.what),
        })
    }));
    parts.extend(requirement.not_shown.as_deref().map(|text| own_part("not-shown", text)));
    if let Some(shared) = &requirement.shared_responsibility {
        parts.push(own_part("responsibility-of-aws", &shared.aws));
        parts.push(own_part("responsibility-of-entity", &shared.entity));
        let evidence = shared.evidence_of_aws_part.as_deref();
        parts.extend(evidence.map(|text| own_part("evidence-of-aws-part", text)));
    }
    parts
}

/// The part that checks can show: which they are, and what a failure of each means.
fn slice(requirement: &Requirement, id: &str) -> Value {
    let checks = requirement.checks.iter().filter(|c| c.relation != Relation::Informs);
    let props: Vec<Value> = checks
        .clone()
        .map(|c| {
            let mut prop = own("check", &c.check);
            prop["class"] = c.relation.word().into();
            let needed = if c.mandatory { "Needed" } else { "Not needed" };
            prop["remarks"] = format!("{needed}; a failure: {}", c.on_fail.word()).into();
            prop
        })
        .collect();
    let names: Vec<String> = checks.map(|c| line(&c.check)).collect();
    json!({
        "id": slice_id(id), "name": "assessment-objective", "class": "technical-slice",
        "title": "Technical slice", "props": props,
        "prose": format!(
            "The part of this requirement that these checks can show, for the streams in scope: {}. It is not the whole requirement.",
            names.join(", ")
        ),
    })
}

/// OSCAL has three methods; watching is a way of examining there, and so is said beside it.
fn methods(procedure: &Procedure) -> Vec<(&Procedure, &'static str, bool)> {
    let has = |method| procedure.methods.contains(&method);
    let mut methods = Vec::new();
    if has(Method::Examine) || has(Method::Observe) {
        methods.push((procedure, "EXAMINE", has(Method::Observe)));
    }
    if has(Method::Interview) {
        methods.push((procedure, "INTERVIEW", false));
    }
    if has(Method::Test) {
        methods.push((procedure, "TEST", false));
    }
    methods
}

/// The file of the pack that the document was made from.
fn source(loaded: &Loaded) -> Value {
    json!({
        "uuid": uuid::of("catalog-file", &loaded.sha256),
        "title": "The catalog as the pack has it",
        "rlinks": [{
            "href": format!("../../frameworks/{}", loaded.file_name), "media-type": "application/yaml",
            "hashes": [{ "algorithm": "SHA-256", "value": loaded.sha256 }],
        }],
    })
}
