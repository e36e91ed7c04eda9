//! Would somebody be told when a key is disabled, scheduled for deletion, or given another policy?

use super::{Check, Context, Judge, Remedy, Verdict, noticed};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "alarm-on-key-changes",
    question: "Would somebody be told when a key is disabled, scheduled for deletion, or given another policy?",
    title: "A rule or an alarm that acts would notice DisableKey, ScheduleKeyDeletion and PutKeyPolicy",
    severity: Severity::High,
    why: "A key that is disabled or on its way out can be brought back while somebody knows of it. After that its data \
          is gone.",
    decided: "A trail that logs here records these calls. For each of the three: an enabled rule of the default event bus, \
              with a target, whose pattern matches the call; or a metric filter of a log group that matches it, where a \
              trail delivered within the last 24 hours, with an alarm on its metric whose actions are switched on and not \
              empty, or with a composite alarm of that kind that goes off whenever the alarm does. A rule or an alarm that sends to \
              topics only counts where one of them has a confirmed subscription. Patterns are evaluated against an \
              event of that name; one that depends on more than is known here leaves it open.",
    blind: "Whether anybody reads what is sent. Rules on other event buses, and products of others that read the trail.",
    remedy: Remedy {
        what: "Make a rule on these calls, with a target that reaches somebody: a topic tells nobody until a subscription is \
               confirmed.",
        cli: r#"aws events put-rule --name key-changes --state ENABLED --event-pattern \
  '{"source":["aws.kms"],"detail-type":["AWS API Call via CloudTrail"],
  "detail":{"eventName":["DisableKey","ScheduleKeyDeletion","PutKeyPolicy"]}}'
aws events put-targets --rule key-changes --targets "Id=alerts,Arn=$TOPIC"
aws sns subscribe --topic-arn "$TOPIC" --protocol "$PROTOCOL" --notification-endpoint "$ENDPOINT""#,
        cloudformation: r"Resources:
  KeyChanges:
    Type: AWS::Events::Rule
    Properties:
      State: ENABLED
      EventPattern:
        source: [aws.kms]
        detail-type: [AWS API Call via CloudTrail]
        detail: {eventName: [DisableKey, ScheduleKeyDeletion, PutKeyPolicy]}
      Targets: [{Id: alerts, Arn: {Ref: Topic}}]",
        terraform: r#"resource "aws_cloudwatch_event_rule" "key_changes" {
  event_pattern = jsonencode({
    source        = ["aws.kms"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail        = { eventName = ["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy"] }
  })
}

