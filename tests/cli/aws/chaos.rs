//! Faults at random, all from one seed: which requests, which fault, and whether it passes.
//!
//! A passing fault hits the first attempt of a question and never the next one, so a client that tries twice gets its
//! answer. A final fault stays. Which of them a world has is decided with the seed, so a run that went wrong can be had
//! again, as far as the order in which requests come in allows it.

use super::world::World;
use super::{Reply, Request, operations, surroundings};
use keywitness::model::operation;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::time::Duration;

/// What happens to one request.
#[derive(Debug)]
pub enum Fault {
    Answer(Reply),
    Reset,
    Cut,
    Wait(Duration),
    /// The true answer, dated by a clock that is wrong.
    Dated(String),
}

/// The final faults; each world has some of them, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Final {
    /// From some request on, the credentials have expired.
    Expired,
    /// A stream is listed and gone when it is described.
    Deleted,
    /// A page comes a second time in the place of the next one.
    Twice,
    /// A page comes a second time, and then the list goes on.
    Once,
    /// The token of a page has expired when it is used.
    Token,
    /// AWS says that our clock is wrong, of one operation.
    Skew,
    /// One operation is denied.
    Denied,
    /// One operation always fails.
    Broken,
}

const FINALS: [Final; 8] = [
    Final::Expired,
    Final::Deleted,
    Final::Twice,
    Final::Once,
    Final::Token,
    Final::Skew,
    Final::Denied,
    Final::Broken,
];
/// Stands before the token of a page whose forerunner came a second time.
const REPEATED: &str = "repeated:";

/// An operation of a run, any but the first: without who we are there is nothing to read, and that is another test.
fn action(seed: u64) -> String {
    let all: Vec<_> = operation::all().filter(|o| o.name != "GetCallerIdentity").collect();
    let chosen = all[index(roll(seed, "action"), all.len())];
    format!("{}:{}", chosen.service, chosen.name)
}

/// The faults of one world.
pub struct Chaos {
    seed: u64,
    /// Of a thousand questions, how many meet a passing fault.
    often: u64,
    pub finals: Vec<Final>,
    /// How long an answer takes that comes too late.
    pub late: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    requests: u64,
    asked: HashSet<u64>,
}

impl Chaos {
    /// The faults of a seed. Every third world has passing ones only.
    pub fn of(seed: u64, late: Duration) -> Self {
        let pick = |what: &str| roll(seed, what);
        let count = if seed.is_multiple_of(3) { 0 } else { 1 + pick("count") % 2 };
        let finals = (0..count).map(|n| FINALS[index(roll(seed, &format!("final {n}")), FINALS.len())]).collect();
        Self { seed, often: 10 + pick("often") % 140, finals, late, state: Mutex::default() }
    }

    /// What happens to this request.
    pub fn fault(&self, world: &World, request: &Request) -> Option<Fault> {
        let mut hasher = DefaultHasher::new();
        (self.seed, &request.region, request.action(), request.body.to_string()).hash(&mut hasher);
        let question = hasher.finish();
        let (number, first) = {
            let mut state = self.state.lock().expect("the state");
            state.requests += 1;
            (state.requests, state.asked.insert(question))
        };
        if let Some(reply) = after_repeated(world, request) {
            return Some(Fault::Answer(reply));
        }
        let last = self.finals.iter().find_map(|f| self.last(*f, (number, first), world, request));
        last.or_else(|| (first && question % 1000 < self.often).then(|| self.passing(question / 1000, request)))
    }

    fn passing(&self, dice: u64, request: &Request) -> Fault {
        match dice % 6 {
            0 => Fault::Reset,
            1 => Fault::Cut,
            2 => Fault::Answer(refused(request, 500, "InternalFailure", "sorry")),
            3 => Fault::Answer(refused(request, 400, "ThrottlingException", "Rate exceeded")),
            4 => Fault::Wait(self.late),
            _ => Fault::Dated("Thu, 01 Jan 2026 00:00:00 GMT".to_owned()),
        }
    }

    fn last(&self, kind: Final, (number, first): (u64, bool), world: &World, request: &Request) -> Option<Fault> {
        let error = |code: &str, message: &str| Some(Fault::Answer(refused(request, 400, code, message)));
        let chosen = request.action() == action(self.seed);
        match kind {
            // Not the first request: without who we are there is nothing to read, and that is another test.
            Final::Expired if number > 2 + roll(self.seed, "expires") % 150 => {
                error("ExpiredTokenException", "The security token included in the request is expired")
            }
            Final::Deleted if request.action() == "firehose:DescribeDeliveryStream" => {
                let name = request.text("DeliveryStreamName").unwrap_or("");
                let gone = roll(self.seed, name).is_multiple_of(5);
                gone.then(|| Fault::Answer(Reply::error(400, "ResourceNotFoundException", "it was here a moment ago")))
            }
            Final::Twice => again(world, request, "").map(Fault::Answer),
            Final::Once if first => again(world, request, REPEATED).map(Fault::Answer),
            Final::Token if token(request).is_some() => error("ExpiredNextTokenException", "the token has expired"),
            Final::Skew if chosen => error("InvalidSignatureException", "Signature expired: now is much later"),
            Final::Denied if chosen => error("AccessDeniedException", "not authorized"),
            Final::Broken if chosen => Some(Fault::Answer(Reply::error(500, "InternalFailure", "sorry"))),
            _ => None,
        }
    }
}

/// The member that turns a page, where one is asked for.
/// An error in the form that the service speaks.
fn refused(request: &Request, status: u16, code: &str, message: &str) -> Reply {
    match request.action().split_once(':') {
        Some(("s3", _)) => surroundings::s3_refusal(status, code),
        Some(("iam" | "redshift" | "sns" | "sts", _)) => surroundings::refusal(status, code),
        _ => Reply::error(status, code, message),
    }
}

fn token(request: &Request) -> Option<&'static str> {
    let names = ["NextToken", "Marker", "ExclusiveStartDeliveryStreamName", "ExclusiveStartTagKey"];
    names.into_iter().find(|name| request.body.get(*name).is_some())
}

/// The page that a repeated one leads to.
fn after_repeated(world: &World, request: &Request) -> Option<Reply> {
    let name = token(request)?;
    let asked = request.text(name)?.strip_prefix(REPEATED)?.to_owned();
    let mut true_one = request.clone();
    true_one.body[name] = json!(asked);
    Some(operations::answer(world, &true_one))
}

/// The first page once more, with the token that led here, behind a word that makes it another one.
fn again(world: &World, request: &Request, before: &str) -> Option<Reply> {
    let name = token(request)?;
    let asked = match request.text(name) {
        Some(text) => json!(format!("{before}{text}")),
        None => request.body[name].clone(),
    };
    let mut first = request.clone();
    first.body.as_object_mut()?.remove(name);
    let reply = operations::answer(world, &first);
    let mut body: Value = serde_json::from_slice(&reply.body).ok()?;
    match name {
        "NextToken" => body["NextToken"] = asked,
        "Marker" => (body["NextMarker"], body["Truncated"]) = (asked, json!(true)),
        "ExclusiveStartTagKey" => body["HasMoreTags"] = json!(true),
        _ => body["HasMoreDeliveryStreams"] = json!(true),
    }
    Some(Reply::json(&body))
}

fn roll(seed: u64, what: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, what).hash(&mut hasher);
    hasher.finish()
}

fn index(dice: u64, of: usize) -> usize {
    usize::try_from(dice % of as u64).unwrap_or(0)
}
