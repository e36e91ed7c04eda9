//! `keywitness permissions`: the least IAM policy, from the very table that the collectors use.

use super::out;
use crate::error::{Error, ExitCode};
use crate::model::operation;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn run() -> Result<ExitCode, Error> {
    let actions: BTreeSet<&str> = operation::ALL.iter().map(|o| o.permission).filter(|p| !p.is_empty()).collect();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "KeywitnessReads", "Effect": "Allow", "Action": actions, "Resource": "*" }],
    });
    let text = serde_json::to_string_pretty(&policy).map_err(|e| Error::new(format!("cannot write JSON: {e}")))?;
    out(&format!("{text}\n"))?;
    Ok(ExitCode::Done)
}
