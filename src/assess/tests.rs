//! The cases of the roll-up by name, what no loss of evidence may do, and assessments of a small made-up account.

use super::rollup::{Inputs, Scope, rollup};
use super::*;
use crate::frameworks;
use crate::model::assessment::ExceptionState;
use crate::model::catalog::ParameterKind;
use crate::model::event::{Event, EventQuery};
use crate::model::finding::{Severity, Subject};
use crate::model::key::{Key, KeyFacts, KeyManager, KeyState, MultiRegion, Origin};
use crate::model::reading::{Citation, Gap, GapFacts, GapKind, Read};
use crate::model::reconciliation;
use crate::model::run::{AccountRun, Window};
use crate::model::settings::{DataClass, Exception, NotApplicable, ScopeSettings, StreamRule};
use crate::model::snapshot::Place;
use crate::model::stream::{Source, Sse, SseKey, SseState, Tags};
use crate::model::{AccountId, FindingId, Region, Stream, Time};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

const CHECKS: &[(&str, SubjectKind)] = &[
    ("stream-sse-enabled", SubjectKind::Stream),
    ("stream-customer-managed-key", SubjectKind::Stream),
    ("stream-required-tags", SubjectKind::Stream),
    ("stream-inventory-complete", SubjectKind::Region),
    ("key-enabled", SubjectKind::Key),
    ("key-not-pending-deletion", SubjectKind::Key),
    ("key-rotation-enabled", SubjectKind::Key),
    ("key-rotation-period", SubjectKind::Key),
    ("key-rotated-in-cryptoperiod", SubjectKind::Key),
    ("key-required-tags", SubjectKind::Key),
    ("trail-logging-multi-region", SubjectKind::Region),
    ("trail-log-file-validation", SubjectKind::Region),
    ("trail-records-kms-events", SubjectKind::Region),
    ("key-management-events", SubjectKind::Region),
    ("key-access-events", SubjectKind::Region),
    ("stream-events", SubjectKind::Region),
    ("event-calls-not-refused", SubjectKind::Region),
    ("event-key-deletion-not-scheduled", SubjectKind::Region),
    ("event-logging-not-stopped", SubjectKind::Region),
    ("event-root-not-used", SubjectKind::Region),
    ("event-trails-unchanged", SubjectKind::Region),
    ("event-who-is-named", SubjectKind::Region),
    ("key-administrators-expected", SubjectKind::Key),
    ("key-material-not-expiring", SubjectKind::Key),
    ("key-one-environment", SubjectKind::Key),
    ("key-one-tenant", SubjectKind::Key),
    ("key-origin-expected", SubjectKind::Key),
    ("key-policy-accounts-expected", SubjectKind::Key),
    ("key-policy-not-broad", SubjectKind::Key),
    ("key-policy-not-public", SubjectKind::Key),
    ("key-policy-separates-duties", SubjectKind::Key),
    ("key-spec-symmetric", SubjectKind::Key),
    ("trail-delivers-digests", SubjectKind::Region),
    ("trail-delivers-logs", SubjectKind::Region),
    ("trail-encrypted-with-key", SubjectKind::Region),
    ("trail-to-log-group", SubjectKind::Region),
    ("alarm-on-key-changes", SubjectKind::Region),
    ("alarm-on-trail-changes", SubjectKind::Region),
    ("guard-encryption-not-stopped", SubjectKind::Region),
    ("guard-keys-not-removed", SubjectKind::Region),
    ("guard-logging-not-stopped", SubjectKind::Region),
    ("key-grants-expected", SubjectKind::Key),
    ("key-grants-limited", SubjectKind::Key),
    ("stream-backup-customer-key", SubjectKind::Stream),
    ("stream-backup-encrypted", SubjectKind::Stream),
    ("stream-backup-of-changed-records", SubjectKind::Stream),
    ("stream-buckets-keep-versions", SubjectKind::Stream),
    ("stream-buckets-not-public", SubjectKind::Stream),
    ("stream-delivers-where-expected", SubjectKind::Stream),
    ("stream-delivery-succeeds", SubjectKind::Stream),
    ("stream-delivery-watched", SubjectKind::Stream),
    ("stream-destination-customer-key", SubjectKind::Stream),
    ("stream-destination-encrypted", SubjectKind::Stream),
    ("stream-destination-key-named", SubjectKind::Stream),
    ("stream-destination-key-usable", SubjectKind::Stream),
    ("stream-destination-tls", SubjectKind::Stream),
    ("stream-error-log-customer-key", SubjectKind::Stream),
    ("stream-error-logging", SubjectKind::Stream),
    ("stream-grant-alive", SubjectKind::Stream),
    ("stream-keys-answered", SubjectKind::Stream),
    ("stream-redshift-not-public", SubjectKind::Stream),
    ("stream-role-can-use-keys", SubjectKind::Stream),
    ("stream-secrets-managed", SubjectKind::Stream),
    ("stream-source-customer-key", SubjectKind::Stream),
    ("stream-source-encrypted", SubjectKind::Stream),
    ("stream-source-tls", SubjectKind::Stream),
    ("trail-bucket-data-events", SubjectKind::Region),
    ("trail-bucket-keeps-versions", SubjectKind::Region),
    ("trail-bucket-locked", SubjectKind::Region),
    ("trail-bucket-mfa-delete", SubjectKind::Region),
    ("trail-bucket-not-public", SubjectKind::Region),
    ("trail-bucket-retention", SubjectKind::Region),
    ("trail-key-customer-managed", SubjectKind::Region),
    ("trail-stores-protected", SubjectKind::Region),
    ("trail-stores-record-kms-events", SubjectKind::Region),
    ("event-destinations-unchanged", SubjectKind::Region),
    ("event-encryption-not-stopped", SubjectKind::Region),
    ("event-grants-created-as-expected", SubjectKind::Region),
    ("event-key-material-not-deleted", SubjectKind::Region),
    ("event-key-policies-unchanged", SubjectKind::Region),
    ("event-keys-not-disabled", SubjectKind::Region),
    ("key-policy-grants-limited", SubjectKind::Key),
    ("key-policy-no-deleted-principals", SubjectKind::Key),
    ("stream-data-class-declared", SubjectKind::Stream),
    ("trail-of-organization", SubjectKind::Region),
    ("trail-records-all-management-events", SubjectKind::Region),
];

/// Read once: the parser is slow without optimization.
static CATALOGS: LazyLock<Vec<Loaded>> = LazyLock::new(|| {
    let known: Vec<(&str, CheckScope)> = CHECKS.iter().map(|c| (c.0, CheckScope::of(c.1))).collect();
    frameworks::load_all(&known).unwrap_or_else(|e| panic!("{e}"))
});

fn every_catalog() -> Vec<Loaded> {
    CATALOGS.clone()
}

/// Those of a run that names none.
fn catalogs() -> Vec<Loaded> {
    every_catalog().into_iter().filter(|c| frameworks::DEFAULT.contains(&c.catalog.catalog.id.as_str())).collect()
}

fn external() -> Vec<Loaded> {
    every_catalog().into_iter().filter(|c| c.catalog.catalog.text_licence != TextLicence::Own).collect()
}

fn requirement(catalog: &str, id: &str) -> Requirement {
    let catalog = CATALOGS.iter().find(|c| c.catalog.catalog.id == catalog).unwrap();
    catalog.catalog.requirements.iter().find(|r| r.id == id).unwrap().clone()
}

// ---- the table of cases of the roll-up ----

/// One subject per check, everything declared, nothing attached.
fn all(requirement: &Requirement, given: Given) -> Inputs {
    let example = Example {
        given: requirement.checks.iter().map(|c| (c.check.clone(), given)).collect(),
        parameters: ["cryptoperiod_days".to_owned()].into(),
        measures: BTreeSet::new(),
        decision_record: false,
        manual_attached: false,
        expect: RequirementStatus::NotAssessed,
    };
    example_inputs(requirement, &example)
}

