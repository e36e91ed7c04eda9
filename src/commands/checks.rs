//! `keywitness checks`: what is asked, why, how it is decided, what it cannot see, and what helps.

use super::page::{self, Page};
use super::{out, out_json};
use crate::checks::{ALL, Check};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::model::check::CheckPage;

pub(super) fn run(typed: &cli::Checks) -> Result<ExitCode, Error> {
    match typed {
        cli::Checks::List { json: true } => {
            let pages: Vec<CheckPage> = ALL.iter().map(Check::page).collect();
            out_json(&serde_json::json!({ "checks": pages }))?;
        }
        cli::Checks::List { json: false } => {
            let width = ALL.iter().map(|c| c.id.len()).max().unwrap_or(0);
            let lines = ALL.iter().map(|c| format!("{:width$}  {:8}  {}\n", c.id, c.severity.word(), c.title));
            out(&lines.collect::<String>())?;
        }
        cli::Checks::Show { id, json } => {
            let found = ALL.iter().find(|c| c.id == id).map(Check::page);
            let found = found.ok_or_else(|| no_such(id))?;
            if *json {
                out_json(&serde_json::json!(found))?;
            } else {
                out(&shown(&found, page::width()))?;
            }
        }
    }
    Ok(ExitCode::Done)
}

fn no_such(id: &str) -> Error {
    let alike: Vec<&str> = ALL.iter().map(|c| c.id).filter(|known| !id.is_empty() && known.contains(id)).collect();
    let hint = match alike.as_slice() {
        [] => "keywitness checks list".to_owned(),
        some => format!("there is {}", some.join(", ")),
    };
    Error::new(format!("there is no check {id:?}")).hint(hint)
}

/// The page of one check, as text.
fn shown(check: &CheckPage, width: usize) -> String {
    let mut page = Page::new(width);
    page.title(check.id);
    page.strong(check.question);
    page.pairs(&[
        ("passes when", check.title.to_owned()),
        ("asked of", format!("every {}", check.kind.word())),
        ("severity", check.severity.word().to_owned()),
        ("reads", check.reads.join(", ")),
    ]);
    page.heading("Why");
    page.paragraph(check.why);
    page.heading("How it is decided");
    page.paragraph(check.decided);
    page.heading("What it cannot see");
    page.paragraph(check.blind);
    page.heading("Remedy");
    page.paragraph(check.remedy.what);
    for (tool, text) in [
        ("AWS CLI", check.remedy.cli),
        ("CloudFormation", check.remedy.cloudformation),
        ("Terraform", check.remedy.terraform),
    ] {
        page.heading(tool);
        page.verbatim(text);
    }
    page.text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_every_part_and_commands_keep_their_lines() {
        for check in ALL {
            let check = check.page();
            let text = shown(&check, 80);
            for part in [check.id, check.remedy.cli.lines().next().unwrap(), "WHAT IT CANNOT SEE:", "TERRAFORM:"] {
                assert!(text.contains(part), "{} lacks {part}", check.id);
            }
        }
    }

    #[test]
    fn a_part_of_a_name_is_answered_with_the_names() {
        assert!(format!("{:?}", no_such("pending")).contains("key-not-pending-deletion"));
        assert!(format!("{:?}", no_such("nonsense")).contains("checks list"));
    }
}
