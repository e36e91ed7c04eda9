//! The rows of the analysis, over the account that the tests of checks build.

use super::{cost, of};
use crate::checks::tests::{
    OWNER, World, aws_managed, bucket, customer_key, direct_put, event, grant, key_arn, role, statement, to,
};
use crate::model::analysis::{Dollars, Shredding, Via};
use crate::model::destination::DestinationKind;
use crate::model::key::KeyState;
use crate::model::{Analysis, Text};

fn analysis(world: &World) -> Analysis {
    of(&world.snapshot(), world.settings(), &world.findings())
}

const TENANTS: &str = "[scope]\ntenant_tag = \"tenant\"";

#[test]
fn the_matrix_tells_who_holds_both_duties() {
    let keeper = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/Keeper"}"#, "kms:PutKeyPolicy", "{}");
    let both = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/App"}"#, r#"kms:DisableKey","kms:Decrypt"#, "{}");
    let world = World::new().key(customer_key("k").policy(&[OWNER, &keeper, &both]));
    let duties = &analysis(&world).duties[0];
    assert_eq!(duties.delegates_to_iam, Some(true));
    let row = |end: &str| duties.holders.iter().find(|h| h.principal.ends_with(end)).unwrap();
    assert!(row("role/App").both && !row("role/Keeper").both);
    assert_eq!(row("role/Keeper").administers[..], ["PutKeyPolicy"]);
    // The account as a whole may do everything by its IAM policies, and is no identity.
    let account = duties.holders.iter().find(|h| h.via == Via::Account).unwrap();
    assert!(!account.both && account.creates_grants);
}

#[test]
fn each_row_tells_what_gives_it_and_iam_and_grants_have_rows() {
    const ADMIN: &str = r#"{"Sid":"All","Effect":"Allow","Action":"kms:*","Resource":"*"}"#;
    const PERHAPS: &str = r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}}"#;
    let mut given = grant("arn:aws:iam::111122223333:role/Keeper");
    given.retiring = Some("arn:aws:iam::111122223333:role/Cleaner".to_owned());
    let keeper = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/Keeper"}"#, "kms:PutKeyPolicy", "{}");
    let key = || customer_key("k").policy(&[OWNER, &keeper]).grants(vec![given.clone()]);
    let roles = vec![role("Admin", &[ADMIN]), role("Perhaps", &[PERHAPS]), role("Reader", &[])];
    let found = analysis(&World::new().key(key()).identities(roles));
    let duties = &found.duties[0];
    assert_eq!(duties.unread, None);
    let row = |end: &str, via: Via| duties.holders.iter().find(|h| h.principal.ends_with(end) && h.via == via).unwrap();
    let admin = row("role/Admin", Via::IamPolicy);
    assert!(admin.both && admin.certain && admin.creates_grants && admin.by.contains("All"), "{admin:?}");
    let perhaps = row("role/Perhaps", Via::IamPolicy);
    assert!(!perhaps.certain && perhaps.uses[..] == ["Decrypt"] && perhaps.administers.is_empty());
    assert!(!duties.holders.iter().any(|h| h.principal.ends_with("role/Reader")));
    // One source administers, the other uses: it is one identity.
    let by_grant = row("role/Keeper", Via::Grant);
    assert!(by_grant.both && by_grant.by.contains("grant-") && by_grant.administers.is_empty(), "{by_grant:?}");
    assert!(row("role/Keeper", Via::KeyPolicy).both);
    let cleaner = row("role/Cleaner", Via::Grant);
    assert!(cleaner.ends_grants && cleaner.uses.is_empty() && cleaner.by.contains("retiring principal"));
    // Who may delete is who stands there, and no longer the account as a whole.
    assert_eq!(found.recoverability[0].may_delete[..], ["arn:aws:iam::111122223333:role/Admin (by IAM)"]);
    assert_eq!(found.recoverability[0].open, None);
}

#[test]
fn a_source_that_was_not_read_has_a_row_that_says_so() {
    let found = analysis(&World::new().key(customer_key("k").policy(&[OWNER]).grants_denied()));
    let duties = &found.duties[0];
    let unread: Vec<&str> = duties.holders.iter().filter(|h| !h.certain).map(|h| h.by.as_str()).collect();
    assert!(unread[0].contains("IAM policies of account 111122223333 were not read"), "{unread:?}");
    assert!(unread[1].contains("ListGrants"), "{unread:?}");
    assert!(duties.unread.as_ref().unwrap().contains("ListGrants"));
    assert!(found.recoverability[0].open.as_ref().unwrap().contains("were not read"));
    // What the key policy keeps to itself asks nothing of IAM.
    let keeper = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/Keeper"}"#, "kms:PutKeyPolicy", "{}");
    assert_eq!(analysis(&World::new().key(customer_key("k").policy(&[&keeper]))).duties[0].unread, None);
}

