//! Drafts of answers to questionnaires. Each says what the evidence shows and what it does not; the yes or no, and the
//! name under it, are a person's.
//!
//! A questionnaire is a table of ids and topics. Ids of CAIQ and HECVAT come with the program, in files of their
//! versions; others are the user's own (SIG is licensed, so nothing of it is here). Wording is never copied.

use crate::model::customer::{Card, Edition, Shown};

/// A questionnaire: which of its questions are about what of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questionnaire {
    /// Its name and version.
    pub name: String,
    /// Its questions.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its id there.
    pub id: String,
    /// What it is about.
    pub topic: Topic,
    /// How much of it this evidence is.
    pub coverage: Coverage,
    /// What helps to answer.
    pub help: String,
}

/// How much of a question this evidence is. There is no "all".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// A part.
    Partial,
    /// Facts that help.
    Informs,
    /// Nothing.
    None,
}

impl Coverage {
    const ALL: [Self; 3] = [Self::Partial, Self::Informs, Self::None];

    fn word(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Informs => "informs",
            Self::None => "none",
        }
    }
}

macro_rules! topics {
    ($($variant:ident $word:literal $checks:expr, $not_covered:literal;)+) => {
        /// What questions can be about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Topic { $(#[doc = concat!("`", $word, "`")] $variant,)+ }

        impl Topic {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word of mappings.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The checks that say something of it.
            #[must_use]
            pub fn checks(self) -> &'static [&'static str] {
                match self { $(Self::$variant => $checks),+ }
            }

            /// What the evidence never covers.
            #[must_use]
            pub fn not_covered(self) -> &'static str {
                match self { $(Self::$variant => $not_covered),+ }
            }
        }
    };
}
topics! {
    EncAtRest "enc_at_rest" &["stream-sse-enabled"],
        "Data before it reaches a stream and after it is delivered; sources that encrypt by themselves; other services.";
    EncInTransit "enc_in_transit" &[],
        "This evidence says nothing of data in transit: AWS's documents do, for its own endpoints.";
    KeyCustody "key_mgmt_custody" &["stream-customer-managed-key", "key-enabled"],
        "Who may use a key by policies elsewhere; the modules in which AWS keeps key material; keys outside KMS.";
    KeyRotation "key_rotation" &["key-rotation-enabled", "key-rotated-in-cryptoperiod", "key-rotation-period"],
        "Rotation does not encrypt again what was delivered before; how the period was chosen is in the owner's policy.";
    KeyDestruction "key_destruction" &["key-not-pending-deletion"],
        "Whether keys that are gone were destroyed as the policy asks; keys that no stream uses.";
    KeyInventory "key_inventory" &["stream-inventory-complete"],
        "Keys that no delivery stream uses, and key material outside KMS.";
    SeparationOfDuties "sod_keys" &["key-policy-separates-duties", "key-policy-not-public", "key-policy-not-broad"],
        "Rights by policies other than the key policy; who the people behind a role are.";
    LogOn "log_on" &["trail-logging-multi-region", "trail-records-kms-events"],
        "Logs of applications, and events of data.";
    LogProtect "log_protect" &["trail-log-file-validation"],
        "Who may change or delete the logs where they are kept.";
    LogRetain "log_retain" &[],
        "This evidence says nothing of how long logs are kept.";
    TenantIsolation "tenant_isolation" &[],
        "This evidence does not judge whether tenants are kept apart.";
    DataLocation "data_location" &[],
        "Where a destination sends or copies data after delivery.";
    Classification "classification" &["stream-required-tags"],
        "Whether a declared class is right: it is the owner's declaration.";
}

impl Questionnaire {
    /// Reads a mapping: a CSV file with the columns `question_id` and `our_topic`, and if wanted `coverage` and `help`.
    ///
    /// # Errors
    /// With the line of the first mistake.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let heads = reader.headers().map_err(|e| e.to_string())?.clone();
        let column = |name: &str| heads.iter().position(|h| h == name);
        let (Some(id), Some(topic)) = (column("question_id"), column("our_topic")) else {
            return Err("it has no columns question_id and our_topic".to_owned());
        };
        let (coverage, help) = (column("coverage"), column("help"));
        let mut questions: Vec<Question> = Vec::new();
        for (line, row) in (2..).zip(reader.records()) {
            let row = row.map_err(|e| e.to_string())?;
            let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default();
            let id = cell(Some(id)).to_owned();
            if id.is_empty() || questions.iter().any(|q| q.id == id) {
                return Err(format!("line {line}: question_id {id:?} is empty or stands there twice"));
            }
            let word = cell(Some(topic));
            let topic = Topic::ALL.iter().find(|t| t.word() == word);
            let topic = *topic.ok_or_else(|| {
                let known: Vec<&str> = Topic::ALL.iter().map(|t| t.word()).collect();
                format!("line {line}: {word:?} is no topic; there are {}", known.join(", "))
            })?;
            let word = cell(coverage);
            let coverage = if word.is_empty() { Some(Coverage::Informs) } else { None };
            let coverage = coverage.or_else(|| Coverage::ALL.into_iter().find(|c| c.word() == word));
            let coverage =
                coverage.ok_or_else(|| format!("line {line}: coverage {word:?} is not partial, informs or none"))?;
            questions.push(Question { id, topic, coverage, help: cell(help).to_owned() });
        }
        Ok(Self { name: name.to_owned(), questions })
    }
}

