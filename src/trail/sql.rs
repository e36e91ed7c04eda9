//! The question of `usage` in SQL, for trails that are too large to read: Athena reads the bucket in place.
//!
//! The counting rules are those of `usage`, so that the same files give the same counts; a test runs this text over the
//! same log files in another engine and compares. The table finds its files by partition projection: account, Region
//! and day are part of the path, so nothing has to be loaded, and a query reads only the days that it is about.

use crate::model::{AccountId, Region, Time};
use chrono::TimeDelta;
use std::fmt::Write as _;

/// A log file that is delivered late lies in the folder of a later day.
const LATE_DAYS: i64 = 1;
/// What Athena asks for a terabyte that it reads, in US dollars, in most Regions on the day named.
pub const DOLLARS_A_TERABYTE: f64 = 5.0;
/// The day on which that price was looked up.
pub const PRICE_AS_OF: &str = "2026-11-28";
/// Athena counts at least so much for a query, in bytes.
pub const LEAST_BYTES: u64 = 10_000_000;

/// What the query is about.
#[derive(Clone, Debug)]
pub struct Question {
    /// The database.
    pub database: String,
    /// The table.
    pub table: String,
    /// The place of the log files: `s3://bucket/prefix/AWSLogs/` or, of an organization, `…/AWSLogs/o-…/`.
    pub location: String,
    /// The accounts whose log files are read.
    pub accounts: Vec<AccountId>,
    /// The Regions.
    pub regions: Vec<Region>,
    /// The first moment.
    pub from: Time,
    /// The last moment.
    pub to: Time,
}

/// Why a question cannot be put.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum QuestionError {
    /// A name that would need quotes, which not every part of Athena takes.
    #[error("{0:?} is no name of a database or table: lower-case letters, digits and _ only")]
    Name(String),
    /// Not an address of log files.
    #[error("{0:?} is no place of log files: s3://bucket/prefix/AWSLogs/")]
    Location(String),
    /// Nothing to ask about.
    #[error("no account or no Region is named")]
    Nothing,
}

impl Question {
    /// Checks what will stand in the text: the rest is of checked types.
    ///
    /// # Errors
    /// When a name or the place could end a quoted text.
    pub fn check(&self) -> Result<(), QuestionError> {
        let plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        for name in [&self.database, &self.table] {
            if !plain(name) {
                return Err(QuestionError::Name(name.clone()));
            }
        }
        let place = self.location.strip_prefix("s3://").filter(|rest| rest.contains("AWSLogs/") && rest.ends_with('/'));
        let fine = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./!*()=+".contains(&b));
        if !place.is_some_and(fine) {
            return Err(QuestionError::Location(self.location.clone()));
        }
        if self.accounts.is_empty() || self.regions.is_empty() {
            return Err(QuestionError::Nothing);
        }
        Ok(())
    }

    /// Makes the table.
    #[must_use]
    pub fn table(&self) -> String {
        let Self { database, table, location, .. } = self;
        let accounts = list(self.accounts.iter().map(AccountId::as_str), "");
        let regions = list(self.regions.iter().map(Region::as_str), "");
        let first = self.from.format("%Y/%m/%d");
        format!(
            "CREATE EXTERNAL TABLE IF NOT EXISTS {database}.{table} (
  eventversion STRING,
  useridentity STRUCT<type: STRING, principalid: STRING, arn: STRING, accountid: STRING, invokedby: STRING,
    accesskeyid: STRING, username: STRING,
    sessioncontext: STRUCT<sessionissuer: STRUCT<type: STRING, principalid: STRING, arn: STRING, accountid: STRING,
      username: STRING>>>,
  eventtime STRING,
  eventsource STRING,
  eventname STRING,
  awsregion STRING,
  sourceipaddress STRING,
  useragent STRING,
  errorcode STRING,
  errormessage STRING,
  requestparameters STRING,
  responseelements STRING,
  additionaleventdata STRING,
  requestid STRING,
  eventid STRING,
  readonly STRING,
  resources ARRAY<STRUCT<arn: STRING, accountid: STRING, type: STRING>>,
  eventtype STRING,
  recipientaccountid STRING,
  serviceeventdetails STRING,
  sharedeventid STRING
)
PARTITIONED BY (account STRING, region STRING, day STRING)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '{location}'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '{accounts}',
  'projection.region.type' = 'enum',
  'projection.region.values' = '{regions}',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '{first},NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = '{location}${{account}}/CloudTrail/${{region}}/${{day}}'
)
"
        )
    }

    /// Counts the events of KMS by key (`what` is 7), by key and event name (3), principal (5) or error (6), and by all
    /// of them (0). One event id can stand on two events, so distinct ones are counted for each.
    #[must_use]
    pub fn query(&self) -> String {
        let Self { database, table, .. } = self;
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "WITH kms AS (
  SELECT
    NULLIF(eventid, '') AS eventid, COALESCE(eventname, 'null') AS eventname, eventtime, errorcode, awsregion,
    recipientaccountid,
    COALESCE(
      NULLIF(useridentity.arn, ''), NULLIF(useridentity.invokedby, ''),
      NULLIF(useridentity.principalid, ''), NULLIF(useridentity.type, ''), '(none)'
    ) AS principal,
    ARRAY_DISTINCT(
      FILTER(TRANSFORM(COALESCE(resources, ARRAY[]), r -> r.arn), a -> a IS NOT NULL AND a LIKE '%:key/%')
    ) AS named,
    JSON_EXTRACT_SCALAR(requestparameters, '$.keyId') AS keyid
  FROM {database}.{table}
  WHERE eventsource = 'kms.amazonaws.com'
    AND account IN ({accounts})
    AND region IN ({regions})
    AND day BETWEEN '{first}' AND '{last}'
    AND eventtime BETWEEN '{from}' AND '{to}'
), keyed AS (
  SELECT
    eventid, eventname, eventtime, errorcode, principal,
    CASE
      WHEN CARDINALITY(named) > 0 THEN named
      WHEN keyid LIKE 'arn:%' AND keyid LIKE '%:key/%' THEN ARRAY[keyid]
      WHEN REGEXP_LIKE(keyid, '^(mrk-[0-9a-f]{{32}}|[0-9a-fA-F]{{8}}-([0-9a-fA-F]{{4}}-){{3}}[0-9a-fA-F]{{12}})$') THEN ARRAY[
        'arn:' || CASE
          WHEN awsregion LIKE 'us-gov-%' THEN 'aws-us-gov' WHEN awsregion LIKE 'cn-%' THEN 'aws-cn' ELSE 'aws'
        END || ':kms:' || COALESCE(awsregion, '') || ':' || COALESCE(recipientaccountid, 'None') || ':key/' || keyid
      ]
      ELSE ARRAY['(no key)']
    END AS keys
  FROM kms
)
SELECT
  GROUPING(eventname, principal, errorcode) AS what,
  k AS key, eventname, principal, errorcode,
  COUNT(*) AS events,
  COUNT(DISTINCT eventid) + COUNT(*) - COUNT(eventid) AS unique_events,
  MIN(eventtime) AS first_event, MAX(eventtime) AS last_event
