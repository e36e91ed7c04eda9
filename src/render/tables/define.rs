//! Which tables there are, and what each column means: the dictionary, and `docs/tables.md`, are made from this.

#[cfg(test)]
use super::neutralised;
use super::{Column, Kind, Table};
use std::borrow::Cow;

use Kind::{Day, Number, Text, Time, Word};

/// What a table is, whatever a report holds.
pub struct Definition {
    /// The file's name, and the sheet's.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// The columns that every pack has.
    pub fixed: &'static [(&'static str, Kind, &'static str)],
    /// Which further columns follow: one for each check of these subjects.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the published page, which a test makes"))]
    pub checks: Option<&'static str>,
}

macro_rules! tables {
    ($($konst:ident $name:literal, $row:literal, $checks:expr, { $($column:literal $kind:ident $what:literal,)+ })+) => {
        $(pub(super) const $konst: Definition =
            Definition { name: $name, row: $row, fixed: &[$(($column, $kind, $what)),+], checks: $checks };)+
        /// All of them, in the order of the sheets.
        #[cfg(test)]
        pub const ALL: &[Definition] = &[$($konst),+];
    };
}

tables! {
    STREAMS "streams", "A delivery stream that a listing named", Some("streams"), {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "name" Text "The stream's name",
        "arn" Text "Its ARN",
        "status" Word "AWS's status of the stream",
        "source" Word "Where its records come from",
        "destinations" Text "Where they go",
        "sse" Word "The state of server-side encryption; none of its own where another service holds the records",
        "key_class" Word "Whose the key is: customer-managed, AWS-managed, AWS-owned",
        "key" Text "The key: an alias, or its id",
        "created" Day "When the stream was made",
        "data_classes" Text "What it is declared to carry; none: declared to carry none of these",
        "tenant" Text "Whose it is declared to be",
        "environment" Text "Where it is declared to run",
        "tags" Text "Its tags, key=value",
    }
    KEYS "keys", "A KMS key that a stream refers to", Some("keys"), {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "name" Text "An alias, or the key's id",
        "arn" Text "Its ARN",
        "aliases" Text "All its aliases",
        "class" Word "Whose it is",
        "state" Word "KMS's KeyState",
        "spec" Word "KMS's KeySpec",
        "origin" Word "Where its material comes from",
        "created" Day "When it was made",
        "rotation" Text "Automatic rotation: off, or every how many days",
        "last_rotation" Day "The newest rotation that AWS told of",
        "next_rotation" Day "The next one that AWS told of",
        "streams" Number "How many streams of this Region use it",
        "tags" Text "Its tags, key=value",
    }
    FINDINGS "findings", "One check's answer about one subject", None, {
        "id" Text "The finding: the same check of the same subject has the same id in every run",
        "check" Text "The check",
        "title" Text "A sentence that is true where the check passes",
        "severity" Word "How much a failure would matter: low, medium, high, critical",
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "kind" Word "What it is about: stream, key, region",
        "subject" Text "What people call it",
        "subject_id" Text "Its ARN; for a Region account/region; for a listing that failed account/region/*",
        "status" Word "pass, fail, unknown or not_applicable",
        "reason" Text "What was seen",
        "citations" Text "Where it was seen: record number and JSON pointer into its answer",
        "exception" Text "The approved exception under which a failure stands; it stays a failure",
        "first_seen" Time "The beginning of the first run of the series that found this status, with every run since; not known without a pack before this one, or where that one is by another version",
        "last_seen" Time "The beginning of the newest run that found this status: this run; not known without a pack before this one",
    }
    REQUIREMENTS "requirements", "A requirement of a catalog", None, {
        "catalog" Text "The catalog",
        "id" Text "The framework's own id",
        "title" Text "A short heading",
        "obligation" Word "How binding it is",
        "coverage" Word "How much of it the checks can show at best",
        "status" Word "One of the seven statuses",
        "reason_codes" Text "Why, as codes, the deciding ones first",
        "reasons" Text "Why, as sentences",
        "population" Text "The group of streams on which it was judged",
        "checks" Text "The checks that speak to it",
        "manual_outstanding" Text "What a person must still obtain, by its id",
        "reference" Text "Empty: for the assessor",
        "obtained_by" Text "Empty: for the assessor",
        "obtained_on" Day "Empty: for the assessor",
    }
    GAPS "gaps", "Something that is not known", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "call" Text "The API call",
        "subject" Text "Of what; empty for a whole listing",
        "kind" Word "Why there is no value",
        "code" Text "AWS's error code, where AWS gave one",
        "detail" Text "What is missing",
        "remedy" Text "What would close the gap",
        "record" Text "The record of the call, where one was made",
    }
    POPULATIONS "populations", "A Region of an account: what was listed and what was described", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "listing" Text "Whether the listing of streams came to its end",
        "streams_listed" Number "Streams that the listing named",
        "streams_described" Number "Streams that were described",
        "keys" Number "Distinct keys that the described streams name",
        "keys_described" Number "Keys that were described",
        "trails" Number "Trails that the Region sees",
        "gaps" Number "Gaps here",
    }
    POPULATION "population", "A stream or a key of the population, to choose from; all of them are here and were judged", None, {
        "number" Number "The row's number in this pack: by account and Region, first the streams by name, then the keys by ARN; `keywitness sample` prints it",
        "kind" Word "stream or key",
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "name" Text "The stream's name; an alias of the key, or its id",
        "arn" Text "Its ARN",
        "source" Word "Where a stream's records come from; empty for a key",
        "destinations" Text "Where they go; empty for a key",
        "key_class" Word "Whose the stream's key is, or the key",
        "data_classes" Text "What the stream is declared to carry; of a key: the streams that name it, empty where none does",
        "environment" Text "Where the stream is declared to run; of a key: the streams that name it, empty where none does",
        "owner" Text "The first of the tags owner, Owner, team, Team",
        "created" Time "When it was made, as AWS tells",
        "last_changed" Time "When the stream was last changed, as AWS tells; empty where AWS tells of no change. Always empty for a key: no answer of KMS has such a time, and changes of the window are in events",
        "population" Word "complete, or incomplete where streams may be missing: see populations and gaps",
    }
    ACCOUNTS "accounts", "An account that was to be read", None, {
        "account" Text "The account",
        "partition" Word "Its partition; empty when nobody got into it",
        "caller" Text "Who read it; empty when nobody got into it",
        "regions" Text "The Regions that were asked for",
        "streams" Number "Streams that are known",
        "keys" Number "Keys that are known",
        "fail" Number "Findings that fail",
        "unknown" Number "Findings that are not known",
        "pass" Number "Findings that pass",
        "gaps" Number "Gaps here",
        "alias" Text "What it calls itself (iam:ListAccountAliases): its alias, none, or not known and why",
    }
    EVENTS "events", "A management event that CloudTrail returned", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "time" Time "When it happened",
        "name" Text "The event's name",
        "source" Text "The service",
        "who" Text "Who",
        "resources" Text "To what",
        "error" Text "The error code of a call that failed",
        "event_id" Text "CloudTrail's id of the event",
        "citation" Text "Where it stands in the records",
    }
    QUERIES "event-queries", "A query for events of one name", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "event_name" Text "The name that was asked for",
        "returned" Text "How many events came back, and whether that is all",
    }
    EVIDENCE "evidence", "A call to AWS", None, {
        "ev" Text "The record's number, which findings cite",
        "account" Text "The account whose credentials asked",
        "region" Text "The Region that was asked",
        "service" Word "The service",
        "operation" Word "The API operation",
        "parameters" Text "What was asked, as JSON",
        "page" Number "The page of the listing, from 1",
        "sent" Time "When the first attempt was sent",
        "request_id" Text "AWS's id of the request: the requestID of its CloudTrail event",
        "http_status" Number "The HTTP status of the last attempt",
        "error" Text "Why there is no answer",
        "attempts" Number "How often it was tried",
        "withheld" Number "Values of the answer that were withheld",
        "file" Text "The file that holds the record",
    }
    EXCEPTIONS "exceptions", "An exception that the entity has declared", None, {
        "id" Text "Its id in the entity's own register",
        "state" Word "valid, expired, not_yet_approved or incomplete; only a valid one counts",
        "because" Text "Why it does not count",
        "check" Text "The check whose failures it is about",
        "scope" Text "Which streams, keys or Regions",
        "reason" Text "Why the failure is accepted",
        "compensating_measure" Text "What is done instead",
        "owner" Text "Who owns the risk",
        "approver" Text "Who approved it",
        "approved" Day "On which day",
        "expires" Day "Until the end of which day",
        "findings" Text "The failing findings that stand under it",
        "link" Text "Where the entity keeps more of it: an http or https address, which this program never asked",
    }
    ATTACHMENTS "attachments", "A document that the entity put into the pack", None, {
        "path" Text "Its path in the pack",
        "name" Text "The name that it had",
        "bytes" Number "Its length",
        "sha256" Text "Its SHA-256",
        "used_for" Text "What it is attached to",
    }
    MEASURES "measures", "A measure of the period", None, {
        "id" Text "Its id, the same in every pack",
        "name" Text "Its name",
        "value" Text "Its value as printed",
        "number" Text "Its value as a number, for series; empty where it is not known",
        "unit" Word "The unit of the number",
        "formula" Text "How it is computed",
        "population" Text "Over what",
        "unknowns" Text "What could change it and is not known",
    }
    TIMELINE "timeline", "A state of a stream, key or trail, from … to …", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "kind" Word "stream, key or trail",
        "subject" Text "The stream's name, the ARN of the key or trail",
        "topic" Word "What of it: encryption, state, automatic rotation, logging",
        "from" Time "From when on",
        "to" Time "Until when",
        "state" Text "What it was",
        "tone" Word "good, bad, neutral or unknown",
        "basis" Word "By what it is known",
        "citations" Text "The event that began it, or the reading at the end",
    }
    MOMENTS "moments", "An event that changes no state of the timeline: a rotation, a grant, a change of policy", None, {
        "subject" Text "The stream's name, the ARN of the key or trail",
        "time" Time "When it happened",
        "what" Text "The event, and what it said",
        "who" Text "Who",
        "citation" Text "Where it stands in the records",
    }
    EVENT_COVERAGE "event-coverage", "A stretch of time, and by what it is known", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "from" Time "From when on",
        "to" Time "Until when",
        "basis" Word "By what: digests, LookupEvents, log files without proof, or nothing",
    }
    USAGE "usage", "Uses that are alike: one principal, key, operation, service and stream", None, {
        "key" Text "The ARN of the key, or of the alias that was used; empty for an operation on a stream",
        "name" Text "An alias, or the ARN",
        "sign" Word "By which sign the events are about it",
        "principal" Text "The role behind a session, else the caller",
        "operation" Word "The event's name",
        "via" Text "The service that called in somebody's name",
        "stream" Text "For which stream: its ARN, or its name where the event does not tell its account",
        "stream_sign" Text "How that is known: a heuristic, AWS promises no form",
        "events" Number "How many distinct events",
        "first" Text "The first one",
        "last" Text "The last one",
        "errors" Text "Those that failed, by error code",
        "key_policy" Text "What the key policy, as it stands, lets one expect",
        "citations" Text "Where the counts stand in the records",
    }
    LAST_USES "last-uses", "What AWS itself says of the last use of a key, held against the events", None, {
        "key" Text "The key's ARN",
        "get_key_last_usage" Text "What GetKeyLastUsage answered, and where it stands in the records",
        "last_event" Text "The last successful cryptographic use among the events",
        "differs" Word "Whether the two contradict each other",
        "verdict" Text "What they say together",
    }
    ADMINISTRATION "administration", "Administrative calls that are alike", None, {
        "subject" Text "The ARN of the key or stream; a stream that was not read by name, account and Region",
        "name" Text "An alias, or the same",
        "principal" Text "Who",
        "operation" Word "The event's name",
        "events" Number "How many",
        "first" Time "The first one",
        "last" Time "The last one",
        "errors" Text "Those that failed, by error code",
        "citations" Text "The first of them in the records",
    }
    REFUSED "refused", "A call on a key or stream that was refused or failed", None, {
        "time" Time "When it happened",
        "operation" Word "The event's name",
        "principal" Text "Who",
        "subject" Text "On what",
        "error" Text "The error code",
        "source" Text "From where, as CloudTrail wrote it",
        "citation" Text "Where it stands in the records",
    }
    TRAIL_PROOF "trail-proof", "A finding of the proof of a trail's log files", None, {
        "level" Word "wrong, unknown or note",
        "code" Word "The code, as docs/cloudtrail-logs.md lists them",
        "chain" Text "account/Region/trail/home Region",
        "hour" Time "The beginning of the hour",
        "object" Text "The object's key in the bucket",
        "text" Text "What was seen",
    }
    POLICY_CHANGES "policy-changes", "A change of a key policy", None, {
        "key" Text "The ARN of the key",
        "name" Text "An alias, or the same",
        "time" Time "When it was put",
        "who" Text "Who put it",
        "against" Text "To what the difference is",
        "widened" Word "wider, not wider, or not known",
        "gives" Text "What it gives, or why that cannot be told",
        "difference" Text "The lines that differ",
        "citation" Text "Where it stands in the records",
    }
    EVENT_SOURCES "event-sources", "A source of events", None, {
        "source" Word "LookupEvents, log file or export",
        "name" Text "The folder, bucket or file",
        "files" Number "Files or pages that were read",
        "events" Number "Events in them",
        "kept" Number "Events that are kept whole",
        "duplicates" Number "Events that were there already, by their id",
        "unreadable" Number "Files that could not be read",
        "odd" Number "Records that are not as CloudTrail writes them",
    }
    EVENT_ODDITIES "event-oddities", "A file that could not be read, or a record that is odd", None, {
        "file" Text "The file",
        "place" Text "The record's place in it, from 1; empty for a whole file",
        "why" Text "Why",
    }
    DUTIES "duties", "What one principal holds of one key by one source; or a key of which that is not known", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "key" Text "The key: an alias, or its ARN",
        "key_arn" Text "Its ARN",
        "principal" Text "Who; unknown where nothing was read",
        "via" Word "By what: key policy, IAM of the account, IAM policy, grant",
        "certain" Word "yes, or no where the lists say what it may hold",
        "administers" Text "Its critical administrative actions",
        "uses" Text "Its cryptographic actions",
        "creates_grants" Word "Whether it may create grants: yes or no",
        "ends_grants" Word "Whether it may retire or revoke grants: yes or no",
        "both" Word "yes where one identity administers and uses the key, by all its sources together",
        "source" Text "The statements, the policy of IAM or the grant that give it",
        "delegates_to_iam" Word "Whether the key policy leaves the key to the IAM policies of its account",
        "not_known" Text "Why the rows of this key may not be all",
    }
    BLAST_RADIUS "blast-radius", "What hangs on one key", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "key" Text "The key: an alias, or its ARN",
        "key_arn" Text "Its ARN",
        "class" Word "Whose it is",
        "state" Word "KMS's KeyState",
        "streams" Number "How many streams use it",
        "stream_names" Text "Which",
        "others" Text "What else leads to it",
        "tenants" Text "Declared tenants of those streams",
        "environments" Text "Declared environments",
        "data_classes" Text "Declared data classes",
        "undeclared" Number "How many of the streams have no declared data class",
        "not_known" Text "Why there may be more",
    }
    READINESS "readiness", "The producers of one key's streams, and what Firehose asks of them", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "key" Text "The key: an alias, or its ARN",
        "key_arn" Text "Its ARN",
        "asked_already" Text "Streams young enough to ask for both actions already",
        "asked_later" Text "Streams that will ask",
        "asked_from" Day "From when on all of them ask",
        "undated" Number "Streams whose age is not known",
        "able" Text "Who has kms:GenerateDataKey and kms:Decrypt by name",
        "would_break" Text "Who may generate data keys and not decrypt",
        "not_known" Text "What the lists do not know",
        "source" Text "Where this comes from, and how certain it is",
    }
    RECOVERABILITY "recoverability", "Whether what is under one key can be lost, or erased on purpose", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "key" Text "The key: an alias, or its ARN",
        "key_arn" Text "Its ARN",
        "state" Word "KMS's KeyState",
        "deletion" Day "The day of its deletion",
        "days_left" Number "Days from the end of the run until then",
        "scheduled" Text "When the deletion was scheduled, by whom, with how long to wait",
        "material" Text "Where its material comes from, and what would bring it back",
        "may_delete" Text "Who may schedule its deletion",
        "may_disable" Text "Who may disable it",
        "not_known" Text "What the two lists do not know",
        "erasing" Text "Whether destroying it would erase one tenant's data and nobody else's",
    }
    KEY_COSTS "key-costs", "What one key costs a month: an estimate by the price table of that day", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "key" Text "The key: an alias, or its ARN",
        "key_arn" Text "Its ARN",
        "usd_from" Text "US dollars a month, at least",
        "usd_to" Text "US dollars a month, at most",
        "basis" Text "How it comes about",
        "prices_as_of" Day "The day of the price table",
    }
    REMEDY_COSTS "remedy-costs", "What the remedy of one failing check costs a month: an estimate", None, {
        "check" Text "The check",
        "failing" Number "How many findings fail",
        "usd_from_each" Text "US dollars a month for one of them, at least",
        "usd_to_each" Text "US dollars a month for one of them, at most; empty where it depends on use",
        "basis" Text "How it comes about",
        "prices_as_of" Day "The day of the price table",
    }
    LINEAGE "lineage", "A place where a stream's records rest, or a way that they go", None, {
        "account" Text "The account that was read",
        "region" Text "The Region that was read",
        "stream" Text "The stream's name",
        "hop" Number "Its place on the way of a record, from 1",
        "kind" Word "What it is to the stream",
        "destination" Word "The kind of destination that it belongs to; empty for what comes before",
        "subject" Text "Which one: an ARN, a bucket, a log group, an address",
        "key" Text "The key's ARN; as it was given where that is not known",
        "alias" Text "Its alias, where it has one",
        "class" Word "Whose the key is: customer-managed, AWS-managed, AWS-owned",
        "state" Word "KMS's KeyState",
        "status" Word "pass, fail, unknown or not_applicable: of a place, encrypted at rest with an enabled customer-managed key; of a way, TLS",
        "reason" Text "Why, or why it is not known",
        "citations" Text "Where it was seen: record number and JSON pointer into its answer",
    }
    DICTIONARY "dictionary", "A column of a table", None, {
        "table" Text "The table: a file of data/tables, and a sheet of the workbook",
        "row" Text "What one row of the table is",
        "position" Number "The column's place, from 1",
        "column" Text "Its head",
        "type" Word "text; word: one of a fixed list; number; time: UTC; day",
        "meaning" Text "What its cells mean. A cell that says unknown was not read; an empty one has nothing to say",
    }
}

