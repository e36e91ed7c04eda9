//! Would somebody be told when deliveries of the stream fail?

use super::noticed::Heard;
use super::{Check, Context, Judge, Remedy, Ruling, Verdict, composites, fail, metrics, pass, resting, unknown};
use crate::model::finding::Severity;
use crate::model::hops::{Alarm, KEY_METRICS};
use crate::model::stream::Stream;

pub(super) const CHECK: Check = Check {
    id: "stream-delivery-watched",
    question: "Would somebody be told when deliveries of the stream fail?",
    title: "An alarm with an action watches the deliveries of the stream or the keys that they need",
    severity: Severity::Low,
    why: "Firehose keeps records that it cannot deliver for 24 hours. Who is told within that time can mend a key or a \
          policy before anything is lost.",
    decided: "Some alarm of the Region is on the namespace AWS/Firehose with the dimension DeliveryStreamName of this \
              stream, on a metric of success, of data freshness or of a key's failure; its actions are switched on and \
              there is one that reaches somebody: a topic must have a confirmed subscription. So do the actions of a \
              composite alarm that goes off whenever this one does; one whose rule depends on other alarms too, or \
              whose actions another alarm may keep back, leaves the answer unknown. An alarm on an \
              expression does not tell what it watches, and leaves it unknown too.",
    blind: "Thresholds; whether anybody reads what the action sends.",
    remedy: Remedy {
        what: "Make an alarm on the success of deliveries, with an action that reaches somebody.",
        cli: r#"aws cloudwatch put-metric-alarm --alarm-name "delivery-$STREAM" --namespace AWS/Firehose \
  --metric-name DeliveryToS3.Success --dimensions "Name=DeliveryStreamName,Value=$STREAM" --statistic Average \
  --period 300 --evaluation-periods 3 --threshold 0.99 --comparison-operator LessThanThreshold \
  --treat-missing-data notBreaching --alarm-actions "$TOPIC""#,
        cloudformation: r"Resources:
  Delivery:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Firehose
      MetricName: DeliveryToS3.Success
      Dimensions: [{Name: DeliveryStreamName, Value: {Ref: Stream}}]
      Statistic: Average
      Period: 300
      EvaluationPeriods: 3
      Threshold: 0.99
      ComparisonOperator: LessThanThreshold
      TreatMissingData: notBreaching
      AlarmActions: [{Ref: Topic}]",
        terraform: r#"resource "aws_cloudwatch_metric_alarm" "delivery" {
  alarm_name          = "delivery"
  namespace           = "AWS/Firehose"
  metric_name         = "DeliveryToS3.Success"
  dimensions          = { DeliveryStreamName = aws_kinesis_firehose_delivery_stream.stream.name }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  threshold           = 0.99
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}"#,
    },
    reads: &["firehose:DescribeDeliveryStream", "cloudwatch:DescribeAlarms", "sns:ListSubscriptionsByTopic"],
    judge: Judge::EachStream(judge),
};

