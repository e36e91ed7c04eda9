//! Points in time: always UTC, always written as RFC 3339 with a `Z`.

use chrono::{DateTime, SecondsFormat, Utc};

/// A point in time, UTC.
pub type Time = DateTime<Utc>;

/// `2026-11-23T09:00:01Z`: what people read.
#[must_use]
pub fn seconds(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `2026-11-23`: the day, where the hour says nothing.
#[must_use]
pub fn day(time: Time) -> String {
    time.format("%Y-%m-%d").to_string()
}

/// Times inside records: milliseconds, because two calls in one second are common.
pub mod millis {
    use super::Time;
    use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes `2026-11-23T09:00:01.042Z`.
    ///
    /// # Errors
    /// Only the serializer's own.
    pub fn serialize<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
    }

    /// Reads what [`serialize`] wrote.
    ///
    /// # Errors
    /// When the text is not an RFC 3339 time.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        let text = String::deserialize(from)?;
        DateTime::parse_from_rfc3339(&text).map(|t| t.with_timezone(&Utc).trunc_subsecs(3)).map_err(D::Error::custom)
    }
}

/// The same, of a time that may be not known: such a field is left out.
pub mod maybe {
    use super::{Time, millis};
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    struct Read(#[serde(with = "millis")] Time);

    /// Writes a time like those of records.
    ///
    /// # Errors
    /// Only the serializer's own.
    pub fn serialize<S: Serializer>(time: &Option<Time>, to: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => millis::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    /// Reads what [`serialize`] wrote.
    ///
    /// # Errors
    /// When the text is not an RFC 3339 time.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Time>, D::Error> {
        Ok(Option::<Read>::deserialize(from)?.map(|read| read.0))
    }
}

/// The `Date` header of an HTTP answer (RFC 9110, IMF-fixdate), if it is one.
#[must_use]
pub fn http_date(header: &str) -> Option<Time> {
    DateTime::parse_from_rfc2822(header).ok().map(|t| t.with_timezone(&Utc))
}

/// The seconds since 1970 that the JSON protocols of AWS use, with their fraction.
#[must_use]
pub fn from_epoch(seconds: f64) -> Option<Time> {
    if !seconds.is_finite() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "chrono refuses what is out of its range")]
    DateTime::from_timestamp_millis((seconds * 1000.0).round() as i64)
}
