//! The records of a log file, read without copying and without opinion.
//!
//! Only what is counted is kept, borrowed from the text; all else goes through the parser's fast way of skipping.
//! A field of another type than CloudTrail's is absent and marks the record as odd, but never stops the file: one
//! call with a strange parameter must not be able to hide the calls beside it. Of a repeated key the last value
//! counts, as it does for most readers, and the record is odd too.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// `eventSource` of KMS.
pub const KMS: &str = "kms.amazonaws.com";
/// `eventSource` of Firehose.
pub const FIREHOSE: &str = "firehose.amazonaws.com";
/// `eventSource` of CloudTrail itself.
pub const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// The oddity of an event that is told of by no id.
pub const NO_ID: &str = "no eventID";

/// A JSON value that should be a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Text<'a> {
    /// Not there, or null.
    #[default]
    Absent,
    /// A text.
    Str(Cow<'a, str>),
    /// A number or a truth value, as it is written.
    Other(Box<str>),
    /// A list or an object where a text belongs.
    Wrong,
}

impl Text<'_> {
    /// The text, if it is one.
    pub fn str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// What there is to show: a text, a number or a truth value.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Other(text) => Some(text),
            Self::Absent | Self::Wrong => None,
        }
    }

    /// What there is to show, unless it is empty.
    pub fn filled(&self) -> Option<&str> {
        self.shown().filter(|text| !text.is_empty())
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::Str(Cow::Borrowed(v)))
    }
    fn visit_str<E>(self, v: &str) -> Result<Text<'de>, E> {
        Ok(Text::Str(Cow::Owned(v.to_owned())))
    }
    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text::Absent)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Text<'de>, E> {
        Ok(Text::Other(v.to_string().into()))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Text<'de>, E> {
        Ok(Text::Other(v.to_string().into()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Text<'de>, E> {
        Ok(Text::Other(v.to_string().into()))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Text<'de>, E> {
        Ok(Text::Other(v.to_string().into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Text<'de>, A::Error> {
        skip_seq(seq).map(|()| Text::Wrong)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text<'de>, A::Error> {
        skip_map(map).map(|()| Text::Wrong)
    }
}

fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Finds out which field a key names, without keeping the key.
struct Key(fn(&str) -> u8);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = u8;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u8, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = u8;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E>(self, key: &str) -> Result<u8, E> {
        Ok((self.0)(key))
    }
}

/// The methods of a visitor for values that are scalars where an object or a list belongs.
macro_rules! scalars_are {
    ($made:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any JSON value")
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($made)
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($made)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($made)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($made)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($made)
        }
    };
}

/// A part of a record, some of whose fields are of use.
macro_rules! part {
    ($(#[$doc:meta])* $name:ident { $($number:literal $key:literal $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name<'a> {
            $(#[doc = concat!("`", $key, "`.")] pub $field: $type,)+
            /// Not an object although it is there.
            pub wrong: bool,
        }

        impl<'de> Deserialize<'de> for $name<'de> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Part;
                impl<'de> Visitor<'de> for Part {
                    type Value = $name<'de>;
                    scalars_are!($name { wrong: true, ..$name::default() });
                    fn visit_unit<E>(self) -> Result<$name<'de>, E> {
                        Ok($name::default())
                    }
                    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<$name<'de>, A::Error> {
                        skip_seq(seq)?;
                        Ok($name { wrong: true, ..$name::default() })
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$name<'de>, A::Error> {
                        let mut made = $name::default();
                        let field = |key: &str| match key { $($key => $number,)+ _ => 0 };
                        while let Some(field) = map.next_key_seed(Key(field))? {
                            match field {
                                $($number => made.$field = map.next_value()?,)+
                                _ => { map.next_value::<IgnoredAny>()?; }
                            }
                        }
                        Ok(made)
                    }
                }
                from.deserialize_any(Part)
            }
        }
    };
}

