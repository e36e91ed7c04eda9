//! The shipped catalogs, and one test for each rule that a catalog must keep, with the place of the mistake.

use super::*;
use crate::model::catalog::{CheckScope, Coverage, OnFail, Relation, TextLicence};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The checks that the shipped catalogs may name, with what each is asked of.
const KNOWN: &[(&str, CheckScope)] = &[
    ("stream-sse-enabled", CheckScope::Streams),
    ("stream-customer-managed-key", CheckScope::Streams),
    ("stream-required-tags", CheckScope::Streams),
    ("stream-inventory-complete", CheckScope::Account),
    ("key-enabled", CheckScope::Keys),
    ("key-not-pending-deletion", CheckScope::Keys),
    ("key-rotation-enabled", CheckScope::Keys),
    ("key-rotation-period", CheckScope::Keys),
    ("key-rotated-in-cryptoperiod", CheckScope::Keys),
    ("key-required-tags", CheckScope::Keys),
    ("trail-logging-multi-region", CheckScope::Account),
    ("trail-log-file-validation", CheckScope::Account),
    ("trail-records-kms-events", CheckScope::Account),
    ("key-management-events", CheckScope::Account),
    ("key-access-events", CheckScope::Account),
    ("stream-events", CheckScope::Account),
    ("event-calls-not-refused", CheckScope::Account),
    ("event-key-deletion-not-scheduled", CheckScope::Account),
    ("event-logging-not-stopped", CheckScope::Account),
    ("event-root-not-used", CheckScope::Account),
    ("event-trails-unchanged", CheckScope::Account),
    ("event-who-is-named", CheckScope::Account),
    ("key-administrators-expected", CheckScope::Keys),
    ("key-material-not-expiring", CheckScope::Keys),
    ("key-one-environment", CheckScope::Keys),
    ("key-one-tenant", CheckScope::Keys),
    ("key-origin-expected", CheckScope::Keys),
    ("key-policy-accounts-expected", CheckScope::Keys),
    ("key-policy-not-broad", CheckScope::Keys),
    ("key-policy-not-public", CheckScope::Keys),
    ("key-policy-separates-duties", CheckScope::Keys),
    ("key-spec-symmetric", CheckScope::Keys),
    ("trail-delivers-digests", CheckScope::Account),
    ("trail-delivers-logs", CheckScope::Account),
    ("trail-encrypted-with-key", CheckScope::Account),
    ("trail-to-log-group", CheckScope::Account),
    ("alarm-on-key-changes", CheckScope::Account),
    ("alarm-on-trail-changes", CheckScope::Account),
    ("guard-encryption-not-stopped", CheckScope::Account),
    ("guard-keys-not-removed", CheckScope::Account),
    ("guard-logging-not-stopped", CheckScope::Account),
    ("key-grants-expected", CheckScope::Keys),
    ("key-grants-limited", CheckScope::Keys),
    ("stream-backup-customer-key", CheckScope::Streams),
    ("stream-backup-encrypted", CheckScope::Streams),
    ("stream-backup-of-changed-records", CheckScope::Streams),
    ("stream-buckets-keep-versions", CheckScope::Streams),
    ("stream-buckets-not-public", CheckScope::Streams),
    ("stream-delivers-where-expected", CheckScope::Streams),
    ("stream-delivery-succeeds", CheckScope::Streams),
    ("stream-delivery-watched", CheckScope::Streams),
    ("stream-destination-customer-key", CheckScope::Streams),
    ("stream-destination-encrypted", CheckScope::Streams),
    ("stream-destination-key-named", CheckScope::Streams),
    ("stream-destination-key-usable", CheckScope::Streams),
    ("stream-destination-tls", CheckScope::Streams),
    ("stream-error-log-customer-key", CheckScope::Streams),
    ("stream-error-logging", CheckScope::Streams),
    ("stream-grant-alive", CheckScope::Streams),
    ("stream-keys-answered", CheckScope::Streams),
    ("stream-redshift-not-public", CheckScope::Streams),
    ("stream-role-can-use-keys", CheckScope::Streams),
    ("stream-secrets-managed", CheckScope::Streams),
    ("stream-source-customer-key", CheckScope::Streams),
    ("stream-source-encrypted", CheckScope::Streams),
    ("stream-source-tls", CheckScope::Streams),
    ("trail-bucket-data-events", CheckScope::Account),
    ("trail-bucket-keeps-versions", CheckScope::Account),
    ("trail-bucket-locked", CheckScope::Account),
    ("trail-bucket-mfa-delete", CheckScope::Account),
    ("trail-bucket-not-public", CheckScope::Account),
    ("trail-bucket-retention", CheckScope::Account),
    ("trail-key-customer-managed", CheckScope::Account),
    ("trail-stores-protected", CheckScope::Account),
    ("trail-stores-record-kms-events", CheckScope::Account),
    ("event-destinations-unchanged", CheckScope::Account),
    ("event-encryption-not-stopped", CheckScope::Account),
    ("event-grants-created-as-expected", CheckScope::Account),
    ("event-key-material-not-deleted", CheckScope::Account),
    ("event-key-policies-unchanged", CheckScope::Account),
    ("event-keys-not-disabled", CheckScope::Account),
    ("key-policy-grants-limited", CheckScope::Keys),
    ("key-policy-no-deleted-principals", CheckScope::Keys),
    ("stream-data-class-declared", CheckScope::Streams),
    ("trail-of-organization", CheckScope::Account),
    ("trail-records-all-management-events", CheckScope::Account),
];