fn set(inputs: &mut Inputs, check: &str, counts: Counts) {
    assert!(
        inputs.answers.insert(check.to_owned(), Answer::Counted(counts)).is_some(),
        "{check} is not among the checks"
    );
}

fn one(given: Given) -> Counts {
    let mut counts = Counts::default();
    *cell(&mut counts, given) = 1;
    counts
}

fn cell(counts: &mut Counts, given: Given) -> &mut usize {
    match given {
        Given::Pass => &mut counts.pass,
        Given::Fail => &mut counts.fail,
        Given::Excepted => &mut counts.excepted,
        Given::Unknown => &mut counts.unknown,
        Given::NotApplicable => &mut counts.not_applicable,
    }
}

#[track_caller]
fn gives(requirement: &Requirement, inputs: &Inputs, status: RequirementStatus, code: ReasonCode) {
    let judged = rollup(requirement, inputs);
    assert_eq!(judged.status, status, "{judged:#?}");
    assert!(judged.reasons.iter().any(|r| r.code == code), "no {} in {judged:#?}", code.word());
    assert!(judged.reasons.iter().all(|r| !r.sentence.is_empty()));
}

fn pci_374() -> (Requirement, Inputs) {
    let requirement = requirement("pci-dss-4.0.1", "3.7.4");
    let inputs = all(&requirement, Given::Pass);
    (requirement, inputs)
}

fn hipaa_encryption() -> (Requirement, Inputs) {
    let requirement = requirement("hipaa-security-rule", "164.312(a)(2)(iv)");
    let inputs = all(&requirement, Given::Pass);
    (requirement, inputs)
}

fn gdpr_encryption() -> (Requirement, Inputs) {
    let requirement = requirement("gdpr", "32.1.a");
    let inputs = all(&requirement, Given::Pass);
    (requirement, inputs)
}

#[test]
fn pci_3_7_4_without_a_declared_cryptoperiod_misses_evidence() {
    let (requirement, mut inputs) = pci_374();
    inputs.parameters.clear();
    gives(&requirement, &inputs, RequirementStatus::EvidenceMissing, ReasonCode::ParamMissing);
}

#[test]
fn pci_3_7_4_with_a_declared_cryptoperiod_is_supported_in_part() {
    let (requirement, inputs) = pci_374();
    gives(&requirement, &inputs, RequirementStatus::SupportedInPart, ReasonCode::ManualOutstanding);
    let judged = rollup(&requirement, &inputs);
    assert!(judged.reasons.iter().any(|r| r.sentence.contains("M1, M2, M3")), "{judged:#?}");
}

#[test]
fn pci_3_7_4_with_all_manual_evidence_is_still_supported_in_part() {
    let (requirement, mut inputs) = pci_374();
    inputs.attached = requirement.manual_evidence.iter().map(|m| m.id.clone()).collect();
    gives(&requirement, &inputs, RequirementStatus::SupportedInPart, ReasonCode::CoveragePartial);
}

#[test]
fn one_key_older_than_the_cryptoperiod_contradicts() {
    let (requirement, mut inputs) = pci_374();
    set(&mut inputs, "key-rotated-in-cryptoperiod", Counts { pass: 9, fail: 1, ..Counts::default() });
    gives(&requirement, &inputs, RequirementStatus::NotSatisfied, ReasonCode::Contradicts);
    assert!(rollup(&requirement, &inputs).reasons[0].sentence.contains("1 of 10 keys"));
}

#[test]
fn the_same_key_under_an_exception_leaves_it_partly_supported() {
    let (requirement, mut inputs) = pci_374();
    set(&mut inputs, "key-rotated-in-cryptoperiod", Counts { pass: 9, excepted: 1, ..Counts::default() });
    gives(&requirement, &inputs, RequirementStatus::Partly, ReasonCode::ExceptionUsed);
}

#[test]
fn automatic_rotation_off_with_a_manual_change_in_time_is_partly_supported() {
    let (requirement, mut inputs) = pci_374();
    set(&mut inputs, "key-rotation-enabled", one(Given::Fail));
    gives(&requirement, &inputs, RequirementStatus::Partly, ReasonCode::Weakens);
}

#[test]
fn hipaa_encryption_off_without_a_decision_record_misses_evidence() {
    let (requirement, mut inputs) = hipaa_encryption();
    set(&mut inputs, "stream-sse-enabled", one(Given::Fail));
    gives(&requirement, &inputs, RequirementStatus::EvidenceMissing, ReasonCode::DecisionRecordMissing);
}

#[test]
fn hipaa_encryption_off_with_a_decision_record_is_partly_supported() {
    let (requirement, mut inputs) = hipaa_encryption();
    set(&mut inputs, "stream-sse-enabled", one(Given::Fail));
    inputs.decision_record = true;
    gives(&requirement, &inputs, RequirementStatus::Partly, ReasonCode::AlternativeOnFile);
}

#[test]
fn hipaa_on_a_key_that_aws_owns_is_supported_in_part() {
    let (requirement, mut inputs) = hipaa_encryption();
    set(&mut inputs, "stream-customer-managed-key", one(Given::Fail));
    inputs.answers.insert("key-enabled".to_owned(), Answer::NoSubject);
    inputs.answers.insert("key-rotation-enabled".to_owned(), Answer::NoSubject);
    gives(&requirement, &inputs, RequirementStatus::SupportedInPart, ReasonCode::ManualOutstanding);
}

#[test]
fn hipaa_with_every_check_not_applicable_is_not_assessed() {
    let requirement = requirement("hipaa-security-rule", "164.312(a)(2)(iv)");
    let inputs = all(&requirement, Given::NotApplicable);
    gives(&requirement, &inputs, RequirementStatus::NotAssessed, ReasonCode::NoPositiveEvidence);
}

#[test]
fn gdpr_encryption_off_is_partly_supported() {
    let (requirement, mut inputs) = gdpr_encryption();
    set(&mut inputs, "stream-sse-enabled", one(Given::Fail));
    gives(&requirement, &inputs, RequirementStatus::Partly, ReasonCode::Weakens);
}

#[test]
fn gdpr_encryption_off_where_it_is_a_declared_measure_contradicts() {
    let (requirement, mut inputs) = gdpr_encryption();
    set(&mut inputs, "stream-sse-enabled", one(Given::Fail));
    inputs.measures.insert("encryption".to_owned());
    gives(&requirement, &inputs, RequirementStatus::NotSatisfied, ReasonCode::ContradictsOwnMeasure);
}

#[test]
fn gdpr_on_a_key_that_aws_owns_is_supported_in_part_even_where_encryption_is_declared() {
    let (requirement, mut inputs) = gdpr_encryption();
    set(&mut inputs, "stream-customer-managed-key", one(Given::Fail));
    gives(&requirement, &inputs, RequirementStatus::SupportedInPart, ReasonCode::CoveragePartial);
    inputs.measures.insert("encryption".to_owned());
    gives(&requirement, &inputs, RequirementStatus::SupportedInPart, ReasonCode::CoveragePartial);
    inputs.measures.insert("customer-managed-keys".to_owned());
    gives(&requirement, &inputs, RequirementStatus::NotSatisfied, ReasonCode::ContradictsOwnMeasure);
}

#[test]
fn a_denied_answer_misses_evidence() {
    let (requirement, mut inputs) = gdpr_encryption();
    set(&mut inputs, "stream-sse-enabled", Counts { pass: 99, unknown: 1, ..Counts::default() });
    gives(&requirement, &inputs, RequirementStatus::EvidenceMissing, ReasonCode::CheckUnknown);
    inputs.answers.remove("stream-sse-enabled");
    gives(&requirement, &inputs, RequirementStatus::EvidenceMissing, ReasonCode::NoResult);
}

#[test]
fn an_incomplete_population_misses_evidence() {
    let (requirement, mut inputs) = pci_374();
    inputs.scope.incomplete_because = vec!["The list did not end.".to_owned()];
    gives(&requirement, &inputs, RequirementStatus::EvidenceMissing, ReasonCode::PopulationIncomplete);
}

