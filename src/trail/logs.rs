//! What the bytes of one log file say, for comparison with what a digest says of it.

use super::gunzip::{Fault, Gunzip, Members};
use super::record::{self, CLOUDTRAIL, Text};
use crate::model::Time;
use crate::model::sha256::Sha256;
use chrono::{DateTime, Utc};

/// The findings of one log file, made once and without opinion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFact {
    /// SHA-256 of the unpacked bytes in lower-case hex, or why there is none.
    pub sha256: Result<String, Fault>,
    /// The least and greatest `eventTime`, when the records could be read and have times.
    pub times: Option<(Time, Time)>,
    /// Calls that start, stop or change a trail.
    pub trail_events: Vec<TrailEvent>,
}

/// A successful call that starts, stops or changes a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailEvent {
    /// `eventName`.
    pub name: String,
    /// `eventTime`.
    pub time: Time,
    /// The trail as the call names it: a name or an ARN.
    pub trail: String,
}

impl LogFact {
    /// Unpacks, hashes and reads one log file.
    #[must_use]
    pub fn examine(packed: &[u8], gunzip: &mut Gunzip) -> Self {
        match gunzip.unpack(packed, Members::One) {
            Err(fault) => Self { sha256: Err(fault), times: None, trail_events: Vec::new() },
            Ok(json) => {
                let mut fact =
                    Self { sha256: Ok(Sha256::new().chain_update(json).hex()), times: None, trail_events: Vec::new() };
                // The hash is the proof. Records that cannot be read only mean that nothing more is told of them.
                let _ = record::text(json).and_then(|text| fact.read(text));
                fact
            }
        }
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        // CloudTrail's times are of one form, in which texts sort as times do.
        let mut span: Option<(String, String)> = None;
        record::records(text, &mut |record| {
            let Some(time) = record.time.str().filter(|t| t.len() == 20 && t.ends_with('Z')) else { return };
            match &mut span {
                None => span = Some((time.to_owned(), time.to_owned())),
                Some((low, _)) if time < low.as_str() => time.clone_into(low),
                Some((_, high)) if time > high.as_str() => time.clone_into(high),
                Some(_) => {}
            }
            if record.source.str() == Some(CLOUDTRAIL)
                && let Some(parts) = &record.parts
                && let Some(name @ ("StartLogging" | "StopLogging" | "CreateTrail" | "UpdateTrail" | "DeleteTrail")) =
                    record.name.str()
                && let (Some(trail), Some(time), Text::Absent) =
                    (parts.request.name.str(), instant(time), &record.error)
            {
                self.trail_events.push(TrailEvent { name: name.to_owned(), time, trail: trail.to_owned() });
            }
        })?;
        self.times = span.and_then(|(low, high)| Some((instant(&low)?, instant(&high)?)));
        Ok(())
    }
}

/// An RFC 3339 time.
pub(super) fn instant(text: &str) -> Option<Time> {
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.with_timezone(&Utc))
}