resource "aws_cloudwatch_event_target" "alerts" {
  rule = aws_cloudwatch_event_rule.key_changes.name
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
    noticed::judge(context, place, "kms", &["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy"])
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, alarm, rule, trail};
    use crate::model::Status;

    const ID: &str = "alarm-on-key-changes";
    const ALL: &str =
        r#"{"source":["aws.kms"],"detail":{"eventName":["DisableKey","ScheduleKeyDeletion","PutKeyPolicy"]}}"#;
    const ONE: &str = r#"{"source":["aws.kms"],"detail":{"eventName":["DisableKey"]}}"#;
    const GROUP: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*";

    fn world() -> World {
        World::new().trail(trail("t")).filters(vec![]).alarms(vec![])
    }

    #[test]
    fn a_rule_with_a_target_must_match_all_three() {
        let of = |rules| world().rules(rules).region(ID);
        assert_eq!(of(vec![rule("all", ALL)]).status, Status::Pass);
        let some = of(vec![rule("one", ONE)]);
        assert_eq!(some.status, Status::Fail);
        assert!(some.reason.contains("ScheduleKeyDeletion") && !some.reason.contains("DisableKey,"), "{}", some.reason);
        assert_eq!(of(vec![rule("all", ALL).disabled()]).status, Status::Fail);
        assert_eq!(of(vec![rule("all", ALL).without_targets()]).status, Status::Fail);
        assert_eq!(of(vec![rule("all", ALL).targets_denied()]).status, Status::Unknown);
        let narrow = r#"{"source":["aws.kms"],"detail":{"requestParameters":{"keyId":["x"]}}}"#;
        assert_eq!(of(vec![rule("narrow", narrow)]).status, Status::Unknown);
        assert_eq!(of(vec![]).status, Status::Fail);
    }

    #[test]
    fn or_a_filter_with_an_alarm_that_acts() {
        let pattern = "{ $.eventSource = kms.amazonaws.com }";
        let of = |alarms, delivers: bool| {
            let group = trail("t").change(|t| t.log_group = Some(GROUP.to_owned()));
            let group = if delivers { group } else { group.status(|s| s.latest_log_group = None) };
            let world = World::new().trail(group).rules(vec![]).alarms(alarms);
            world.filter("trail", pattern, ("Audit", "KeyChanges")).region(ID).status
        };
        assert_eq!(of(vec![alarm("Audit", "KeyChanges")], true), Status::Pass);
        assert_eq!(of(vec![alarm("Audit", "KeyChanges").mute()], true), Status::Fail);
        assert_eq!(of(vec![alarm("Audit", "Other")], true), Status::Fail);
        assert_eq!(of(vec![alarm("", "").expression()], true), Status::Unknown);
        assert_eq!(of(vec![alarm("", "").expression().mute()], true), Status::Fail);
        assert_eq!(of(vec![alarm("", "").expression()], false), Status::Fail);
        assert_eq!(of(vec![alarm("Audit", "KeyChanges")], false), Status::Fail);
    }

    #[test]
    fn a_composite_alarm_may_act_for_the_one_on_the_metric() {
        let of = |change: fn(World) -> World| {
            let fed = trail("t").change(|t| t.log_group = Some(GROUP.to_owned()));
            let world = World::new().trail(fed).rules(vec![]).alarms(vec![alarm("Audit", "KeyChanges").mute()]);
            change(world.filter("trail", "{ $.eventSource = kms.amazonaws.com }", ("Audit", "KeyChanges")))
                .region(ID)
                .status
        };
        assert_eq!(of(|w| w), Status::Fail);
        assert_eq!(of(|w| w.composite("c", "ALARM(\"on KeyChanges\")", |_| {})), Status::Pass);
        assert_eq!(of(|w| w.composite("c", "ALARM(\"on KeyChanges\") AND OK(other)", |_| {})), Status::Unknown);
        assert_eq!(of(|w| w.composite("c", "ALARM(other)", |_| {})), Status::Fail);
        assert_eq!(of(World::composites_denied), Status::Unknown);
    }

    #[test]
    fn a_log_group_that_no_trail_feeds_any_more_tells_nobody() {
        use crate::checks::tests::hours_ago;
        let of = |change: fn(&mut crate::model::trail::TrailStatus)| {
            let fed = trail("t").change(|t| t.log_group = Some(GROUP.to_owned())).status(change);
            let world = World::new().trail(fed).rules(vec![]).alarms(vec![alarm("Audit", "KeyChanges")]);
            world.filter("trail", "{ $.eventSource = kms.amazonaws.com }", ("Audit", "KeyChanges")).region(ID)
        };
        assert_eq!(of(|s| s.latest_log_group = Some(hours_ago(23))).status, Status::Pass);
        let late = of(|s| s.latest_log_group = Some(hours_ago(24)));
        assert_eq!(late.status, Status::Fail);
        assert!(late.reason.contains("no trail delivered to log group trail lately"), "{}", late.reason);
        assert_eq!(of(|s| s.log_group_error = Some("AccessDenied".to_owned())).status, Status::Fail);
    }

    #[test]
    fn a_topic_counts_where_a_subscription_was_confirmed() {
        let of = |told: World| told.rules(vec![rule("all", ALL)]).region(ID);
        assert_eq!(of(world().topic("alerts", &[("email", false), ("sqs", true)])).status, Status::Pass);
        let deaf = of(world().topic("alerts", &[("email", false)]));
        assert_eq!(deaf.status, Status::Fail);
        assert!(deaf.reason.contains("rule all: topic alerts has no confirmed subscription"), "{}", deaf.reason);
        assert_eq!(of(world().topic("alerts", &[])).status, Status::Fail);
        assert_eq!(of(world().topic_denied("alerts")).status, Status::Unknown);
    }

    #[test]
    fn what_no_trail_records_nobody_notices_and_what_was_not_read_is_open() {
        let rules = || vec![rule("all", ALL)];
        assert_eq!(World::new().rules(rules()).region(ID).status, Status::Unknown);
        assert_eq!(World::new().trails_denied().rules(rules()).region(ID).status, Status::Unknown);
        assert_eq!(World::new().trail(trail("t").without_kms()).rules(rules()).region(ID).status, Status::Unknown);
        assert_eq!(World::new().trail(trail("t")).region(ID).status, Status::Unknown);
        assert_eq!(World::new().trail(trail("t")).rules(vec![]).region(ID).status, Status::Unknown);
    }
}