FROM keyed CROSS JOIN UNNEST(keys) AS u (k)
GROUP BY GROUPING SETS ((k), (k, eventname), (k, principal), (k, errorcode), (k, eventname, principal, errorcode))
ORDER BY k, what DESC, eventname, principal, errorcode
",
            accounts = list(self.accounts.iter().map(AccountId::as_str), "'"),
            regions = list(self.regions.iter().map(Region::as_str), "'"),
            first = self.from.format("%Y/%m/%d"),
            last = (self.to + TimeDelta::days(LATE_DAYS)).format("%Y/%m/%d"),
            from = self.from.format("%Y-%m-%dT%H:%M:%SZ"),
            to = self.to.format("%Y-%m-%dT%H:%M:%SZ"),
        );
        text
    }

    /// The prefixes in the bucket below which the query reads, without the bucket.
    #[must_use]
    pub fn prefixes(&self) -> Vec<String> {
        let Some((_, prefix)) = self.bucket_and_prefix() else { return Vec::new() };
        let mut found = Vec::new();
        for account in &self.accounts {
            for region in &self.regions {
                let mut day = self.from.date_naive();
                let last = (self.to + TimeDelta::days(LATE_DAYS)).date_naive();
                while day <= last {
                    found.push(format!("{prefix}{account}/CloudTrail/{region}/{}/", day.format("%Y/%m/%d")));
                    day += TimeDelta::days(1);
                }
            }
        }
        found
    }

    /// The bucket, and what stands before the accounts in it.
    #[must_use]
    pub fn bucket_and_prefix(&self) -> Option<(&str, &str)> {
        self.location.strip_prefix("s3://")?.split_once('/')
    }
}

/// What reading so many bytes costs at most, in US dollars.
#[must_use]
pub fn dollars(bytes: u64) -> f64 {
    bytes.max(LEAST_BYTES) as f64 / 1e12 * DOLLARS_A_TERABYTE
}

fn list<'a>(items: impl Iterator<Item = &'a str>, quote: &str) -> String {
    items.map(|item| format!("{quote}{item}{quote}")).collect::<Vec<_>>().join(if quote.is_empty() {
        ","
    } else {
        ", "
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::logs::instant;

    fn question() -> Question {
        Question {
            database: "default".into(),
            table: "keywitness_trail".into(),
            location: "s3://logs/audit/AWSLogs/".into(),
            accounts: vec!["111122223333".parse().unwrap()],
            regions: vec!["eu-west-1".parse().unwrap()],
            from: instant("2026-07-01T00:00:00Z").unwrap(),
            to: instant("2026-07-02T23:59:59Z").unwrap(),
        }
    }

    #[test]
    fn a_name_that_could_end_a_quoted_text_is_refused() {
        assert_eq!(question().check(), Ok(()));
        for name in ["a\"b", "a.b", "A", "", "a'b", "a b"] {
            assert!(Question { table: name.into(), ..question() }.check().is_err(), "{name}");
        }
        for place in ["s3://b/AWSLogs/'", "https://b/AWSLogs/", "s3://b/logs/", "s3://b/AWSLogs"] {
            assert!(Question { location: place.into(), ..question() }.check().is_err(), "{place}");
        }
        assert_eq!(Question { regions: Vec::new(), ..question() }.check(), Err(QuestionError::Nothing));
    }

    #[test]
    fn only_the_days_of_the_window_and_one_more_are_read() {
        let prefixes = question().prefixes();
        assert_eq!(prefixes.len(), 3);
        assert_eq!(prefixes[2], "audit/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/07/03/");
        assert!(question().query().contains("day BETWEEN '2026/07/01' AND '2026/07/03'"));
    }

    #[test]
    fn the_page_prints_these_very_texts() {
        let page = include_str!("../../docs/athena.md");
        let example = question();
        assert!(page.contains(&example.table()), "docs/athena.md has another table");
        assert!(page.contains(&example.query()), "docs/athena.md has another query");
    }

    #[test]
    fn a_query_costs_at_least_its_least() {
        assert!((dollars(0) - 0.00005).abs() < 1e-9);
        assert!((dollars(2_000_000_000_000) - 10.0).abs() < 1e-9);
    }
}