#[test]
fn stale_evidence_is_missing_evidence() {
    let (requirement, mut inputs) = pci_374();
    inputs.stale = Some("Too old.".to_owned());
    gives(&requirement, &inputs, RequirementStatus::EvidenceMissing, ReasonCode::Stale);
}

#[test]
fn undeclared_or_empty_scope_is_not_assessed() {
    let (requirement, mut inputs) = pci_374();
    inputs.scope.streams = 0;
    gives(&requirement, &inputs, RequirementStatus::NotAssessed, ReasonCode::NothingInScope);
    inputs.scope.to_declare = Some("Declare it.".to_owned());
    gives(&requirement, &inputs, RequirementStatus::NotAssessed, ReasonCode::ScopeUndeclared);
}

#[test]
fn declared_not_applicable_is_not_applicable() {
    let (requirement, mut inputs) = pci_374();
    let (name, date, reason) = ("Head of security".to_owned(), "2026-10-01".to_owned(), "No account data".to_owned());
    inputs.declaration = Some(Declaration { name, date, reason });
    gives(&requirement, &inputs, RequirementStatus::NotApplicable, ReasonCode::DeclaredNotApplicable);
    let sentence = &rollup(&requirement, &inputs).reasons[0].sentence;
    assert!(sentence.contains("Head of security on 2026-10-01: No account data"), "{sentence}");
}

#[test]
fn full_coverage_is_satisfied_only_with_every_manual_item() {
    let mut requirement = requirement("house-baseline", "HB-1");
    let with_manual = super::tests::requirement("pci-dss-4.0.1", "3.7.4").manual_evidence;
    requirement.manual_evidence = with_manual;
    let mut inputs = all(&requirement, Given::Pass);
    gives(&requirement, &inputs, RequirementStatus::SupportedInPart, ReasonCode::ManualOutstanding);
    inputs.attached = requirement.manual_evidence.iter().map(|m| m.id.clone()).collect();
    gives(&requirement, &inputs, RequirementStatus::SatisfiedByEvidence, ReasonCode::AllShown);
}

#[test]
fn the_house_baseline_with_customer_managed_keys_everywhere_is_satisfied() {
    let requirement = requirement("house-baseline", "HB-1");
    let inputs = all(&requirement, Given::Pass);
    gives(&requirement, &inputs, RequirementStatus::SatisfiedByEvidence, ReasonCode::AllShown);
}

#[test]
fn a_contradiction_outranks_a_gap_and_both_are_told() {
    let (requirement, mut inputs) = pci_374();
    set(&mut inputs, "key-rotated-in-cryptoperiod", Counts { fail: 1, unknown: 1, ..Counts::default() });
    gives(&requirement, &inputs, RequirementStatus::NotSatisfied, ReasonCode::CheckUnknown);
    assert_eq!(rollup(&requirement, &inputs).reasons[0].code, ReasonCode::Contradicts);
}

#[test]
fn a_requirement_without_checks_is_not_assessed() {
    for id in ["3.5.1.1", "10.6.1"] {
        let requirement = requirement("pci-dss-4.0.1", id);
        gives(&requirement, &all(&requirement, Given::Pass), RequirementStatus::NotAssessed, ReasonCode::ManualOnly);
    }
}

#[test]
fn facts_alone_assess_nothing() {
    let requirement = requirement("pci-dss-4.0.1", "6.5.1");
    gives(&requirement, &all(&requirement, Given::Pass), RequirementStatus::NotAssessed, ReasonCode::InformsOnly);
}

#[test]
fn a_further_check_that_is_unknown_is_no_better_than_one_that_failed() {
    let (requirement, mut inputs) = pci_374();
    set(&mut inputs, "key-rotation-enabled", one(Given::Unknown));
    gives(&requirement, &inputs, RequirementStatus::Partly, ReasonCode::OptionalUnknown);
}

#[test]
fn a_failing_fact_does_not_lift_what_is_not_assessed() {
    let requirement = requirement("pci-dss-4.0.1", "3.7.4");
    let mut inputs = all(&requirement, Given::NotApplicable);
    set(&mut inputs, "key-rotation-enabled", one(Given::Fail));
    gives(&requirement, &inputs, RequirementStatus::NotAssessed, ReasonCode::NoPositiveEvidence);
}

#[test]
fn the_examples_in_the_catalogs_come_out_as_they_say() {
    let mut count = 0;
    for loaded in every_catalog() {
        let failed = failed_examples(&loaded.catalog);
        assert!(failed.is_empty(), "{}: {failed:#?}", loaded.file_name);
        count += loaded.catalog.requirements.iter().map(|r| r.tests.len()).sum::<usize>();
        assert!(
            loaded.catalog.requirements.iter().all(|r| r.checks.is_empty() || !r.tests.is_empty()),
            "{}",
            loaded.file_name
        );
    }
    assert!(count > 500, "{count}");
}

#[test]
fn an_example_that_comes_out_otherwise_is_told() {
    let mut catalog = catalogs().remove(0).catalog;
    catalog.requirements[0].tests[0].expect = RequirementStatus::Partly;
    assert_eq!(failed_examples(&catalog), ["requirement HB-1: test 1 gives satisfied_by_evidence, not partly"]);
}

#[test]
fn no_external_requirement_reaches_satisfied_by_evidence() {
    const ALL: [Given; 5] = [Given::Pass, Given::Fail, Given::Excepted, Given::Unknown, Given::NotApplicable];
    for loaded in external() {
        for requirement in &loaded.catalog.requirements {
            let links = requirement.checks.len();
            // All combinations of up to four checks; of more, each result of each check beside passes of the rest.
            let wide = links <= 4;
            let combinations = if wide { 5usize.pow(u32::try_from(links).unwrap()) } else { links * 5 };
            for n in 0..combinations {
                let mut inputs = all(requirement, Given::Pass);
                for (at, link) in requirement.checks.iter().enumerate() {
                    let given = if wide {
                        ALL[n / 5usize.pow(u32::try_from(at).unwrap()) % 5]
                    } else if n / 5 == at {
                        ALL[n % 5]
                    } else {
                        Given::Pass
                    };
                    set(&mut inputs, &link.check, one(given));
                }
                inputs.decision_record = true;
                inputs.attached = requirement.manual_evidence.iter().map(|m| m.id.clone()).collect();
                let status = rollup(requirement, &inputs).status;
                assert_ne!(status, RequirementStatus::SatisfiedByEvidence, "{} {}", loaded.file_name, requirement.id);
            }
        }
    }
}

// ---- no result improves when an answer gets worse or is taken away ----

fn any_counts() -> impl Strategy<Value = Counts> {
    (0..3usize, 0..2usize, 0..2usize, 0..2usize, 0..2usize).prop_map(
        |(pass, fail, excepted, unknown, not_applicable)| Counts { pass, fail, excepted, unknown, not_applicable },
    )
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![1 => Just(Answer::NotAsked), 1 => Just(Answer::NoSubject), 8 => any_counts().prop_map(Answer::Counted)]
}

fn any_relation() -> impl Strategy<Value = crate::model::catalog::Relation> {
    use crate::model::catalog::Relation;
    prop_oneof![Just(Relation::Supports), Just(Relation::Partial), Just(Relation::Informs)]
}

fn any_on_fail() -> impl Strategy<Value = crate::model::catalog::OnFail> {
    use crate::model::catalog::OnFail;
    prop_oneof![Just(OnFail::Contradicts), Just(OnFail::Weakens), Just(OnFail::NeedsDecisionRecord), Just(OnFail::None)]
}

/// A requirement that no catalog has, so that the property holds for those of users too.
fn any_requirement() -> impl Strategy<Value = Requirement> {
    let link = (any_relation(), any::<bool>(), any_on_fail(), any::<bool>(), any::<bool>());
    let coverage = prop_oneof![
        Just(crate::model::catalog::Coverage::Full),
        Just(crate::model::catalog::Coverage::Partial),
        Just(crate::model::catalog::Coverage::Informs)
    ];
    (proptest::collection::vec(link, 1..5), coverage).prop_map(|(links, coverage)| {
        let mut requirement = requirement_template();
        requirement.coverage = coverage;
        requirement.checks = links
            .into_iter()
            .enumerate()
            .map(|(n, (relation, mandatory, on_fail, declared, needs))| CheckLink {
                check: format!("c{n}"),
                scope: CheckScope::Streams,
                relation,
                mandatory,
                on_fail,
                on_fail_if_declared: declared.then_some(crate::model::catalog::OnFailIfDeclared::ContradictsOwnMeasure),
                measure: declared.then(|| "encryption".to_owned()),
                needs: if needs { vec!["days".to_owned()] } else { Vec::new() },
            })
            .collect();
        requirement
    })
}