part! {
    /// `userIdentity`
    Identity {
        1 "arn" arn: Text<'a>,
        2 "invokedBy" invoked_by: Text<'a>,
        3 "principalId" principal_id: Text<'a>,
        4 "type" kind: Text<'a>,
        5 "sessionContext" session: Session<'a>,
    }
}
part! {
    /// `userIdentity.sessionContext`
    Session {
        1 "sessionIssuer" issuer: Issuer<'a>,
    }
}
part! {
    /// `userIdentity.sessionContext.sessionIssuer`
    Issuer {
        1 "arn" arn: Text<'a>,
    }
}
part! {
    /// One of `resources`
    Resource {
        1 "ARN" upper: Text<'a>,
        2 "arn" lower: Text<'a>,
    }
}
part! {
    /// `requestParameters`, `responseElements` or `serviceEventDetails`
    Params {
        1 "keyId" key_id: Text<'a>,
        2 "deliveryStreamName" stream_name: Text<'a>,
        3 "deliveryStreamARN" stream_arn: Text<'a>,
        4 "aliasName" alias_name: Text<'a>,
        5 "targetKeyId" target_key_id: Text<'a>,
        6 "name" name: Text<'a>,
        7 "encryptionContext" context: Context<'a>,
    }
}

/// `encryptionContext`: whoever calls chooses its keys and values, so only what looks like a stream's ARN is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context<'a> {
    stream_arn: Option<Cow<'a, str>>,
}

impl Context<'_> {
    /// The name of the stream that the context names.
    pub fn stream(&self) -> Option<&str> {
        self.stream_arn.as_deref().and_then(|arn| arn.rsplit_once(":deliverystream/")).map(|(_, name)| name)
    }

    /// What tells most of the stream: its ARN, else its name.
    pub fn stream_named(&self) -> Option<&str> {
        let whole = |arn: &&str| is_stream_arn(arn);
        self.stream_arn.as_deref().filter(whole).or_else(|| self.stream())
    }
}

/// Whether that is the ARN of a stream, with Region and account.
pub fn is_stream_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, _, service, region, account, resource] = parts[..] else { return false };
    let named = resource.strip_prefix("deliverystream/").is_some_and(|name| !name.is_empty());
    arn == "arn" && service == "firehose" && !region.is_empty() && account.len() == 12 && named
}

impl<'de> Deserialize<'de> for Context<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Context<'de>;
            scalars_are!(Context::default());
            fn visit_unit<E>(self) -> Result<Context<'de>, E> {
                Ok(Context::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Context<'de>, A::Error> {
                skip_seq(seq).map(|()| Context::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Context<'de>, A::Error> {
                let mut made = Context::default();
                while let Some((_, value)) = map.next_entry::<IgnoredAny, Text<'de>>()? {
                    match value {
                        Text::Str(text) if text.contains(":deliverystream/") => made.stream_arn = Some(text),
                        _ => {}
                    }
                }
                Ok(made)
            }
        }
        from.deserialize_any(Pairs)
    }
}

/// `resources`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources<'a> {
    /// Its objects, in their order.
    pub items: Vec<Resource<'a>>,
    /// Not a list although it is there.
    pub wrong: bool,
}

impl<'de> Deserialize<'de> for Resources<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Resources<'de>;
            scalars_are!(Resources { items: Vec::new(), wrong: true });
            fn visit_unit<E>(self) -> Result<Resources<'de>, E> {
                Ok(Resources::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Resources<'de>, A::Error> {
                skip_map(map)?;
                Ok(Resources { items: Vec::new(), wrong: true })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Resources<'de>, A::Error> {
                let mut made = Resources::default();
                while let Some(item) = seq.next_element::<Resource<'de>>()? {
                    made.wrong |= item.wrong;
                    made.items.push(item);
                }
                Ok(made)
            }
        }
        from.deserialize_any(List)
    }
}

/// What is of use of an event only for the services that are counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts<'a> {
    /// `userIdentity`.
    pub identity: Identity<'a>,
    /// `resources`.
    pub resources: Resources<'a>,
    /// `requestParameters`.
    pub request: Params<'a>,
    /// `responseElements`.
    pub response: Params<'a>,
    /// `serviceEventDetails`.
    pub service: Params<'a>,
}

