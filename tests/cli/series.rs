//! A series of packs: what each carries of those before it, what its page says, and what cannot be made up.

use crate::aws::rules::on;
use crate::aws::world::IRELAND;
use crate::aws::{Aws, World};
use crate::forged::Forged;
use crate::program::{Outcome, Pack, Program, keywitness, run};
use serde_json::{Value, json};
use std::sync::OnceLock;

const EVERY: &str = "runs_every_days = 30\nentity = \"Example <b>Ltd</b>\"\n";

/// Three runs that follow one another: all is well, then rotation is off and a stream has come, then policies are denied.
fn packs() -> &'static [(Outcome, Pack); 3] {
    static PACKS: OnceLock<[(Outcome, Pack); 3]> = OnceLock::new();
    PACKS.get_or_init(|| {
        let first = made(run(&Aws::scripted(World::of_one_stream(), [])), None);
        let second = made(run(&Aws::scripted(changed(), [])), Some(&first.1));
        let third = made(run(&Aws::scripted(changed(), [on("kms:GetKeyPolicy").denied()])), Some(&second.1));
        [first, second, third]
    })
}

fn made(program: Program, before: Option<&Pack>) -> (Outcome, Pack) {
    let program = program.configured(EVERY);
    let path = before.map(|pack| pack.path.display().to_string());
    let program = match &path {
        Some(path) => program.args(["--previous", path.as_str()]),
        None => program,
    };
    let outcome = program.done();
    let pack = outcome.pack();
    (outcome, pack)
}

fn changed() -> World {
    let mut world = World::of_one_stream();
    world.add_stream(IRELAND, "second");
    let key = world.places.get_mut(IRELAND).unwrap().keys.values_mut().next().unwrap();
    key.rotation = Some(json!({"KeyRotationEnabled": false}));
    world
}

fn series(pack: &Pack) -> Value {
    serde_json::from_str(&pack.text("data/series.json")).unwrap()
}

#[test]
fn each_pack_carries_what_the_packs_before_it_came_to() {
    let [(_, first), (_, second), (_, third)] = packs();
    assert!(!first.path.join("data/series.json").exists(), "there is none before the first");
    let carried = series(third);
    let roots: Vec<&str> = carried["packs"].as_array().unwrap().iter().map(|p| p["root"].as_str().unwrap()).collect();
    assert_eq!(roots, [first.root.as_str(), second.root.as_str()]);
    let about: Value = serde_json::from_str(&second.text("pack.json")).unwrap();
    for (status, count) in carried["packs"][1]["findings"].as_object().unwrap() {
        assert_eq!(about["counts"][status], *count, "{status}");
    }
    let open = series(second)["open"].as_array().unwrap().len() as u64;
    let before: Value = serde_json::from_str(&first.text("pack.json")).unwrap();
    let count = |name: &str| before["counts"][name].as_u64().unwrap();
    assert_eq!(open, count("fail") + count("unknown"));
    third.verify(["--expect-root", &third.root, "--previous", &path(second), "--previous", &path(first)]).expect(0);
}

fn path(pack: &Pack) -> String {
    pack.path.display().to_string()
}

#[test]
fn the_series_page_of_a_report_tells_what_opened_and_what_closed() {
    let [_, (_, second), (_, third)] = packs();
    let page = |pack: &Pack| {
        let html = pack.text("data/report.html");
        let from = html.find("id=\"series\"").unwrap();
        html[from..from + html[from..].find("</section>").unwrap()].to_owned()
    };
    let seen = page(second);
    assert!(seen.contains("class=\"m-line\"") && seen.contains("New failures: <b>"), "{seen}");
    assert!(seen.contains("key-rotation-enabled") && seen.contains("30 days between two runs, as declared"), "{seen}");
    assert!(seen.contains("s-pass\">holds<"), "{seen}");
    assert!(!seen.contains("s-fail"), "the chain holds: {seen}");
    let lost = page(third);
    assert!(lost.contains("Not known any more: <b>") && !lost.contains("Not known any more: <b>0"), "{lost}");
}