fn requirement_template() -> Requirement {
    serde_json::from_str(
        r#"{"id":"1","title":"t","paraphrase":"p","obligation":"required","applies_to":["all"],"coverage":"full",
            "manual_evidence":[{"id":"M1","kind":"policy","required":true,"what":"w"}]}"#,
    )
    .unwrap()
}

prop_compose! {
    fn any_case()(requirement in any_requirement())(
        answers in proptest::collection::vec(any_answer(), requirement.checks.len()),
        requirement in Just(requirement),
        flags in any::<[bool; 6]>(),
    ) -> (Requirement, Inputs) {
        let yes = |at: usize, word: &str| if flags[at] { BTreeSet::from([word.to_owned()]) } else { BTreeSet::new() };
        let inputs = Inputs {
            answers: requirement.checks.iter().map(|c| c.check.clone()).zip(answers).collect(),
            scope: Scope { to_declare: None, streams: 1, incomplete_because: if flags[0] { vec!["x".to_owned()] } else { Vec::new() } },
            parameters: yes(1, "days"),
            measures: yes(2, "encryption"),
            decision_record: flags[3],
            attached: yes(4, "M1"),
            declaration: None,
            stale: flags[5].then(|| "x".to_owned()),
        };
        (requirement, inputs)
    }
}

/// The finer order in which a pass may only lead downwards.
fn order(status: RequirementStatus) -> usize {
    use RequirementStatus as S;
    let order =
        [S::NotSatisfied, S::EvidenceMissing, S::NotAssessed, S::Partly, S::SupportedInPart, S::SatisfiedByEvidence];
    order.iter().position(|s| *s == status).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pass_that_becomes_anything_else_never_lifts_a_status((requirement, inputs) in any_case()) {
        let before = rollup(&requirement, &inputs).status;
        for (check, answer) in &inputs.answers {
            let Answer::Counted(counts) = answer else { continue };
            for worse in [Given::Fail, Given::Excepted, Given::Unknown] {
                if counts.pass == 0 {
                    continue;
                }
                let mut changed = *counts;
                changed.pass -= 1;
                *cell(&mut changed, worse) += 1;
                let mut after = inputs.clone();
                set(&mut after, check, changed);
                let after = rollup(&requirement, &after).status;
                prop_assert!(order(after) <= order(before), "{check} to {worse:?}: {before:?} became {after:?}");
            }
        }
    }

    #[test]
    fn an_answer_taken_away_never_lifts_what_is_claimed((requirement, inputs) in any_case()) {
        let before = rollup(&requirement, &inputs).status.claim();
        let mut poorer = Vec::new();
        for (check, answer) in &inputs.answers {
            let mut without = inputs.clone();
            without.answers.remove(check);
            poorer.push(without);
            if *answer == Answer::NoSubject {
                let mut unread = inputs.clone();
                set(&mut unread, check, one(Given::Unknown));
                poorer.push(unread);
            }
            for given in [Given::Pass, Given::Fail, Given::Excepted, Given::NotApplicable] {
                let mut changed = answer.counts();
                if *cell(&mut changed, given) > 0 {
                    *cell(&mut changed, given) -= 1;
                    changed.unknown += 1;
                    let mut unread = inputs.clone();
                    set(&mut unread, check, changed);
                    poorer.push(unread);
                }
            }
        }
        let mut change = |f: &dyn Fn(&mut Inputs)| {
            let mut changed = inputs.clone();
            f(&mut changed);
            poorer.push(changed);
        };
        change(&|i| i.scope.incomplete_because.push("x".to_owned()));
        change(&|i| i.stale = Some("x".to_owned()));
        change(&|i| i.parameters.clear());
        change(&|i| i.decision_record = false);
        change(&|i| i.attached.clear());
        change(&|i| i.scope.streams = 0);
        change(&|i| i.scope.to_declare = Some("x".to_owned()));
        for inputs in poorer {
            let after = rollup(&requirement, &inputs);
            prop_assert!(after.status.claim() <= before, "{before:?} became {after:?} with {inputs:?}");
            prop_assert!(!after.reasons.is_empty());
        }
    }
}

// ---- from a snapshot to an assessment ----

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn at(ev: u32) -> Citation {
    Citation::whole(Ev(ev))
}

#[expect(clippy::unnecessary_wraps, reason = "a reading is what the model holds")]
fn read<T, E>(value: T) -> Result<Read<T>, E> {
    Ok(Read { value, at: at(1) })
}

fn gap(operation: &str) -> Gap {
    Gap::from(GapFacts {
        account: account(),
        region: region("eu-west-1"),
        service: "firehose".into(),
        operation: operation.into(),
        subject: String::new(),
        kind: GapKind::Denied,
        code: Some("AccessDeniedException".to_owned()),
        detail: "refused".to_owned(),
        record: Some(Ev(1)),
    })
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn stream(name: &str, class: Option<&str>, key: Option<&str>) -> Stream {
    let tags: Tags = class.map(|c| ("data".to_owned(), c.to_owned())).into_iter().collect();
    let key = match key {
        Some(arn) => SseKey::Kms { arn: arn.to_owned() },
        None => SseKey::AwsOwned,
    };
    Stream {
        account: account(),
        region: region("eu-west-1"),
        name: name.to_owned(),
        arn: format!("arn:aws:firehose:eu-west-1:111122223333:deliverystream/{name}"),
        listed: at(1),
        source: read(Source::DirectPut),
        sse: read(Sse { state: SseState::Enabled, key: read(key), failure: None }),
        status: read("ACTIVE".to_owned()),
        created: read(time("2026-01-01T00:00:00Z")),
        changed: read(None),
        destinations: read(vec!["ExtendedS3DestinationDescription".to_owned()]),
        deliveries: read(Vec::new()),
        source_access: read(crate::model::stream::SourceAccess::default()),
        tags: read(tags),
    }
}

fn key(arn: &str) -> Key {
    let facts = KeyFacts {
        material: None,
        manager: read(KeyManager::Customer),
        state: read(KeyState::Enabled),
        usage: read("ENCRYPT_DECRYPT".to_owned()),
        spec: read("SYMMETRIC_DEFAULT".to_owned()),
        origin: read(Origin::AwsKms),
        created: read(time("2026-01-01T00:00:00Z")),
        deletion: None,
        multi_region: MultiRegion::No,
    };
    Key {
        account: account(),
        region: region("eu-west-1"),
        arn: arn.to_owned(),
        facts: read(facts),
        aliases: read(Vec::new()),
        rotation: Err(gap("GetKeyRotationStatus")),
        rotations: Err(gap("ListKeyRotations")),
        policy: Err(gap("GetKeyPolicy")),
        ram_policy: Err(gap("GetKeyPolicy")),
        tags: read(Tags::new()),
        grants: Err(gap("ListGrants")),
    }
}

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1";

/// Cards on a KMS key, patients on a key that AWS owns, people on a KMS key, and one stream without a class.
fn snapshot() -> Snapshot {
    let streams = vec![
        stream("cards", Some("cardholder"), Some(KEY)),
        stream("patients", Some("health"), None),
        stream("people", Some("personal"), Some(KEY)),
        stream("untagged", None, None),
    ];
    Snapshot {
        run: AccountRun {
            account: account(),
            partition: "aws".to_owned(),
            caller: "arn:aws:sts::111122223333:assumed-role/reader/run".to_owned(),
            started: time("2026-11-23T09:00:00Z"),
            ended: time("2026-11-23T09:01:00Z"),
            regions: vec![region("eu-west-1")],
            unread: Vec::new(),
            window: Window { from: time("2026-08-25T00:00:00Z"), to: time("2026-11-23T00:00:00Z") },
            endpoints: Vec::new(),
        }
        .alone(),
        places: vec![Place {
            account: account(),
            region: region("eu-west-1"),
            listing: read(streams.len()),
            streams,
            keys: vec![key(KEY)],
            trails: read(Vec::new()),
            events: Vec::new(),
            hops: crate::model::hops::Hops::unasked(&account(), &region("eu-west-1")),
        }],
        estates: Vec::new(),
        gaps: Vec::new(),
    }
}

fn settings() -> Settings {
    let values = [("cardholder", DataClass::Pan), ("health", DataClass::Ephi), ("personal", DataClass::PersonalData)];
    Settings {
        scope: ScopeSettings {
            data_class_tag: Some("data".to_owned()),
            tag_values: values.into_iter().map(|(v, c)| (v.to_owned(), BTreeSet::from([c]))).collect(),
            ..ScopeSettings::default()
        },
        parameters: [("cryptoperiod_days".to_owned(), 365.into())].into(),
        ..Settings::default()
    }
}

/// A pass of every check for every resource.
fn passes(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut ev = 10;
    for (check, kind) in CHECKS {
        for place in &snapshot.places {
            let ids: Vec<String> = match kind {
                SubjectKind::Stream => place.streams.iter().map(|s| s.arn.clone()).collect(),
                SubjectKind::Key => place.keys.iter().map(|k| k.arn.clone()).collect(),
                SubjectKind::Region => vec![format!("{}/{}", place.account, place.region)],
            };
            for id in ids {
                findings.push(Finding {
                    id: FindingId::named(&findings.len().to_string()),
                    check: (*check).into(),
                    subject: Arc::new(Subject {
                        account: place.account.clone(),
                        region: place.region.clone(),
                        kind: *kind,
                        name: id.as_str().into(),
                        id: id.into(),
                    }),
                    status: Status::Pass,
                    severity: Severity::High,
                    reason: "seen".into(),
                    citations: [at(ev)].into(),
                    exception: None,
                    first_seen: None,
                    last_seen: None,
                });
                ev += 1;
            }
        }
    }
    findings
}

fn outcome<'a>(assessment: &'a Assessment, catalog: &str, id: &str) -> &'a Outcome {
    let catalog = assessment.catalogs.iter().find(|c| c.id == catalog).unwrap();
    catalog.outcomes.iter().find(|o| o.requirement.id == id).unwrap()
}