/// One element of `Records`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record<'a> {
    /// `eventSource`.
    pub source: Text<'a>,
    /// `eventName`.
    pub name: Text<'a>,
    /// `eventTime`.
    pub time: Text<'a>,
    /// `eventID`.
    pub id: Text<'a>,
    /// `awsRegion`.
    pub region: Text<'a>,
    /// `recipientAccountId`.
    pub recipient: Text<'a>,
    /// `errorCode`.
    pub error: Text<'a>,
    /// The rest; there for the services that are counted.
    pub parts: Option<Box<Parts<'a>>>,
    /// One of these keys stands twice.
    pub repeated: bool,
    /// Not an object at all.
    pub no_object: bool,
}

impl Record<'_> {
    /// Why the record is not as CloudTrail writes it, if so.
    pub fn oddity(&self) -> Option<&'static str> {
        let texts = [&self.source, &self.name, &self.time, &self.id, &self.region, &self.recipient, &self.error];
        if self.no_object {
            Some("not an object")
        } else if self.repeated {
            Some("a key stands twice")
        } else if texts.iter().any(|t| matches!(t, Text::Wrong))
            || self.parts.as_ref().is_some_and(|parts| parts.identity.wrong || parts.resources.wrong)
        {
            Some("a field of another type")
        } else if self.id.filled().is_none() {
            Some(NO_ID)
        } else {
            None
        }
    }
}

impl<'de> Deserialize<'de> for Record<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RecordVisitor)
    }
}

struct RecordVisitor;

fn record_field(key: &str) -> u8 {
    match key {
        "eventSource" => 1,
        "eventName" => 2,
        "eventTime" => 3,
        "eventID" => 4,
        "awsRegion" => 5,
        "recipientAccountId" => 6,
        "errorCode" => 7,
        "userIdentity" => 8,
        "resources" => 9,
        "requestParameters" => 10,
        "responseElements" => 11,
        "serviceEventDetails" => 12,
        _ => 0,
    }
}

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record<'de>;
    scalars_are!(Record { no_object: true, ..Record::default() });

    fn visit_unit<E>(self) -> Result<Record<'de>, E> {
        Ok(Record { no_object: true, ..Record::default() })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Record<'de>, A::Error> {
        skip_seq(seq)?;
        Ok(Record { no_object: true, ..Record::default() })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<'de>, A::Error> {
        let mut record = Record::default();
        let mut later: [Option<&'de RawValue>; 5] = [None; 5];
        let mut seen = 0_u16;
        while let Some(field) = map.next_key_seed(Key(record_field))? {
            if field > 0 {
                record.repeated |= seen & (1 << field) != 0;
                seen |= 1 << field;
            }
            match field {
                1 => record.source = map.next_value()?,
                2 => record.name = map.next_value()?,
                3 => record.time = map.next_value()?,
                4 => record.id = map.next_value()?,
                5 => record.region = map.next_value()?,
                6 => record.recipient = map.next_value()?,
                7 => record.error = map.next_value()?,
                8..=12 => match (&record.source, later.get_mut(usize::from(field - 8))) {
                    // The identity comes before the source: its text is kept until the source is known.
                    (Text::Absent, Some(slot)) => *slot = Some(map.next_value()?),
                    (source, Some(slot)) if is_counted(source) => {
                        *slot = None;
                        record.parts.get_or_insert_default().read(field, &mut map)?;
                    }
                    _ => {
                        map.next_value::<IgnoredAny>()?;
                    }
                },
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if is_counted(&record.source) {
            let parts = record.parts.get_or_insert_default();
            for (field, raw) in (8..).zip(later) {
                if let Some(raw) = raw {
                    parts.read_raw(field, raw).map_err(A::Error::custom)?;
                }
            }
        }
        Ok(record)
    }
}

impl<'de> Parts<'de> {
    fn read<A: MapAccess<'de>>(&mut self, field: u8, map: &mut A) -> Result<(), A::Error> {
        match field {
            8 => self.identity = map.next_value()?,
            9 => self.resources = map.next_value()?,
            10 => self.request = map.next_value()?,
            11 => self.response = map.next_value()?,
            _ => self.service = map.next_value()?,
        }
        Ok(())
    }

    fn read_raw(&mut self, field: u8, raw: &'de RawValue) -> Result<(), serde_json::Error> {
        let text = raw.get();
        match field {
            8 => self.identity = serde_json::from_str(text)?,
            9 => self.resources = serde_json::from_str(text)?,
            10 => self.request = serde_json::from_str(text)?,
            11 => self.response = serde_json::from_str(text)?,
            _ => self.service = serde_json::from_str(text)?,
        }
        Ok(())
    }
}

