//! Which data events of S3 selectors record, for all objects below one place in a bucket.

use crate::model::trail::{AdvancedSelector, FieldSelector, Selectors};

/// What is recorded of the objects below a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Covered {
    /// Every read of each of them.
    pub reads: bool,
    /// Every write and deletion.
    pub writes: bool,
    /// Some of it, by a selector that asks for more than is known here: its condition.
    pub part: Option<String>,
}

impl Covered {
    pub fn whole(&self) -> bool {
        self.reads && self.writes
    }

    pub fn and(&mut self, other: Self) {
        self.reads |= other.reads;
        self.writes |= other.writes;
        self.part = self.part.take().or(other.part);
    }
}

/// How a condition on ARNs relates to all objects below a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    All,
    Some,
    None,
}

/// Evaluates selectors for all objects below `arn:<partition>:s3:::<bucket>/<prefix>`.
pub(super) fn covered(selectors: &Selectors, below: &str) -> Covered {
    let mut covered = Covered::default();
    match selectors {
        Selectors::Classic(list) => {
            for selector in list {
                for (_, arns) in selector.data.iter().filter(|(kind, _)| kind == "AWS::S3::Object") {
                    let of = arns.iter().map(|arn| classic(arn, below)).fold(Of::None, most);
                    covered.and(Covered {
                        reads: of == Of::All && selector.read_write != "WriteOnly",
                        writes: of == Of::All && selector.read_write != "ReadOnly",
                        part: (of == Of::Some).then(|| "a longer prefix".to_owned()),
                    });
                }
            }
        }
        Selectors::Advanced(list) => list.iter().for_each(|selector| covered.and(advanced(selector, below))),
    }
    covered
}

fn most(one: Of, other: Of) -> Of {
    match (one, other) {
        (Of::All, _) | (_, Of::All) => Of::All,
        (Of::None, Of::None) => Of::None,
        _ => Of::Some,
    }
}

/// A value of `DataResources`: every bucket (`arn:aws:s3`, `arn:aws:s3:::`), or a bucket with a slash and a prefix.
fn classic(arn: &str, below: &str) -> Of {
    let all = below.split_inclusive(":::").next().unwrap_or(below);
    if arn == all || arn == all.trim_end_matches(':') {
        return Of::All;
    }
    // Without the slash CloudTrail takes no name of a bucket; `acme` is not `acme-logs`.
    if !arn.strip_prefix(all).is_some_and(|rest| rest.contains('/')) {
        return Of::None;
    }
    start(arn, below)
}

/// Whether all, some or none of what begins with `below` begins with `start`.
fn start(start: &str, below: &str) -> Of {
    match (below.starts_with(start), start.starts_with(below)) {
        (true, _) => Of::All,
        (false, true) => Of::Some,
        (false, false) => Of::None,
    }
}

fn advanced(selector: &AdvancedSelector, below: &str) -> Covered {
    let mut found = Covered { reads: true, writes: true, part: None };
    let (mut data, mut objects) = (false, false);
    for field in &selector.fields {
        match field.field.as_str() {
            "eventCategory" => data = field.meets("Data"),
            "resources.type" => objects = field.meets("AWS::S3::Object"),
            "readOnly" => {
                found.reads &= field.meets("true");
                found.writes &= field.meets("false");
            }
            "resources.ARN" => match arns(field, below) {
                Of::All => {}
                Of::Some => found.part = Some(format!("conditions on {}", field.field)),
                Of::None => return Covered::default(),
            },
            // The events of objects come from S3 itself.
            "eventSource" if field.meets("s3.amazonaws.com") => {}
            "eventSource" => return Covered::default(),
            other => found.part = Some(format!("conditions on {other}")),
        }
    }
    if !(data && objects && (found.reads || found.writes)) {
        return Covered::default();
    }
    if found.part.is_some() {
        (found.reads, found.writes) = (false, false);
    }
    found
}