/// Read once: the parser is slow without optimization.
static SHIPPED: LazyLock<Vec<Loaded>> = LazyLock::new(|| load_all(KNOWN).unwrap_or_else(|e| panic!("{e}")));

fn shipped() -> &'static [Loaded] {
    &SHIPPED
}

fn shipped_one(id: &str) -> &'static Catalog {
    SHIPPED.iter().map(|l| &l.catalog).find(|c| c.catalog.id == id).unwrap()
}

const SOUND: &str = r#"schema_version: 1
catalog:
  id: sample
  framework: Sample rules
  edition: "1"
  publisher: Example Ltd
  published: "2024-06"
  text_licence: copyright-paraphrase-only
  catalog_version: 1.0.0
  reviewed_on: "2026-11-23"
  review_due: "2027-05-23"
  id_pattern: '^\d\.\d$'
parameters:
  - {id: cryptoperiod_days, type: integer, default: null, declared_by: entity, used_by: ["1.1"]}
  - {id: provider, type: bool, declared_by: entity}
  - {id: declared_measures, type: list, default: [], declared_by: entity, values: [encryption]}
requirements:
  - id: "1.1"
    title: Keys change
    paraphrase: Keys change in time.
    obligation: required
    applies_to: [all]
    applies_when: {data_class_any: [pan], flag: provider}
    coverage: partial
    procedures:
      - {id: 1.1.a, methods: [examine], object: policy, tool_contribution: none}
    checks:
      - {check: key-enabled, scope: keys, relation: supports, mandatory: true, on_fail: contradicts, needs: [cryptoperiod_days]}
      - {check: stream-sse-enabled, scope: streams, relation: informs, mandatory: false, on_fail: none, on_fail_if_declared: contradicts_own_measure, measure: encryption}
    manual_evidence:
      - {id: M1, kind: policy, required: true, what: The policy}
    not_shown: Whatever is not a key.
    tests:
      - {given: {key-enabled: pass}, parameters: [cryptoperiod_days], expect: supported_in_part}
"#;

/// What loading the sound sample says once a piece of it is replaced.
fn refused(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "the sample has no {from:?}");
    refused_text(&SOUND.replacen(from, to, 1))
}

fn refused_text(text: &str) -> String {
    load("sample.yaml", text, KNOWN).expect_err("the catalog should be refused").to_string()
}

#[track_caller]
fn says(said: &str, place: &str, words: &str) {
    assert!(said.contains(&format!("sample.yaml{place}: ")), "no place {place} in:\n{said}");
    assert!(said.contains(words), "no {words:?} in:\n{said}");
}

/// What a pack says of a catalog is its version: two contents must never go by one.
#[test]
fn a_changed_catalog_has_a_new_version() {
    const RECORDED: &str = include_str!("../../frameworks/versions.txt");
    let lines = RECORDED.lines().filter(|line| !line.starts_with('#'));
    let recorded: Vec<(&str, &str)> = lines.map(|line| line.rsplit_once(' ').expect("file, version, digest")).collect();
    let named: BTreeSet<&str> = recorded.iter().map(|(version, _)| *version).collect();
    assert_eq!(named.len(), recorded.len(), "frameworks/versions.txt has a version twice");
    for (file, text) in ALL {
        let version = text.lines().find_map(|line| line.strip_prefix("  catalog_version: ")).expect("a version");
        let digest = Sha256::digest(text).iter().fold(String::new(), |all, byte| all + &format!("{byte:02x}"));
        let line = format!("{file} {version}");
        match recorded.iter().find(|(named, _)| *named == line) {
            None => {
                panic!("add this line to frameworks/versions.txt, and leave the others as they are:\n{line} {digest}")
            }
            Some((_, told)) => assert_eq!(
                *told, digest,
                "frameworks/{file} was changed and still calls itself {version}: raise its catalog_version, run this \
                 test again, and add the line that it prints to frameworks/versions.txt"
            ),
        }
    }
}

#[test]
fn the_sound_sample_is_sound() {
    let loaded = load("sample.yaml", SOUND, KNOWN).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(loaded.text, SOUND);
    assert_eq!(loaded.sha256.len(), 64);
    assert_eq!(loaded.catalog.requirements.len(), 1);
}

#[test]
fn every_shipped_catalog_is_sound_and_named_after_its_id() {
    for loaded in shipped() {
        assert_eq!(loaded.file_name, format!("{}.yaml", loaded.catalog.catalog.id));
    }
}

#[test]
fn an_unknown_check_is_told_with_place_and_hint() {
    let said = refused("check: key-enabled,", "check: key-enabld,");
    says(&said, ":28:17", "there is no check key-enabld");
    says(&said, ":28:17", "did you mean key-enabled?");
    says(&refused("check: key-enabled,", "check: quantum-safety,"), ":28:17", "lists the checks that exist");
}

#[test]
fn a_second_requirement_of_the_same_id_is_refused() {
    let again = SOUND.split("requirements:\n").nth(1).unwrap();
    says(&refused_text(&format!("{SOUND}{again}")), ":35:9", "requirement 1.1: the id stands twice");
}

