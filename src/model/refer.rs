//! How one answer refers to what another tells of: keys, log groups, clusters. The collector follows these references,
//! and the reader finds its way back by the same rules.

use super::names::{AccountId, Arn, Region};
use std::collections::BTreeSet;

/// What a reference to a key means, without any other answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMeant {
    /// The key of this ARN.
    Arn(String),
    /// The key behind this alias (`alias/…`) of the same account and Region.
    Alias(String),
    /// An alias of another account or Region: it is not asked by name.
    Elsewhere,
    /// No reference to a key.
    Nothing,
}

/// A place, as far as names are made of it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// `aws`, `aws-cn` …
    pub partition: &'a str,
    /// The account.
    pub account: &'a AccountId,
    /// The Region.
    pub region: &'a Region,
}

impl Site<'_> {
    /// The ARN of a key of this place.
    #[must_use]
    pub fn key_arn(&self, id: &str) -> String {
        format!("arn:{}:kms:{}:{}:key/{id}", self.partition, self.region, self.account)
    }

    fn is_of(&self, arn: &Arn<'_>) -> bool {
        arn.region == self.region.as_str() && arn.account == self.account.as_str()
    }

    /// What a reference to a key means here: an ARN, an id, an alias or an alias's ARN.
    #[must_use]
    pub fn key(&self, given: &str) -> KeyMeant {
        let Some(arn) = Arn::parse(given) else {
            return match given.strip_prefix("alias/") {
                Some(name) if !name.is_empty() => KeyMeant::Alias(given.to_owned()),
                None if is_key_id(given) => KeyMeant::Arn(self.key_arn(given)),
                _ => KeyMeant::Nothing,
            };
        };
        match arn.resource.split_once('/') {
            Some(("key", id)) if arn.service == "kms" && !id.is_empty() && arn.place().is_some() => {
                KeyMeant::Arn(given.to_owned())
            }
            Some(("alias", name)) if arn.service == "kms" && self.is_of(&arn) => {
                KeyMeant::Alias(format!("alias/{name}"))
            }
            Some(("alias", _)) if arn.service == "kms" => KeyMeant::Elsewhere,
            _ => KeyMeant::Nothing,
        }
    }

    /// The name in `arn:aws:logs:<Region>:<account>:log-group:<name>:*`, for a group of this place.
    #[must_use]
    pub fn log_group<'n>(&self, arn: &'n str) -> Option<&'n str> {
        let parts = Arn::parse(arn).filter(|a| a.service == "logs" && self.is_of(a))?;
        let name = parts.resource.strip_prefix("log-group:")?;
        Some(name.strip_suffix(":*").unwrap_or(name)).filter(|n| !n.is_empty())
    }
}

impl Site<'_> {
    /// The name of an `OpenSearch` or Elasticsearch domain of this place, by its ARN, or by the address that AWS gave it:
    /// `https://search-<name>-<26 characters>.<Region>.es.amazonaws.com`, or `vpc-` within a network.
    #[must_use]
    pub fn domain<'n>(&self, given: &'n str) -> Option<&'n str> {
        let name = if let Some(arn) = Arn::parse(given) {
            (arn.service == "es" && self.is_of(&arn)).then(|| arn.resource.strip_prefix("domain/")).flatten()?
        } else {
            let mut labels = host(given)?.split('.');
            let (first, region, service) = (labels.next()?, labels.next()?, labels.next()?);
            let first = first.strip_prefix("search-").or_else(|| first.strip_prefix("vpc-"))?;
            let (name, random) = first.rsplit_once('-')?;
            (region == self.region.as_str() && service == "es" && random.len() == 26).then_some(name)?
        };
        (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')).then_some(name)
    }

    /// The id of a collection of `OpenSearch` Serverless in this Region, by `https://<id>.<Region>.aoss.amazonaws.com`.
    #[must_use]
    pub fn collection<'n>(&self, endpoint: &'n str) -> Option<&'n str> {
        let mut labels = host(endpoint)?.split('.');
        let (id, region, service) = (labels.next()?, labels.next()?, labels.next()?);
        let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        (plain && region == self.region.as_str() && service == "aoss").then_some(id)
    }

    /// The id of a catalog of Glue in this Region, as `GetTable` takes it: the account, or account and catalog.
    #[must_use]
    pub fn catalog(&self, arn: &str) -> Option<String> {
        let arn = Arn::parse(arn).filter(|a| a.service == "glue" && a.region == self.region.as_str())?;
        match arn.resource.split_once('/') {
            None => (arn.resource == "catalog").then(|| arn.account.to_owned()),
            Some(("catalog", path)) if !path.is_empty() => Some(format!("{}:{path}", arn.account)),
            Some(_) => None,
        }
    }

    /// Whether that is the ARN of a secret of this Region: one of another account may be open to this one.
    #[must_use]
    pub fn is_secret(&self, arn: &str) -> bool {
        Arn::parse(arn).is_some_and(|a| {
            a.service == "secretsmanager" && a.region == self.region.as_str() && a.resource.starts_with("secret:")
        })
    }
}

