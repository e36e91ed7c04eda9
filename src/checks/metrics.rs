//! What the checks of metrics share. No data point is no traffic, or nothing of the kind; it is never 0.

use super::{Context, Unknown, resting};
use crate::model::destination::DestinationKind;
use crate::model::hops::{MetricPoint, Metrics};
use crate::model::reading::Read;
use crate::model::stream::Stream;

/// What `CloudWatch` counted for the stream.
pub(super) fn of<'a>(context: &'a Context<'_>, stream: &Stream) -> Result<&'a Read<Metrics>, Unknown> {
    stream.deliveries.as_ref()?;
    let metrics = resting::here(context, stream)?.hops.metrics.get(&stream.name);
    let untold = || super::unknown("no record tells of the metrics of the stream");
    Ok(metrics.ok_or_else(untold)?.as_ref()?)
}

/// The points of one metric.
pub(super) fn points<'a>(metrics: &'a Metrics, name: &str) -> &'a [MetricPoint] {
    metrics.points.get(name).map_or(&[], Vec::as_slice)
}

/// The metrics of successful deliveries of a stream's destinations, each once.
pub(super) fn success(stream: &Stream) -> Result<Vec<&'static str>, Unknown> {
    let deliveries = stream.deliveries.as_ref()?;
    let mut names: Vec<_> = deliveries.value.iter().filter_map(|d| DestinationKind::success_metric(d.kind)).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