#[test]
fn an_id_must_match_the_pattern() {
    says(&refused("id: \"1.1\"", "id: \"1.10\""), ":18:9", "does not match id_pattern");
    says(&refused("'^\\d\\.\\d$'", "'^(\\d$'"), ":12:15", "id_pattern is not a regular expression");
    says(&refused("'^\\d\\.\\d$'", "'\\d\\.\\d'"), ":12:15", "must begin with ^ and end with $");
}

#[test]
fn a_check_stands_once_in_a_requirement() {
    says(&refused("check: stream-sse-enabled", "check: key-enabled"), ":29:17", "check key-enabled stands twice");
}

#[test]
fn what_a_check_needs_must_be_a_parameter() {
    says(
        &refused("id: cryptoperiod_days", "id: other_days"),
        ":28:110",
        "needs cryptoperiod_days, which is not among the parameters",
    );
    says(&refused("used_by: [\"1.1\"]", "used_by: []"), ":28:110", "whose used_by does not name it");
    says(
        &refused("used_by: [\"1.1\"]", "used_by: [\"1.1\", \"9.9\"]"),
        ":14:97",
        "names requirement 9.9, which is not here",
    );
}

#[test]
fn a_parameter_has_no_default() {
    says(&refused("default: null", "default: 365"), ":14:53", "it has a default, and only the entity can know it");
}

#[test]
fn only_own_rules_can_be_covered_in_full() {
    let said = refused("coverage: partial", "coverage: full");
    says(&said, ":24:15", "its coverage is full, which only an organization's own rules can say");
    says(&said, ":24:15", "not every procedure has tool_contribution: full");
    says(&said, ":24:15", "it requires manual evidence");
}

