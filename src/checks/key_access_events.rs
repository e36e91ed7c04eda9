//! Who changed access to keys in the window?

use super::{Check, Context, Judge, Verdict, events};
use crate::model::event::EventGroup;
use crate::model::finding::Severity;
use crate::model::snapshot::Place;

pub(super) const CHECK: Check = Check {
    id: "key-access-events",
    title: "Every change of key policies and grants in the window was read to the last page",
    severity: Severity::Medium,
    why: "A change of a key policy or a grant changes who can read the data.",
    decided: "LookupEvents by event name, each query to its last page, for the window of the run.",
    unseen: "Events older than 90 days, events that CloudTrail has not delivered yet (minutes), calls from other \
             accounts that were refused there, and whatever is no management event.",
    fix: "Allow cloudtrail:LookupEvents to the reading role, and choose a window within the last 90 days.",
    reads: &["cloudtrail:LookupEvents"],
    judge: Judge::EachRegion(judge),
};

fn judge(context: &Context<'_>, place: &Place) -> Verdict {
    events::judge(&context.snapshot.run, place, EventGroup::KeyAccess)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::World;
    use crate::model::Status;

    #[test]
    fn no_events_is_an_answer_and_a_denied_query_is_not() {
        assert_eq!(World::new().region(CHECK_ID).status, Status::Pass);
        assert_eq!(World::new().events_denied().region(CHECK_ID).status, Status::Unknown);
    }

    const CHECK_ID: &str = super::CHECK.id;
}
