//! The rules that a catalog must keep, beyond its form. Each is one function; all of them always run.
//!
//! Most rules exist to keep a catalog from claiming more than checks can show: who may say "full", what "informs"
//! may lean on, what must be said of what is not shown.

use super::place::{Node, Step, Step::Index, Step::Key};
use super::{Known, Mistake};
use crate::model::catalog::{
    Catalog, Contribution, Coverage, CrosswalkStyle, Obligation, Parameter, ParameterKind, Relation, Requirement,
    SCHEMA_VERSION, SET_RELATIONS, TextLicence, is_date, is_day,
};
use crate::model::settings::DataClass;
use regex_lite::Regex;
use std::collections::BTreeSet;

/// The parameter that lists the measures an entity has declared as its own.
const DECLARED_MEASURES: &str = "declared_measures";

/// The longest catalog id: it names a file in the pack and heads columns.
const ID_MAX: usize = 64;

/// Every mistake of a catalog, in the order of the file; without their places where those are not given.
pub(super) fn mistakes(file_name: &str, catalog: &Catalog, known: &[Known<'_>], places: Option<&Node>) -> Vec<Mistake> {
    let mut rules = Rules { catalog, known_checks: known, places, found: Vec::new() };
    rules.header(file_name);
    rules.dates();
    rules.parameters();
    rules.ids();
    for index in 0..catalog.requirements.len() {
        rules.words(index);
        rules.coverage(index);
        rules.procedures(index);
        rules.checks(index);
        rules.declared_measures(index);
        rules.scope(index);
        rules.manual_evidence(index);
        rules.crosswalk(index);
        rules.examples(index);
    }
    rules.found.sort();
    rules.found
}

struct Rules<'a> {
    catalog: &'a Catalog,
    known_checks: &'a [Known<'a>],
    places: Option<&'a Node>,
    found: Vec<Mistake>,
}