#[test]
fn compare_tells_the_chain_the_scope_and_the_interval() {
    let [(_, first), (_, second), (_, third)] = packs();
    let (a, b, c) = (path(first), path(second), path(third));
    let program = keywitness(["compare", &a, &b, &c, "--json"]);
    let page = program.file("series.html", "");
    let outcome = program.args(["--html", &page]).done().expect(3);
    let said = outcome.json();
    assert_eq!(
        (&said["interval"], &said["every_days"], &said["chain"]),
        (&json!("declared"), &json!(30), &json!("intact"))
    );
    assert_eq!(said["packs"][1]["previous_root"], json!(first.root));
    assert_eq!(said["packs"][1]["regions"], json!([IRELAND]));
    let counts = &said["changed_facts"][0]["counts"];
    assert!(counts["new"].as_u64().unwrap() > 0, "{counts}");
    let drawn = std::fs::read_to_string(page).unwrap();
    assert!(drawn.contains("Example &lt;b&gt;Ltd") && !drawn.contains("<b>Ltd"), "escaped");
    assert!(drawn.contains("class=\"m-line\"") && drawn.contains(&first.root) && drawn.contains("id=\"step-3\""));
    assert!(!drawn.contains("<script") && drawn.contains("default-src 'none'"));
    // Without the second, the third names a pack that is not here.
    let broken = keywitness(["compare", &a, &c, "--json"]).done().expect(3).json();
    assert_eq!((&broken["chain"], &broken["packs"][1]["link"]), (&json!("broken"), &json!("broken")));
    let text = keywitness(["compare", &a, &c]).done().expect(3);
    assert!(text.stdout.contains("broken: it names a pack that is not here"), "{}", text.stdout);
}