#[test]
fn a_policy_that_was_not_read_is_no_empty_matrix() {
    let duties = &analysis(&World::new().key(customer_key("k").policy_denied())).duties[0];
    assert!(duties.holders.is_empty() && duties.delegates_to_iam.is_none());
    assert!(duties.unread.as_ref().unwrap().contains("GetKeyPolicy"));
    let duties = &analysis(&World::new().key(customer_key("k").ram_denied())).duties[0];
    assert!(!duties.holders.is_empty() && duties.unread.is_some());
}

#[test]
fn the_radius_counts_what_hangs_on_the_key_and_says_what_may_be_missing() {
    let world = World::new().declared(TENANTS).key(customer_key("k")).key(customer_key("other"));
    let world = world.stream(direct_put("a").key("k").tag("tenant", "acme")).stream(direct_put("b").key("k"));
    let radius = &analysis(&world).blast_radius;
    assert_eq!(radius[0].streams[..], ["a", "b"]);
    assert_eq!((&radius[0].tenants[..], radius[0].undeclared), (&[Text::from("acme")][..], 2));
    assert!(radius[1].streams.is_empty() && radius[1].incomplete.is_none());
    let radius = analysis(&world.stream(direct_put("c").denied())).blast_radius;
    assert!(radius[1].incomplete.as_ref().unwrap().contains("DescribeDeliveryStream"));
}

#[test]
fn what_rests_under_the_key_at_a_hop_hangs_on_it_too() {
    let deliver = |name: &str, tenant: &str| {
        direct_put(name).tag("tenant", tenant).delivers(to(DestinationKind::ExtendedS3).backup(Some("k")))
    };
    let world = || World::new().declared(TENANTS).key(customer_key("k")).bucket(bucket("main").key("k"));
    let one = analysis(&world().stream(deliver("a", "acme")));
    let radius = &one.blast_radius[0];
    assert!(radius.streams.is_empty());
    assert_eq!(radius.others[..], ["bucket back (of a)", "bucket main (of a)"]);
    assert_eq!(radius.tenants[..], ["acme"]);
    assert_eq!(one.recoverability[0].shredding, Shredding::Candidate { tenant: "acme".into() });
    let two = analysis(&world().stream(deliver("a", "acme")).stream(deliver("b", "other")));
    assert!(matches!(two.recoverability[0].shredding, Shredding::No { .. }));
    let unread = World::new().key(customer_key("k")).bucket(bucket("main").encryption_denied());
    let unread = analysis(&unread.stream(direct_put("a").delivers(to(DestinationKind::S3))));
    assert!(unread.blast_radius[0].incomplete.as_ref().unwrap().contains("GetBucketEncryption"));
}

#[test]
fn who_would_break_is_told_from_iam_with_its_source() {
    const PUT: &str = r#"{"Effect":"Allow","Action":"firehose:PutRecord","Resource":"*"}"#;
    const BOTH: &str = r#"{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}"#;
    let world = World::new().stream(direct_put("s").key("k")).key(customer_key("k").policy(&[OWNER]));
    let row = &analysis(&world.clone().identities(vec![role("app", &[PUT, BOTH]), role("old", &[PUT])])).readiness[0];
    assert!(row.able[0].ends_with("role/app (by IAM)"), "{:?}", row.able);
    assert!(row.would_break[0].contains("role/old (by IAM: lacks kms:GenerateDataKey"), "{:?}", row.would_break);
    assert_eq!(row.open, None);
    assert!(analysis(&world).readiness[0].open.as_ref().unwrap().contains("were not read"));
}

#[test]
fn a_key_of_one_tenant_is_a_candidate_for_erasing_by_destroying_it() {
    let of = |world: World| analysis(&world.key(customer_key("k"))).recoverability[0].shredding.clone();
    let acme = || World::new().declared(TENANTS).stream(direct_put("a").key("k").tag("tenant", "acme"));
    assert_eq!(of(acme()), Shredding::Candidate { tenant: "acme".into() });
    assert!(matches!(of(acme().stream(direct_put("b").key("k").tag("tenant", "other"))), Shredding::No { .. }));
    assert!(matches!(of(acme().stream(direct_put("b").key("k"))), Shredding::No { .. }));
    assert!(matches!(of(acme().stream(direct_put("b").key("k").tags_denied())), Shredding::Unknown { .. }));
    assert!(matches!(of(acme().unlisted()), Shredding::Unknown { .. }));
    assert!(matches!(of(World::new()), Shredding::No { .. }));
    let aws =
        World::new().declared(TENANTS).stream(direct_put("a").key("k").tag("tenant", "acme")).key(aws_managed("k"));
    assert!(matches!(analysis(&aws).recoverability[0].shredding, Shredding::No { .. }));
}

