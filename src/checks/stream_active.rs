//! Is the stream at work?

use super::{Check, Context, Judge, Remedy, Verdict, fail, pass, unknown};
use crate::model::finding::Severity;
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-active",
    question: "Is the stream at work?",
    title: "The stream is ACTIVE",
    severity: Severity::Medium,
    why: "A stream that failed or was suspended delivers nothing; a lost key is a frequent cause.",
    decided: "DeliveryStreamStatus is ACTIVE. CREATING and DELETING are not settled.",
    blind: "Whether anything was put or delivered: see stream-delivery-success.",
    remedy: Remedy {
        what: "Read FailureDescription and mend its cause. Then, where the stream never became active, delete it and make \
               it anew from your own definition of it.",
        cli: r#"aws firehose describe-delivery-stream --delivery-stream-name "$STREAM" \
  --query DeliveryStreamDescription.FailureDescription
aws firehose delete-delivery-stream --delivery-stream-name "$STREAM" --allow-force-delete
while aws firehose describe-delivery-stream --delivery-stream-name "$STREAM" >/dev/null 2>&1; do sleep 5; done
aws firehose create-delivery-stream --cli-input-json "file://$DEFINITION""#,
        cloudformation: "# A stream that failed must be made anew: delete it from the stack, deploy, add it, deploy.",
        terraform: "# A stream that failed must be made anew: terraform apply -replace=aws_kinesis_firehose_delivery_stream.stream",
    },
    reads: &["firehose:DescribeDeliveryStream"],
    judge: Judge::EachStream(judge),
};

fn judge(_: &Context<'_>, stream: &Stream) -> Verdict {
    let status = stream.status.as_ref()?;
    let told = format!("the stream is {}", status.value);
    match status.value.as_str() {
        "ACTIVE" => Ok(pass(told).seen(status)),
        "CREATING" | "DELETING" => Err(unknown(format!("{told}: read again later")).seen(status)),
        // Whatever else AWS says, it is not at work.
        _ => Ok(fail(told).seen(status)),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, direct_put};
    use crate::model::Status;

    const ID: &str = "stream-active";

    #[test]
    fn only_active_is_at_work() {
        let of = |stream| World::new().stream(stream).of_stream(ID, "s").status;
        assert_eq!(of(direct_put("s")), Status::Pass);
        for failed in ["CREATING_FAILED", "DELETING_FAILED", "SUSPENDED"] {
            assert_eq!(of(direct_put("s").status(failed)), Status::Fail, "{failed}");
        }
        assert_eq!(of(direct_put("s").status("CREATING")), Status::Unknown);
        assert_eq!(of(direct_put("s").denied()), Status::Unknown);
    }
}