/// The bucket in `s3://<bucket>/…`. A bucket of S3 Tables has no settings that S3 could be asked for.
#[must_use]
pub fn bucket_of_location(location: &str) -> Option<&str> {
    let rest = ["s3://", "s3a://", "s3n://"].iter().find_map(|scheme| location.strip_prefix(scheme))?;
    let bucket = rest.split('/').next().filter(|b| !b.is_empty())?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    (bucket.bytes().all(plain) && !bucket.ends_with("--table-s3")).then_some(bucket)
}

/// The host of an address, without its port.
fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().filter(|host| !host.is_empty())
}

/// `1234abcd-12ab-34cd-56ef-1234567890ab`, or the same of a multi-Region key after `mrk-`.
fn is_key_id(text: &str) -> bool {
    let hex = |s: &str| s.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    match text.strip_prefix("mrk-") {
        Some(rest) => rest.len() == 32 && hex(rest),
        None => text.len() == 36 && hex(text),
    }
}

/// The name in `arn:aws:s3:::name`; an access point has no such form, and no name to ask about.
#[must_use]
pub fn bucket(arn: &str) -> Option<&str> {
    let arn = Arn::parse(arn).filter(|a| a.service == "s3" && a.region.is_empty())?;
    (!arn.resource.contains(['/', ':', '*'])).then_some(arn.resource)
}

/// The identifier in `jdbc:redshift://<id>.<random>.<Region>.redshift.amazonaws.com:5439/<database>`; a workgroup of
/// Redshift Serverless has another host and no cluster.
#[must_use]
pub fn redshift_cluster(url: &str) -> Option<String> {
    let host = url.split_once("://")?.1.split([':', '/']).next()?;
    let (id, rest) = host.split_once('.')?;
    let provisioned = rest.contains(".redshift.amazonaws.com");
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (provisioned && plain).then(|| id.to_ascii_lowercase())
}

/// Whether the id of a target or a parent is that of an organizational unit.
#[must_use]
pub fn is_unit(id: &str) -> bool {
    id.starts_with("ou-")
}

/// Whether an action or a target is a topic of that Region, which can be asked who is told: alarms and rules reach no topic
/// of another one.
#[must_use]
pub fn is_topic(arn: &str, region: &Region) -> bool {
    let topic = Arn::parse(arn).filter(|a| a.service == "sns" && a.region == region.as_str());
    topic.is_some_and(|a| !a.resource.is_empty() && !a.resource.contains(':'))
}

/// Whether an alarm on that metric may tell of a key or of a delivery: one of Firehose, or one that a metric filter of a
/// trail's log group feeds.
#[must_use]
pub fn may_alarm(namespace: &str, metric: &str, fed: &[(String, String)]) -> bool {
    namespace == "AWS/Firehose" || fed.iter().any(|(n, m)| n == namespace && m == metric)
}

