//! More ways to break a pack, by kind: each odd form of a line in each of the two lists, each odd name, each odd form of
//! each file. One code at least is told; [`super::tampered`] has the recipes whose codes are told exactly.

use super::digest::sha256;
use super::tampered::Victim;
use super::{BAG_INFO, BAGIT, Code, EVIDENCE_LIST, HOW_TO, MANIFEST, Outcome, PACK_JSON, ROOT_FILE};
use std::fs;
use std::os::unix::fs::symlink;

/// A name, and what it makes of a list.
type Form = (&'static str, fn(&str) -> Vec<u8>);

fn first_line(list: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let (first, rest) = list.split_once('\n').expect("a line");
    format!("{}\n{rest}", change(first)).into_bytes()
}

const FORMS: [Form; 31] = [
    ("tab", |l| l.replacen("  ", "\t ", 1).into()),
    ("two-tabs", |l| l.replacen("  ", "\t\t", 1).into()),
    ("star", |l| l.replacen("  ", " *", 1).into()),
    ("three-blanks", |l| l.replacen("  ", "   ", 1).into()),
    ("no-break-space", |l| l.replacen("  ", " \u{a0}", 1).into()),
    ("one-crlf", |l| l.replacen('\n', "\r\n", 1).into()),
    ("carriage-returns", |l| l.replace('\n', "\r").into()),
    ("vertical-tab", |l| l.replacen('\n', "\u{b}\n", 1).into()),
    ("line-separator", |l| l.replacen('\n', "\u{2028}", 1).into()),
    ("blank-before", |l| format!(" {l}").into()),
    ("blank-behind", |l| l.replacen('\n', " \n", 1).into()),
    ("nul-behind", |l| format!("{l}\0").into()),
    ("empty-line-behind", |l| format!("{l}\n").into()),
    ("byte-order-mark", |l| format!("\u{feff}{l}").into()),
    ("backslash", |l| format!("\\{l}").into()),
    ("one-capital", |l| first_line(l, |f| f[..64].to_uppercase() + &f[64..])),
    ("full-width-digit", |l| first_line(l, |f| format!("\u{ff10}{}", &f[1..]))),
    ("hash-twice", |l| first_line(l, |f| format!("{}{f}", &f[..64]))),
    ("hash-with-0x", |l| first_line(l, |f| format!("0x{}", &f[2..]))),
    ("hash-with-its-name", |l| first_line(l, |f| format!("sha256:{f}"))),
    ("form-of-bsd", |l| first_line(l, |f| format!("SHA256 ({}) = {}", &f[66..], &f[..64]))),
    ("first-line-again", |l| format!("{l}{}\n", l.lines().next().expect("a line")).into()),
    ("first-line-again-in-capitals", |l| {
        let first = l.lines().next().expect("a line");
        format!("{l}{}{}\n", &first[..66], first[66..].to_uppercase()).into()
    }),
    ("sha1-line", |l| format!("{l}da39a3ee5e6b4b0d3255bfef95601890afd80709  data/zz\n").into()),
    ("comment", |l| format!("# all is well\n{l}").into()),
    ("other-comment", |l| format!("; all is well\n{l}").into()),
    ("hashes-exchanged", |l| {
        let lines: Vec<&str> = l.lines().collect();
        let rest = lines[2..].iter().map(|line| format!("{line}\n")).collect::<String>();
        let (one, two) = (&lines[0][..64], &lines[1][..64]);
        format!("{two}{}\n{one}{}\n{rest}", &lines[0][64..], &lines[1][64..]).into()
    }),
    ("lines-exchanged", |l| {
        let mut lines: Vec<&str> = l.lines().collect();
        lines.swap(0, 1);
        (lines.join("\n") + "\n").into()
    }),
    ("device", |l| format!("{l}{}  ../../../../dev/zero\n", sha256(b"")).into()),
    ("utf-16", |l| l.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("letter-of-another-script", |l| l.replacen('s', "\u{455}", 1).into()),
];

/// One pack that is broken again and again: what describes it is put back after each time.
struct Again {
    victim: Victim,
    whole: Vec<(&'static str, String)>,
}

impl Again {
    fn new() -> Self {
        let victim = Victim::new();
        let files = [MANIFEST, ROOT_FILE, EVIDENCE_LIST, BAG_INFO, PACK_JSON, BAGIT, HOW_TO];
        let whole = files.map(|file| (file, victim.text(file))).into();
        Self { victim, whole }
    }

    fn fails(&self) -> bool {
        self.victim.judge(None).outcome() == Outcome::Failed
    }

    fn put_back(&self) {
        for (file, text) in &self.whole {
            self.victim.put(file, text);
        }
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.put_back();
            let report = self.victim.judge(Some(&self.victim.root));
            assert_eq!(report.outcome(), Outcome::Verified, "{:?}", report.lines());
        }
    }
}

#[test]
fn odd_forms_of_the_lists() {
    let mut passed = Vec::new();
    let again = Again::new();
    for (name, form) in FORMS {
        for list in [MANIFEST, ROOT_FILE, EVIDENCE_LIST] {
            let text = again.victim.text(list);
            let odd = form(&text);
            assert_ne!(odd, text.as_bytes(), "{name}");
            again.victim.put(list, odd);
            match list {
                EVIDENCE_LIST => again.victim.redo_all(),
                MANIFEST => again.victim.redo_root(),
                _ => {}
            }
            if !again.fails() {
                passed.push(format!("{list}: {name}"));
            }
            again.put_back();
        }
    }
    assert!(passed.is_empty(), "{passed:?}");
}

#[test]
fn odd_names_wherever_they_stand() {
    let names = [
        ".DS_Store",
        "Thumbs.db",
        "run.json.bak",
        "a b",
        "a%0Ab",
        "\u{430}",
        "\u{e9}",
        "\u{200b}x",
        "CON",
        "aux.txt",
        "x~",
        "$(id)",
        "-rf",
        "x;y",
        "x'y",
        "x\"y",
        "x\ty",
        "x\\y",
        "report.html.gz",
        "evidence.sha256.sig",
    ];
    let mut passed = Vec::new();
    let again = Again::new();
    for name in names {
        for folder in ["", "data/", "data/evidence/", "data/tables/"] {
            let path = format!("{folder}{name}");
            again.victim.put(&path, "x");
            if !again.fails() {
                passed.push(path.clone());
            }
            again.victim.remove(&path);
        }
    }
    assert!(passed.is_empty(), "{passed:?}");
}

#[test]
fn odd_forms_of_the_files_that_describe_a_pack() {
    let forms: [Form; 9] = [
        ("byte-order-mark", |t| format!("\u{feff}{t}").into()),
        ("nul", |t| format!("{t}\0").into()),
        ("empty-line", |t| format!("{t}\n").into()),
        ("blank", |t| format!("{t} ").into()),
        ("cut", |t| t.as_bytes()[..t.len() - 1].to_vec()),
        ("crlf", |t| t.replace('\n', "\r\n").into()),
        ("emptied", |_| Vec::new()),
        ("twice", |t| format!("{t}{t}").into()),
        ("utf-16", |t| t.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ];
    let again = Again::new();
    for file in [PACK_JSON, BAG_INFO, BAGIT, HOW_TO] {
        for (name, form) in &forms {
            again.victim.put(file, form(&again.victim.text(file)));
            again.victim.redo_root();
            assert!(again.fails(), "{file}: {name}");
            again.put_back();
        }
    }
}

#[test]
fn every_field_of_the_description_has_one_type_and_no_other() {
    let again = Again::new();
    let genuine: serde_json::Value = serde_json::from_str(&again.victim.text(PACK_JSON)).expect("JSON");
    let fields: Vec<String> = genuine.as_object().expect("an object").keys().cloned().collect();
    assert!(fields.len() >= 16);
    for field in fields {
        for odd in ["[[1]]", "{\"a\":{\"a\":1}}", "-1", "1e400", "1.5", "\"\\u0000\"", "99999999999999999999999999"] {
            let text = again.victim.text(PACK_JSON);
            let start = text.find(&format!("\n  \"{field}\": ")).expect("the field") + field.len() + 7;
            let end = text[start..].find("\n  \"").map_or(text.len() - 3, |at| start + at - 1);
            again.victim.put(PACK_JSON, format!("{}{odd}{}", &text[..start], &text[end..]));
            again.victim.redo_root();
            assert!(again.fails(), "{field}: {odd}");
            again.put_back();
        }
    }
}

#[test]
fn links_and_holes() {
    let within = Victim::new();
    fs::hard_link(within.at("data/report.html"), within.at("data/copy.html")).unwrap();
    let round = Victim::new();
    symlink(".", round.at("data/loop")).unwrap();
    let alias = Victim::new();
    fs::hard_link(alias.at(ROOT_FILE), alias.place.path().join("alias")).unwrap();
    let folders = Victim::new();
    for n in 0..100 {
        fs::create_dir(folders.at(&format!("data/d{n}"))).unwrap();
    }
    let nested = Victim::new();
    nested.put("data/inner/tagmanifest-sha256.txt", nested.text(ROOT_FILE));
    for victim in [within, round, alias, folders, nested] {
        assert_eq!(victim.judge(None).outcome(), Outcome::Failed);
        assert_eq!(victim.judge(Some(&victim.root)).outcome(), Outcome::Failed);
    }
    // Five gigabytes of nothing are told by what bag-info.txt counts; nobody waits for their hash.
    let hole = Victim::new();
    let file = fs::OpenOptions::new().write(true).open(hole.at("data/report.html")).unwrap();
    file.set_len(5 << 30).unwrap();
    let codes: Vec<Code> = hole.judge(None).failures.iter().map(|f| f.code).collect();
    assert!(codes.contains(&Code::Limit) && !codes.contains(&Code::Hash), "{codes:?}");
}
