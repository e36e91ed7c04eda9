//! AWS's own word on the last use of each key, held against the events.
//!
//! `GetKeyLastUsage` tells of successful cryptographic operations and of nothing else, and only of the last one. So it is
//! held against the last such operation among the counted uses. It can show that log files are missing; it cannot show that
//! they are all there.

use crate::model::Time;
use crate::model::history::{History, LastUseSaid, Span, UseRow};
use crate::model::period::LastUse;
use crate::model::time::seconds;

/// The cryptographic operations that need a key in KMS, as `eventName` has them.
const CRYPTOGRAPHIC: [&str; 14] = [
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "ReEncrypt",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// A row for each key that AWS was asked about.
pub(super) fn all(history: &History, window: Span) -> Vec<LastUse> {
    let row = |said: &LastUseSaid| {
        let of_key = |row: &&UseRow| row.subject == said.key && CRYPTOGRAPHIC.contains(&row.operation.as_str());
        let seen = history.uses.iter().filter(of_key).filter_map(|row| row.last_success.as_deref()).max();
        let since = said.tracked.map(|time| format!(", which AWS keeps since {}", seconds(time))).unwrap_or_default();
        let verdict = match &said.used {
            Ok(used) => verdict(used.as_ref().map(|(_, time)| *time), said.tracked, seen, history.has_logs, window),
            Err(_) => "not known".to_owned(),
        };
        LastUse {
            key: said.key.clone(),
            said: match &said.used {
                Ok(Some((operation, time))) => format!("{operation} at {} ({})", seconds(*time), said.at),
                Ok(None) => format!("no use{since} ({})", said.at),
                Err(why) => format!("not known: {why}"),
            },
            seen: seen.unwrap_or("none").to_owned(),
            differs: verdict.starts_with("they differ"),
            verdict,
        }
    };
    history.last_uses.iter().map(row).collect()
}

/// What AWS's word and the events say of the window together.
fn verdict(said: Option<Time>, tracked: Option<Time>, seen: Option<&str>, has_logs: bool, window: Span) -> String {
    let text = match (said, seen) {
        _ if !has_logs => "only AWS's word: no log files were read",
        (Some(time), _) if seconds(time) > seconds(window.1) => {
            "AWS tells of a use after the period, and so nothing of the period itself"
        }
        (None, None) if tracked.is_some_and(|from| from > window.0) => {
            "they agree as far as AWS's word goes: no use since AWS keeps count"
        }
        (None, None) => "they agree: no use within the period",
        (Some(time), None) if time < window.0 => "they agree: no use within the period",
        (Some(_), None) => "they differ: AWS tells of a use within the period that is in no log file that was read",
        (None, Some(_)) => "they differ: the events have a use that AWS does not tell of",
        (Some(time), Some(seen)) => {
            let said = seconds(time);
            if said == seen {
                "they agree"
            } else if said.as_str() > seen {
                "they differ: AWS tells of a later use, so log files after the last event are missing or were not read"
            } else {
                "they differ: the events have a later use than AWS tells of"
            }
        }
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Citation;
    use crate::model::history::Sign;
    use std::collections::BTreeMap;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn used(operation: &str, last: &str) -> UseRow {
        UseRow {
            subject: KEY.to_owned(),
            sign: Sign::Named,
            principal: "arn:aws:iam::111122223333:role/reader".to_owned(),
            operation: operation.to_owned(),
            via: None,
            stream: None,
            events: 1,
            first: last.to_owned(),
            last: last.to_owned(),
            last_success: Some(last.to_owned()),
            errors: BTreeMap::new(),
            at: Vec::new(),
        }
    }

    fn of(said: Result<Option<&str>, &str>, uses: Vec<UseRow>, has_logs: bool) -> LastUse {
        let at = Citation { ev: crate::model::Ev(7), pointer: "/KeyLastUsage".into() };
        let answer = said.map(|t| t.map(|t| ("Decrypt".to_owned(), time(t)))).map_err(ToOwned::to_owned);
        let said = LastUseSaid { key: KEY.to_owned(), used: answer, tracked: Some(time("2026-01-01T00:00:00Z")), at };
        let history = History { uses, has_logs, last_uses: vec![said], ..History::default() };
        all(&history, (time("2026-07-01T00:00:00Z"), time("2026-10-01T00:00:00Z"))).remove(0)
    }

    #[test]
    fn a_difference_is_told_and_what_is_no_use_of_the_key_is_none() {
        let august = "2026-08-01T10:00:00Z";
        let here = || vec![used("GenerateDataKey", august), used("DescribeKey", "2026-09-01T00:00:00Z")];
        for (said, uses, words) in [
            (Some("2026-08-01T10:00:00.250Z"), here(), "they agree"),
            (Some("2026-08-02T10:00:00Z"), here(), "AWS tells of a later use"),
            (Some("2026-07-02T10:00:00Z"), here(), "the events have a later use"),
            (None, here(), "AWS does not tell of"),
            (None, Vec::new(), "no use within the period"),
            (Some("2026-06-02T10:00:00Z"), Vec::new(), "they agree: no use within the period"),
            (Some("2026-08-02T10:00:00Z"), vec![used("DescribeKey", august)], "in no log file"),
            (Some("2026-11-02T10:00:00Z"), here(), "nothing of the period"),
        ] {
            let row = of(Ok(said), uses, true);
            assert!(row.verdict.contains(words), "{said:?}: {}", row.verdict);
        }
        assert_eq!(of(Ok(None), here(), true).seen, august);
    }

    #[test]
    fn without_log_files_or_an_answer_nothing_is_compared() {
        assert!(of(Ok(Some("2026-08-01T10:00:00Z")), Vec::new(), false).verdict.contains("only AWS's word"));
        let denied = of(Err("AccessDeniedException: no"), Vec::new(), true);
        assert_eq!(
            (denied.verdict.as_str(), denied.said.as_str()),
            ("not known", "not known: AccessDeniedException: no")
        );
    }
}
