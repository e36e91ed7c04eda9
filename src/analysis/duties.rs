//! The separation-of-duties matrix: who administers a key, who uses it, and by what.

use super::{incomplete, name};
use crate::model::Key;
use crate::model::analysis::{Duty, KeyDuties, Via};
use crate::policy::{Explained, Holder};

pub(super) fn of(key: &Key, explained: &Result<Explained, String>) -> KeyDuties {
    let (unread, delegates_to_iam, holders) = match explained {
        Err(why) => (Some(why.clone()), None, Vec::new()),
        Ok(explained) => {
            let holders = explained.holders.iter().map(duty).collect();
            (incomplete(key, explained), explained.delegates_to_iam.known(), holders)
        }
    };
    KeyDuties { key: name(key), unread, delegates_to_iam, holders }
}

fn duty(holder: &Holder) -> Duty {
    let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    Duty {
        principal: holder.principal.clone(),
        via: if holder.delegated { Via::Account } else { Via::KeyPolicy },
        certain: holder.certain,
        administers: texts(&holder.administers),
        uses: texts(&holder.uses),
        creates_grants: holder.grants,
        // An account is no identity: whether one identity of it has both, its IAM policies decide.
        both: !holder.delegated && !holder.administers.is_empty() && !holder.uses.is_empty(),
    }
}
