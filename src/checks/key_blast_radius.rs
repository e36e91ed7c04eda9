//! How much hangs on the key?

use super::{Check, Context, Judge, Remedy, Unknown, Verdict, events, fail, not_applicable, pass, tenants};
use crate::model::finding::Severity;
use crate::model::key::Key;

pub(super) const CHECK: Check = Check {
    id: "key-blast-radius",
    question: "How much hangs on the key?",
    title: "No more streams hang on the key than the entity allows on one",
    severity: Severity::Medium,
    why: "Whoever loses or leaks a key loses or leaks everything under it at once.",
    decided: "The streams whose records the key protects anywhere are counted, each once, against \
              expected.streams_per_key of keywitness.toml: by server-side encryption, at their source, in a bucket that \
              they write to or back up to (asked for by the stream, or by the bucket's own default; that of Iceberg tables too), in their Redshift \
              cluster, OpenSearch domain or collection, in the log group of their errors. The log files of trails, event \
              data stores and secrets under the key are named beside them. What was not read leaves it unknown, unless the limit is passed already.",
    blind: "Other resources under the same key that no stream leads to.",
    remedy: Remedy {
        what: "Start the encryption of some streams with a key of their own.",
        cli: r#"KEY=$(aws kms create-key --tags TagKey=owner,TagValue="$OWNER" --query KeyMetadata.Arn --output text)
aws firehose start-delivery-stream-encryption --delivery-stream-name "$STREAM" \
  --delivery-stream-encryption-configuration-input KeyType=CUSTOMER_MANAGED_CMK,KeyARN="$KEY""#,
        cloudformation: r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: DirectPut
      DeliveryStreamEncryptionConfigurationInput:
        KeyType: CUSTOMER_MANAGED_CMK
        KeyARN: {"Fn::GetAtt": [StreamKey, Arn]}"#,
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.stream.arn
  }
}"#,
    },
    reads: &[
        "firehose:ListDeliveryStreams",
        "firehose:DescribeDeliveryStream",
        "kms:ListAliases",
        "kinesis:DescribeStreamSummary",
        "kafka:DescribeClusterV2",
        "s3:GetBucketEncryption",
        "redshift:DescribeClusters",
        "es:DescribeDomain",
        "aoss:BatchGetCollection",
        "secretsmanager:DescribeSecret",
        "glue:GetTable",
        "logs:DescribeLogGroups",
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventDataStore",
    ],
    judge: Judge::EachKey(judge),
};

fn judge(context: &Context<'_>, key: &Key) -> Verdict {
    let Some(limit) = context.settings.expected.streams_per_key else {
        return Ok(not_applicable("no limit is declared (expected.streams_per_key in keywitness.toml)"));
    };
    let mut users: Vec<_> = context.snapshot.users_of(key).collect();
    let reach = context.snapshot.reach(key);
    let encrypted = users.len();
    users.extend(reach.streams());
    users.sort_by(|a, b| a.arn.cmp(&b.arn));
    users.dedup_by(|a, b| a.arn == b.arn);
    let places: Vec<&str> = reach.places.keys().map(String::as_str).collect();
    let around = match places.len() {
        0 => String::new(),
        1..=3 => format!(", and under it rest {}", places.join(", ")),
        many => format!(", and under it rest {} and {} more", places[..3].join(", "), many - 3),
    };
    let told = format!(
        "{} streams hang on the key, {encrypted} by their server-side encryption{around}; at most {limit} are expected",
        users.len()
    );
    let cited = |ruling| users.iter().take(3).fold(ruling, |r: super::Ruling, s| r.at(&s.listed));
    if users.len() as u64 > limit {
        return Ok(cited(fail(told)));
    }
    match tenants::place(context, key).and_then(events::unread).or(reach.unread.as_ref()) {
        Some(gap) => Err(Unknown::from(gap)),
        None => Ok(cited(pass(told))),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, bucket, customer_key, direct_put, to, trail};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "key-blast-radius";

    fn with(streams: usize) -> World {
        let world = World::new().declared("[expected]\nstreams_per_key = 2").key(customer_key("k"));
        (0..streams).fold(world, |w, n| w.stream(direct_put(&format!("s{n}")).key("k")))
    }

    #[test]
    fn the_declared_number_is_the_measure() {
        assert_eq!(with(2).of_key(ID, "k").status, Status::Pass);
        assert_eq!(with(3).of_key(ID, "k").status, Status::Fail);
        assert_eq!(with(2).unlisted().of_key(ID, "k").status, Status::Unknown);
        assert_eq!(World::new().key(customer_key("k")).of_key(ID, "k").status, Status::NotApplicable);
    }

    #[test]
    fn a_stream_at_a_hop_hangs_on_the_key_too_and_counts_once() {
        let lake = || with(1).bucket(bucket("main").key("k"));
        let delivers = |name: &str| direct_put(name).delivers(to(DestinationKind::S3));
        let two = lake().stream(delivers("d")).of_key(ID, "k");
        assert_eq!(two.status, Status::Pass);
        assert!(two.reason.contains("2 streams hang on the key, 1 by"), "{}", two.reason);
        let both = lake().stream(delivers("d").key("k"));
        assert!(both.of_key(ID, "k").reason.starts_with("2 streams"));
        let three = lake().stream(delivers("d")).stream(delivers("e")).of_key(ID, "k");
        assert_eq!(three.status, Status::Fail);
        assert!(three.reason.contains("bucket main"), "{}", three.reason);
        let unread = with(1).bucket(bucket("main").encryption_denied()).stream(delivers("d"));
        assert_eq!(unread.of_key(ID, "k").status, Status::Unknown);
    }

    #[test]
    fn a_secret_that_was_not_read_leaves_open_what_hangs_on_the_key() {
        let delivers = |destination| with(1).stream(direct_put("d").delivers(destination)).of_key(ID, "k").status;
        assert_eq!(delivers(to(DestinationKind::Splunk)), Status::Pass);
        assert_eq!(delivers(to(DestinationKind::Splunk).secret_denied()), Status::Unknown);
    }

    #[test]
    fn a_store_that_the_stream_does_not_name_leaves_it_open_too() {
        let delivers = |destination| with(1).stream(direct_put("d").delivers(destination)).of_key(ID, "k");
        for kind in [DestinationKind::OpenSearch, DestinationKind::Redshift, DestinationKind::Iceberg] {
            assert_eq!(delivers(to(kind).unnamed()).status, Status::Unknown, "{}", kind.word());
        }
        let many = with(3).stream(direct_put("d").delivers(to(DestinationKind::OpenSearch).unnamed()));
        assert_eq!(many.of_key(ID, "k").status, Status::Fail);
    }

    #[test]
    fn the_logs_of_a_trail_are_named() {
        let logs = trail("logs").change(|t| t.kms_key = Some(crate::checks::tests::key_arn("k")));
        assert!(with(1).trail(logs).of_key(ID, "k").reason.contains("log files of trail logs"));
    }
}