#[test]
fn a_producer_with_one_action_would_break() {
    let role = |name: &str, actions: &str| {
        statement(&format!(r#"{{"AWS":"arn:aws:iam::111122223333:role/{name}"}}"#), actions, "{}")
    };
    let (able, half) = (role("Able", r#"kms:GenerateDataKey","kms:Decrypt"#), role("Half", "kms:GenerateDataKey"));
    let world = World::new().stream(direct_put("old").key("k")).stream(direct_put("new").key("k").age_days(9));
    let rows = analysis(&world.key(customer_key("k").policy(&[&able, &half])).key(customer_key("unused"))).readiness;
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0].at_once[..], &rows[0].later[..]), (&[Text::from("new")][..], &[Text::from("old")][..]));
    assert!(rows[0].able[0].ends_with("Able") && rows[0].would_break[0].ends_with("Half") && rows[0].open.is_none());
}

#[test]
fn who_may_delete_is_told_with_what_is_not_known() {
    let keeper = statement(r#"{"AWS":"arn:aws:iam::111122223333:role/Keeper"}"#, "kms:ScheduleKeyDeletion", "{}");
    let of = |key| analysis(&World::new().key(key)).recoverability.remove(0);
    let row = of(customer_key("k").policy(&[&keeper]));
    assert_eq!((row.may_delete.len(), row.may_disable.len(), row.open), (1, 0, None));
    assert!(of(customer_key("k").policy(&[OWNER])).open.unwrap().contains("IAM policies"));
    assert!(of(customer_key("k").policy_denied()).open.unwrap().contains("not known"));
}

#[test]
fn the_waiting_period_is_the_time_between_the_event_and_the_day() {
    let key = customer_key("k").state(KeyState::PendingDeletion).deleted_in(27);
    let world = World::new().key(key).event(event("ScheduleKeyDeletion").of(&key_arn("k")));
    let row = &analysis(&world).recoverability[0];
    assert_eq!(row.days_left, Some(27));
    assert!(row.scheduled.as_ref().unwrap().contains("with 30 days to wait"), "{:?}", row.scheduled);
}

#[test]
fn a_key_costs_by_its_rotations() {
    let of = |key| {
        let costs = analysis(&World::new().key(key)).costs;
        costs.keys[0].monthly.map(|m| (m.from, m.to))
    };
    assert_eq!(of(customer_key("k")), Some((Dollars(100), Some(Dollars(100)))));
    assert_eq!(of(customer_key("k").rotated(10)), Some((Dollars(200), Some(Dollars(200)))));
    assert_eq!(of(customer_key("k").history_denied()), Some((Dollars(100), Some(Dollars(300)))));
    assert_eq!(of(aws_managed("k")), Some((Dollars(0), Some(Dollars(0)))));
    assert_eq!(of(customer_key("k").state(KeyState::PendingDeletion)), Some((Dollars(0), Some(Dollars(0)))));
    assert_eq!(of(customer_key("k").denied()), None);
}

#[test]
fn each_failing_check_has_the_cost_of_its_remedy_once() {
    let world = World::new().stream(direct_put("a")).stream(direct_put("b"));
    let costs = analysis(&world).costs;
    let own: Vec<_> = costs.remedies.iter().filter(|r| r.check == "stream-customer-managed-key").collect();
    assert_eq!((own.len(), own[0].failing, own[0].each.from), (1, 2, Dollars(100)));
    assert!(costs.statement.contains("estimate") && costs.prices_as_of.starts_with("20"));
}

#[test]
fn the_table_of_remedies_names_checks_that_exist() {
    for id in cost::named() {
        assert!(crate::checks::ALL.iter().any(|c| c.id == id), "{id}");
    }
}

#[test]
fn amounts_are_written_in_dollars() {
    assert_eq!(Dollars(1205).to_string(), "12.05");
    assert_eq!(serde_json::to_value(Dollars(100)).unwrap(), "1.00");
}