fn is_counted(source: &Text<'_>) -> bool {
    match source {
        Text::Str(source) => matches!(&**source, KMS | FIREHOSE | CLOUDTRAIL),
        _ => true,
    }
}

/// Gives every record of a log file to `each`, in order.
///
/// When this fails, some records may have been given already: whoever counts must count into something that can be
/// thrown away, or call twice.
///
/// # Errors
/// When the text is not JSON, or is not an object with one list called `Records`; says which.
pub fn records<'a>(text: &'a str, each: &mut dyn FnMut(Record<'a>)) -> Result<(), String> {
    let mut parser = serde_json::Deserializer::from_str(text);
    File { each }
        .deserialize(&mut parser)
        .and_then(|()| parser.end())
        .map_err(|error| if error.is_data() { error.to_string() } else { format!("not JSON: {error}") })
}

struct File<'f, 'a> {
    each: &'f mut dyn FnMut(Record<'a>),
}

impl<'de> DeserializeSeed<'de> for File<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for File<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list called Records")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(field) = map.next_key_seed(Key(|key| u8::from(key == "Records")))? {
            match (field, found) {
                (1, true) => return Err(A::Error::custom("Records stands twice")),
                (1, false) => {
                    found = true;
                    map.next_value_seed(List { each: self.each })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if found { Ok(()) } else { Err(A::Error::custom("there is no Records")) }
    }
}

struct List<'f, 'a> {
    each: &'f mut dyn FnMut(Record<'a>),
}

impl<'de> DeserializeSeed<'de> for List<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Records to be a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(record) = seq.next_element::<Record<'de>>()? {
            (self.each)(record);
        }
        Ok(())
    }
}

/// The text of unpacked bytes, without a byte order mark.
///
/// # Errors
/// When the bytes are not UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))
}

/// The text without what JSON allows and no reader can hold, if it has any of that, and what it was. A caller's parameter
/// could be such a thing, and must not make a whole file unreadable.
#[must_use]
pub fn mended(text: &str) -> Option<(String, &'static str)> {
    let pairs = without_lone_surrogates(text);
    let numbers = without_huge_numbers(pairs.as_deref().unwrap_or(text));
    let why = if numbers.is_some() { "a number beyond all bounds" } else { "half a surrogate pair" };
    numbers.or(pairs).map(|text| (text, why))
}