#[test]
fn own_rules_in_full_leave_nothing_to_a_person() {
    let own = SOUND
        .replace("copyright-paraphrase-only", "own")
        .replace("coverage: partial", "coverage: full")
        .replace("tool_contribution: none", "tool_contribution: full");
    says(&refused_text(&own), ":24:15", "it requires manual evidence");
    let sound =
        own.replace("    manual_evidence:\n      - {id: M1, kind: policy, required: true, what: The policy}\n", "");
    let sound = sound.replace("expect: supported_in_part", "expect: satisfied_by_evidence");
    load("sample.yaml", &sound, KNOWN).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn copyrighted_text_is_refused() {
    says(
        &refused("    obligation:", "    official_text: Their words.\n    obligation:"),
        ":21:20",
        "allows only paraphrases",
    );
}

#[test]
fn manual_only_has_no_checks_and_informs_supports_nothing() {
    says(
        &refused("coverage: partial", "coverage: manual_only"),
        ":24:15",
        "its coverage is manual_only, and it has checks",
    );
    says(
        &refused("coverage: partial", "coverage: informs"),
        ":24:15",
        "its coverage is informs, and a check is said to support it",
    );
    says(&refused("relation: supports", "relation: informs"), ":24:15", "its coverage is partial without a check");
}

#[test]
fn only_hipaa_knows_addressable() {
    says(&refused("obligation: required", "obligation: addressable"), ":21:17", "which only HIPAA knows");
}

#[test]
fn what_is_not_covered_in_full_says_what_is_left() {
    let said = refused("    manual_evidence:\n      - {id: M1, kind: policy, required: true, what: The policy}\n", "");
    says(&said, ":18:5", "no manual_evidence says what is still needed");
    says(&refused("not_shown: Whatever is not a key.", "not_shown: \"\""), ":32:16", "does not say what is not shown");
}

#[test]
fn a_parent_exists() {
    says(&refused("    obligation:", "    parent: \"1.0\"\n    obligation:"), ":21:13", "its parent 1.0 is not here");
    says(&refused("    obligation:", "    parent: \"1.1\"\n    obligation:"), ":21:13", "its parent 1.1 is not here");
}

#[test]
fn dates_are_dates() {
    says(&refused("\"2024-06\"", "\"June 2024\""), ":7:14", "is not a year, a month or a day");
    says(&refused("\"2027-05-23\"", "\"2027-02-30\""), ":11:15", "review_due \"2027-02-30\" is not a day");
    says(&refused("\"2027-05-23\"", "\"2025-05-23\""), ":11:15", "review_due lies before reviewed_on");
}

#[test]
fn the_head_is_checked() {
    says(&refused("schema_version: 1", "schema_version: 2"), ":1:17", "this program reads 1");
    says(&refused("id: sample", "id: other"), ":3:7", "is not the file's name");
    says(&refused("id: sample", "id: ../sample"), ":3:7", "may hold only");
    says(&refused("catalog_version: 1.0.0", "catalog_version: \"1.0\""), ":9:20", "is not of the form 1.0.0");
    says(&refused("publisher: Example Ltd", "publisher: \"\""), ":6:14", "publisher is empty");
}

#[test]
fn a_declared_measure_is_named_and_known() {
    says(&refused(", measure: encryption", ""), ":29:9", "on_fail_if_declared and measure come together");
    says(&refused("values: [encryption]", "values: [other]"), ":29:160", "encryption is not among the values");
}

#[test]
fn a_condition_of_scope_says_something() {
    says(&refused("{data_class_any: [pan], flag: provider}", "{}"), ":23:19", "names no data class and no flag");
    says(
        &refused("flag: provider", "flag: vendor"),
        ":23:49",
        "the flag vendor is not among the parameters of type bool",
    );
    says(&refused("data_class_any: [pan]", "data_class_any: [none]"), ":23:19", "which is no class of data");
}

#[test]
fn an_example_names_only_its_own_checks() {
    says(
        &refused("given: {key-enabled: pass}", "given: {stream-events: pass}"),
        ":34:33",
        "stream-events, which is not among its checks",
    );
}

#[test]
fn ids_inside_a_requirement_are_unique() {
    let item = "      - {id: M1, kind: policy, required: true, what: The policy}\n";
    says(&refused(item, &item.repeat(2)), ":32:9", "manual evidence M1 stands twice");
    let procedure = "      - {id: 1.1.a, methods: [examine], object: policy, tool_contribution: none}\n";
    says(&refused(procedure, &procedure.repeat(2)), ":27:9", "procedure 1.1.a stands twice");
    says(&refused("methods: [examine]", "methods: []"), ":26:9", "procedure 1.1.a has no methods");
}

#[test]
fn all_mistakes_are_told_in_the_order_of_the_file() {
    let text = SOUND
        .replace("obligation: required", "obligation: addressable")
        .replace("check: key-enabled,", "check: nothing,")
        .replace("\"2024-06\"", "\"2024-13\"");
    let error = load("sample.yaml", &text, KNOWN).unwrap_err();
    let lines: Vec<u64> = error.mistakes.iter().map(|m| m.line).collect();
    assert_eq!(lines, [7, 21, 28, 34], "{error}");
    assert!(error.to_string().starts_with("catalog sample.yaml is not used: 4 mistakes\n"));
}

#[test]
fn an_unknown_word_or_field_is_refused_with_its_place() {
    says(&refused("coverage: partial", "coverage: most"), ":24:15", "most");
    says(&refused("    coverage:", "    colour: red\n    coverage:"), ":24:5", "colour");
    assert!(refused("    title: Keys change\n", "").contains("the field title is missing"));
}

#[test]
fn a_repeated_key_is_refused() {
    says(
        &refused("    title: Keys change\n", "    title: Keys change\n    title: Others\n"),
        ":20:5",
        "the field title stands twice",
    );
}

#[test]
fn aliases_merges_and_further_documents_are_refused() {
    assert!(refused("title: Keys change", "title: &a Keys change").contains("sample.yaml:19:"));
    let alias = SOUND
        .replace("title: Keys change", "title: &a Keys change")
        .replace("paraphrase: Keys change in time.", "paraphrase: *a");
    assert!(refused_text(&alias).contains("sample.yaml:19:"));
    assert!(refused_text(&format!("{SOUND}---\nschema_version: 1\n")).contains("1 mistake"));
    assert!(refused_text(&format!("{SOUND}    <<: {{title: Others}}\n")).contains("sample.yaml:35:"));
}

#[test]
fn size_and_depth_are_limited() {
    let long = format!("{SOUND}# {}\n", "x".repeat(MAX_BYTES));
    assert!(refused_text(&long).contains("the file has more than 1048576 bytes"));
    let deep = refused("title: Keys change", &format!("title: {}{}", "[".repeat(40), "]".repeat(40)));
    assert!(deep.contains("sample.yaml:19:"), "{deep}");
}

#[test]
fn no_external_catalog_says_full_and_the_house_baseline_does() {
    for loaded in shipped() {
        let own = loaded.catalog.catalog.text_licence == TextLicence::Own;
        assert_eq!(own, loaded.catalog.catalog.id == "house-baseline");
        let full = loaded.catalog.requirements.iter().any(|r| r.coverage == Coverage::Full);
        assert_eq!(full, own, "{}", loaded.file_name);
    }
}

#[test]
fn copyrighted_and_own_catalogs_hold_no_official_text() {
    let copyrighted = ["pci-dss-4.0.1", "soc2-tsc-2017-rev2022", "iso27001-2022-annex-a", "csa-ccm-4.0.13"];
    for id in copyrighted {
        assert_eq!(shipped_one(id).catalog.text_licence, TextLicence::CopyrightParaphraseOnly, "{id}");
    }
    for id in copyrighted.into_iter().chain(["house-baseline"]) {
        assert!(shipped_one(id).requirements.iter().all(|r| r.official_text.is_none()), "{id}");
    }
}

/// Ids that were looked up at the publishers or in copies of their texts; none is left out and none is made up.
#[test]
fn the_further_catalogs_hold_exactly_the_ids_that_were_checked() {
    let expected: &[(&str, &str)] = &[
        ("soc2-tsc-2017-rev2022", "CC2.1 CC4.1 CC6.1 CC6.2 CC6.3 CC6.5 CC6.7 CC7.1 CC7.2 CC7.3 CC8.1 C1.1 C1.2"),
        (
            "iso27001-2022-annex-a",
            "A.5.3 A.5.9 A.5.12 A.5.13 A.5.14 A.5.15 A.5.18 A.5.19 A.5.23 A.5.28 A.5.31 A.5.33 A.5.34 A.5.36 A.8.2 A.8.3 \
             A.8.9 A.8.10 A.8.15 A.8.16 A.8.17 A.8.24 A.8.32",
        ),
        (
            "nist-800-53r5",
            "AC-3 AC-5 AC-6 AC-6(1) AC-6(9) AC-16 AU-2 AU-3 AU-6 AU-8 AU-9 AU-9(2) AU-9(3) AU-9(4) AU-10 AU-11 AU-12 CA-7 \
             CM-8 CM-12 CP-9(8) RA-2 SC-8 SC-8(1) SC-12 SC-12(1) SC-12(2) SC-12(3) SC-13 SC-28 SC-28(1) SC-28(3) SI-7 SI-12",
        ),
        (
            "fedramp-rev5",
            "AC-3 AC-5 AC-6 AC-6(1) AC-6(9) AU-2 AU-3 AU-6 AU-8 AU-9 AU-9(2) AU-9(3) AU-9(4) AU-10 AU-11 AU-12 CA-7 CM-8 \
             CM-12 CP-9(8) RA-2 SC-8 SC-8(1) SC-12 SC-12(1) SC-13 SC-28 SC-28(1) SI-7 SI-12",
        ),
        (
            "nist-csf-2.0",
            "GV.OC-03 ID.AM-02 ID.AM-03 ID.AM-05 ID.AM-07 ID.AM-08 ID.IM-01 PR.AA-03 PR.AA-05 PR.DS-01 PR.DS-02 PR.DS-10 \
             PR.DS-11 PR.PS-01 PR.PS-04 DE.AE-02 DE.AE-03 DE.CM-03 DE.CM-09 RS.AN-06 RS.AN-07",
        ),
        (
            "csa-ccm-4.0.13",
            "CCC-04 CCC-07 CEK-03 CEK-04 CEK-08 CEK-10 CEK-12 CEK-14 DSP-03 DSP-04 DSP-07 DSP-10 DSP-16 DSP-17 IAM-03 IAM-04 \
             IAM-05 IAM-08 IAM-09 LOG-02 LOG-03 LOG-04 LOG-05 LOG-07 LOG-08 LOG-09 LOG-10 LOG-11 LOG-13",
        ),
        ("dora-rts-2024-1774", "6.2.a 6.2.b 6.2.c 6.2.d 6.4 6.5 7.1 7.2 7.3 7.4 7.5 12.1 12.2.d 12.2.e"),
        (
            "nis2-2024-2690-annex",
            "3.2.3.b 3.2.3.e 3.2.3.f 3.2.3.k 3.2.5 9.1 9.2.a 9.2.c.i 9.2.c.iii 9.2.c.iv 9.2.c.v 9.2.c.vi 9.2.c.vii 9.2.c.viii \
             9.2.c.ix 9.2.c.x 9.2.c.xi 9.2.c.xii 9.3 11.2.2.a 11.2.2.e 11.3 12.1.2.b",
        ),
    ];
    for (id, ids) in expected {
        let held: Vec<&str> = shipped_one(id).requirements.iter().map(|r| r.id.as_str()).collect();
        assert_eq!(held, ids.split_whitespace().collect::<Vec<_>>(), "{id}");
    }
    assert_eq!(expected.len() + DEFAULT.len(), ALL.len());
    assert!(DEFAULT.iter().all(|id| ids().any(|known| known == *id)));
}

#[test]
fn baselines_are_told_as_they_are() {
    let of = |catalog: &str, id: &str| {
        let found = shipped_one(catalog).requirements.iter().find(|r| r.id == id).unwrap();
        found.not_shown.clone().unwrap().replace('\n', " ")
    };
    for id in ["SC-8", "SC-8(1)", "SC-28", "SC-28(1)"] {
        assert!(of("nist-800-53r5", id).trim_end().ends_with("Baselines: moderate and high."), "{id}");
        assert!(of("fedramp-rev5", id).trim_end().ends_with("Baselines: low, moderate and high."), "{id}");
    }
    for id in ["AC-16", "SC-12(2)", "SC-12(3)", "SC-28(3)"] {
        assert!(of("nist-800-53r5", id).trim_end().ends_with("In no baseline."), "{id}");
    }
    assert!(of("nist-800-53r5", "SC-12(1)").trim_end().ends_with("Baselines: high."));
}

#[test]
fn a_crosswalk_names_what_exists_by_an_intersection_and_never_itself() {
    let mut walks = 0;
    for loaded in shipped() {
        for (from, walk) in loaded.catalog.requirements.iter().flat_map(|r| r.crosswalk.iter().map(move |w| (&r.id, w)))
        {
            assert_ne!(walk.catalog, loaded.catalog.catalog.id);
            assert!(
                shipped_one(&walk.catalog).requirements.iter().any(|r| r.id == walk.id),
                "{} {from} leads to {} {}, which is not there",
                loaded.file_name,
                walk.catalog,
                walk.id
            );
            assert_eq!(walk.style, crate::model::catalog::CrosswalkStyle::SetTheory);
            assert_eq!(walk.kind.as_deref(), Some("intersects-with"));
            walks += 1;
        }
    }
    assert!(walks > 100, "{walks}");
}

/// Statements about moving data, with what must never be said to speak to them: encryption at rest, keys, logs.
#[test]
fn nothing_at_rest_and_no_log_speaks_to_transmission_anywhere() {
    let transmission: &[(&str, &[&str])] = &[
        ("pci-dss-4.0.1", &["4.2.1", "4.2.1.1"]),
        ("hipaa-security-rule", &["164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"]),
        ("soc2-tsc-2017-rev2022", &["CC6.7"]),
        ("iso27001-2022-annex-a", &["A.5.14"]),
        ("nist-800-53r5", &["SC-8", "SC-8(1)"]),
        ("fedramp-rev5", &["SC-8", "SC-8(1)"]),
        ("nist-csf-2.0", &["PR.DS-02"]),
        ("csa-ccm-4.0.13", &["DSP-10"]),
        ("dora-rts-2024-1774", &["6.2.c"]),
    ];
    for (catalog, ids) in transmission {
        for id in *ids {
            let others: Vec<String> =
                checks_of(shipped_one(catalog), id).into_iter().filter(|c| !c.ends_with("-tls")).collect();
            assert!(others.is_empty(), "{catalog} {id}: {others:?}");
        }
    }
}

#[test]
fn no_key_inventory_is_taken_for_a_register_of_certificates() {
    let dora = shipped_one("dora-rts-2024-1774");
    assert!(checks_of(dora, "7.4").is_empty() && checks_of(dora, "7.5").is_empty());
    // Key management is Article 7 of the technical standards; the Article 7 of DORA itself is about something else.
    assert!(dora.catalog.edition.contains("2024/1774"));
}

#[test]
fn logs_are_not_said_to_be_retained_reviewed_or_guarded_by_being_there() {
    let by_being_there: &[(&str, &[&str])] = &[
        ("pci-dss-4.0.1", &["10.4.1", "10.5.1"]),
        ("nist-800-53r5", &["AU-6", "AU-9(4)", "AU-11"]),
        ("fedramp-rev5", &["AU-6", "AU-9(4)", "AU-11"]),
        ("csa-ccm-4.0.13", &["LOG-04", "LOG-05"]),
        ("nist-csf-2.0", &["DE.AE-02", "DE.AE-03", "DE.CM-03", "DE.CM-09"]),
    ];
    for (catalog, ids) in by_being_there {
        for id in *ids {
            let requirement = shipped_one(catalog).requirements.iter().find(|r| r.id == *id).unwrap();
            let supports: Vec<_> = requirement.checks.iter().filter(|c| c.relation == Relation::Supports).collect();
            assert!(supports.is_empty(), "{catalog} {id}: {supports:?}");
        }
    }
    // Validation that is switched on is not validation that was run: it alone never supports in full.
    for loaded in shipped().iter().filter(|l| l.catalog.catalog.id != "house-baseline") {
        let links = loaded.catalog.requirements.iter().flat_map(|r| r.checks.iter().map(move |c| (r, c)));
        for (requirement, link) in links.filter(|(_, c)| c.check == "trail-log-file-validation") {
            assert_ne!(link.relation, Relation::Supports, "{} {}", loaded.file_name, requirement.id);
        }
    }
}

#[test]
fn keys_rotate_by_csa_cek_12_and_are_customers_by_cek_08() {
    let ccm = shipped_one("csa-ccm-4.0.13");
    assert!(checks_of(ccm, "CEK-12").contains(&"key-rotated-in-cryptoperiod".to_owned()));
    for id in ["CEK-03", "CEK-04", "CEK-08", "CEK-10", "CEK-14"] {
        assert!(checks_of(ccm, id).iter().all(|c| !c.contains("rotat")), "{id}");
    }
    // Questions of CAIQ and controls of CCM 4.1 are no controls of this edition.
    for other in ["CEK-12.1", "CEK-21.1", "LOG-14"] {
        assert!(ccm.requirements.iter().all(|r| r.id != other));
    }
}

#[test]
fn links_ask_each_check_of_its_own_kind_of_resource() {
    for loaded in shipped() {
        for link in loaded.catalog.requirements.iter().flat_map(|r| &r.checks) {
            let kind = KNOWN.iter().find(|k| k.0 == link.check).unwrap().1;
            assert_eq!(link.scope, kind, "{} in {}", link.check, loaded.file_name);
        }
    }
}

#[test]
fn every_known_check_is_used_by_an_external_catalog_and_by_its_requirements() {
    let used: BTreeSet<String> = shipped()
        .iter()
        .filter(|l| l.catalog.catalog.id != "house-baseline")
        .flat_map(|l| l.catalog.requirements.iter().flat_map(|r| r.checks.iter().map(|c| c.check.clone())))
        .collect();
    let unused: Vec<&str> = KNOWN.iter().map(|k| k.0).filter(|k| !used.contains(*k)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn nobody_is_told_to_be_anything_in_banned_words() {
    for (name, text) in ALL {
        let text = text.to_lowercase();
        for banned in ["compliant", "certified", "pci approved", "passes hipaa"] {
            assert!(!text.contains(banned), "{name} says {banned:?}");
        }
    }
}

#[test]
fn no_framework_is_said_to_fix_a_cryptoperiod() {
    for (name, text) in ALL {
        for number in ["365", "annual"] {
            assert!(!text.contains(number), "{name} says {number:?}");
        }
    }
}

fn checks_of(catalog: &Catalog, id: &str) -> Vec<String> {
    let found = catalog.requirements.iter().find(|r| r.id == id);
    found.unwrap_or_else(|| panic!("no requirement {id}")).checks.iter().map(|c| c.check.clone()).collect()
}

#[test]
fn pending_deletion_does_not_speak_to_hashing_distribution_split_knowledge_or_transmission() {
    let pci = shipped_one("pci-dss-4.0.1");
    for id in
        ["3.5.1.1", "3.5.1.3", "3.6.1", "3.6.1.2", "3.6.1.3", "3.6.1.4", "3.7.1", "3.7.2", "3.7.6", "3.7.7", "4.2.1.1"]
    {
        assert!(!checks_of(pci, id).contains(&"key-not-pending-deletion".to_owned()), "{id}");
    }
    for id in ["3.5.1.1", "4.2.1.1"] {
        assert!(checks_of(pci, id).is_empty(), "{id}");
    }
}

#[test]
fn no_requirement_has_an_id_that_a_tool_made_up() {
    let pci = shipped_one("pci-dss-4.0.1");
    for made_up in ["3.5.1.1.9", "3.7.4.5", "7.2.1.30"] {
        assert!(pci.requirements.iter().all(|r| r.id != made_up));
    }
    let pattern = regex_lite::Regex::new(&pci.catalog.id_pattern).unwrap();
    assert!(!pattern.is_match("3.5.1.1.9"));
}

#[test]
fn at_rest_and_log_checks_do_not_speak_to_transmission() {
    let hipaa = shipped_one("hipaa-security-rule");
    let moving = |c: &String| c.ends_with("-tls");
    for id in ["164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)", "164.308(a)(4)(ii)(A)"] {
        assert!(checks_of(hipaa, id).iter().all(moving), "{id}");
    }
    assert!(checks_of(shipped_one("pci-dss-4.0.1"), "4.2.1").iter().all(moving));
}

#[test]
fn logging_and_rotation_do_not_speak_to_the_record_of_processing_or_to_design() {
    let gdpr = shipped_one("gdpr");
    for requirement in gdpr.requirements.iter().filter(|r| r.id.starts_with("30.") || r.id.starts_with("25.")) {
        for check in checks_of(gdpr, &requirement.id) {
            assert!(
                !check.starts_with("trail-") && !check.contains("rotat") && !check.ends_with("-events"),
                "{} {check}",
                requirement.id
            );
        }
    }
    assert!(
        gdpr.requirements.iter().all(|r| r.id.contains('.') || ["19", "44"].contains(&r.id.as_str())),
        "map at the level of points"
    );
}

#[test]
fn what_must_not_contradict_does_not() {
    let contradicting = |catalog: &Catalog, prefix: &str| {
        let links = catalog.requirements.iter().filter(|r| r.id.starts_with(prefix)).flat_map(|r| &r.checks);
        links.filter(|l| l.on_fail == OnFail::Contradicts).count()
    };
    assert_eq!(contradicting(shipped_one("gdpr"), ""), 0);
    assert_eq!(contradicting(shipped_one("pci-dss-4.0.1"), "3.5.1"), 0);
    for catalog in shipped().iter().map(|l| &l.catalog).filter(|c| c.catalog.id != "house-baseline") {
        let links = catalog.requirements.iter().flat_map(|r| &r.checks);
        let key_type: Vec<_> = links.filter(|l| l.check == "stream-customer-managed-key").collect();
        assert!(!key_type.is_empty(), "{}", catalog.catalog.id);
        assert!(key_type.iter().all(|l| l.relation == Relation::Informs), "{}", catalog.catalog.id);
    }
}

#[test]
fn the_technical_safeguards_are_five_standards_and_seven_specifications() {
    let hipaa = shipped_one("hipaa-security-rule");
    let technical: Vec<_> = hipaa.requirements.iter().filter(|r| r.id.starts_with("164.312")).collect();
    let specifications = technical.iter().filter(|r| r.parent.is_some()).count();
    assert_eq!((technical.len() - specifications, specifications), (5, 7));
    let addressable =
        technical.iter().filter(|r| r.obligation == crate::model::catalog::Obligation::Addressable).count();
    assert_eq!(addressable, 5);
    let audit = technical.iter().find(|r| r.id == "164.312(b)").unwrap();
    assert_eq!(audit.obligation, crate::model::catalog::Obligation::Required);
}

/// The schema that editors use follows from the types that read the files.
fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft07();
    let mut schema = settings.into_generator().into_root_schema_for::<Catalog>().to_value();
    schema["title"] = "Keywitness control catalog".into();
    // What the types cannot say, and what a writer gets wrong first.
    let day = serde_json::json!("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
    let defined = &mut schema["definitions"];
    for field in ["reviewed_on", "review_due"] {
        defined["Header"]["properties"][field]["pattern"] = day.clone();
    }
    defined["Header"]["properties"]["catalog_version"]["pattern"] = "^[0-9]{1,5}\\.[0-9]{1,5}\\.[0-9]{1,5}$".into();
    defined["Header"]["properties"]["id"]["pattern"] = "^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$".into();
    defined["Header"]["properties"]["id_pattern"]["pattern"] = "^\\^.*\\$$".into();
    schema
}

/// `KEYWITNESS_WRITE=1 cargo test the_published_schema` writes it anew.
#[test]
fn the_published_schema_is_what_the_types_say() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/catalog.schema.json");
    let says = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("KEYWITNESS_WRITE").is_some() {
        std::fs::write(&path, &says).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), says, "docs/catalog.schema.json is not what the types say");
}

#[test]
fn every_shipped_catalog_names_the_schema_for_editors() {
    for (name, text) in ALL {
        assert!(text.starts_with("# yaml-language-server: $schema=../docs/catalog.schema.json\n"), "{name}");
    }
}

#[test]
fn a_check_is_asked_of_what_it_is_asked_of() {
    says(
        &refused("scope: keys, relation: supports", "scope: streams, relation: supports"),
        ":28:37",
        "write scope: keys",
    );
}

#[test]
fn slips_of_the_pen_are_told_in_plain_words() {
    let hints: &[(&str, &str, &str)] = &[
        ("coverage: partial", "coverage: parital", "did you mean partial?"),
        ("    paraphrase:", "    pharaphrase:", "did you mean paraphrase?"),
        ("coverage: partial", "coverage: mostly", "here can stand: full, partial, informs, manual_only"),
        ("    title:", "\ttitle:", "YAML allows no tabs"),
        ("title: Keys change", "title: Keys: change", "in double quotes"),
        ("mandatory: true", "mandatory: yes", "write true or false"),
        ("title: Keys change", "title: &a Keys change", "write the value out"),
        ("    title: Keys change\n", "", "with the same indentation as its neighbours"),
        (
            "    manual_evidence:\n      - {id: M1, kind: policy, required: true, what: The policy}\n",
            "",
            "manual_evidence: [",
        ),
        ("id: sample", "id: other", "call the file other.yaml"),
    ];
    for (from, to, hint) in hints {
        let said = refused(from, to);
        assert!(said.contains("hint: ") && said.contains(hint), "{to:?}:\n{said}");
    }
    assert!(refused_text("").contains("begin with schema_version: 1"));
    assert!(refused_text("hello").contains("write fields as name: value"));
}

#[test]
fn what_a_file_says_cannot_act_on_the_terminal() {
    let said = refused("id: sample", "id: \"\\x1b]0;x\\u202e\"");
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}') && said.contains("mistake"), "{said}");
}

