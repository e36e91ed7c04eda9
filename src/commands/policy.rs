//! `keywitness policy explain`: what a key policy really gives, before it is put into force.

use super::{out, out_json};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::model::visible::visible;
use crate::policy::{self, About, Answer, Context, Explained, Reason, Verdict};
use std::path::Path;

pub(super) fn run(typed: &cli::Policy) -> Result<ExitCode, Error> {
    match typed {
        cli::Policy::Explain(typed) => explain(typed),
    }
}

fn explain(typed: &cli::Explain) -> Result<ExitCode, Error> {
    let wrong = |e: policy::ContextError| Error::new(format!("cannot explain the policy: {e}"));
    let mut context = Context::new(&typed.key_arn).map_err(wrong)?;
    if let Some(role) = &typed.role {
        context = context.with_role(role).map_err(wrong)?;
    }
    if let Some(bucket) = &typed.bucket {
        context = context.with_bucket(bucket).map_err(wrong)?;
    }
    if let Some(file) = &typed.ram_policy {
        context = context.with_shared(bytes(file)?);
    }
    let explained = policy::evaluate(bytes(&typed.file)?, &context);
    if typed.json {
        let json = serde_json::to_value(&explained)
            .map_err(|e| Error::new(format!("cannot write the answers as JSON: {e}")))?;
        out_json(&json)?;
    } else {
        out(&page(&explained, typed))?;
    }
    // Unread is unread, however clear the rest is. What one request or another decides is an answer, not a gap.
    Ok(if explained.readable && explained.whole { ExitCode::Done } else { ExitCode::Incomplete })
}

fn bytes(file: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(file).map_err(|e| Error::new(format!("cannot read {}: {e}", file.display())))
}

/// The questions in words, in the order of the JSON output.
const QUESTIONS: [(About, &str); 6] = [
    (About::Public, "Can anyone, in any AWS account, use the key?"),
    (About::CrossAccount, "Which other accounts or organizations can?"),
    (About::Broad, "Does anyone have too much at once?"),
    (About::GrantsFirehoseRole, "Does the policy itself let the role deliver?"),
    (About::DelegatesToIam, "Do the IAM policies of the owner's account count?"),
    (About::AdminAndUserOverlap, "Can one identity both administer and use it?"),
];

/// Reasons that one question shows; the rest are in the JSON output.
const SHOWN: usize = 12;

fn page(explained: &Explained, typed: &cli::Explain) -> String {
    let mut text = format!("Key policy of {}\n", visible(&typed.key_arn));
    let whole: Vec<&Reason> = explained.reasons.iter().filter(|r| r.about == About::Policy).collect();
    reasons(&mut text, &whole);
    for (about, question) in QUESTIONS {
        text.push_str(&format!("\n{question:50}  {}\n", answer(explained, about)));
        let why: Vec<&Reason> = explained.reasons.iter().filter(|r| r.about == about).collect();
        reasons(&mut text, &why);
    }
    let besides: Vec<&Reason> =
        explained.reasons.iter().filter(|r| !r.about.is_question() && r.about != About::Policy).collect();
    if !besides.is_empty() {
        text.push_str("\nBesides\n");
        reasons(&mut text, &besides);
    }
    text
}

fn answer(explained: &Explained, about: About) -> String {
    let of = |answer: Answer| answer.word().to_owned();
    match about {
        About::Public => of(explained.public),
        About::Broad => of(explained.broad),
        About::GrantsFirehoseRole => of(explained.grants_firehose_role),
        About::DelegatesToIam => of(explained.delegates_to_iam),
        About::AdminAndUserOverlap => of(explained.admin_and_user_overlap),
        _ => {
            let ids: Vec<String> = explained.cross_account.iter().map(|id| visible(id).into_owned()).collect();
            match (ids.is_empty(), explained.cross_account_incomplete) {
                (true, true) => "unknown".to_owned(),
                (true, false) => "none".to_owned(),
                (false, true) => format!("{}, perhaps more", ids.join(", ")),
                (false, false) => ids.join(", "),
            }
        }
    }
}

fn reasons(text: &mut String, reasons: &[&Reason]) {
    for reason in reasons.iter().take(SHOWN) {
        let place = reason.statement.as_ref().map(|s| format!("{}: ", visible(s))).unwrap_or_default();
        let about = match &reason.verdict {
            Verdict::Account(id) => format!("{}: ", visible(id)),
            Verdict::Is(_) | Verdict::Nobody => String::new(),
        };
        text.push_str(&format!("  {about}{place}{}\n", visible(&reason.text)));
    }
    if reasons.len() > SHOWN {
        text.push_str(&format!("  and {} more reasons (--json has all)\n", reasons.len() - SHOWN));
    }
}
