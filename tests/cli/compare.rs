//! `keywitness compare` and `keywitness trail sql` from outside.

use crate::aws::world::IRELAND;
use crate::aws::{Aws, World};
use crate::forged::Forged;
use crate::program::{keywitness, run};
use serde_json::{Value, json};

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

#[test]
fn what_changed_in_the_account_is_a_fact_and_what_the_rules_changed_is_not() {
    let before = run(&Aws::scripted(World::of_one_stream(), [])).done().pack();
    let mut world = World::of_one_stream();
    world.add_stream(IRELAND, "second");
    let key = world.places.get_mut(IRELAND).unwrap().keys.values_mut().next().unwrap();
    key.rotation = Some(json!({"KeyRotationEnabled": false}));
    let after = run(&Aws::scripted(world, [])).done().pack();
    let (old, new) = (before.path.display().to_string(), after.path.display().to_string());
    let program = keywitness(["compare", new.as_str(), old.as_str(), "--json"]);
    let page = program.file("series.html", "");
    let outcome = program.args(["--html", &page]).done();
    let said: Value = outcome.json();
    assert_eq!(said["packs"].as_array().unwrap().len(), 2);
    let facts = &said["changed_facts"][0];
    let streams = facts["streams"].to_string();
    assert!(streams.contains("new: ") && streams.contains("deliverystream/second"), "{streams}");
    assert!(facts["keys"].to_string().contains("rotation on -> Enabled, rotation off"), "{}", facts["keys"]);
    let turned =
        facts["findings"].as_array().unwrap().iter().find(|f| text(f, "check") == "key-rotation-enabled").unwrap();
    assert_eq!((text(turned, "from"), text(turned, "to")), ("pass", "fail"));
    for pack in said["packs"].as_array().unwrap() {
        assert_eq!(pack["changed_rules"], json!([]), "the same program judged both");
    }
    let share = &said["kpis"]["customer-key-share"]["series"];
    assert_eq!((share[0]["number"].as_f64(), share[1]["number"].as_f64()), (Some(100.0), Some(50.0)));
    let drawn = std::fs::read_to_string(page).unwrap();
    assert!(drawn.contains("<svg") && drawn.contains("customer-managed key"));
}

#[test]
fn a_pack_whose_hashes_do_not_hold_is_not_compared() {
    let pack = run(&Aws::scripted(World::of_one_stream(), [])).done().pack();
    std::fs::write(pack.path.join("data/findings.json"), "{}").unwrap();
    let path = pack.path.display().to_string();
    let outcome = keywitness(["compare", path.as_str(), path.as_str()]).done().expect(2);
    assert!(outcome.stderr.contains("keywitness verify"), "{}", outcome.stderr);
}

#[test]
fn of_findings_that_are_not_understood_it_is_not_known_what_the_rules_changed() {
    let old = Forged::of(&run(&Aws::scripted(World::of_one_stream(), [])).done().pack());
    // As a version before this one named them.
    old.json("data/findings.json", |file| file["findings"][0]["id"] = json!("F-0a1b2c3d4e"));
    old.hashes();
    let new = run(&Aws::scripted(World::of_one_stream(), [])).done().pack();
    let (old, new) = (old.pack.path.display().to_string(), new.path.display().to_string());
    let program = keywitness(["compare", old.as_str(), new.as_str()]);
    let page = program.file("series.html", "");
    let outcome = program.args(["--html", &page]).done();
    let unread = "what the rules changed is not known";
    assert!(outcome.stdout.contains(unread), "{}", outcome.stdout);
    assert!(std::fs::read_to_string(page).unwrap().contains(unread));
    let said: Value = keywitness(["compare", old.as_str(), new.as_str(), "--json"]).done().json();
    assert_eq!((&said["packs"][0]["changed_rules"], &said["packs"][1]["changed_rules"]), (&Value::Null, &json!([])));
}

#[test]
fn the_sql_is_filled_in_and_nothing_in_it_can_be_broken_out_of() {
    let ask = |location: &str, table: &str| {
        let fixed =
            ["--account", "111122223333", "--region", "eu-west-1", "--from", "2026-07-01", "--to", "2026-07-02"];
        keywitness(["trail", "sql", "--location", location, "--table", table]).args(fixed).done()
    };
    let outcome = ask("s3://logs/AWSLogs/", "t").expect(0);
    assert!(outcome.stdout.contains("CREATE EXTERNAL TABLE IF NOT EXISTS default.t"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("day BETWEEN '2026/07/01' AND '2026/07/03'"));
    ask("s3://logs/AWSLogs/'; DROP TABLE x; --/", "t").expect(2);
    ask("s3://logs/AWSLogs/", "t; DROP").expect(2);
}