impl<'a> Rules<'a> {
    fn add(&mut self, way: &[Step<'_>], message: String) {
        self.add_with_hint(way, message, None);
    }

    fn add_with_hint(&mut self, way: &[Step<'_>], message: String, hint: Option<String>) {
        let (line, column) = self.places.map_or((0, 0), |places| places.find(way));
        self.found.push(Mistake { line, column, message, hint });
    }

    fn in_requirement(&mut self, index: usize, rest: &[Step<'_>], message: &str) {
        self.in_requirement_with_hint(index, rest, message, None);
    }

    fn in_requirement_with_hint(&mut self, index: usize, rest: &[Step<'_>], message: &str, hint: Option<String>) {
        let mut way = vec![Key("requirements"), Index(index)];
        way.extend_from_slice(rest);
        let message = format!("requirement {}: {message}", self.catalog.requirements[index].id);
        self.add_with_hint(&way, message, hint);
    }

    fn requirement(&self, index: usize) -> &'a Requirement {
        &self.catalog.requirements[index]
    }

    fn nearest_check(&self, id: &str) -> String {
        let list = || "`keywitness checks list` lists the checks that exist".to_owned();
        let ids: Vec<&str> = self.known_checks.iter().map(|k| k.0).collect();
        nearest(id, &ids).unwrap_or_else(list)
    }

    fn parameter(&self, id: &str) -> Option<&'a Parameter> {
        self.catalog.parameters.iter().find(|p| p.id == id)
    }

    fn header(&mut self, file_name: &str) {
        let header = &self.catalog.catalog;
        if self.catalog.schema_version != SCHEMA_VERSION {
            let message =
                format!("schema_version is {}, and this program reads {SCHEMA_VERSION}", self.catalog.schema_version);
            self.add(&[Key("schema_version")], message);
        }
        let wellformed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        if header.id.is_empty() || !header.id.chars().all(wellformed) || header.id.starts_with('.') {
            let message = format!("catalog id {:?} may hold only a-z, 0-9, \"-\" and \".\"", header.id);
            self.add(&[Key("catalog"), Key("id")], message);
        }
        if header.id.len() > ID_MAX || header.id.starts_with('-') || header.id.ends_with(['-', '.']) {
            let message =
                format!("catalog id {:?} begins or ends with \"-\" or \".\", or is longer than {ID_MAX}", header.id);
            self.add(&[Key("catalog"), Key("id")], message);
        }
        let external = |id: &str| super::ids().any(|own| own == id) && id != "house-baseline";
        if external(&header.id) && header.text_licence == TextLicence::Own {
            let message = format!(
                "catalog {} is of a framework, and its text_licence says that the rules are one's own",
                header.id
            );
            let hint = "give rules of your own a catalog id of their own".to_owned();
            self.add_with_hint(&[Key("catalog"), Key("text_licence")], message, Some(hint));
        }
        let stem = file_name.strip_suffix(".yaml").or_else(|| file_name.strip_suffix(".yml"));
        if stem != Some(&header.id) {
            let message = format!("catalog id {:?} is not the file's name {file_name:?} without its ending", header.id);
            let hint = format!("call the file {}.yaml, or change the id", header.id);
            self.add_with_hint(&[Key("catalog"), Key("id")], message, Some(hint));
        }
        for (key, text) in
            [("framework", &header.framework), ("edition", &header.edition), ("publisher", &header.publisher)]
        {
            if text.trim().is_empty() {
                self.add(&[Key("catalog"), Key(key)], format!("{key} is empty"));
            }
        }
        let version: Vec<&str> = header.catalog_version.split('.').collect();
        let number = |part: &&str| !part.is_empty() && part.len() < 6 && part.bytes().all(|b| b.is_ascii_digit());
        if version.len() != 3 || !version.iter().all(number) {
            let message = format!("catalog_version {:?} is not of the form 1.0.0", header.catalog_version);
            self.add(&[Key("catalog"), Key("catalog_version")], message);
        }
        if self.catalog.requirements.is_empty() {
            self.add(&[Key("requirements")], "the catalog has no requirements".to_owned());
        }
    }

    fn dates(&mut self) {
        let header = &self.catalog.catalog;
        let partial = [
            ("published", &header.published),
            ("in_force_from", &header.in_force_from),
            ("all_dated_requirements_effective", &header.all_dated_requirements_effective),
            ("superseded_on", &header.superseded_on),
            ("last_amended", &header.last_amended),
        ];
        for (key, value) in partial {
            if let Some(text) = value.as_deref().filter(|t| !is_date(t)) {
                let message =
                    format!("{key} {text:?} is not a year, a month or a day, such as 2024, 2024-06 or 2024-06-11");
                self.add(&[Key("catalog"), Key(key)], message);
            }
        }
        for (key, text) in [("reviewed_on", &header.reviewed_on), ("review_due", &header.review_due)] {
            if !is_day(text) {
                self.add(&[Key("catalog"), Key(key)], format!("{key} {text:?} is not a day, such as 2026-11-23"));
            }
        }
        if is_day(&header.reviewed_on) && is_day(&header.review_due) && header.review_due < header.reviewed_on {
            self.add(&[Key("catalog"), Key("review_due")], "review_due lies before reviewed_on".to_owned());
        }
        for (index, requirement) in self.catalog.requirements.iter().enumerate() {
            if let Some(text) = requirement.effective_from.as_deref().filter(|t| !is_date(t)) {
                self.in_requirement(index, &[Key("effective_from")], &format!("effective_from {text:?} is not a date"));
            }
        }
    }

    fn parameters(&mut self) {
        let ids: BTreeSet<&str> = self.catalog.requirements.iter().map(|r| r.id.as_str()).collect();
        let mut seen = BTreeSet::new();
        for (index, parameter) in self.catalog.parameters.iter().enumerate() {
            let here = [Key("parameters"), Index(index)];
            if !seen.insert(&parameter.id) {
                self.add(&here, format!("parameter {} stands twice", parameter.id));
            }
            for (position, id) in parameter.used_by.iter().enumerate() {
                if !ids.contains(id.as_str()) {
                    let way = [here[0], here[1], Key("used_by"), Index(position)];
                    self.add(
                        &way,
                        format!("parameter {}: used_by names requirement {id}, which is not here", parameter.id),
                    );
                }
            }
            let says_nothing = |v: &serde_json::Value| v.is_null() || v.as_array().is_some_and(Vec::is_empty);
            if parameter.default.as_ref().is_some_and(|v| !says_nothing(v)) {
                let way = [here[0], here[1], Key("default")];
                let message = format!("parameter {}: it has a default, and only the entity can know it", parameter.id);
                self.add_with_hint(&way, message, Some("write default: null".to_owned()));
            }
        }
    }

    fn ids(&mut self) {
        let header = &self.catalog.catalog;
        let pattern = Regex::new(&header.id_pattern);
        if let Err(error) = &pattern {
            let message = format!("id_pattern is not a regular expression: {error}");
            self.add(&[Key("catalog"), Key("id_pattern")], message);
        }
        if !header.id_pattern.starts_with('^') || !header.id_pattern.ends_with('$') {
            let message = "id_pattern must begin with ^ and end with $: it is about the whole id".to_owned();
            self.add(&[Key("catalog"), Key("id_pattern")], message);
        }
        let all: BTreeSet<&str> = self.catalog.requirements.iter().map(|r| r.id.as_str()).collect();
        let mut seen = BTreeSet::new();
        for (index, requirement) in self.catalog.requirements.iter().enumerate() {
            let id = &requirement.id;
            if pattern.as_ref().is_ok_and(|p| !p.is_match(id)) {
                let message = format!("the id does not match id_pattern {}", header.id_pattern);
                self.in_requirement(index, &[Key("id")], &message);
            }
            if !seen.insert(id) {
                self.in_requirement(index, &[Key("id")], "the id stands twice");
            }
            if let Some(parent) = requirement.parent.as_deref()
                && (parent == id || !all.contains(parent))
            {
                self.in_requirement(index, &[Key("parent")], &format!("its parent {parent} is not here"));
            }
        }
    }

    fn words(&mut self, index: usize) {
        let requirement = self.requirement(index);
        for (key, text) in [("title", &requirement.title), ("paraphrase", &requirement.paraphrase)] {
            if text.trim().is_empty() {
                self.in_requirement(index, &[Key(key)], &format!("{key} is empty"));
            }
        }
        if requirement.applies_to.is_empty() {
            self.in_requirement(index, &[Key("applies_to")], "applies_to is empty");
        }
        if self.catalog.catalog.text_licence == TextLicence::CopyrightParaphraseOnly
            && requirement.official_text.is_some()
        {
            let message = "it has official_text, and the catalog's licence allows only paraphrases";
            self.in_requirement(index, &[Key("official_text")], message);
        }
        if requirement.obligation == Obligation::Addressable && !self.catalog.catalog.framework.starts_with("HIPAA") {
            let message = "its obligation is addressable, which only HIPAA knows";
            self.in_requirement(index, &[Key("obligation")], message);
        }
    }

    fn coverage(&mut self, index: usize) {
        let requirement = self.requirement(index);
        let at = [Key("coverage")];
        let judges = requirement.checks.iter().any(|c| c.relation != Relation::Informs);
        match requirement.coverage {
            Coverage::Full => {
                if self.catalog.catalog.text_licence != TextLicence::Own {
                    let message = "its coverage is full, which only an organization's own rules can say";
                    let hint = "write coverage: partial, and what a person must still obtain";
                    self.in_requirement_with_hint(index, &at, message, Some(hint.to_owned()));
                }
                if !judges {
                    self.in_requirement(index, &at, "its coverage is full without a check that supports it");
                }
                let whole = |p: &crate::model::catalog::Procedure| p.tool_contribution == Contribution::Full;
                if requirement.procedures.is_empty() || !requirement.procedures.iter().all(whole) {
                    let message = "its coverage is full, and not every procedure has tool_contribution: full";
                    self.in_requirement(index, &at, message);
                }
                if requirement.manual_evidence.iter().any(|m| m.required) {
                    self.in_requirement(index, &at, "its coverage is full, and it requires manual evidence");
                }
            }
            Coverage::Partial => {
                if !judges {
                    let message = "its coverage is partial without a check that supports or partially supports it";
                    let hint = "write coverage: informs, or manual_only where there is no check";
                    self.in_requirement_with_hint(index, &at, message, Some(hint.to_owned()));
                }
            }
            Coverage::Informs => {
                if judges {
                    let message = "its coverage is informs, and a check is said to support it";
                    self.in_requirement(index, &at, message);
                }
            }
            Coverage::ManualOnly => {
                if !requirement.checks.is_empty() {
                    self.in_requirement(index, &at, "its coverage is manual_only, and it has checks");
                }
            }
        }
        if requirement.coverage != Coverage::Full
            && requirement.not_shown.as_deref().is_none_or(|t| t.trim().is_empty())
        {
            self.in_requirement(index, &[Key("not_shown")], "it does not say what is not shown");
        }
    }

    fn procedures(&mut self, index: usize) {
        let mut seen = BTreeSet::new();
        for (position, procedure) in self.requirement(index).procedures.iter().enumerate() {
            let at = [Key("procedures"), Index(position)];
            if !seen.insert(&procedure.id) {
                self.in_requirement(index, &at, &format!("procedure {} stands twice", procedure.id));
            }
            if procedure.methods.is_empty() {
                self.in_requirement(index, &at, &format!("procedure {} has no methods", procedure.id));
            }
        }
    }

    fn checks(&mut self, index: usize) {
        let mut seen = BTreeSet::new();
        for (position, link) in self.requirement(index).checks.iter().enumerate() {
            let at = [Key("checks"), Index(position), Key("check")];
            match self.known_checks.iter().find(|k| k.0 == link.check) {
                None => {
                    let message = format!("there is no check {}", link.check);
                    self.in_requirement_with_hint(index, &at, &message, Some(self.nearest_check(&link.check)));
                }
                Some((_, scope)) if *scope != link.scope => {
                    let at = [Key("checks"), Index(position), Key("scope")];
                    let message = format!("check {} is not asked of {}", link.check, link.scope.word());
                    let hint = format!("write scope: {}", scope.word());
                    self.in_requirement_with_hint(index, &at, &message, Some(hint));
                }
                Some(_) => {}
            }
            if !seen.insert(&link.check) {
                self.in_requirement(index, &at, &format!("check {} stands twice", link.check));
            }
            for (nth, need) in link.needs.iter().enumerate() {
                let at = [Key("checks"), Index(position), Key("needs"), Index(nth)];
                match self.parameter(need) {
                    None => {
                        let message = format!("check {} needs {need}, which is not among the parameters", link.check);
                        self.in_requirement(index, &at, &message);
                    }
                    Some(parameter) if !parameter.used_by.contains(&self.requirement(index).id) => {
                        let message = format!("check {} needs {need}, whose used_by does not name it", link.check);
                        self.in_requirement(index, &at, &message);
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn declared_measures(&mut self, index: usize) {
        for (position, link) in self.requirement(index).checks.iter().enumerate() {
            let at = [Key("checks"), Index(position), Key("measure")];
            match (&link.on_fail_if_declared, &link.measure) {
                (None, None) => {}
                (Some(_), None) | (None, Some(_)) => {
                    let message = format!("check {}: on_fail_if_declared and measure come together", link.check);
                    self.in_requirement(index, &at, &message);
                }
                (Some(_), Some(measure)) => {
                    let values = self.parameter(DECLARED_MEASURES).map_or(&[][..], |p| &p.values);
                    if !values.contains(measure) {
                        let message =
                            format!("check {}: {measure} is not among the values of {DECLARED_MEASURES}", link.check);
                        self.in_requirement(index, &at, &message);
                    }
                }
            }
        }
    }

    fn scope(&mut self, index: usize) {
        let Some(when) = &self.requirement(index).applies_when else { return };
        if when.data_class_any.is_empty() && when.flag.is_none() {
            self.in_requirement(index, &[Key("applies_when")], "applies_when names no data class and no flag");
        }
        if when.data_class_any.contains(&DataClass::None) {
            self.in_requirement(
                index,
                &[Key("applies_when")],
                "applies_when names \"none\", which is no class of data",
            );
        }
        if let Some(flag) = &when.flag
            && self.parameter(flag).is_none_or(|p| p.kind != ParameterKind::Bool)
        {
            let message = format!("the flag {flag} is not among the parameters of type bool");
            self.in_requirement(index, &[Key("applies_when"), Key("flag")], &message);
        }
    }

    fn manual_evidence(&mut self, index: usize) {
        let requirement = self.requirement(index);
        if requirement.coverage != Coverage::Full && requirement.manual_evidence.is_empty() {
            let message = "its coverage is not full, and no manual_evidence says what is still needed";
            let hint = "manual_evidence: [{id: M1, kind: policy, required: true, what: The policy}]".to_owned();
            self.in_requirement_with_hint(index, &[Key("manual_evidence")], message, Some(hint));
        }
        let mut seen = BTreeSet::new();
        for (position, item) in requirement.manual_evidence.iter().enumerate() {
            let at = [Key("manual_evidence"), Index(position)];
            if !seen.insert(&item.id) {
                self.in_requirement(index, &at, &format!("manual evidence {} stands twice", item.id));
            }
            if item.what.trim().is_empty() {
                self.in_requirement(index, &at, &format!("manual evidence {} does not say what", item.id));
            }
        }
    }

    fn crosswalk(&mut self, index: usize) {
        for (position, walk) in self.requirement(index).crosswalk.iter().enumerate() {
            let at = [Key("crosswalk"), Index(position), Key("type")];
            if walk.style == CrosswalkStyle::SetTheory && !SET_RELATIONS.contains(&walk.relation()) {
                let message = format!("{} is no relation of the set-theory style", walk.relation());
                let hint = format!("here can stand: {}", SET_RELATIONS.join(", "));
                self.in_requirement_with_hint(index, &at, &message, Some(hint));
            }
        }
    }

    fn examples(&mut self, index: usize) {
        let requirement = self.requirement(index);
        for (position, example) in requirement.tests.iter().enumerate() {
            for check in example.given.keys() {
                if !requirement.checks.iter().any(|c| c.check == *check) {
                    let at = [Key("tests"), Index(position), Key("given"), Key(check)];
                    self.in_requirement(
                        index,
                        &at,
                        &format!("a test gives a result of {check}, which is not among its checks"),
                    );
                }
            }
            for parameter in &example.parameters {
                if self.parameter(parameter).is_none() {
                    let at = [Key("tests"), Index(position), Key("parameters")];
                    self.in_requirement(
                        index,
                        &at,
                        &format!("a test declares {parameter}, which is not among the parameters"),
                    );
                }
            }
        }
    }
}

/// The word that differs least, if one is near enough to be a slip of the pen.
pub(super) fn nearest(word: &str, known: &[&str]) -> Option<String> {
    let (far, best) = known.iter().map(|k| (distance(word, k), *k)).min()?;
    (far <= 3).then(|| format!("did you mean {best}?"))
}

/// How many letters must change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
