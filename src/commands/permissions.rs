//! `keywitness permissions`: the least IAM policy, from the very table that the collectors use.

use super::out;
use crate::archive::Target;
use crate::collect::Role;
use crate::error::{Error, ExitCode};
use crate::model::operation;
use crate::seal::SignerName;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn run(
    all_regions: bool,
    organization: bool,
    account_role: Option<&str>,
    sign: Option<&str>,
    archive: Option<&str>,
) -> Result<ExitCode, Error> {
    let usual = operation::ALL.iter().chain(operation::OPTIONAL).map(|o| o.permission);
    let mut actions: BTreeSet<&str> = usual.filter(|p| !p.is_empty()).collect();
    if all_regions {
        actions.insert(operation::DESCRIBE_REGIONS.permission);
    }
    if organization {
        actions.insert(operation::LIST_ACCOUNTS.permission);
    }
    let reads = json!({ "Sid": "KeywitnessReads", "Effect": "Allow", "Action": actions, "Resource": "*" });
    let mut statements = vec![reads];
    if let Some(role) = account_role {
        let role: Role = role.parse().map_err(|why: String| Error::new(why))?;
        let every = role.template().replace("{account}", "*");
        let enter = operation::ASSUME_ROLE.permission;
        statements.push(json!({ "Sid": "KeywitnessEnters", "Effect": "Allow", "Action": enter, "Resource": every }));
    }
    statements.extend(sign.map(signing).transpose()?.into_iter().flatten());
    statements.extend(archive.map(archiving).transpose()?.into_iter().flatten());
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

/// What an archive needs: to put under a lock, to read back by version, to see what is on top. Nothing that deletes, lifts a
/// lock or changes the bucket.
fn archiving(target: &str) -> Result<Vec<serde_json::Value>, Error> {
    let target: Target = target.parse()?;
    let bucket = format!("arn:aws:s3:::{}", target.bucket);
    let below = if target.prefix.is_empty() { format!("{bucket}/*") } else { format!("{bucket}/{}/*", target.prefix) };
    let objects =
        ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectRetention"];
    let looks =
        ["s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"];
    Ok(vec![
        json!({ "Sid": "KeywitnessArchives", "Effect": "Allow", "Action": objects, "Resource": below }),
        json!({ "Sid": "KeywitnessArchiveBucket", "Effect": "Allow", "Action": looks, "Resource": bucket }),
    ])
}
