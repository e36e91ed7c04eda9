//! The customer edition for people: HTML, a PDF of two pages, tables. All from [`Edition`], which has nothing that may
//! not leave; the same words in all of them.

mod html;
mod pdf;
mod tables;
#[cfg(test)]
mod tests;

use super::RenderError;
use crate::model::customer::{Band, Edition};
use crate::model::sink::Sink;
use crate::model::{Time, time};
use serde::Serialize;

/// What the page is made of, beside what an edition says: for whoever must tell our words from names.
pub const OWN_WORDS: &[&str] = &[html::TEMPLATE, html::STYLE];

/// Writes the reports of an edition. The same edition gives the same bytes.
///
/// # Errors
/// When the sink refuses, or a renderer has a fault.
pub fn render(edition: &Edition, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let page = Page::of(edition);
    let made = made(edition);
    html::write(&page, sink)?;
    pdf::write(&page, made, sink)?;
    tables::write(&page, made, sink)
}

/// The statements that paper has room for, the most telling first; all of them are in the HTML file and the tables.
const MAIN: [&str; 12] = [
    "stream-inventory-complete",
    "stream-sse-enabled",
    "stream-customer-managed-key",
    "key-enabled",
    "key-not-pending-deletion",
    "key-rotation-enabled",
    "key-rotated-in-cryptoperiod",
    "key-policy-not-public",
    "key-policy-separates-duties",
    "trail-logging-multi-region",
    "trail-log-file-validation",
    "trail-records-kms-events",
];

/// The rows of [`MAIN`], and how many more there are.
fn main_rows(edition: &Edition, all: &[Vec<String>]) -> (Vec<Vec<String>>, usize) {
    let at = |check: &str| edition.shown.iter().position(|s| s.check == check);
    let named = MAIN.iter().filter_map(|check| at(check));
    let others = (0..edition.shown.len()).filter(|n| !MAIN.contains(&edition.shown[*n].check.as_str()));
    let chosen: Vec<Vec<String>> = named.chain(others).take(MAIN.len()).map(|n| all[n].clone()).collect();
    let more = all.len() - chosen.len();
    (chosen, more)
}

/// The minute of the evidence, for the dates inside files.
fn made(edition: &Edition) -> Time {
    let read = chrono::NaiveDateTime::parse_from_str(&edition.as_of, "%Y-%m-%dT%H:%MZ");
    read.map(|t| t.and_utc()).unwrap_or_default()
}

