//! What one account is asked: its Regions side by side, then, once each, what their answers refer to.

use super::clients::Clients;
use super::further::{self, Asker, Referred};
use super::session::{self, Session};
use super::{Plan, cloudtrail, firehose, kms};
use crate::model::Region;
use crate::model::names::Arn;
use crate::model::refer::{KeyMeant, Site};
use crate::model::run::Window;
use aws_config::SdkConfig;
use futures_util::StreamExt as _;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Everything that an account is asked: its Regions side by side, then what they refer to.
pub(super) async fn account(session: &Session<'_>, base: &SdkConfig, regions: &[Region], window: Window, plan: &Plan) {
    let Some(home) = regions.first() else { return };
    let clients: Vec<Clients> = regions.iter().map(|region| Clients::new(base, region)).collect();
    let whole = Asker { session, region: home.clone(), wire: clients[0].wire.clone() };
    let places = regions.iter().zip(&clients).map(|(region, clients)| place(session, region, clients, window, plan));
    let identities = async {
        if plan.further {
            Box::pin(further::identities(&whole)).await;
        }
    };
    let (places, ()) = tokio::join!(futures_util::future::join_all(places), identities);
    if plan.further {
        let buckets = places.iter().flat_map(|p| p.buckets.iter().cloned()).collect();
        let is_key =
            |arn: &String| Arn::parse(arn).is_some_and(|a| a.service == "kms" && a.resource.starts_with("key/"));
        let of_buckets = further::buckets(&whole, &buckets).await;
        let mut keys: BTreeSet<String> = of_buckets.into_iter().filter(is_key).collect();
        keys.extend(places.iter().flat_map(|p| p.referred.iter().cloned()));
        for read in places.iter().flat_map(|p| &p.keys) {
            keys.remove(&read.arn);
        }
        let read = keys.into_iter().map(|arn| async move {
            let (filed, own) = filed(&arn, regions);
            let kms = Clients::new(base, &own.unwrap_or_else(|| filed.clone())).kms;
            kms::key(session, filed, &kms, arn, kms::Use::Surroundings).await.map(|key| (filed, kms, key))
        });
        let flights = futures_util::stream::iter(read).buffer_unordered(session::FLIGHTS);
        let read: Vec<_> = flights.filter_map(async |key| key).collect().await;
        for (region, clients) in regions.iter().zip(&clients) {
            let here = read.iter().filter(|(filed, ..)| *filed == region).map(|(_, kms, key)| (kms, key));
            kms::tags(&asker(session, region, clients), here.collect()).await;
        }
    }
}

fn asker<'s, 'a>(session: &'s Session<'a>, region: &Region, clients: &Clients) -> Asker<'s, 'a> {
    Asker { session, region: region.clone(), wire: clients.wire.clone() }
}

/// Under which Region of the run a key's records are filed, and the key's own Region: its own if the run reads it, else
/// the first.
fn filed<'r>(arn: &str, regions: &'r [Region]) -> (&'r Region, Option<Region>) {
    let own: Option<Region> = Arn::parse(arn).and_then(|a| a.place()).map(|(_, region)| region);
    let filed = own.as_ref().and_then(|own| regions.iter().find(|r| *r == own)).unwrap_or(&regions[0]);
    (filed, own)
}

/// What one Region's answers led to.
struct Seen {
    /// The keys that were read.
    keys: Vec<kms::Asked>,
    /// The keys that something refers to, by ARN.
    referred: BTreeSet<String>,
    buckets: BTreeSet<String>,
}

/// Everything that one Region is asked; the rate limits keep the order of things sane.
async fn place(session: &Session<'_>, region: &Region, clients: &Clients, window: Window, plan: &Plan) -> Seen {
    let ask = asker(session, region, clients);
    let site = Site { partition: &session.partition, account: &session.account, region };
    let named = RefCell::new(Referred::default());
    let by = kms::Use::Sse { grants: plan.further, last_usage: plan.key_last_usage };
    let main = async {
        let (keys, aliases, trails) = tokio::join!(
            firehose::streams_and_keys(&ask, clients, &named, by),
            kms::aliases(session, region, &clients.kms),
            cloudtrail::trails(session, region, &clients.cloudtrail),
        );
        let mut named = named.take();
        named.trails(trails.as_ref(), site);
        let mut referred = BTreeSet::new();
        if plan.further {
            let (given, buckets) = Box::pin(further::place(&ask, &named, window)).await;
            named.buckets.extend(buckets);
            referred.extend(given.iter().filter_map(|given| match site.key(given) {
                KeyMeant::Arn(arn) => Some(arn),
                KeyMeant::Alias(name) => aliases.get(&name).map(|id| site.key_arn(id)),
                KeyMeant::Elsewhere | KeyMeant::Nothing => None,
            }));
        }
        let tagged = keys.iter().map(|key| (&clients.kms, key)).collect();
        kms::tags(&ask, tagged).await;
        Seen { keys, referred, buckets: named.buckets }
    };
    let public_keys = async {
        if plan.public_keys {
            cloudtrail::public_keys(session, region, &clients.cloudtrail, window).await;
        }
    };
    tokio::join!(main, public_keys, cloudtrail::events(session, region, &clients.cloudtrail, window)).0
}
