//! Rules that spoil answers: which requests, which time, how.
//!
//! `on("kms:DescribeKey").about("1234abcd").denied()` reads as what it does. A rule without `about` fits every
//! request of its operation; `first(n)` and `after(n)` count the requests that fit it.

use super::{Reply, Request};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Which requests a rule is for; the last call says what happens to them.
#[derive(Clone, Debug, Default)]
pub struct On {
    action: String,
    region: Option<String>,
    about: Option<String>,
    skip: usize,
    times: Option<usize>,
}

/// One rule.
pub struct Rule {
    on: On,
    effect: Effect,
    seen: AtomicUsize,
}

type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;
type TextEdit = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What happens to a request. Waits, dates and edits add up; of the answers the first one wins.
pub enum Effect {
    Answer(Reply),
    /// The true answer's text, rewritten: for what no JSON writer would write.
    Text(TextEdit),
    /// The true answer, changed; an error stays as it is.
    Edit(Edit),
    Wait(Duration),
    Date(String),
    Cut,
    Reset,
}

/// Starts a rule for an operation, such as `firehose:DescribeDeliveryStream`; `s3:*` is every one of S3, `*` of all.
pub fn on(action: &str) -> On {
    On { action: action.to_owned(), ..On::default() }
}

impl On {
    /// Only in this Region.
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Only requests that have a parameter of exactly this text, at any depth.
    pub fn about(mut self, text: &str) -> Self {
        self.about = Some(text.to_owned());
        self
    }

    /// Leaves the first n requests that fit alone: `after(1)` is the second page of a listing.
    pub fn after(mut self, n: usize) -> Self {
        self.skip = n;
        self
    }

    /// Only for n requests; the next ones are answered again.
    pub fn first(mut self, n: usize) -> Self {
        self.times = Some(n);
        self
    }

    fn does(self, effect: Effect) -> Rule {
        Rule { on: self, effect, seen: AtomicUsize::new(0) }
    }

    pub fn answers(self, status: u16, body: &str) -> Rule {
        let content_type = "application/x-amz-json-1.1";
        self.does(Effect::Answer(Reply { status, content_type, headers: Vec::new(), body: body.as_bytes().to_vec() }))
    }

    /// The same with headers, or with bytes that are no text.
    pub fn answers_with(self, reply: Reply) -> Rule {
        self.does(Effect::Answer(reply))
    }

    pub fn fails(self, status: u16, code: &str, message: &str) -> Rule {
        let reply = Reply::error(status, code, message);
        self.does(Effect::Answer(reply))
    }

    pub fn denied(self) -> Rule {
        if self.action.starts_with("sts:") {
            let text = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                <Code>AccessDenied</Code><Message>explicit deny</Message></Error>\
                <RequestId>6f1d0b7e-0000-4000-8000-00000000dead</RequestId></ErrorResponse>";
            let reply = Reply { status: 403, ..Reply::xml(text) };
            return self.does(Effect::Answer(reply));
        }
        if self.action.starts_with("s3:") {
            return self.does(Effect::Answer(super::surroundings::s3_refusal(403, "AccessDenied")));
        }
        if ["iam:", "redshift:"].iter().any(|service| self.action.starts_with(service)) {
            return self.does(Effect::Answer(super::surroundings::refusal(403, "AccessDenied")));
        }
        let message = format!("User: {} is not authorized to perform: {}", super::world::CALLER, self.action);
        let body = serde_json::json!({ "__type": "AccessDeniedException", "Message": message });
        self.does(Effect::Answer(Reply { status: 400, ..Reply::json(&body) }))
    }

    pub fn throttled(self) -> Rule {
        let code = if self.action.starts_with("firehose:") { "LimitExceededException" } else { "ThrottlingException" };
        self.fails(400, code, "Rate exceeded")
    }

    pub fn vanished(self) -> Rule {
        let code = if self.action.starts_with("kms:") { "NotFoundException" } else { "ResourceNotFoundException" };
        self.fails(400, code, "it was here a moment ago")
    }

    pub fn edited(self, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Rule {
        self.does(Effect::Edit(Arc::new(edit)))
    }

    pub fn rewritten(self, edit: impl Fn(&str) -> String + Send + Sync + 'static) -> Rule {
        self.does(Effect::Text(Arc::new(edit)))
    }

    pub fn waits(self, time: Duration) -> Rule {
        self.does(Effect::Wait(time))
    }

    pub fn dated(self, header: &str) -> Rule {
        self.does(Effect::Date(header.to_owned()))
    }

    pub fn cut_off(self) -> Rule {
        self.does(Effect::Cut)
    }

    pub fn reset(self) -> Rule {
        self.does(Effect::Reset)
    }
}

impl Rule {
    /// Whether this request is the rule's business now; counts the requests that fit it.
    pub fn fits(&self, request: &Request) -> bool {
        let on = &self.on;
        let service = on.action.strip_suffix(":*").is_some_and(|s| s == request.service);
        let named = service || on.action == "*" || on.action == request.action();
        let here = on.region.as_ref().is_none_or(|r| *r == request.region);
        if !named || !here || !on.about.as_ref().is_none_or(|t| mentions(&request.body, t)) {
            return false;
        }
        let nth = self.seen.fetch_add(1, Ordering::Relaxed);
        nth >= on.skip && on.times.is_none_or(|n| nth < on.skip + n)
    }

    pub fn effect(&self) -> &Effect {
        &self.effect
    }
}

fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(s) => s == text,
        Value::Array(items) => items.iter().any(|v| mentions(v, text)),
        Value::Object(fields) => fields.values().any(|v| mentions(v, text)),
        _ => false,
    }
}