fn judge(context: &Context<'_>, stream: &Stream) -> Verdict {
    let mut watched = metrics::success(stream)?;
    watched.extend(KEY_METRICS);
    let place = resting::here(context, stream)?;
    let alarms = place.hops.alarms.as_ref()?;
    let (mut mute, mut open) = (None, None);
    for alarm in &alarms.value {
        let Some((namespace, metric)) = &alarm.metric else { continue };
        let of_stream = alarm.dimensions.get("DeliveryStreamName") == Some(&stream.name);
        let fits = watched.contains(&metric.as_str()) || metric.ends_with(".DataFreshness");
        if namespace == "AWS/Firehose" && of_stream && fits {
            let told = composites::told(place, alarm);
            match told.heard {
                Heard::By(at) => {
                    let found = pass(format!("{} watches {metric}", told.by)).seen(alarms);
                    return Ok(at.iter().fold(found, Ruling::at));
                }
                Heard::Perhaps(why) => open = Some(format!("{} watches the stream: {why}", told.by)),
                Heard::Nobody(why) => mute = Some(format!("{} watches the stream, and {why}", told.by)),
            }
        }
    }
    let heard = |alarm: &&Alarm| !matches!(composites::told(place, alarm).heard, Heard::Nobody(_));
    if let Some(alarm) = alarms.value.iter().filter(|a| a.metric.is_none()).find(heard) {
        let told = format!("alarm {} works on an expression, which does not tell what it watches", alarm.name);
        return Err(unknown(told).seen(alarms));
    }
    if let Some(why) = open {
        return Err(unknown(why).seen(alarms));
    }
    Ok(fail(mute.unwrap_or_else(|| "no alarm watches the stream".to_owned())).seen(alarms))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, alarm, direct_put, to};
    use crate::model::Status;
    use crate::model::destination::DestinationKind;

    const ID: &str = "stream-delivery-watched";

    #[test]
    fn an_alarm_of_the_stream_with_an_action_is_enough() {
        let stream = || direct_put("s").delivers(to(DestinationKind::ExtendedS3));
        let of = |alarms| World::new().stream(stream()).alarms(alarms).of_stream(ID, "s").status;
        let on = |metric| alarm("AWS/Firehose", metric).of("DeliveryStreamName", "s");
        assert_eq!(of(vec![on("DeliveryToS3.Success")]), Status::Pass);
        assert_eq!(of(vec![on("KMSKeyDisabled")]), Status::Pass);
        assert_eq!(of(vec![on("DeliveryToS3.DataFreshness")]), Status::Pass);
        assert_eq!(of(vec![on("DeliveryToS3.Success").mute()]), Status::Fail);
        assert_eq!(of(vec![on("IncomingBytes")]), Status::Fail);
        assert_eq!(of(vec![alarm("AWS/Firehose", "DeliveryToS3.Success").of("DeliveryStreamName", "t")]), Status::Fail);
        assert_eq!(of(vec![alarm("", "").expression()]), Status::Unknown);
        assert_eq!(of(vec![]), Status::Fail);
    }

    #[test]
    fn a_topic_that_tells_nobody_is_no_action() {
        let of = |world: World| {
            let watching = alarm("AWS/Firehose", "DeliveryToS3.Success").of("DeliveryStreamName", "s");
            let stream = direct_put("s").delivers(to(DestinationKind::ExtendedS3));
            world.stream(stream).alarms(vec![watching]).of_stream(ID, "s")
        };
        let deaf = of(World::new().topic("alerts", &[("email", false)]));
        assert_eq!(deaf.status, Status::Fail);
        assert!(deaf.reason.contains("no confirmed subscription"), "{}", deaf.reason);
        assert_eq!(of(World::new().topic_denied("alerts")).status, Status::Unknown);
    }

    #[test]
    fn a_composite_alarm_may_act_for_it() {
        let of = |change: fn(World) -> World| {
            let quiet = alarm("AWS/Firehose", "KMSKeyDisabled").of("DeliveryStreamName", "s").mute();
            let stream = direct_put("s").delivers(to(DestinationKind::ExtendedS3));
            change(World::new().stream(stream).alarms(vec![quiet])).of_stream(ID, "s")
        };
        let by = of(|w| w.composite("all", "ALARM(\"on KMSKeyDisabled\") OR ALARM(other)", |_| {}));
        assert_eq!(
            (by.status, by.reason.contains("composite alarm all on alarm")),
            (Status::Pass, true),
            "{}",
            by.reason
        );
        let status = |change| of(change).status;
        assert_eq!(status(|w| w), Status::Fail);
        assert_eq!(status(|w| w.composite("c", "ALARM(other)", |_| {})), Status::Fail);
        assert_eq!(
            status(|w| w.composite("c", "ALARM(\"on KMSKeyDisabled\")", |c| c.actions_enabled = false)),
            Status::Fail
        );
        assert_eq!(
            status(|w| w.composite("c", "ALARM(\"on KMSKeyDisabled\") AND ALARM(other)", |_| {})),
            Status::Unknown
        );
        let held = |w: World| {
            w.composite("c", "ALARM(\"on KMSKeyDisabled\")", |c| c.suppressor = Some("maintenance".to_owned()))
        };
        assert_eq!(status(held), Status::Unknown);
        assert_eq!(status(World::composites_denied), Status::Unknown);
        let deaf =
            |w: World| w.topic("alerts", &[("email", false)]).composite("c", "ALARM(\"on KMSKeyDisabled\")", |_| {});
        assert_eq!(status(deaf), Status::Fail);
    }

    #[test]
    fn alarms_that_were_not_read_are_open() {
        let stream = || direct_put("s").delivers(to(DestinationKind::ExtendedS3));
        assert_eq!(World::new().stream(stream()).of_stream(ID, "s").status, Status::Unknown);
        assert_eq!(World::new().stream(direct_put("s").denied()).of_stream(ID, "s").status, Status::Unknown);
    }
}