/// A draft for each question.
#[must_use]
pub fn drafts(edition: &Edition, questionnaires: &[Questionnaire]) -> Vec<Card> {
    let of =
        |q: &Questionnaire| q.questions.iter().map(|question| draft(edition, &q.name, question)).collect::<Vec<_>>();
    questionnaires.iter().flat_map(of).collect()
}

fn draft(edition: &Edition, questionnaire: &str, question: &Question) -> Card {
    let topic = question.topic;
    let shown: Vec<&Shown> = edition.shown.iter().filter(|s| topic.checks().contains(&s.check.as_str())).collect();
    let nothing = question.coverage == Coverage::None;
    let statement = if nothing { String::new() } else { statement(edition, topic, &shown) };
    let statement = if statement.is_empty() {
        "This evidence has nothing to say to this question; the answer is the owner's.".to_owned()
    } else {
        statement
    };
    let mut evidence: Vec<String> = shown
        .iter()
        .filter(|s| !nothing && !s.records.is_empty())
        .map(|s| format!("{}: {}", s.check, s.records))
        .collect();
    if !evidence.is_empty() {
        evidence.push(format!("records of the pack with the root {}", edition.derived_from));
    }
    Card {
        questionnaire: questionnaire.to_owned(),
        question: question.id.clone(),
        topic: topic.word().to_owned(),
        coverage: question.coverage.word().to_owned(),
        statement,
        as_of: edition.as_of.clone(),
        scope: format!(
            "Amazon Data Firehose delivery streams and the KMS keys that they use, in {}",
            edition.regions.join(", ")
        ),
        not_covered: topic.not_covered().to_owned(),
        evidence: evidence.join("; "),
        help: question.help.clone(),
        owner_approval: String::new(),
        expires: edition.expires.clone(),
    }
}

/// What the evidence says of a topic: counts, of how many, as of when.
fn statement(edition: &Edition, topic: Topic, shown: &[&Shown]) -> String {
    let mut sentences: Vec<String> = shown
        .iter()
        .map(|s| format!("\"{}\" was shown for {} of {} {}.", s.title, s.shown, s.of, s.subjects))
        .collect();
    match topic {
        Topic::KeyInventory => {
            sentences
                .insert(0, format!("{} delivery streams use {} KMS keys.", edition.streams_total, edition.keys_total));
        }
        Topic::DataLocation => {
            sentences.push(format!("Delivery streams were read in {}.", edition.regions.join(", ")));
        }
        Topic::Classification => {
            let declared = edition.streams.iter().filter(|s| s.data_classes != "not declared").count();
            if !edition.streams.is_empty() {
                let (declared, _) = crate::model::customer::Band::split(declared, edition.streams.len());
                sentences.push(format!(
                    "A data class is declared for {declared} of {} delivery streams.",
                    edition.streams.len()
                ));
            }
        }
        _ => {}
    }
    if sentences.is_empty() {
        return String::new();
    }
    format!("At {}: {}", edition.as_of, sentences.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_read_and_its_mistakes_are_told_by_line() {
        let read = Questionnaire::parse("SIG 2026", "question_id,our_topic\nX.1,key_rotation\n").unwrap();
        assert_eq!((read.questions[0].topic, read.questions[0].coverage), (Topic::KeyRotation, Coverage::Informs));
        let wrong = |text: &str| Questionnaire::parse("x", text).unwrap_err();
        assert!(wrong("id,topic\n").contains("question_id"));
        assert!(wrong("question_id,our_topic\nX.1,rotation\n").starts_with("line 2: \"rotation\" is no topic"));
        assert!(wrong("question_id,our_topic\nX,log_on\nX,log_on\n").starts_with("line 3"));
        assert!(wrong("question_id,our_topic,coverage\nX,log_on,full\n").contains("partial, informs or none"));
    }
}