#[test]
fn the_id_of_a_framework_is_not_for_rules_of_ones_own() {
    let text = SOUND.replace("id: sample", "id: gdpr").replace("copyright-paraphrase-only", "own");
    let said = load("gdpr.yaml", &text, KNOWN).expect_err("refused").to_string();
    assert!(said.contains("give rules of your own a catalog id of their own"), "{said}");
}

#[test]
fn a_set_relation_is_one_of_five() {
    let walk = |kind: &str| {
        let line = format!(
            "    crosswalk:\n      - {{catalog: gdpr, id: \"5.2\", style: set-theory, type: {kind}}}\n    not_shown:"
        );
        SOUND.replacen("    not_shown:", &line, 1)
    };
    load("sample.yaml", &walk("subset-of"), KNOWN).unwrap_or_else(|e| panic!("{e}"));
    assert!(refused_text(&walk("similar")).contains("here can stand: subset-of, intersects-with"));
}

fn own(name: &str) -> Loaded {
    let text = SOUND.replace("id: sample", &format!("id: {name}"));
    load(&format!("{name}.yaml"), &text, KNOWN).unwrap_or_else(|e| panic!("{e}"))
}

fn chosen(names: &[&str], files: Vec<Loaded>) -> Result<Vec<String>, ChoiceError> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    Ok(choose(&names, files, KNOWN)?.into_iter().map(|l| l.catalog.catalog.id).collect())
}

