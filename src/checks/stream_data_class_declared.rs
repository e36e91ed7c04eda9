//! Is it declared what the stream carries?

use super::{Check, Context, Judge, Remedy, Verdict, fail, not_applicable, pass};
use crate::model::declared;
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-data-class-declared",
    question: "Is it declared what the stream carries?",
    title: "A tag or a rule declares what the stream carries",
    severity: Severity::Low,
    why: "A stream that nobody has declared is in scope of no framework; nobody looks at it.",
    decided: "The tag that scope.data_class_tag names has a value of scope.tag_values, or a rule of scope.streams \
              with data_classes names the stream. Where keywitness.toml declares nothing, the question does not \
              arise.",
    blind: "Whether the declaration is true: records are not read.",
    remedy: Remedy {
        what: "Tag the stream with its data class, or write a rule for it.",
        cli: r#"aws firehose tag-delivery-stream --delivery-stream-name "$STREAM" --tags Key="$DATA_CLASS_TAG",Value="$DATA_CLASS""#,
        cloudformation: r"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      Tags:
        - {Key: data-classification, Value: cardholder}",
        terraform: r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  tags = { data-classification = "cardholder" }
}"#,
    },
    reads: &["firehose:ListTagsForDeliveryStream"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let scope = &context.settings.scope;
    if scope.data_class_tag.is_none() && scope.streams.iter().all(|r| r.data_classes.is_none()) {
        return Ok(not_applicable("no data class is declared for any stream ([scope] in keywitness.toml)"));
    }
    let carried = declared::carries(stream, scope);
    let ruling = if !carried.declared_by.is_empty() {
        pass(format!("declared by {}", carried.declared_by.join(", ")))
    } else if carried.tag_unread {
        return Err(stream
            .tags
            .as_ref()
            .map_or_else(super::Unknown::from, |_| super::unknown("the tags are not known")));
    } else {
        fail(carried.undeclared_because.unwrap_or_else(|| "no rule names the stream".to_owned()))
    };
    Ok(match &stream.tags {
        Ok(tags) => ruling.seen(tags),
        Err(_) => ruling.at(&stream.listed),
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put};
    use crate::model::Status;

    const ID: &str = "stream-data-class-declared";
    const SCOPE: &str = "[scope]\ndata_class_tag = \"class\"\n[scope.tag_values]\ncards = [\"pan\"]\n[[scope.streams]]\nname = \"by-rule\"\ndata_classes = []";

    #[test]
    fn a_tag_or_a_rule_declares() {
        let of = |stream| World::new().declared(SCOPE).stream(stream);
        assert_eq!(of(direct_put("s").tag("class", "cards")).of_stream(ID, "s").status, Status::Pass);
        assert_eq!(of(direct_put("s").tag("class", "other")).of_stream(ID, "s").status, Status::Fail);
        assert_eq!(of(direct_put("s")).of_stream(ID, "s").status, Status::Fail);
        assert_eq!(of(direct_put("s").tags_denied()).of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(of(direct_put("by-rule").tags_denied()).of_stream(ID, "by-rule").status, Status::Pass);
        assert_eq!(World::new().stream(direct_put("s")).of_stream(ID, "s").status, Status::NotApplicable);
    }
}