/// An edition in the words of its reports.
#[derive(Serialize)]
struct Page {
    title: String,
    customer: String,
    lead: &'static str,
    notices: Vec<String>,
    facts: Vec<(&'static str, String)>,
    nature: Vec<String>,
    shown: Section,
    /// Some of its rows, for paper.
    main: Vec<Vec<String>>,
    /// What stands below them.
    beyond: String,
    more: Vec<Section>,
    cards: Vec<Section>,
    drafts: Vec<crate::model::customer::Card>,
    withheld: Vec<String>,
    check: Vec<String>,
    derived_from: String,
    edition: String,
    as_of: String,
}

/// A table of a report.
#[derive(Clone, Serialize)]
struct Section {
    name: &'static str,
    title: &'static str,
    note: &'static str,
    heads: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<String>>,
    empty: &'static str,
}

impl Page {
    fn of(edition: &Edition) -> Self {
        let shown = shown(edition);
        let (main, further) = main_rows(edition, &shown.rows);
        let beyond = match further {
            0 => String::new(),
            _ => format!("{further} further statements, and the lists of streams and keys, are in data/customer.html."),
        };
        let whose = edition.entity.clone().unwrap_or_else(|| "The provider".to_owned());
        Self {
            title: format!("{whose}: how delivery streams and their keys are protected"),
            customer: edition.customer.clone(),
            lead: "What was shown of Amazon Data Firehose delivery streams and the KMS keys that they use, from recorded answers of \
                   AWS. Redacted: names are pseudonyms, small counts are ranges.",
            notices: notices(edition),
            facts: facts(edition),
            nature: nature(edition),
            shown,
            main,
            beyond,
            more: more(edition),
            cards: cards(edition),
            drafts: edition.cards.clone(),
            withheld: edition.withheld.clone(),
            check: check(edition),
            derived_from: edition.derived_from.clone(),
            edition: edition.edition.clone(),
            as_of: edition.as_of.clone(),
        }
    }
}

fn notices(edition: &Edition) -> Vec<String> {
    let mut notices = Vec::new();
    if edition.sample {
        notices.push("Sample: the account is invented, and this is no evidence of anything.".to_owned());
    }
    if edition.not_aws {
        notices
            .push("Not AWS: an emulator or a proxy answered, and this is no evidence about an AWS account.".to_owned());
    }
    if edition.not_known != Band::of(0) {
        notices.push(format!(
            "Not known: {} calls gave no value. What rests on them counts as not shown, and never as shown.",
            edition.not_known
        ));
    }
    notices
}

fn facts(edition: &Edition) -> Vec<(&'static str, String)> {
    vec![
        ("Prepared for", edition.customer.clone()),
        ("As of", edition.as_of.clone()),
        ("Read from", format!("{} to {}", edition.collected_from, edition.as_of)),
        ("Fresh until", edition.expires.clone()),
        ("Regions", edition.regions.join(", ")),
        ("Delivery streams", edition.streams_total.to_string()),
        ("KMS keys on their way and of the trails", edition.keys_total.to_string()),
        ("Edition", edition.edition.clone()),
        ("Written by", concat!("Keywitness ", env!("CARGO_PKG_VERSION")).to_owned()),
    ]
}

fn nature(edition: &Edition) -> Vec<String> {
    let mut nature = vec![
        format!(
            "It says what AWS answered to read-only calls up to {}, and what follows by published rules. It says nothing about \
             before or after.",
            edition.as_of
        ),
        "It is no certificate, no attestation and no legal advice. No requirement of a framework is shown as met by it."
            .to_owned(),
        "A statement counts as shown only where recorded answers show it. What is not known counts as not shown.".to_owned(),
    ];
    if !edition.weaknesses_disclosed {
        nature.push(
            "Where a statement was not shown for some, it is withheld which they are, and whether it is not so or not known."
                .to_owned(),
        );
    }
    nature
}

fn shown(edition: &Edition) -> Section {
    let mut heads = vec![
        ("statement", "Statement"),
        ("shown_for", "Shown for"),
        ("of", "Of"),
        ("not_shown_for", "Not shown for"),
        ("what", "What"),
    ];
    if edition.weaknesses_disclosed {
        heads.extend([("not_so", "Not so"), ("excepted", "Excepted"), ("not_known", "Not known")]);
    }
    let rows = edition.shown.iter().map(|s| {
        let mut row =
            vec![s.title.clone(), s.shown.to_string(), s.of.to_string(), s.not_shown.to_string(), s.subjects.clone()];
        if let Some(because) = &s.not_shown_because {
            row.extend([because.fail.to_string(), because.excepted.to_string(), because.unknown.to_string()]);
        }
        row
    });
    Section {
        name: "shown",
        title: "What was shown",
        note: "For how many of how many each statement is shown by recorded answers, at the time above.",
        heads,
        rows: rows.collect(),
        empty: "Nothing was asked.",
    }
}

fn more(edition: &Edition) -> Vec<Section> {
    let open = edition.weaknesses_disclosed;
    let mut stream_heads = vec![
        ("stream", "Stream"),
        ("account", "Account"),
        ("region", "Region"),
        ("source", "Source"),
        ("destinations", "Destinations"),
        ("data_classes", "Data declared"),
    ];
    let mut key_heads = vec![
        ("key", "Key"),
        ("account", "Account"),
        ("region", "Region"),
        ("class", "Whose"),
        ("spec", "Kind"),
        ("origin", "Origin"),
    ];
    if open {
        stream_heads.extend([("sse", "Server-side encryption"), ("key", "Key")]);
        key_heads.extend([("state", "State"), ("rotation", "Rotation")]);
    }
    let streams = edition.streams.iter().map(|s| {
        let mut row =
            [&s.stream, &s.account, &s.region, &s.source, &s.destinations, &s.data_classes].map(Clone::clone).to_vec();
        row.extend(s.encryption.iter().flat_map(|e| [e.sse.clone(), e.key.clone()]));
        row
    });
    let keys = edition.keys.iter().map(|k| {
        let mut row = [&k.key, &k.account, &k.region, &k.class, &k.spec, &k.origin].map(Clone::clone).to_vec();
        row.extend(k.life.iter().flat_map(|l| [l.state.clone(), l.rotation.clone()]));
        row
    });
    let mut more = vec![
        Section {
            name: "streams",
            title: "Delivery streams",
            note: "By pseudonym. A pseudonym stands for one name throughout this edition.",
            heads: stream_heads,
            rows: streams.collect(),
            empty: "Withheld, or there are none: see what is withheld.",
        },
        Section {
            name: "keys",
            title: "KMS keys",
            note: "Those that the streams use, by pseudonym.",
            heads: key_heads,
            rows: keys.collect(),
            empty: "Withheld, or there are none: see what is withheld.",
        },
    ];
    if open {
        let rows =
            edition.requirements.iter().map(|r| [&r.framework, &r.id, &r.title, &r.status].map(Clone::clone).to_vec());
        more.push(Section {
            name: "requirements",
            title: "Requirements",
            note: "What technical evidence says of each requirement. None is shown as met by this evidence alone.",
            heads: vec![("framework", "Framework"), ("id", "Id"), ("title", "Requirement"), ("status", "Status")],
            rows: rows.collect(),
            empty: "No published catalog was used.",
        });
    }
    more
}

/// The drafts of answers as a table.
fn cards(edition: &Edition) -> Vec<Section> {
    if edition.cards.is_empty() {
        return Vec::new();
    }
    let rows = edition.cards.iter().map(|c| {
        [
            &c.questionnaire,
            &c.question,
            &c.topic,
            &c.coverage,
            &c.statement,
            &c.as_of,
            &c.scope,
            &c.not_covered,
            &c.evidence,
            &c.help,
            &c.owner_approval,
            &c.expires,
        ]
        .map(Clone::clone)
        .to_vec()
    });
    vec![Section {
        name: "answers",
        title: "Drafts of answers",
        note: "A draft says what the evidence shows. The answer, and the name under it, are the owner's.",
        heads: vec![
            ("questionnaire", "Questionnaire"),
            ("question", "Question"),
            ("topic", "Topic"),
            ("coverage", "This evidence is"),
            ("statement", "Statement"),
            ("as_of", "As of"),
            ("scope", "Scope"),
            ("not_covered", "Does not cover"),
            ("evidence", "Evidence"),
            ("help", "Help"),
            ("owner_approval", "Approved by, on"),
            ("expires", "Expires"),
        ],
        rows: rows.collect(),
        empty: "",
    }]
}

fn check(edition: &Edition) -> Vec<String> {
    vec![
        format!("It was made from the evidence pack with the root {}.", edition.derived_from),
        "keywitness verify FOLDER --expect-root ROOT checks that nothing was changed, and makes every report again from \
         data/evidence/edition.json. HOW-TO-VERIFY.txt says how to check it without that program."
            .to_owned(),
        "Each pseudonym has a salted commitment in data/evidence/commitments.json. Whoever has the full pack can open them, one by \
         one or all, and prove that this edition follows from it (keywitness verify --opening)."
            .to_owned(),
    ]
}

/// The day of a minute.
fn day(made: Time) -> String {
    time::day(made)
}