fn statuses(assessment: &Assessment) -> Vec<(String, String, RequirementStatus)> {
    let of = |c: &CatalogResult| {
        c.outcomes.iter().map(|o| (c.id.clone(), o.requirement.id.clone(), o.status)).collect::<Vec<_>>()
    };
    assessment.catalogs.iter().flat_map(of).collect()
}

fn has(outcome: &Outcome, code: ReasonCode) -> bool {
    outcome.reasons.iter().any(|r| r.code == code)
}

#[test]
fn every_requirement_is_listed_with_a_status_and_a_reason() {
    let snapshot = snapshot();
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings());
    for (loaded, result) in catalogs().iter().zip(&assessment.catalogs) {
        let ids: Vec<&str> = loaded.catalog.requirements.iter().map(|r| r.id.as_str()).collect();
        let listed: Vec<&str> = result.outcomes.iter().map(|o| o.requirement.id.as_str()).collect();
        assert_eq!(ids, listed, "in the order of the file");
        assert!(result.outcomes.iter().all(|o| !o.reasons.is_empty()));
        assert_eq!(result.counts.iter().map(|c| c.requirements).sum::<usize>(), ids.len());
        assert_eq!(result.sha256, loaded.sha256);
    }
    assert_eq!(outcome(&assessment, "house-baseline", "HB-1").status, RequirementStatus::SatisfiedByEvidence);
    assert_eq!(outcome(&assessment, "pci-dss-4.0.1", "3.7.4").status, RequirementStatus::SupportedInPart);
    assert_eq!(outcome(&assessment, "hipaa-security-rule", "164.312(b)").status, RequirementStatus::SupportedInPart);
    assert_eq!(outcome(&assessment, "gdpr", "32.1.a").status, RequirementStatus::SupportedInPart);
}

#[test]
fn a_requirement_is_judged_on_the_streams_that_carry_its_data() {
    let snapshot = snapshot();
    let mut findings = passes(&snapshot);
    let off =
        findings.iter_mut().find(|f| f.check == "stream-sse-enabled" && f.subject.id.ends_with("/patients")).unwrap();
    off.status = Status::Fail;
    let assessment = assess(&catalogs(), &findings, &snapshot, &settings());
    let hipaa = outcome(&assessment, "hipaa-security-rule", "164.312(a)(2)(iv)");
    assert_eq!(hipaa.status, RequirementStatus::EvidenceMissing);
    assert!(has(hipaa, ReasonCode::DecisionRecordMissing));
    assert_eq!(outcome(&assessment, "pci-dss-4.0.1", "3.5.1").status, RequirementStatus::SupportedInPart);
    assert_eq!(outcome(&assessment, "gdpr", "32.1.a").status, RequirementStatus::SupportedInPart);
    assert_eq!(outcome(&assessment, "house-baseline", "HB-1").status, RequirementStatus::NotSatisfied);

    let cards = assessment.population(outcome(&assessment, "pci-dss-4.0.1", "3.5.1")).unwrap();
    assert_eq!((cards.streams.len(), cards.keys.len(), cards.regions.len(), cards.streams_listed), (1, 1, 1, 4));
    assert_eq!(cards.id, "pan+sad");
}

#[test]
fn streams_without_a_kms_key_leave_key_checks_without_a_subject() {
    let snapshot = snapshot();
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings());
    let hipaa = outcome(&assessment, "hipaa-security-rule", "164.312(a)(2)(iv)");
    let key_enabled = hipaa.checks.iter().find(|c| c.check == "key-enabled").unwrap();
    assert_eq!(key_enabled.answer, Answer::NoSubject);
    assert_eq!(hipaa.status, RequirementStatus::SupportedInPart);
}

#[test]
fn a_stream_whose_key_is_not_known_is_a_key_that_is_not_known() {
    let mut snapshot = snapshot();
    let findings = passes(&snapshot);
    snapshot.places[0].streams[1].sse = Err(gap("DescribeDeliveryStream"));
    let assessment = assess(&catalogs(), &findings, &snapshot, &settings());
    let hipaa = outcome(&assessment, "hipaa-security-rule", "164.312(a)(2)(iv)");
    let key_enabled = hipaa.checks.iter().find(|c| c.check == "key-enabled").unwrap();
    assert_eq!(key_enabled.answer.counts().unknown, 1);
    assert_eq!(hipaa.status, RequirementStatus::EvidenceMissing);
}

#[test]
fn a_resource_without_a_finding_is_unknown() {
    let snapshot = snapshot();
    let mut findings = passes(&snapshot);
    findings.retain(|f| !(f.check == "stream-sse-enabled" && f.subject.id.ends_with("/cards")));
    let assessment = assess(&catalogs(), &findings, &snapshot, &settings());
    let pci = outcome(&assessment, "pci-dss-4.0.1", "3.5.1");
    assert_eq!(pci.status, RequirementStatus::EvidenceMissing);
    let answers = assessment.answers(pci, &pci.checks[0]).unwrap();
    assert_eq!(answers.without_finding.len(), 1);
}

#[test]
fn no_findings_at_all_support_nothing() {
    let assessment = assess(&catalogs(), &[], &snapshot(), &settings());
    let supported = statuses(&assessment).into_iter().find(|s| s.2.claim() != Some(0));
    assert_eq!(supported, None);
}