/// The composite alarms whose rule names one of those alarms, or another that does: by the text of the rule, and rather once
/// too often.
#[must_use]
pub fn composed<'a>(telling: &BTreeSet<&'a str>, composites: &[(&'a str, &'a str)]) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, rule) in composites {
            if telling.iter().chain(&found).any(|other| rule.contains(other)) {
                found.insert(*name);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Whether an event pattern could match an event of KMS or `CloudTrail` at all. As text, and rather once too often: a
/// pattern that is not asked about is told as matching none.
#[must_use]
pub fn may_notice_keys(pattern: &str) -> bool {
    const WORDS: [&str; 7] = ["kms", "cloudtrail", "prefix", "suffix", "wildcard", "anything-but", "exists"];
    let text = pattern.to_ascii_lowercase();
    // A pattern without a source takes events of every service.
    !text.contains("\"source\"") || WORDS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_of_its_region_and_no_subscription() {
        let region: Region = "eu-west-1".parse().unwrap();
        assert!(is_topic("arn:aws:sns:eu-west-1:444455556666:alerts", &region));
        for other in [
            "arn:aws:sns:eu-west-2:111122223333:alerts",
            "arn:aws:sns:eu-west-1:111122223333:alerts:0a1b",
            "arn:aws:sqs:eu-west-1:111122223333:alerts",
            "alerts",
        ] {
            assert!(!is_topic(other, &region), "{other}");
        }
    }

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn a_key_is_meant_by_arn_id_or_alias() {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        let site = Site { partition: "aws", account: &account, region: &region };
        let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{ID}");
        assert_eq!(site.key(&arn), KeyMeant::Arn(arn.clone()));
        assert_eq!(site.key(ID), KeyMeant::Arn(arn));
        assert_eq!(site.key("alias/aws/kinesis"), KeyMeant::Alias("alias/aws/kinesis".to_owned()));
        let alias = "arn:aws:kms:eu-west-1:111122223333:alias/orders";
        assert_eq!(site.key(alias), KeyMeant::Alias("alias/orders".to_owned()));
        assert_eq!(site.key("arn:aws:kms:eu-west-1:444455556666:alias/orders"), KeyMeant::Elsewhere);
        for odd in ["", "alias/", "AES256", "arn:aws:s3:::bucket", "arn:aws:kms:eu-west-1:111122223333:key/"] {
            assert_eq!(site.key(odd), KeyMeant::Nothing, "{odd}");
        }
    }

    #[test]
    fn a_log_group_is_of_this_place_or_none() {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        let site = Site { partition: "aws", account: &account, region: &region };
        assert_eq!(site.log_group("arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"), Some("trail"));
        assert_eq!(site.log_group("arn:aws:logs:us-east-1:111122223333:log-group:trail:*"), None);
    }

    #[test]
    fn a_cluster_is_named_by_its_jdbc_address() {
        let url = "jdbc:redshift://Orders.abc123xyz.eu-west-1.redshift.amazonaws.com:5439/dev";
        assert_eq!(redshift_cluster(url).as_deref(), Some("orders"));
        for other in ["jdbc:redshift://wg.111122223333.eu-west-1.redshift-serverless.amazonaws.com:5439/dev", "x", ""] {
            assert_eq!(redshift_cluster(other), None, "{other}");
        }
    }

    #[test]
    fn domains_collections_and_secrets_are_of_this_place_or_none() {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        let site = Site { partition: "aws", account: &account, region: &region };
        let random = "abcdefghijklmnopqrstuvwxyz";
        assert_eq!(site.domain("arn:aws:es:eu-west-1:111122223333:domain/orders-7"), Some("orders-7"));
        assert_eq!(
            site.domain(&format!("https://search-orders-7-{random}.eu-west-1.es.amazonaws.com")),
            Some("orders-7")
        );
        assert_eq!(site.domain(&format!("vpc-orders-{random}.eu-west-1.es.amazonaws.com:443/x")), Some("orders"));
        for other in [
            "arn:aws:es:eu-west-1:444455556666:domain/orders",
            "arn:aws:es:eu-west-2:111122223333:domain/orders",
            "arn:aws:es:eu-west-1:111122223333:domain/",
            "https://search.example.com",
            "https://search-orders-short.eu-west-1.es.amazonaws.com",
            "",
        ] {
            assert_eq!(site.domain(other), None, "{other}");
        }
        assert_eq!(
            site.collection("https://07tjusf2h91cunochc.eu-west-1.aoss.amazonaws.com"),
            Some("07tjusf2h91cunochc")
        );
        for other in ["https://07tj.us-east-1.aoss.amazonaws.com", "https://x.eu-west-1.es.amazonaws.com", "https://"] {
            assert_eq!(site.collection(other), None, "{other}");
        }
        assert_eq!(site.catalog("arn:aws:glue:eu-west-1:111122223333:catalog").as_deref(), Some("111122223333"));
        let of_tables = "arn:aws:glue:eu-west-1:111122223333:catalog/s3tablescatalog/lake";
        assert_eq!(site.catalog(of_tables).as_deref(), Some("111122223333:s3tablescatalog/lake"));
        assert_eq!(site.catalog("arn:aws:glue:us-east-1:111122223333:catalog"), None);
        assert_eq!(bucket_of_location("s3://lake/orders/x"), Some("lake"));
        for other in ["s3://63a8e430-6e0b-46f5--table-s3", "hdfs://lake/x", "s3://", "lake", "s3://a b/c"] {
            assert_eq!(bucket_of_location(other), None, "{other}");
        }
        assert!(site.is_secret("arn:aws:secretsmanager:eu-west-1:444455556666:secret:hec-a1b2c3"));
        assert!(!site.is_secret("arn:aws:secretsmanager:us-east-1:111122223333:secret:hec-a1b2c3"));
        assert!(!site.is_secret("hec"));
    }

    #[test]
    fn a_bucket_has_a_name_and_an_access_point_has_none() {
        assert_eq!(bucket("arn:aws:s3:::acme-landing"), Some("acme-landing"));
        assert_eq!(bucket("arn:aws:s3:eu-west-1:111122223333:accesspoint/x"), None);
    }

    #[test]
    fn a_pattern_is_left_alone_only_when_it_names_other_sources() {
        assert!(!may_notice_keys(r#"{"source":["aws.ec2"]}"#));
        for noticing in
            [r#"{"source":["aws.kms"]}"#, r#"{"detail-type":["AWS API Call"]}"#, r#"{"source":[{"prefix":"aws."}]}"#]
        {
            assert!(may_notice_keys(noticing), "{noticing}");
        }
    }
}