impl Definition {
    fn columns(&self, checks: &[&str]) -> Vec<Column> {
        let fixed = self.fixed.iter().map(|(name, kind, what)| Column {
            name: (*name).to_owned(),
            kind: *kind,
            what: Cow::Borrowed(what),
        });
        let checks = checks.iter().map(|check| Column {
            name: check.replace('-', "_"),
            kind: Word,
            what: Cow::Owned(format!("The answer of the check {check}; empty where it was not asked")),
        });
        fixed.chain(checks).collect()
    }

    pub(super) fn of<'a>(&self, checks: &[&str], rows: impl Iterator<Item = Vec<String>> + 'a) -> Table<'a> {
        Table { name: self.name, row: self.row, columns: self.columns(checks), rows: Box::new(rows) }
    }
}

/// `docs/tables.md`.
#[cfg(test)]
pub fn page() -> String {
    let mut page = "# The tables\n\n\
        `data/tables/*.csv` of a pack, and the same tables as sheets of `data/tables.xlsx`. Made by a test from \
        `src/render/tables/define.rs`; `data/tables/dictionary.csv` has the same for the very pack.\n\n\
        - CSV as RFC 4180 has it: UTF-8, commas, CRLF, a head. Times are UTC (`2026-11-23T09:00:01Z`).\n\
        - Columns keep name, order and meaning. New ones come after those that are listed here, before the columns of\n  checks.\n\
        - `unknown` in a cell was not read. An empty cell has nothing to say.\n\
        - A cell that a spreadsheet would run gets an apostrophe in front, and a character that acts or hides is spelled\n  out (`⟨U+202E⟩`). The last column, `neutralised`, names the columns of the row to which that happened.\n\
        - In the workbook numbers, times and days are such; everything else is text, and nothing is a formula. What does\n  not fit into a cell (32,767 characters) is cut, and says so.\n"
        .to_owned();
    for table in ALL {
        page.push_str(&format!(
            "\n## {}\n\n{}.\n\n| column | type | meaning |\n| --- | --- | --- |\n",
            table.name, table.row
        ));
        for (name, kind, what) in table.fixed {
            page.push_str(&format!("| `{name}` | {} | {what} |\n", kind.word()));
        }
        if let Some(of) = table.checks {
            let form = "the check's id with `_` for `-`";
            page.push_str(&format!(
                "| {form} | word | The answer of each check of {of}; empty where it was not asked |\n"
            ));
        }
        let last = neutralised();
        page.push_str(&format!("| `{}` | {} | {} |\n", last.name, last.kind.word(), last.what));
    }
    page
}
