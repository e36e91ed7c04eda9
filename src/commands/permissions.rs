//! `keywitness permissions`: the least IAM policy, from the very table that the collectors use.

use super::out;
use crate::error::{Error, ExitCode};
use crate::model::operation;
use crate::seal::SignerName;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn run(sign: Option<&str>) -> Result<ExitCode, Error> {
    let actions: BTreeSet<&str> =
        operation::ALL.iter().chain(operation::OPTIONAL).map(|o| o.permission).filter(|p| !p.is_empty()).collect();
    let reads = json!({ "Sid": "KeywitnessReads", "Effect": "Allow", "Action": actions, "Resource": "*" });
    let mut statements = vec![reads];
    statements.extend(sign.map(signing).transpose()?.into_iter().flatten());
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let text = serde_json::to_string_pretty(&policy).map_err(|e| Error::new(format!("cannot write JSON: {e}")))?;
    out(&format!("{text}\n"))?;
    Ok(ExitCode::Done)
}

/// What a key in KMS must allow: its public half, and signatures of digests by the one algorithm that packs have.
fn signing(signer: &str) -> Result<Vec<serde_json::Value>, Error> {
    let SignerName::Kms(arn) = signer.parse()? else { return Ok(Vec::new()) };
    let digests = json!({ "kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256" });
    let public =
        json!({ "Sid": "KeywitnessSignerKey", "Effect": "Allow", "Action": "kms:GetPublicKey", "Resource": arn });
    let signs = json!({
        "Sid": "KeywitnessSigns", "Effect": "Allow", "Action": "kms:Sign", "Resource": arn,
        "Condition": { "StringEquals": digests },
    });
    Ok(vec![public, signs])
}
