//! Does the stream itself ask for a key of KMS wherever it writes to S3?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, resting, stream_remedies};
use crate::model::destination::S3Encryption;
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-destination-key-named",
    question: "Does the stream itself ask for a key of KMS wherever it writes to S3?",
    title: "In every place in S3 that it writes to, the stream asks for a key of KMS",
    severity: Severity::Low,
    why: "The default of a bucket can be changed by whoever looks after the bucket, and the stream does not notice. A \
          key that the stream names stays.",
    decided: "Every S3 structure of every destination, backups included, has a KMSEncryptionConfig. NoEncryption means \
              that Firehose asks for none, and the default of the bucket decides; that is the failure here, and does \
              not mean that the objects are in the clear: see stream-destination-encrypted.",
    blind: "Whose key it is, and whether it can be used.",
    remedy: Remedy {
        what: "Name a key in the encryption of each S3 structure.",
        cli: stream_remedies::S3_KEY_CLI,
        cloudformation: stream_remedies::S3_KEY_CLOUDFORMATION,
        terraform: stream_remedies::S3_KEY_TERRAFORM,
    },
    reads: &["firehose:DescribeDeliveryStream"],
    judge: Judge::EachStream(judge),
};

fn judge(_: &Context<'_>, stream: &Stream) -> Verdict {
    let deliveries = stream.deliveries.as_ref()?;
    let mut answers = Vec::new();
    for destination in &deliveries.value {
        if destination.s3.is_empty() {
            answers.push((destination.id.clone(), Err(resting::strange(destination))));
        }
        for structure in &destination.s3 {
            let asked: Result<Ruling, _> = structure.encryption.as_ref().map_err(Into::into).map(|read| {
                let ruling = match &read.value {
                    S3Encryption::Kms(key) => pass(format!("asks for {key}")),
                    S3Encryption::BucketDefault => fail("asks for no key: the bucket's default decides"),
                };
                ruling.seen(read)
            });
            answers.push((resting::s3_name(destination, structure), asked));
        }
    }
    resting::every(answers, resting::without(stream))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-destination-key-named";

    #[test]
    fn backups_count_and_the_place_is_named() {
        let of = |to| World::new().stream(direct_put("s").delivers(to)).of_stream(ID, "s");
        assert_eq!(of(to(DestinationKind::ExtendedS3).key("d")).status, Status::Pass);
        let bad = of(to(DestinationKind::ExtendedS3).key("d").backup(None));
        assert_eq!(bad.status, Status::Fail);
        assert!(bad.reason.starts_with("backup, bucket back:"), "{}", bad.reason);
        assert_eq!(of(to(DestinationKind::ExtendedS3).key("d").backup(Some("d"))).status, Status::Pass);
    }

    #[test]
    fn what_is_not_understood_is_open() {
        let of = |stream| World::new().stream(stream).of_stream(ID, "s").status;
        assert_eq!(of(direct_put("s").delivers(to(DestinationKind::Unknown))), Status::Unknown);
        assert_eq!(of(direct_put("s").delivers(to(DestinationKind::S3).encryption_denied())), Status::Unknown);
        assert_eq!(of(direct_put("s").denied()), Status::Unknown);
        assert_eq!(of(direct_put("s")), Status::Unknown);
    }
}
