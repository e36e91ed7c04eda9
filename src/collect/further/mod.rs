mod ask;
mod buckets;
mod identities;
mod metrics;
mod notice;
mod refer;
mod stores;

use crate::model::run::Window;
pub(super) use ask::Asker;
pub(super) use buckets::read as buckets;
pub(super) use identities::read as identities;
pub(super) use refer::Referred;
use std::collections::BTreeSet;

/// The further reads of one Region. Gives the references to keys that its answers hold, and buckets that only they name.
pub(super) async fn place(
    ask: &Asker<'_, '_>,
    named: &Referred,
    window: Window,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let ((stores, buckets), noticed, ()) =
        tokio::join!(stores::read(ask, named), notice::read(ask, named), metrics::read(ask, &named.metrics, window));
    (stores.into_iter().chain(noticed).chain(named.keys.iter().cloned()).collect(), buckets)
}
