//! Do the events of the trail reach a log group, so that somebody can be told?

use super::{Check, Context, Judge, Remedy, Ruling, Verdict, fail, pass, trails, unknown};
use crate::model::finding::Severity;
use crate::model::snapshot::Place;
use crate::model::time;

pub(super) const CHECK: Check = Check {
    id: "trail-to-log-group",
    question: "Do the events of the trail reach a log group, so that somebody can be told?",
    title: "A trail that logs in this Region delivered events to CloudWatch Logs within the last day",
    severity: Severity::Low,
    why: "Metric filters and alarms work on a log group; without one, somebody has to look into files.",
    decided: "A trail that is logging here has a CloudWatchLogsLogGroupArn, and its last delivery there is at most \
              24 hours old. EventBridge is another way: see alarm-on-key-changes.",
    blind: "Whether anything listens there.",
    remedy: Remedy {
        what: "Give the trail a log group and a role that may write to it; a role that was made just now may need some seconds \
               until CloudTrail takes it.",
        cli: r#"aws logs create-log-group --log-group-name "$LOG_GROUP"
aws iam create-role --role-name "$ROLE_NAME" --assume-role-policy-document '{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
aws iam put-role-policy --role-name "$ROLE_NAME" --policy-name trail-to-log-group --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],
  "Resource":"arn:aws:logs:'"$REGION"':'"$ACCOUNT"':log-group:'"$LOG_GROUP"':log-stream:*"}]}'
aws cloudtrail update-trail --name "$TRAIL" \
  --cloud-watch-logs-log-group-arn "arn:aws:logs:$REGION:$ACCOUNT:log-group:$LOG_GROUP:*" \
  --cloud-watch-logs-role-arn "arn:aws:iam::$ACCOUNT:role/$ROLE_NAME""#,
        cloudformation: r#"Resources:
  TrailLogs:
    Type: AWS::Logs::LogGroup
  TrailLogsRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyName: trail-to-log-group
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: ["logs:CreateLogStream", "logs:PutLogEvents"]
                Resource: {"Fn::GetAtt": [TrailLogs, Arn]}
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties:
      IsLogging: true
      S3BucketName: audit-logs
      CloudWatchLogsLogGroupArn: {"Fn::GetAtt": [TrailLogs, Arn]}
      CloudWatchLogsRoleArn: {"Fn::GetAtt": [TrailLogsRole, Arn]}"#,
        terraform: r#"resource "aws_cloudwatch_log_group" "trail" {
  name = "trail"
}

resource "aws_iam_role" "trail_logs" {
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "trail_logs" {
  role = aws_iam_role.trail_logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.trail.arn}:log-stream:*"
    }]
  })
}

resource "aws_cloudtrail" "main" {
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.trail_logs.arn
}"#,
    },
    reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    trails::any(place, "no trail covers this Region", |trail| {
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let Some(group) = &trail.log_group else {
            return Ok(fail(format!("trail {} has no log group", trail.name)).at(&trail.listed));
        };
        let status = trail.status.as_ref()?;
        if let Some(error) = &status.value.log_group_error {
            return Ok(fail(format!("trail {} cannot deliver to {group} ({error})", trail.name)).seen(status));
        }
        let Some(last) = status.value.latest_log_group else {
            return Err(
                unknown(format!("AWS does not say when trail {} last delivered to {group}", trail.name)).seen(status)
            );
        };
        let told = format!("trail {} last delivered to {group} at {}", trail.name, time::seconds(last));
        let late = (context.snapshot.run.ended - last).num_hours() >= trails::LOG_GROUP_HOURS;
        let ruling = if late { fail(told) } else { pass(told) }.at(&trail.listed);
        Ok(cited.iter().fold(ruling, Ruling::at))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::{World, trail};
    use crate::model::Status;

    const ID: &str = "trail-to-log-group";
    use crate::checks::tests::hours_ago;

    #[test]
    fn a_log_group_must_receive_events() {
        let grouped =
            || trail("a").change(|t| t.log_group = Some("arn:aws:logs:eu-west-1:111122223333:log-group:t".to_owned()));
        let of = |t| World::new().trail(t).region(ID).status;
        assert_eq!(of(grouped()), Status::Pass);
        assert_eq!(of(trail("a")), Status::Fail);
        assert_eq!(of(grouped().status(|s| s.latest_log_group = Some(hours_ago(30)))), Status::Fail);
        assert_eq!(of(grouped().status(|s| s.latest_log_group = None)), Status::Unknown);
        assert_eq!(of(grouped().status(|s| s.log_group_error = Some("AccessDenied".to_owned()))), Status::Fail);
        assert_eq!(of(grouped().status_denied()), Status::Unknown);
    }
}