/// The text with every number that is too large for any reader in quotes.
fn without_huge_numbers(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut made: Option<String> = None;
    let (mut at, mut copied, mut in_text) = (0, 0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                in_text = !in_text;
                at += 1;
            }
            b'\\' if in_text => at += 2,
            b'-' | b'0'..=b'9' if !in_text => {
                let digits = |b: &&u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let end = at + bytes[at..].iter().take_while(digits).count();
                let number = &text[at..end];
                if number.parse::<f64>().is_ok_and(f64::is_infinite) {
                    let made = made.get_or_insert_default();
                    made.push_str(&text[copied..at]);
                    made.extend(["\"", number, "\""]);
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    made.map(|made| made + &text[copied..])
}

/// The text with every half of a UTF-16 pair that stands alone replaced, if there is one. JSON allows such escapes
/// and they are no text.
fn without_lone_surrogates(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut made: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(bytes, at) {
            Some(0xd800..=0xdbff) if matches!(unit(bytes, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                made.get_or_insert_with(|| bytes.to_vec())[at..at + 6].copy_from_slice(b"\\ufffd");
                at += 6;
            }
            _ => at += 2,
        }
    }
    made.and_then(|bytes| String::from_utf8(bytes).ok())
}

/// The value of a `\uXXXX` that starts here.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_beyond_all_bounds_hides_nothing() {
        let text = r#"{"Records":[{"eventSource":"kms.amazonaws.com","requestParameters":{"keyId":1e999,"a":[-2E+400]}},
            {"eventName":"\"1e999","eventTime":1e9}]}"#;
        assert!(read(text).is_err());
        let (mended, why) = mended(text).unwrap();
        assert_eq!(mended, text.replace(":1e999", r#":"1e999""#).replace("-2E+400", r#""-2E+400""#));
        assert_eq!((read(&mended).unwrap().len(), why), (2, "a number beyond all bounds"));
        assert_eq!(without_huge_numbers(r#"[1e308, -0.5, 12345678901234567890123, "é1e999"]"#), None);
    }

    fn read(text: &str) -> Result<Vec<Record<'_>>, String> {
        let mut found = Vec::new();
        records(text, &mut |record| found.push(record)).map(|()| found)
    }

    #[test]
    fn what_is_counted_is_borrowed_from_the_text() {
        let found = read(r#"{"Records":[{"eventSource":"kms.amazonaws.com","eventName":"De\u0063rypt"}]}"#).unwrap();
        assert!(matches!(found[0].source, Text::Str(Cow::Borrowed("kms.amazonaws.com"))));
        assert!(matches!(found[0].name, Text::Str(Cow::Owned(_))) && found[0].name.str() == Some("Decrypt"));
    }

    #[test]
    fn odd_records_stop_nothing() {
        let found = read(
            r#"{"Records":[1,null,"x",[],{},{"eventID":{"a":1}},{"eventID":"a","eventID":"b"},
               {"eventID":"c","userIdentity":7,"resources":"x"},{"eventID":"d","eventName":5}]}"#,
        )
        .unwrap();
        let odd: Vec<_> = found.iter().map(Record::oddity).collect();
        let none = Some("not an object");
        let (twice, kind) = (Some("a key stands twice"), Some("a field of another type"));
        assert_eq!(odd, [none, none, none, none, Some("no eventID"), kind, twice, kind, None]);
        assert_eq!(found[6].id.str(), Some("b"));
        assert_eq!(found[8].name.shown(), Some("5"));
    }

    #[test]
    fn parameters_count_whatever_the_order_of_the_keys() {
        let first = r#"{"Records":[{"requestParameters":{"keyId":"k"},"eventSource":"kms.amazonaws.com"}]}"#;
        assert_eq!(read(first).unwrap()[0].parts.as_ref().unwrap().request.key_id.str(), Some("k"));
        let other = r#"{"Records":[{"eventSource":"s3.amazonaws.com","requestParameters":{"keyId":"k"}}]}"#;
        assert_eq!(read(other).unwrap()[0].parts, None);
    }

    #[test]
    fn a_file_says_why_it_cannot_be_read() {
        for (text, why) in [
            ("", "not JSON"),
            ("{\"Records\":[{}", "not JSON"),
            ("{\"Records\":[]} x", "not JSON"),
            ("[]", "Records"),
            ("{}", "there is no Records"),
            ("{\"Records\":null}", "list"),
            ("{\"Records\":[],\"Records\":[]}", "twice"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn depth_outside_what_is_read_is_no_danger() {
        let deep = format!(r#"{{"Records":[{{"x":{}{}}}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep).unwrap().len(), 1);
        let deep = format!(r#"{{"Records":[{{"eventID":{}{}}}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep).unwrap()[0].oddity(), Some("a field of another type"));
    }

    #[test]
    fn half_a_surrogate_pair_is_replaced_and_a_whole_one_is_kept() {
        assert_eq!(without_lone_surrogates(r#""\ud83d\ude00 \\ud800""#), None);
        assert_eq!(without_lone_surrogates(r#""\ud83d x \udc00""#).as_deref(), Some(r#""\ufffd x \ufffd""#));
        let text = r#"{"Records":[{"eventName":"\ud800"}]}"#;
        assert!(read(text).is_err());
        assert!(read(&mended(text).unwrap().0).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_ends_in_an_answer(text in ".{0,200}") {
            let _ = read(&text);
            let _ = mended(&text);
        }

        #[test]
        fn a_changed_byte_ends_in_an_answer(at in 0_usize..200, byte: u8) {
            let mut bytes = br#"{"Records":[{"eventID":"a","eventSource":"kms.amazonaws.com","resources":[{"ARN":"x"}],"requestParameters":{"keyId":1e9},"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":"y"}}}}]}"#.to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(text) = text(&bytes) {
                let _ = read(text);
            }
        }
    }
}
