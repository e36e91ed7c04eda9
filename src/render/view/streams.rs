//! The rows of streams.

use super::classes::class_of;
use super::findings::StatusCell;
use super::index::{Index, StripCell, StripRun, runs, worst};
use super::keys::short_key;
use super::words::{tags, text};
use crate::model::Text;
use crate::model::finding::SubjectKind;
use crate::model::reading::Ev;
use crate::model::stream::{SseKey, Stream};
use crate::model::time::day;
use serde::Serialize;

/// One stream.
#[derive(Clone, Debug, Serialize)]
pub struct StreamRow {
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// AWS's status of the stream.
    pub status: String,
    /// Where its records come from.
    pub source: String,
    /// Where they go.
    pub destinations: String,
    /// The state of server-side encryption.
    pub sse: String,
    /// The class of its key.
    pub key_class: &'static str,
    /// Its key.
    pub key: String,
    /// When it was made.
    pub created: String,
    /// What it is declared to carry.
    pub data_classes: String,
    /// Whose it is declared to be.
    pub tenant: String,
    /// Where it is declared to run.
    pub environment: String,
    /// Its tags.
    pub tags: String,
    /// One for each of [`Report::stream_checks`].
    pub results: Vec<StatusCell>,
    /// The anchor of its row.
    pub anchor: Text,
    /// The anchor of its key's row; empty where there is none.
    pub key_anchor: Text,
    /// What every check of streams says of it; empty in a dense report, which has `runs`.
    pub strip: Vec<StripCell>,
    /// The same by status, for reports with so many findings that not each can have a mark of its own.
    pub runs: Vec<StripRun>,
    /// The statuses of its findings that matter to whoever filters: `fail`, `unknown`, or `pass` when nothing is open.
    pub worst: String,
    /// The records that its findings cite.
    pub records: Vec<Ev>,
}

impl Index<'_> {
    /// The row of a stream.
    pub(super) fn stream(&self, stream: &Stream) -> StreamRow {
        let key = match stream.sse.as_ref().ok().map(|s| &s.value.key) {
            Some(Ok(key)) => match &key.value {
                SseKey::AwsOwned => "AWS-owned".to_owned(),
                SseKey::Kms { arn } => self.input.snapshot.key(stream, arn).map_or_else(|_| arn.clone(), short_key),
            },
            Some(Err(gap)) if gap.kind == crate::model::GapKind::Inapplicable => "none".to_owned(),
            _ => "unknown".to_owned(),
        };
        let source = stream.source.as_ref().ok().map(|s| &s.value);
        let elsewhere = source.is_some_and(|s| *s != crate::model::stream::Source::DirectPut);
        let scope = self.scope.get(&(stream.region.as_str(), stream.arn.as_str()));
        let classes = scope.map(|s| s.data_classes.as_slice()).unwrap_or_default();
        let declared = |value: Option<&String>| value.map_or_else(|| "not declared".to_owned(), Clone::clone);
        let strip = self.strip(SubjectKind::Stream, stream.region.as_str(), &stream.arn);
        StreamRow {
            account: stream.account.to_string(),
            region: stream.region.to_string(),
            name: stream.name.clone(),
            arn: stream.arn.clone(),
            status: text(&stream.status, Clone::clone),
            source: text(&stream.source, |s| s.word().to_owned()),
            destinations: text(&stream.destinations, |d| {
                d.iter().map(|k| destination(k)).collect::<Vec<_>>().join(", ")
            }),
            sse: if elsewhere {
                "none of its own".to_owned()
            } else {
                text(&stream.sse, |s| s.state.word().to_owned())
            },
            key_class: class_of(self.input.snapshot, stream),
            key: if elsewhere { "see its source".to_owned() } else { key },
            created: text(&stream.created, |t| day(*t)),
            data_classes: if classes.is_empty() {
                // Declared to carry none of these is another thing than not declared.
                if scope.is_some_and(|s| !s.declared_by.is_empty()) { "none" } else { "not declared" }.to_owned()
            } else {
                classes.iter().map(|c| c.word()).collect::<Vec<_>>().join(", ")
            },
            tenant: declared(scope.and_then(|s| s.tenant.as_ref())),
            environment: declared(scope.and_then(|s| s.environment.as_ref())),
            tags: tags(&stream.tags),
            results: self.results(SubjectKind::Stream, stream.region.as_str(), &stream.arn),
            anchor: self.anchor(stream.region.as_str(), &stream.arn),
            key_anchor: stream.sse_key_arn().map(|arn| self.anchor(stream.region.as_str(), arn)).unwrap_or_default(),
            worst: worst(&strip),
            runs: runs(&strip),
            strip: if self.dense { Vec::new() } else { strip },
            records: self.records(stream.region.as_str(), &stream.arn),
        }
    }
}

/// `ExtendedS3DestinationDescription` is `S3` to people.
fn destination(member: &str) -> String {
    match member.strip_suffix("DestinationDescription").unwrap_or(member) {
        "ExtendedS3" | "S3" => "S3",
        "Amazonopensearchservice" => "OpenSearch",
        "AmazonOpenSearchServerless" => "OpenSearch Serverless",
        "HttpEndpoint" => "HTTP endpoint",
        other => other,
    }
    .to_owned()
}
