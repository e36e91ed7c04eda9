//! What must be true of the tables of every sample. `LibreOffice` and openpyxl judge the workbook in tests/run.

use super::super::samples;
use super::{Kind, Table, define, neutralise, render, rows};
use crate::model::sink::Files;
use std::collections::BTreeSet;

#[test]
fn a_cell_that_begins_like_a_formula_gets_an_apostrophe() {
    for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"] {
        assert_eq!(neutralise(formula), format!("'{formula}"));
    }
    for hidden in ["\t=1", "\u{feff}=1", "\u{200b}@x", "\u{202e}=1", "\r\n=1"] {
        assert!(neutralise(hidden).starts_with("'⟨U+"), "{hidden:?}");
    }
    for text in ["", "a=b", "1-2", "owner@example", "日本", "'=1"] {
        assert_eq!(neutralise(text), text);
    }
    assert_eq!(neutralise("a\u{202e}b\n"), "a⟨U+202E⟩b⟨U+000A⟩");
}

#[test]
fn the_last_column_names_what_was_neutralised() {
    let column = |name: &str| super::Column { name: name.to_owned(), kind: Kind::Text, what: "x".into() };
    let rows = Box::new(std::iter::once(vec!["=1".to_owned(), "x, \"y\"".to_owned()]));
    let table = Table { name: "t", row: "", columns: vec![column("a"), column("b")], rows };
    let mut bytes = Vec::new();
    super::csv::write(table, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text, "a,b,neutralised\r\n'=1,\"x, \"\"y\"\"\",a\r\n");
}

#[test]
fn every_row_has_a_cell_for_each_column() {
    for sample in samples::all() {
        let tables = rows::all(&sample.report);
        let defined: Vec<&str> = define::ALL.iter().map(|d| d.name).collect();
        assert_eq!(tables.iter().map(|t| t.name).collect::<Vec<_>>(), defined);
        for table in tables {
            let (name, heads) = (table.name, table.heads());
            let unique: BTreeSet<&String> = heads.iter().map(|h| &h.name).collect();
            assert_eq!(unique.len(), heads.len(), "{name}: a head twice");
            for row in table.safe_rows() {
                assert_eq!(row.len(), heads.len(), "{name}: {row:?}");
            }
        }
    }
}

/// A cell that is not of its column's kind says in words why.
#[test]
fn typed_columns_hold_what_they_say() {
    let mut typed = 0;
    for sample in samples::all() {
        for table in rows::all(&sample.report) {
            let (name, heads) = (table.name, table.heads());
            for row in table.safe_rows() {
                for (head, cell) in heads.iter().zip(&row).filter(|(_, cell)| cell.bytes().any(|b| b.is_ascii_digit()))
                {
                    let fits = match head.kind {
                        Kind::Number => cell.parse::<u32>().is_ok(),
                        Kind::Time => chrono::DateTime::parse_from_rfc3339(cell).is_ok(),
                        Kind::Day => chrono::NaiveDate::parse_from_str(cell, "%Y-%m-%d").is_ok(),
                        Kind::Text | Kind::Word => continue,
                    };
                    assert!(fits, "{name}.{}: {cell}", head.name);
                    typed += 1;
                }
            }
        }
    }
    assert!(typed > 100);
}

#[test]
fn the_published_page_is_the_dictionary() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tables.md");
    if std::env::var_os("KEYWITNESS_WRITE_DOCS").is_some() {
        std::fs::write(&file, define::page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), define::page(), "write it with KEYWITNESS_WRITE_DOCS=1");
}

#[test]
fn the_dictionary_has_every_column_of_every_table() {
    for sample in samples::all() {
        let mut files = Files::new();
        render(&sample.report, &mut files).unwrap();
        let mut dictionary = ::csv::Reader::from_reader(files["data/tables/dictionary.csv"].as_slice());
        let said: BTreeSet<(String, String)> =
            dictionary.records().map(|r| r.unwrap()).map(|r| (r[0].to_owned(), r[3].to_owned())).collect();
        let mut found = BTreeSet::new();
        for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with("data/tables/")) {
            let table = path.rsplit_once('/').unwrap().1.trim_end_matches(".csv");
            let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
            found.extend(reader.headers().unwrap().iter().map(|h| (table.to_owned(), h.to_owned())));
        }
        assert_eq!(said, found);
    }
}