/// Every operator that is there must let the ARN of an object pass.
fn arns(field: &FieldSelector, below: &str) -> Of {
    let asked = |list: &[String], of: &dyn Fn(&str) -> Of| match list {
        [] => Of::All,
        some => some.iter().map(|value| of(value)).fold(Of::None, most),
    };
    // One object, and objects by how their names end, are at most a part.
    let one = |value: &str| if value.starts_with(below) { Of::Some } else { Of::None };
    let without = |of: Of| match of {
        Of::All => Of::None,
        Of::Some => Of::Some,
        Of::None => Of::All,
    };
    let parts = [
        asked(&field.equals, &one),
        asked(&field.starts_with, &|value| start(value, below)),
        asked(&field.ends_with, &|_| Of::Some),
        without(field.not_equals.iter().map(|value| one(value)).fold(Of::None, most)),
        without(field.not_starts_with.iter().map(|value| start(value, below)).fold(Of::None, most)),
        if field.not_ends_with.is_empty() { Of::All } else { Of::Some },
    ];
    if parts.contains(&Of::None) {
        Of::None
    } else if parts.contains(&Of::Some) {
        Of::Some
    } else {
        Of::All
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trail::ClassicSelector;

    const BELOW: &str = "arn:aws:s3:::logs/AWSLogs/";

    fn classic_of(read_write: &str, arns: &[&str]) -> Covered {
        let data = vec![("AWS::S3::Object".to_owned(), arns.iter().map(ToString::to_string).collect())];
        let selector =
            ClassicSelector { management: false, read_write: read_write.to_owned(), excluded: Vec::new(), data };
        covered(&Selectors::Classic(vec![selector]), BELOW)
    }

    fn field(name: &str, change: impl FnOnce(&mut FieldSelector)) -> FieldSelector {
        let mut field = FieldSelector { field: name.to_owned(), ..FieldSelector::default() };
        change(&mut field);
        field
    }

    fn equals(name: &str, value: &str) -> FieldSelector {
        field(name, |f| f.equals = vec![value.to_owned()])
    }

    fn advanced_of(more: &[FieldSelector]) -> Covered {
        let mut fields = vec![equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")];
        fields.extend(more.iter().cloned());
        covered(&Selectors::Advanced(vec![AdvancedSelector { fields }]), BELOW)
    }

    #[test]
    fn classic_values_are_beginnings_of_arns() {
        for all in ["arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:::logs/", "arn:aws:s3:::logs/AWS", BELOW] {
            assert!(classic_of("All", &[all]).whole(), "{all}");
        }
        for other in ["arn:aws:s3:::logs", "arn:aws:s3:::lo", "arn:aws:s3:::logs-2/", "arn:aws:s3:::logs/other/", "arn"]
        {
            assert_eq!(classic_of("All", &[other]), Covered::default(), "{other}");
        }
        assert!(classic_of("All", &["arn:aws:s3:::logs/AWSLogs/1111"]).part.is_some());
        assert_eq!(classic_of("ReadOnly", &["arn:aws:s3"]), Covered { reads: true, ..Covered::default() });
        assert_eq!(classic_of("WriteOnly", &["x", "arn:aws:s3"]), Covered { writes: true, ..Covered::default() });
        assert_eq!(classic_of("All", &[]), Covered::default());
    }

    #[test]
    fn advanced_selectors_are_evaluated_operator_by_operator() {
        let arn = |change: fn(&mut FieldSelector)| advanced_of(&[field("resources.ARN", change)]);
        assert!(advanced_of(&[]).whole());
        assert!(
            arn(|f| f.starts_with = vec!["arn:aws:s3:::other/".to_owned(), "arn:aws:s3:::logs/".to_owned()]).whole()
        );
        assert!(arn(|f| f.not_starts_with = vec!["arn:aws:s3:::other/".to_owned()]).whole());
        for none in [
            arn(|f| f.not_starts_with = vec!["arn:aws:s3:::logs/".to_owned()]),
            arn(|f| f.starts_with = vec!["arn:aws:s3:::other/".to_owned()]),
            arn(|f| f.equals = vec!["arn:aws:s3:::other/x".to_owned()]),
            advanced_of(&[equals("eventSource", "kms.amazonaws.com")]),
            covered(
                &Selectors::Advanced(vec![AdvancedSelector { fields: vec![equals("eventCategory", "Data")] }]),
                BELOW,
            ),
        ] {
            assert_eq!(none, Covered::default());
        }
        for part in [
            arn(|f| f.not_starts_with = vec![format!("{BELOW}1111")]),
            arn(|f| f.starts_with = vec![format!("{BELOW}1111")]),
            arn(|f| f.equals = vec![format!("{BELOW}x")]),
            arn(|f| f.ends_with = vec![".gz".to_owned()]),
            arn(|f| f.not_ends_with = vec![".gz".to_owned()]),
            advanced_of(&[equals("eventName", "DeleteObject")]),
        ] {
            assert!(part.part.is_some() && !part.reads && !part.writes, "{part:?}");
        }
    }

    #[test]
    fn reads_and_writes_may_be_recorded_by_two_selectors() {
        let one = advanced_of(&[equals("readOnly", "true")]);
        assert_eq!(one, Covered { reads: true, ..Covered::default() });
        let mut both = one;
        both.and(advanced_of(&[equals("readOnly", "false")]));
        assert!(both.whole());
    }
}
