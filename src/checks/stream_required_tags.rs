//! Does the stream carry the tags that its owner demands?

use super::{Check, Context, Judge, Remedy, Verdict, tags};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-required-tags",
    question: "Does the stream carry the tags that its owner demands?",
    title: "The stream carries every required tag, each with a value",
    severity: Severity::Low,
    why: "Tags name the owner and the class of data; without them nobody can say what is in scope.",
    decided: "ListTagsForDeliveryStream, all pages, against required_tags.streams of keywitness.toml.",
    blind: "Whether a tag tells the truth.",
    remedy: Remedy {
        what: "Add the missing tags to the stream.",
        cli: r#"aws firehose tag-delivery-stream --delivery-stream-name "$STREAM" --tags Key="$TAG",Value="$VALUE""#,
        cloudformation: r"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      Tags:
        - {Key: owner, Value: payments}",
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  tags = { owner = "payments" }
}"#,
    },
    reads: &["firehose:ListTagsForDeliveryStream"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    tags::judge(&stream.tags, &context.settings.required_tags.streams, "required_tags.streams")
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put};
    use crate::model::Status;

    const ID: &str = "stream-required-tags";

    #[test]
    fn a_missing_or_empty_tag_fails() {
        let world = World::new().require_stream_tags(&["owner"]);
        let world = world.stream(direct_put("a").tag("owner", "team")).stream(direct_put("b").tag("owner", " "));
        assert_eq!(world.of_stream(ID, "a").status, Status::Pass);
        assert_eq!(world.of_stream(ID, "b").status, Status::Fail);
    }

    #[test]
    fn nothing_demanded_is_nothing_decided() {
        assert_eq!(World::new().stream(direct_put("a")).of_stream(ID, "a").status, Status::Unknown);
    }
}
