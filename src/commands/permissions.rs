//! `keywitness permissions`: the least IAM policy, from the very table that the collectors use.

use super::{out, trail_source};
use crate::archive::Target;
use crate::cli;
use crate::collect::Role;
use crate::error::{Error, ExitCode};
use crate::model::operation;
use crate::seal::SignerName;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn run(typed: &cli::Permissions) -> Result<ExitCode, Error> {
    let usual = operation::all().chain(operation::OPTIONAL).map(|o| o.permission);
    let mut actions: BTreeSet<&str> = usual.filter(|p| !p.is_empty()).collect();
    if typed.all_regions {
        actions.insert(operation::DESCRIBE_REGIONS.permission);
    }
    if typed.organization {
        actions.insert(operation::LIST_ACCOUNTS.permission);
    }
    let reads = json!({ "Sid": "KeywitnessReads", "Effect": "Allow", "Action": actions, "Resource": "*" });
    let mut statements = vec![reads];
    if let Some(role) = &typed.account_role {
        let role: Role = role.parse().map_err(|why: String| Error::new(why))?;
        let every = role.template().replace("{account}", "*");
        let enter = operation::ASSUME_ROLE.permission;
        statements.push(json!({ "Sid": "KeywitnessEnters", "Effect": "Allow", "Action": enter, "Resource": every }));
    }
    statements.extend(typed.sign.as_deref().map(signing).transpose()?.into_iter().flatten());
    statements.extend(typed.archive.as_deref().map(archiving).transpose()?.into_iter().flatten());
    if let Some(place) = typed.trail_logs.as_ref().or(typed.trail_athena.as_ref()) {
        statements.extend(trail_logs(place, typed.trail_logs_key.as_deref())?);
    }
    if let (Some(_), Some(output)) = (&typed.trail_athena, &typed.athena_output) {
        statements.extend(athena(typed, output)?);
    }
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

/// What the log files of a trail need: to list them and to get them, and to decrypt with the one key. The owners of bucket
/// and key must allow it too, where they belong to another account.
fn trail_logs(place: &str, key: Option<&str>) -> Result<Vec<serde_json::Value>, Error> {
    let Some(named) = trail_source::bucket(place) else {
        return Err(Error::new(format!("{place} is no place in S3")).hint("--trail-logs s3://BUCKET/PREFIX"));
    };
    let (bucket, prefix) = named?;
    let bucket = format!("arn:aws:s3:::{bucket}");
    let base = trail_source::base(&trail_source::slashed(prefix));
    let below = json!({ "StringLike": { "s3:prefix": format!("{base}*") } });
    let mut statements = vec![
        json!({ "Sid": "KeywitnessTrailLogs", "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("{bucket}/{base}*") }),
        json!({ "Sid": "KeywitnessTrailBucket", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket, "Condition": below }),
    ];
    statements.extend(key.map(
        |arn| json!({ "Sid": "KeywitnessTrailKey", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": arn }),
    ));
    Ok(statements)
}

/// What a query needs besides its log files: the workgroup, the table's description, and a place for its rows. That place is
/// the one thing that is written to; it belongs to whoever asks, and should be no bucket that is read as evidence.
fn athena(typed: &cli::Permissions, output: &str) -> Result<Vec<serde_json::Value>, Error> {
    let Some(named) = trail_source::bucket(output) else {
        return Err(Error::new(format!("{output} is no place in S3")).hint("--athena-output s3://BUCKET/PREFIX/"));
    };
    let (bucket, prefix) = named?;
    let bucket = format!("arn:aws:s3:::{bucket}");
    let Some((database, table)) = typed.athena_table.split_once('.') else {
        return Err(Error::new(format!("{:?} is no table", typed.athena_table)).hint("--athena-table DATABASE.TABLE"));
    };
    let actions: Vec<&str> = operation::ATHENA.iter().map(|o| o.permission).collect();
    let workgroup = format!("arn:aws:athena:*:*:workgroup/{}", typed.athena_workgroup);
    let described = ["catalog".to_owned(), format!("database/{database}"), format!("table/{database}/{table}")];
    let described = described.map(|what| format!("arn:aws:glue:*:*:{what}"));
    let reads = ["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"];
    let writes = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"];
    let below = format!("{bucket}/{}*", trail_source::slashed(prefix));
    let about = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];
    Ok(vec![
        json!({ "Sid": "KeywitnessAsksAthena", "Effect": "Allow", "Action": actions, "Resource": workgroup }),
        json!({ "Sid": "KeywitnessAthenaTable", "Effect": "Allow", "Action": reads, "Resource": described }),
        json!({ "Sid": "KeywitnessAthenaRows", "Effect": "Allow", "Action": writes, "Resource": below }),
        json!({ "Sid": "KeywitnessAthenaBucket", "Effect": "Allow", "Action": about, "Resource": bucket }),
    ])
}