#[test]
fn undeclared_scope_says_what_to_declare() {
    let snapshot = snapshot();
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &Settings::default());
    let pci = outcome(&assessment, "pci-dss-4.0.1", "3.5.1");
    assert_eq!(pci.status, RequirementStatus::NotAssessed);
    assert_eq!(pci.reasons[0].code, ReasonCode::ScopeUndeclared);
    assert!(pci.reasons[0].sentence.contains("keywitness.toml") && pci.reasons[0].sentence.contains("pan or sad"));
    assert_eq!(outcome(&assessment, "house-baseline", "HB-1").status, RequirementStatus::SatisfiedByEvidence);
    assert!(assessment.scope.iter().all(|s| s.undeclared_because.is_some() && s.in_scope_of == ["house-baseline"]));
}

#[test]
fn a_requirement_for_some_entities_waits_for_the_declaration() {
    let snapshot = snapshot();
    let mut settings = settings();
    let status = |settings: &Settings| {
        let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, settings);
        let found = outcome(&assessment, "pci-dss-4.0.1", "3.6.1.1");
        (found.status, found.reasons[0].code)
    };
    assert_eq!(status(&settings), (RequirementStatus::NotAssessed, ReasonCode::ScopeUndeclared));
    settings.parameters.insert("service_provider".to_owned(), false.into());
    assert_eq!(status(&settings), (RequirementStatus::NotAssessed, ReasonCode::NothingInScope));
    settings.parameters.insert("service_provider".to_owned(), true.into());
    assert_eq!(status(&settings), (RequirementStatus::NotAssessed, ReasonCode::InformsOnly));
}

#[test]
fn a_rule_by_name_declares_and_adds_to_the_tag() {
    let snapshot = snapshot();
    let mut settings = settings();
    let rule = |name: &str, classes: &[DataClass]| StreamRule {
        name: name.to_owned(),
        account: None,
        region: None,
        data_classes: Some(classes.iter().copied().collect()),
        tenant: None,
        environment: None,
    };
    settings.scope.streams = vec![rule("pa*", &[DataClass::PersonalData]), rule("untagged", &[])];
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings);
    let row = |name: &str| assessment.scope.iter().find(|s| s.name == name).unwrap();
    assert_eq!(row("patients").data_classes, [DataClass::Ephi, DataClass::PersonalData]);
    assert_eq!(row("patients").in_scope_of, ["house-baseline", "hipaa-security-rule", "gdpr"]);
    assert_eq!(row("patients").declared_by, ["tag data=\"health\"", "rule \"pa*\""]);
    assert_eq!((row("untagged").data_classes.len(), row("untagged").undeclared_because.as_deref()), (0, None));
    let gdpr = outcome(&assessment, "gdpr", "32.1.a");
    assert_eq!(assessment.population(gdpr).unwrap().streams.len(), 2);
    assert!(!has(gdpr, ReasonCode::StreamsUndeclared));
}

#[test]
fn a_value_that_stands_for_nothing_declares_nothing() {
    let mut snapshot = snapshot();
    snapshot.places[0].streams[3].tags = read([("data".to_owned(), "Cardholder".to_owned())].into());
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings());
    let row = assessment.scope.iter().find(|s| s.name == "untagged").unwrap();
    assert!(row.undeclared_because.as_ref().unwrap().contains("not in tag_values"));
    let pci = outcome(&assessment, "pci-dss-4.0.1", "3.5.1");
    assert!(has(pci, ReasonCode::StreamsUndeclared), "{:?}", pci.reasons);
}

#[test]
fn unread_tags_that_could_put_a_stream_in_scope_make_the_population_incomplete() {
    let mut snapshot = snapshot();
    snapshot.places[0].streams[3].tags = Err(gap("ListTagsForDeliveryStream"));
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings());
    for (catalog, id) in [("pci-dss-4.0.1", "3.5.1"), ("hipaa-security-rule", "164.312(b)"), ("gdpr", "32.1.a")] {
        let outcome = outcome(&assessment, catalog, id);
        assert_eq!(outcome.status, RequirementStatus::EvidenceMissing, "{catalog}");
        assert!(has(outcome, ReasonCode::PopulationIncomplete));
    }
    assert_eq!(outcome(&assessment, "house-baseline", "HB-1").status, RequirementStatus::SatisfiedByEvidence);
}

/// The queries for streams that were made and deleted, with one event between them.
fn told(event: &str, stream: &str) -> Vec<EventQuery> {
    let of = |name: &str| {
        let found = Event {
            id: "1".to_owned(),
            name: name.to_owned(),
            source: "firehose.amazonaws.com".to_owned(),
            time: time("2026-11-01T00:00:00Z"),
            who: String::new(),
            error: None,
            resources: vec![stream.to_owned()],
            at: at(9),
        };
        let events = if name == event { vec![found] } else { Vec::new() };
        EventQuery { name: name.to_owned(), events: read(events), partial: Vec::new() }
    };
    ["CreateDeliveryStream", "DeleteDeliveryStream"].map(of).into()
}

#[test]
fn a_stream_that_was_deleted_and_is_going_is_no_difference() {
    let mut snapshot = snapshot();
    let name = snapshot.places[0].streams[0].name.clone();
    snapshot.places[0].events = told("DeleteDeliveryStream", &name);
    assert_eq!(reconciliation::differences(&snapshot).count(), 1);
    snapshot.places[0].streams[0].status = read("DELETING".to_owned());
    assert_eq!(reconciliation::differences(&snapshot).count(), 0);
}

#[test]
fn whatever_was_not_listed_makes_every_population_incomplete() {
    type Change = fn(&mut Snapshot);
    let break_it: [(&str, Change); 7] = [
        ("a denied list", |s| s.places[0].listing = Err(gap("ListDeliveryStreams"))),
        ("fewer than listed", |s| s.places[0].listing = read(5)),
        ("an interrupted run", |s| s.run.interrupted = true),
        ("a Region that was not read", |s| s.run.accounts[0].regions.push(region("eu-central-1"))),
        ("an undescribed stream", |s| s.places[0].streams[0].status = Err(gap("DescribeDeliveryStream"))),
        ("a stream that was made and is not listed", |s| s.places[0].events = told("CreateDeliveryStream", "gone")),
        ("a stream that was deleted and is listed", |s| {
            let name = s.places[0].streams[0].name.clone();
            s.places[0].events = told("DeleteDeliveryStream", &name);
        }),
    ];
    for (what, change) in break_it {
        let mut snapshot = snapshot();
        let findings = passes(&snapshot);
        change(&mut snapshot);
        let assessment = assess(&catalogs(), &findings, &snapshot, &settings());
        for (catalog, id) in [("house-baseline", "HB-1"), ("pci-dss-4.0.1", "3.5.1")] {
            let outcome = outcome(&assessment, catalog, id);
            assert_eq!(outcome.status, RequirementStatus::EvidenceMissing, "{what}: {catalog}");
            assert!(has(outcome, ReasonCode::PopulationIncomplete), "{what}");
        }
    }
}

#[test]
fn a_finding_about_a_whole_failed_listing_is_unknown() {
    let snapshot = snapshot();
    let mut findings = passes(&snapshot);
    let mut whole = findings[0].clone();
    whole.id = FindingId::named("whole");
    Arc::make_mut(&mut whole.subject).id = "111122223333/eu-west-1/*".into();
    whole.status = Status::Unknown;
    findings.push(whole);
    let assessment = assess(&catalogs(), &findings, &snapshot, &settings());
    let pci = outcome(&assessment, "pci-dss-4.0.1", "3.5.1");
    assert_eq!(pci.checks[0].answer.counts(), Counts { pass: 1, unknown: 1, ..Counts::default() });
    assert_eq!(pci.status, RequirementStatus::EvidenceMissing);
}

