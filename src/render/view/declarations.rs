//! What the entity declared.

use super::Input;
use crate::model::settings::{Cryptoperiod, StreamRule};
use serde::Serialize;

/// One declaration of the entity.
#[derive(Clone, Debug, Serialize)]
pub struct DeclarationRow {
    /// Which setting.
    pub setting: String,
    /// What it says.
    pub value: String,
}

pub(super) fn declarations(input: &Input<'_>) -> Vec<DeclarationRow> {
    let settings = input.settings;
    let mut rows = Vec::new();
    let mut row = |setting: &str, value: String| rows.push(DeclarationRow { setting: setting.to_owned(), value });
    let none = |text: String| if text.is_empty() { "not declared".to_owned() } else { text };
    row("entity", none(settings.entity.clone().unwrap_or_default()));
    row("classification", none(settings.classification.clone().unwrap_or_default()));
    row("scope.data_class_tag", none(settings.scope.data_class_tag.clone().unwrap_or_default()));
    for (value, classes) in &settings.scope.tag_values {
        row(&format!("scope.tag_values.{value}"), classes.iter().map(|c| c.word()).collect::<Vec<_>>().join(", "));
    }
    row("scope.tenant_tag", none(settings.scope.tenant_tag.clone().unwrap_or_default()));
    row("scope.environment_tag", none(settings.scope.environment_tag.clone().unwrap_or_default()));
    for rule in &settings.scope.streams {
        row("scope.streams", stream_rule(rule));
    }
    for period in &settings.cryptoperiods {
        row("cryptoperiods", period_rule(period));
    }
    for (name, value) in &settings.parameters {
        row(&format!("parameters.{name}"), value.to_string());
    }
    row("required_tags.streams", none(settings.required_tags.streams.join(", ")));
    row("required_tags.keys", none(settings.required_tags.keys.join(", ")));
    let expected = &settings.expected;
    row("expected.accounts", none(expected.accounts.join(", ")));
    row("expected.administrators", none(expected.administrators.join(", ")));
    row("expected.grant_creators", none(expected.grant_creators.join(", ")));
    row("expected.key_origins", none(expected.key_origins.join(", ")));
    row("expected.streams_per_key", none(expected.streams_per_key.map(|n| n.to_string()).unwrap_or_default()));
    row("expected.regions", none(expected.regions.join(", ")));
    row("expected.log_retention_days", none(expected.log_retention_days.map(|n| n.to_string()).unwrap_or_default()));
    row("declared_measures", none(settings.declared_measures.iter().cloned().collect::<Vec<_>>().join(", ")));
    for item in &settings.not_applicable {
        row(
            "not_applicable",
            format!("{} {}: {} ({}, {})", item.catalog, item.requirement, item.reason, item.name, item.date),
        );
    }
    for item in &settings.decision_records {
        row("decision_records", format!("{} {}: {}", item.catalog, item.requirement, item.place()));
    }
    for item in &settings.manual_evidence {
        row(
            "manual_evidence",
            format!("{} {} {}: {}", item.catalog, item.requirement, item.item.as_deref().unwrap_or(""), item.place()),
        );
    }
    rows
}

fn stream_rule(rule: &StreamRule) -> String {
    let classes = rule.data_classes.as_ref().map(|classes| match classes.len() {
        0 => "none of the classes".to_owned(),
        _ => classes.iter().map(|c| c.word()).collect::<Vec<_>>().join(", "),
    });
    let place = [("account", &rule.account), ("Region", &rule.region)];
    let place =
        place.into_iter().filter_map(|(what, v)| v.as_ref().map(|v| format!(", {what} {v}"))).collect::<String>();
    let tenant = rule.tenant.as_ref().map(|t| format!("tenant {t}"));
    let environment = rule.environment.as_ref().map(|e| format!("environment {e}"));
    let says: Vec<String> = [classes, tenant, environment].into_iter().flatten().collect();
    format!("{}{place}: {}", rule.name, says.join("; "))
}

fn period_rule(rule: &Cryptoperiod) -> String {
    let tag = rule.tag.as_ref().map(|tag| match &rule.value {
        Some(value) => format!("tag {tag}={value}"),
        None => format!("tag {tag}"),
    });
    let parts = [
        rule.key.as_ref().map(|k| format!("key {k}")),
        tag,
        rule.data_class.map(|c| format!("data class {}", c.word())),
        rule.account.as_ref().map(|a| format!("account {a}")),
        rule.region.as_ref().map(|r| format!("Region {r}")),
    ];
    format!("{}: {} days", parts.into_iter().flatten().collect::<Vec<_>>().join(", "), rule.days)
}