/// An edit of what a pack carries, and the code that must tell it.
type Lie = (fn(&mut Value), &'static str);

#[test]
fn what_a_pack_says_of_those_before_it_is_held_against_them() {
    let [(_, first), (_, second), (_, third)] = packs();
    let lies: [Lie; 5] = [
        (|v| v["packs"][1]["findings"]["fail"] = json!(0), "is not what that pack says"),
        (|v| v["packs"].as_array_mut().unwrap().reverse(), "E-CHAIN"),
        (|v| v["packs"][1]["root"] = json!("ab".repeat(32)), "E-CHAIN"),
        (|v| v["open"][0]["status"] = json!("pass"), "E-CHAIN"),
        (|v| v["more"] = json!(1), "E-SCHEMA"),
    ];
    for (lie, words) in lies {
        let forged = Forged::of(third);
        forged.json("data/series.json", lie);
        let root = forged.hashes();
        let before = [path(second), path(first)];
        let how = ["--expect-root", &root, "--previous", &before[0], "--previous", &before[1]];
        let outcome = forged.pack.verify(how).expect(1);
        assert!(outcome.stdout.contains(words), "{words}: {}", outcome.stdout);
    }
}

/// A count that is not there is not zero: a series of it would show a pack without failures.
#[test]
fn a_pack_that_does_not_count_is_not_followed() {
    let [(_, first), ..] = packs();
    for count in ["fail", "streams", "gaps"] {
        let forged = Forged::of(first);
        forged.json("pack.json", |about| drop(about["counts"].as_object_mut().unwrap().remove(count)));
        forged.hashes();
        let said = keywitness(["demo", "--previous", &path(&forged.pack)]).done().expect(2);
        assert!(said.stderr.contains(&format!("does not count {count:?}")), "{}", said.stderr);
    }
}

/// What could not be compared is not equal, though every hash is right and the chain whole.
#[test]
fn a_previous_pack_that_cannot_be_read_holds_nothing_up() {
    let [(_, first), (_, second), (_, third)] = packs();
    let before = Forged::of(second);
    before.json("pack.json", |about| drop(about["counts"].as_object_mut().unwrap().remove("fail")));
    let named = before.hashes();
    let after = Forged::of(third);
    after.json("data/series.json", |series| series["packs"][1]["root"] = json!(named));
    after.json("pack.json", |about| about["previous"]["root"] = json!(format!("sha256:{named}")));
    let root = after.hashes();
    let given = [path(&before.pack), path(first)];
    let how = ["--expect-root", &root, "--previous", &given[0], "--previous", &given[1]];
    let said = after.pack.verify(how).expect(1);
    assert!(said.stdout.contains("E-CHAIN data/series.json: cannot be held against"), "{}", said.stdout);
}

/// Since when a finding is what it is, in the data, in the table and on the page.
#[test]
fn findings_say_since_when_they_are_what_they_are() {
    let [(_, first), (_, second), (_, third)] = packs();
    let begun = |pack: &Pack| {
        let about: Value = serde_json::from_str(&pack.text("pack.json")).unwrap();
        about["period"]["collected_from"].as_str().unwrap().to_owned()
    };
    let seen = |pack: &Pack, check: &str, name: &str| {
        let finding = serde_json::to_value(pack.finding(check, name)).unwrap();
        [&finding["first_seen"], &finding["last_seen"]].map(|time| time.as_str().map(str::to_owned))
    };
    let (one, two, three) = (begun(first), begun(second), begun(third));
    assert_eq!(seen(first, "stream-active", "orders"), [None, None], "nothing is known of a series");
    assert_eq!(seen(second, "stream-active", "orders"), [Some(one.clone()), Some(two.clone())]);
    assert_eq!(seen(second, "stream-active", "second"), [Some(two.clone()), Some(two.clone())], "it has come");
    assert_eq!(seen(third, "stream-active", "orders"), [Some(one), Some(three.clone())]);
    let rotation = |pack: &Pack| {
        let found = pack.findings().into_iter().find(|f| f.check == "key-rotation-enabled").unwrap();
        [found.first_seen, found.last_seen].map(|time| time.unwrap().timestamp_millis())
    };
    let millis = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
    assert_eq!(rotation(third), [millis(&two), millis(&three)], "it fails since the second run");

    let table = |pack: &Pack| {
        let text = pack.text("data/tables/findings.csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<std::collections::BTreeMap<String, String>> = reader.deserialize().map(|r| r.unwrap()).collect();
        rows
    };
    assert!(table(first).iter().all(|r| r["first_seen"] == "not known" && r["last_seen"] == "not known"));
    let to_second = |text: &str| format!("{}Z", &text[..19]);
    assert!(table(third).iter().all(|r| r["last_seen"] == to_second(&three)));
    assert!(table(third).iter().any(|r| r["check"] == "key-rotation-enabled" && r["first_seen"] == to_second(&two)));
    let page = third.text("data/report.html");
    assert!(page.contains(&format!("first seen {}, last seen {}", to_second(&two), to_second(&three))));
    assert!(first.text("data/report.html").contains("no pack before this one was named"));

    // Whoever writes it otherwise is found out, in the findings and in what they are dated by.
    let forged = Forged::of(third);
    forged.json("data/findings.json", |f| f["findings"][0]["first_seen"] = json!(three));
    let root = forged.hashes();
    let said = forged.pack.verify(["--expect-root", &root]).expect(1);
    assert!(said.stdout.contains("E-REPLAY"), "{}", said.stdout);
    let forged = Forged::of(third);
    forged.json("data/series.json", |s| s["standing"][0]["since"] = json!("2020-01-01T00:00:00.000Z"));
    let root = forged.hashes();
    let said = forged.pack.verify(["--expect-root", &root]).expect(1);
    assert!(said.stdout.contains("at which no run of the series began"), "{}", said.stdout);
}

/// A customer edition has nothing that a series is made of.
#[test]
fn a_full_pack_does_not_follow_a_customer_edition() {
    let [(_, first), ..] = packs();
    let shared = keywitness(["share", &path(first), "--customer", "Example Freight Ltd", "--json"]).done().expect(0);
    let said = keywitness(["demo", "--previous", &path(&shared.pack())]).done().expect(2);
    assert!(said.stderr.contains("cannot follow a customer edition"), "{}", said.stderr);
}