#[test]
fn catalogs_are_chosen_by_name_and_printed_in_one_order() {
    assert_eq!(chosen(&[], Vec::new()).unwrap(), DEFAULT);
    assert_eq!(chosen(&["gdpr", "house-baseline", "gdpr"], Vec::new()).unwrap(), ["house-baseline", "gdpr"]);
    assert_eq!(chosen(&["none"], vec![own("z-rules"), own("a-rules")]).unwrap(), ["a-rules", "z-rules"]);
    assert_eq!(chosen(&["gdpr"], vec![own("a-rules")]).unwrap(), ["gdpr", "a-rules"]);
    assert_eq!(chosen(&["all"], Vec::new()).unwrap().len(), ALL.len());
    assert_eq!(chosen(&["none"], Vec::new()), Err(ChoiceError::Nothing));
    assert_eq!(chosen(&[], vec![own("a"), own("a")]), Err(ChoiceError::Twice("a".to_owned())));
    assert!(
        matches!(chosen(&["gdrp"], Vec::new()), Err(ChoiceError::Unknown { hint, .. }) if hint == "did you mean gdpr?")
    );
}

#[test]
fn a_file_takes_the_place_of_the_catalog_with_its_id_and_is_not_published() {
    let (name, text) = ALL.iter().find(|(name, _)| *name == "gdpr.yaml").unwrap();
    let edited = load(name, &format!("{text}# ours\n"), KNOWN).unwrap();
    assert!(!edited.published && load(name, text, KNOWN).unwrap().published);
    let catalogs = choose(&[], vec![edited], KNOWN).unwrap();
    let published: Vec<bool> = catalogs.iter().map(|c| c.published).collect();
    assert_eq!(published, [true, true, true, false]);
}
