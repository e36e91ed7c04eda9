//! Would somebody be told when a trail is stopped, changed or deleted?

use super::{Check, Context, Judge, Remedy, Verdict, noticed};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "alarm-on-trail-changes",
    question: "Would somebody be told when a trail is stopped, changed or deleted?",
    title: "A rule or an alarm that acts would notice StopLogging, DeleteTrail, UpdateTrail and PutEventSelectors",
    severity: Severity::High,
    why: "Who wants to do something unseen stops the trail first. That call is the last one that is recorded.",
    decided: "As for alarm-on-key-changes: a trail records the calls, and for each of the four an enabled rule with a \
              target, or a metric filter with an alarm that acts, matches it; a topic counts where it has a confirmed \
              subscription.",
    blind: "Whether anybody reads what is sent, and in time. Rules on other event buses.",
    remedy: Remedy {
        what: "Make a rule on these calls, with a target that reaches somebody.",
        cli: r#"aws events put-rule --name trail-changes --state ENABLED --event-pattern \
  '{"source":["aws.cloudtrail"],"detail-type":["AWS API Call via CloudTrail"],
  "detail":{"eventName":["StopLogging","DeleteTrail","UpdateTrail","PutEventSelectors"]}}'
aws events put-targets --rule trail-changes --targets "Id=alerts,Arn=$TOPIC"
aws sns subscribe --topic-arn "$TOPIC" --protocol "$PROTOCOL" --notification-endpoint "$ENDPOINT""#,
        cloudformation: r"Resources:
  TrailChanges:
    Type: AWS::Events::Rule
    Properties:
      State: ENABLED
      EventPattern:
        source: [aws.cloudtrail]
        detail-type: [AWS API Call via CloudTrail]
        detail: {eventName: [StopLogging, DeleteTrail, UpdateTrail, PutEventSelectors]}
      Targets: [{Id: alerts, Arn: {Ref: Topic}}]",
        terraform: r#"resource "aws_cloudwatch_event_rule" "trail_changes" {
  event_pattern = jsonencode({
    source        = ["aws.cloudtrail"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail        = { eventName = ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"] }
  })
}

resource "aws_cloudwatch_event_target" "alerts" {
  rule = aws_cloudwatch_event_rule.trail_changes.name
  arn  = aws_sns_topic.alerts.arn
}"#,
    },
    reads: &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "events:ListRules",
        "events:ListTargetsByRule",
        "logs:DescribeMetricFilters",
        "cloudwatch:DescribeAlarms",
        "sns:ListSubscriptionsByTopic",
    ],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    noticed::judge(context, place, "cloudtrail", &["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"])
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, rule, trail};
    use crate::model::Status;

    const ID: &str = "alarm-on-trail-changes";

    #[test]
    fn all_four_calls_must_be_noticed() {
        let world = || World::new().trail(trail("t")).filters(vec![]).alarms(vec![]);
        let of = |pattern: &str| world().rules(vec![rule("r", pattern)]).region(ID).status;
        assert_eq!(of(r#"{"source":["aws.cloudtrail"]}"#), Status::Pass);
        assert_eq!(of(r#"{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"]}}"#), Status::Fail);
        assert_eq!(of(r#"{"source":["aws.kms"]}"#), Status::Fail);
        assert_eq!(World::new().trail(trail("t")).region(ID).status, Status::Unknown);
        assert_eq!(World::new().trail(trail("t").stopped()).rules(vec![]).region(ID).status, Status::Unknown);
    }
}