#[test]
fn a_declaration_counts_only_with_name_date_and_reason() {
    let snapshot = snapshot();
    let mut settings = settings();
    let declare = |date: &str, reason: &str| NotApplicable {
        catalog: "pci-dss-4.0.1".to_owned(),
        requirement: "3.7.4".to_owned(),
        name: "Head of security".to_owned(),
        date: date.to_owned(),
        reason: reason.to_owned(),
    };
    settings.not_applicable = vec![declare("last week", "no cards"), declare("2026-10-01", " ")];
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings);
    let found = outcome(&assessment, "pci-dss-4.0.1", "3.7.4");
    assert_eq!(found.status, RequirementStatus::SupportedInPart);
    assert_eq!(found.reasons.iter().filter(|r| r.code == ReasonCode::DeclarationInvalid).count(), 2);
    settings.not_applicable.push(declare("2026-10-01", "no cards"));
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings);
    assert_eq!(outcome(&assessment, "pci-dss-4.0.1", "3.7.4").status, RequirementStatus::NotApplicable);
}

#[test]
fn what_the_entity_attaches_is_shown_and_what_hits_nothing_is_told() {
    let snapshot = snapshot();
    let mut settings = settings();
    let attach = |requirement: &str, item: &str, reference: &str| Attached {
        catalog: "pci-dss-4.0.1".to_owned(),
        requirement: requirement.to_owned(),
        item: Some(item.to_owned()),
        reference: reference.to_owned(),
        attachment: None,
    };
    settings.manual_evidence = vec![
        attach("3.7.4", "M1", "policies/keys.pdf"),
        attach("3.7.4", "M2", " "),
        attach("3.7.4", "M9", "x"),
        attach("3.7.40", "M1", "x"),
    ];
    settings.parameters.insert("cryptoperiod_day".to_owned(), 90.into());
    let assessment = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings);
    let found = outcome(&assessment, "pci-dss-4.0.1", "3.7.4");
    assert_eq!(found.manual[0].references, ["policies/keys.pdf"]);
    assert!(found.manual[1].references.is_empty());
    assert!(found.reasons.iter().any(|r| r.sentence.contains("M2, M3")));
    assert_eq!(assessment.unused_declarations.len(), 3, "{:?}", assessment.unused_declarations);
}

#[test]
fn evidence_ages_against_the_declared_day_only() {
    let snapshot = snapshot();
    let mut settings = settings();
    let status = |settings: &Settings| {
        outcome(&assess(&catalogs(), &passes(&snapshot), &snapshot, settings), "house-baseline", "HB-1").status
    };
    for (day, expected) in [
        ("2027-02-21", RequirementStatus::SatisfiedByEvidence),
        ("2027-02-22", RequirementStatus::EvidenceMissing),
        ("soon", RequirementStatus::EvidenceMissing),
    ] {
        settings.parameters.insert(EVIDENCE_AS_OF.to_owned(), day.into());
        assert_eq!(status(&settings), expected, "{day}");
    }
    settings.parameters.insert(EVIDENCE_AS_OF.to_owned(), "2027-02-22".into());
    settings.parameters.insert(EVIDENCE_AGE_DAYS.to_owned(), 91.into());
    assert_eq!(status(&settings), RequirementStatus::SatisfiedByEvidence);
    settings.parameters.insert(EVIDENCE_AGE_DAYS.to_owned(), "many".into());
    assert_eq!(status(&settings), RequirementStatus::EvidenceMissing);
}

#[test]
fn no_result_of_the_house_baseline_moves_a_framework() {
    let snapshot = snapshot();
    let mut findings = passes(&snapshot);
    let mut settings = settings();
    // Every yes-or-no question is answered with yes, so that every requirement of every catalog is judged.
    let flags = CATALOGS.iter().flat_map(|c| &c.catalog.parameters).filter(|p| p.kind == ParameterKind::Bool);
    settings.parameters.extend(flags.map(|p| (p.id.clone(), true.into())));
    let alone = assess(&external(), &findings, &snapshot, &settings);
    let together = assess(&every_catalog(), &findings, &snapshot, &settings);
    assert_eq!(alone.catalogs, together.catalogs[1..]);

    // The house rule fails for every stream: whose key it is decides no status of a framework.
    findings.iter_mut().filter(|f| f.check == "stream-customer-managed-key").for_each(|f| f.status = Status::Fail);
    let failed = assess(&every_catalog(), &findings, &snapshot, &settings);
    assert_eq!(outcome(&failed, "house-baseline", "HB-1").status, RequirementStatus::NotSatisfied);
    assert_eq!(statuses(&alone), statuses(&assess(&external(), &findings, &snapshot, &settings)));
}

#[test]
fn the_same_input_gives_the_same_bytes_and_they_can_be_read_back() {
    let snapshot = snapshot();
    let mut findings = passes(&snapshot);
    let first = serde_json::to_string(&assess(&catalogs(), &findings, &snapshot, &settings())).unwrap();
    findings.reverse();
    let again = assess(&catalogs(), &findings, &snapshot, &settings());
    assert_eq!(first, serde_json::to_string(&again).unwrap());
    let back: Assessment = serde_json::from_str(&first).unwrap();
    assert_eq!(first, serde_json::to_string(&back).unwrap());
}

#[test]
fn records_in_a_row_are_one_reference() {
    let spans = spans(&[3, 4, 5, 9].into_iter().map(Ev).collect());
    let words: Vec<String> = spans.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["EV-000003 to EV-000005", "EV-000009"]);
}

#[test]
fn a_review_that_was_due_is_told() {
    let mut snapshot = snapshot();
    let overdue = |s: &Snapshot| {
        assess(&catalogs(), &[], s, &settings()).catalogs.iter().map(|c| c.review_overdue).collect::<Vec<_>>()
    };
    assert_eq!(overdue(&snapshot), [false; 4]);
    snapshot.run.ended = time("2027-03-01T00:00:00Z");
    assert_eq!(overdue(&snapshot), [false, false, true, true]);
}

/// What can be taken from a snapshot and its findings.
#[derive(Clone, Debug)]
enum Loss {
    Finding(usize),
    Undecided(usize),
    Listing,
    Tags(usize),
    Sse(usize),
    SseKey(usize),
    Source(usize),
    Status(usize),
    Place,
    Rest,
}

fn any_loss() -> impl Strategy<Value = Loss> {
    prop_oneof![
        4 => (0..64usize).prop_map(Loss::Finding),
        4 => (0..64usize).prop_map(Loss::Undecided),
        1 => Just(Loss::Listing),
        2 => (0..4usize).prop_map(Loss::Tags),
        2 => (0..4usize).prop_map(Loss::Sse),
        2 => (0..4usize).prop_map(Loss::SseKey),
        1 => (0..4usize).prop_map(Loss::Source),
        1 => (0..4usize).prop_map(Loss::Status),
        1 => Just(Loss::Place),
        1 => Just(Loss::Rest),
    ]
}

