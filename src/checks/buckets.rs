//! What the checks of buckets share, whether a stream writes there or a trail.

use super::{Context, Unknown, Verdict, fail, pass, resting, unknown};
use crate::model::destination::S3Part;
use crate::model::estate::Bucket;
use crate::model::stream::Stream;

/// One answer for each place in S3 that the stream writes to.
pub(super) fn of_stream(
    context: &Context<'_>,
    stream: &Stream,
    parts: &[S3Part],
    question: impl Fn(&Bucket) -> Verdict,
) -> Result<Vec<(String, Verdict)>, Unknown> {
    let deliveries = stream.deliveries.as_ref()?;
    let mut answers = Vec::new();
    for destination in &deliveries.value {
        if destination.s3.is_empty() {
            answers.push((destination.id.clone(), Err(resting::strange(destination))));
        }
        for structure in destination.s3.iter().filter(|s| parts.contains(&s.part)) {
            let found = resting::structure_bucket(context, stream, structure);
            answers.push((resting::s3_name(destination, structure), found.and_then(&question)));
        }
    }
    Ok(answers)
}

/// Whether nothing can make the bucket public.
pub(super) fn closed(bucket: &Bucket) -> Verdict {
    let block = bucket.public_access_block.as_ref();
    let switches = |read: &crate::model::reading::Read<Option<crate::model::estate::PublicAccessBlock>>| {
        read.value.map(|b| [b.block_acls, b.ignore_acls, b.block_policy, b.restrict_buckets])
    };
    if let Ok(read) = block
        && switches(read) == Some([true; 4])
    {
        return Ok(pass("public access is blocked in all four ways").seen(read));
    }
    // A block that was not read may undo what the policy says.
    let block = block?;
    if let Ok(status) = &bucket.policy_public
        && status.value == Some(true)
    {
        return Ok(fail("S3 says that the bucket's policy is public, and the block does not stop it")
            .seen(status)
            .seen(block));
    }
    Ok(match switches(block) {
        None => fail("the bucket has no public access block of its own"),
        Some(on) => fail(format!("only {} of the four ways are blocked", on.iter().filter(|s| **s).count())),
    }
    .seen(block))
}

/// Whether the bucket keeps what is overwritten or deleted.
pub(super) fn keeps_versions(bucket: &Bucket) -> Verdict {
    let versioning = bucket.versioning.as_ref()?;
    Ok(match versioning.value.as_deref() {
        Some("Enabled") => {
            let lock = bucket.object_lock.as_ref().ok().and_then(|l| l.value.as_ref()).is_some_and(|l| l.enabled);
            pass(if lock { "keeps versions, under Object Lock" } else { "keeps versions" })
        }
        Some(other) => fail(format!("versioning is {other}")),
        None => fail("versioning was never switched on"),
    }
    .seen(versioning))
}

/// Whether Object Lock keeps everybody, or at least nearly everybody, from deleting.
pub(super) fn locked(bucket: &Bucket) -> Verdict {
    let lock = bucket.object_lock.as_ref()?;
    let Some(value) = lock.value.as_ref().filter(|l| l.enabled) else {
        return Ok(fail("Object Lock is not switched on").seen(lock));
    };
    Ok(match (value.mode.as_deref(), value.days) {
        (None, _) => {
            fail("Object Lock is on, but without a default retention: an object is locked only if its writer asks")
        }
        (Some(mode @ ("GOVERNANCE" | "COMPLIANCE")), Some(days)) => {
            pass(format!("objects are locked for {days} days in mode {mode}"))
        }
        (Some("GOVERNANCE" | "COMPLIANCE"), None) => {
            return Err(unknown("the answer does not say for how long objects are locked").seen(lock));
        }
        (Some(other), _) => return Err(unknown(format!("the mode {other} is not known to this program")).seen(lock)),
    }
    .seen(lock))
}

/// Whether versions go only with a second factor, or not at all.
pub(super) fn deletes_by_two(bucket: &Bucket) -> Verdict {
    let second = bucket.mfa_delete.as_ref()?;
    if second.value {
        return Ok(pass("MFA delete is switched on").seen(second));
    }
    let lock = bucket.object_lock.as_ref()?;
    let compliance = lock.value.as_ref().filter(|l| l.enabled && l.mode.as_deref() == Some("COMPLIANCE"));
    let ruling = match compliance.map(|l| l.days) {
        Some(Some(days)) => pass(format!("nobody can delete for {days} days, by Object Lock in mode COMPLIANCE")),
        Some(None) => return Err(unknown("the answer does not say for how long objects are locked").seen(lock)),
        None => fail("MFA delete is off, and no Object Lock in mode COMPLIANCE stands in its place"),
    };
    Ok(ruling.seen(second).seen(lock))
}
