//! The cover: what the account calls itself, and which run of its series it is.

use crate::aws::rules::on;
use crate::aws::{Aws, World};
use crate::forged::Forged;
use crate::program::{Pack, keywitness, run};
use serde_json::{Value, json};

/// What stands beside a label on the cover of the page.
fn fact(pack: &Pack, label: &str) -> String {
    let page = pack.text("data/report.html");
    let label = format!("<dt>{label}</dt><dd>");
    let value = page.split_once(&label).unwrap_or_else(|| panic!("no {label}")).1;
    value.split_once("</dd>").expect("its end").0.to_owned()
}

/// The first row of a table, by column.
fn row(pack: &Pack, table: &str) -> std::collections::BTreeMap<String, String> {
    let text = pack.text(&format!("data/tables/{table}.csv"));
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().next().expect("a row").expect("columns")
}

#[test]
fn an_account_is_called_by_its_alias_and_asked_for_it_once() {
    let aws = Aws::start(World::of_one_stream());
    let pack = run(&aws).done().expect(0).pack();
    assert_eq!(fact(&pack, "Account alias"), "acme-orders");
    assert_eq!(row(&pack, "accounts")["alias"], "acme-orders");
    assert_eq!(aws.requests_of("iam:ListAccountAliases").len(), 1);
    let without = Aws::start(World::of_one_stream());
    let pack = run(&without).args(["--no-further-reads"]).done().expect(3).pack();
    assert!(fact(&pack, "Account alias").starts_with("not known"), "nobody asked");
    assert!(without.requests_of("iam:ListAccountAliases").is_empty());
}

#[test]
fn no_alias_is_an_answer_and_a_denied_one_is_not_known() {
    let mut world = World::of_one_stream();
    world.once.aliases.clear();
    let pack = run(&Aws::start(world)).done().expect(0).pack();
    assert_eq!((fact(&pack, "Account alias").as_str(), row(&pack, "accounts")["alias"].as_str()), ("none", "none"));
    let aws = Aws::scripted(World::of_one_stream(), [on("iam:ListAccountAliases").denied()]);
    let pack = run(&aws).done().expect(3).pack();
    assert!(fact(&pack, "Account alias").starts_with("not known: "), "{}", fact(&pack, "Account alias"));
    let gap = &pack.gaps()[0];
    assert_eq!((gap["call"].as_str(), pack.gaps().len()), ("iam:ListAccountAliases", 1), "{gap:?}");
    assert!(gap["remedy"].contains("iam:ListAccountAliases"), "the permission that closes it: {gap:?}");
}

#[test]
fn an_answer_without_a_list_is_not_an_account_without_a_name() {
    let odd = "<ListAccountAliasesResponse><ListAccountAliasesResult><IsTruncated>false</IsTruncated>\
               </ListAccountAliasesResult></ListAccountAliasesResponse>";
    let aws = Aws::scripted(World::of_one_stream(), [on("iam:ListAccountAliases").answers(200, odd)]);
    let pack = run(&aws).done().expect(3).pack();
    assert!(fact(&pack, "Account alias").starts_with("not known: "), "{}", fact(&pack, "Account alias"));
}

#[test]
fn a_run_counts_on_from_the_pack_before_it_and_says_when_that_has_no_number() {
    let demo = |before: Option<&Pack>| {
        let path = before.map(|pack| pack.path.display().to_string());
        let mut arguments = vec!["demo", "--json"];
        arguments.extend(path.as_deref().into_iter().flat_map(|path| ["--previous", path]));
        keywitness(arguments).done().expect(0).pack()
    };
    let about = |pack: &Pack| serde_json::from_str::<Value>(&pack.text("pack.json")).expect("JSON");
    let first = demo(None);
    assert_eq!(
        (&about(&first)["series_number"], fact(&first, "Run number in series").chars().next()),
        (&json!(1), Some('1'))
    );
    let second = demo(Some(&first));
    assert_eq!((&about(&second)["series_number"], fact(&second, "Run number in series").as_str()), (&json!(2), "2"));
    let before = first.path.display().to_string();
    second.verify(["--expect-root", &second.root, "--previous", &before]).expect(0);

    let forged = Forged::of(&second);
    forged.json("pack.json", |about| about["series_number"] = json!(7));
    let root = forged.hashes();
    let said = forged.pack.verify(["--expect-root", &root]).expect(1);
    assert!(said.stdout.contains("series_number: not what the records give"), "{}", said.stdout);

    // As a version wrote it that did not state the number.
    let old = Forged::of(&first);
    old.json("pack.json", |about| drop(about.as_object_mut().expect("an object").remove("series_number")));
    old.hashes();
    let third = demo(Some(&old.pack));
    assert_eq!(about(&third).get("series_number"), None);
    assert!(fact(&third, "Run number in series").starts_with("not stated"));
}