fn lose(loss: &Loss, snapshot: &mut Snapshot, findings: &mut Vec<Finding>) {
    let stream = |s: &mut Snapshot, n: usize, f: &dyn Fn(&mut Stream)| {
        if let Some(stream) = s.places.first_mut().and_then(|p| p.streams.get_mut(n)) {
            f(stream);
        }
    };
    match *loss {
        Loss::Finding(n) => drop((n < findings.len()).then(|| findings.remove(n))),
        Loss::Undecided(n) => {
            if let Some(finding) = findings.get_mut(n) {
                finding.status = Status::Unknown;
            }
        }
        Loss::Listing => snapshot.places.iter_mut().for_each(|p| p.listing = Err(gap("ListDeliveryStreams"))),
        Loss::Tags(n) => stream(snapshot, n, &|s| s.tags = Err(gap("ListTagsForDeliveryStream"))),
        Loss::Sse(n) => stream(snapshot, n, &|s| s.sse = Err(gap("DescribeDeliveryStream"))),
        Loss::SseKey(n) => stream(snapshot, n, &|s| {
            if let Ok(sse) = &mut s.sse {
                sse.value.key = Err(gap("DescribeDeliveryStream"));
            }
        }),
        Loss::Source(n) => stream(snapshot, n, &|s| s.source = Err(gap("DescribeDeliveryStream"))),
        Loss::Status(n) => stream(snapshot, n, &|s| s.status = Err(gap("DescribeDeliveryStream"))),
        Loss::Place => snapshot.places.clear(),
        Loss::Rest => {
            for place in &mut snapshot.places {
                place.streams.truncate(1);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_taken_from_a_run_improves_any_requirement(
        results in proptest::collection::vec(0..8u8, 64),
        losses in proptest::collection::vec(any_loss(), 1..4),
        measure in any::<bool>(),
        rule in any::<bool>(),
    ) {
        let mut snapshot = snapshot();
        let mut findings = passes(&snapshot);
        for (finding, result) in findings.iter_mut().zip(results) {
            finding.status = match result { 0 => Status::Fail, 1 => Status::Unknown, 2 => Status::NotApplicable, _ => Status::Pass };
        }
        let mut settings = settings();
        if measure {
            settings.declared_measures.insert("encryption".to_owned());
        }
        if rule {
            let name = "*".to_owned();
            settings.scope.streams.push(StreamRule { name, account: None, region: None, data_classes: Some([DataClass::PersonalData].into()), tenant: None, environment: None });
        }
        let catalogs = catalogs();
        let before = statuses(&assess(&catalogs, &findings, &snapshot, &settings));
        for loss in &losses {
            lose(loss, &mut snapshot, &mut findings);
        }
        let after = statuses(&assess(&catalogs, &findings, &snapshot, &settings));
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(after.2.claim() <= before.2.claim(), "{before:?} became {after:?} by {losses:?}");
        }
    }
}

// ---- exceptions ----

/// Everything filled in, for the stream `cards`, valid on the day of the snapshot.
fn exception() -> Exception {
    let text = |s: &str| s.to_owned();
    Exception {
        id: text("EX-1"),
        check: text("stream-sse-enabled"),
        stream: Some(text("cards")),
        reason: text("r"),
        compensating_measure: text("m"),
        owner: text("o"),
        approver: text("a"),
        approved: text("2026-11-01"),
        expires: text("2026-11-23"),
        ..Exception::default()
    }
}

/// The ids of the exceptions beside the failing findings of `stream-sse-enabled`, by stream.
fn marked(exceptions: &[Exception], snapshot: &Snapshot, status: Status) -> BTreeMap<String, Option<String>> {
    let mut findings = passes(snapshot);
    findings.iter_mut().filter(|f| f.check == "stream-sse-enabled").for_each(|f| f.status = status);
    exceptions::mark(&mut findings, snapshot, &Settings { exceptions: exceptions.to_vec(), ..settings() });
    let of_check = findings.into_iter().filter(|f| f.check == "stream-sse-enabled");
    of_check
        .map(|f| (f.subject.id.rsplit('/').next().unwrap().to_owned(), f.exception.map(|id| id.to_string())))
        .collect()
}

fn under(exceptions: &[Exception], snapshot: &Snapshot) -> Vec<String> {
    marked(exceptions, snapshot, Status::Fail).into_iter().filter(|(_, e)| e.is_some()).map(|(name, _)| name).collect()
}

#[test]
fn an_exception_is_about_failures_and_nothing_else() {
    assert_eq!(under(&[exception()], &snapshot()), ["cards"]);
    for status in [Status::Pass, Status::Unknown, Status::NotApplicable] {
        assert!(marked(&[exception()], &snapshot(), status).values().all(Option::is_none), "{status:?}");
    }
}

#[test]
fn every_condition_of_its_scope_must_hold() {
    let with = |change: &dyn Fn(&mut Exception)| {
        let mut changed = exception();
        change(&mut changed);
        under(&[changed], &snapshot())
    };
    assert_eq!(with(&|e| e.stream = Some("p*".to_owned())), ["patients", "people"]);
    assert_eq!(with(&|e| e.region = Some("eu-west-1".to_owned())), ["cards"]);
    assert!(with(&|e| e.region = Some("eu-west-2".to_owned())).is_empty());
    assert!(with(&|e| e.account = Some("444455556666".to_owned())).is_empty());
    assert_eq!(with(&|e| (e.tag, e.value) = (Some("data".to_owned()), Some("cardholder".to_owned()))), ["cards"]);
    assert!(with(&|e| (e.tag, e.value) = (Some("data".to_owned()), Some("health".to_owned()))).is_empty());
    assert!(with(&|e| e.check = "key-enabled".to_owned()).is_empty());
}

#[test]
fn tags_that_could_not_be_read_are_not_covered() {
    let mut snapshot = snapshot();
    let by_tag = Exception { stream: None, tag: Some("data".to_owned()), ..exception() };
    assert_eq!(under(std::slice::from_ref(&by_tag), &snapshot), ["cards", "patients", "people"]);
    snapshot.places[0].streams[0].tags = Err(gap("ListTagsForDeliveryStream"));
    assert_eq!(under(&[by_tag], &snapshot), ["patients", "people"]);
}

#[test]
fn what_is_not_filled_in_expired_or_early_counts_as_none() {
    let snapshot = snapshot();
    let state = |change: &dyn Fn(&mut Exception)| {
        let mut changed = exception();
        change(&mut changed);
        let settings = Settings { exceptions: vec![changed], ..settings() };
        let mut findings = passes(&snapshot);
        for finding in &mut findings {
            finding.status = Status::Fail;
        }
        exceptions::mark(&mut findings, &snapshot, &settings);
        let found = assess(&catalogs(), &findings, &snapshot, &settings).exceptions.remove(0);
        assert_eq!(found.state == ExceptionState::Valid, findings.iter().any(|f| f.exception.is_some()));
        assert_eq!(found.state == ExceptionState::Valid, found.because.is_empty() && found.findings.len() == 1);
        found.state
    };
    assert_eq!(state(&|_| {}), ExceptionState::Valid);
    assert_eq!(state(&|e| e.expires = "2026-11-22".to_owned()), ExceptionState::Expired);
    assert_eq!(
        state(&|e| (e.approved, e.expires) = ("2026-11-24".to_owned(), "2026-12-01".to_owned())),
        ExceptionState::NotYetApproved
    );
    let empty: [&dyn Fn(&mut Exception); 8] = [
        &|e| e.id.clear(),
        &|e| e.reason.clear(),
        &|e| " ".clone_into(&mut e.compensating_measure),
        &|e| e.owner.clear(),
        &|e| e.approver.clear(),
        &|e| "soon".clone_into(&mut e.expires),
        &|e| e.approved.clear(),
        &|e| e.stream = None,
    ];
    for change in empty {
        assert_eq!(state(change), ExceptionState::Incomplete);
    }
}

#[test]
fn an_id_that_stands_twice_counts_once() {
    let second = Exception { stream: Some("people".to_owned()), ..exception() };
    assert_eq!(under(&[exception(), second], &snapshot()), ["cards"]);
}

#[test]
fn an_exception_for_a_check_that_does_not_exist_is_told() {
    let settings =
        Settings { exceptions: vec![Exception { check: "stream-sse-enabld".to_owned(), ..exception() }], ..settings() };
    let snapshot = snapshot();
    let found = assess(&catalogs(), &passes(&snapshot), &snapshot, &settings).exceptions.remove(0);
    assert_eq!(found.state, ExceptionState::Incomplete);
    assert_eq!(found.because, ["no check of this run is called stream-sse-enabld"]);
}

/// Marking every failure of every check moves no requirement beyond "partly", and none to a better status than the same
/// results as passes would have.
#[test]
fn exceptions_for_everything_support_nothing_in_full() {
    let snapshot = snapshot();
    let exceptions = CHECKS.iter().map(|(check, _)| Exception {
        id: (*check).to_owned(),
        check: (*check).into(),
        stream: None,
        account: Some(account().to_string()),
        ..exception()
    });
    let settings = Settings { exceptions: exceptions.collect(), ..settings() };
    let mut findings = passes(&snapshot);
    for finding in &mut findings {
        finding.status = Status::Fail;
    }
    exceptions::mark(&mut findings, &snapshot, &settings);
    assert!(findings.iter().all(|f| f.exception.is_some()));
    for (_, _, status) in statuses(&assess(&every_catalog(), &findings, &snapshot, &settings)) {
        assert!(status.claim().is_none_or(|claim| claim <= 1), "{status:?}");
    }
}
