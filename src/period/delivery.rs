//! Delivery as `CloudWatch` counted it: how often a stream could not use its key, and how well it delivered.
//!
//! No data point is no traffic, or nothing of the kind, and never 0: a stream without points is told of and counts nowhere.

use crate::model::Snapshot;
use crate::model::hops::{KEY_METRICS, Metrics};
use crate::model::period::Kpi;
use std::collections::BTreeSet;

/// The ending of the metrics that tell which share of deliveries succeeded.
const SUCCESS: &str = ".Success";

/// What the streams' metrics say together.
#[derive(Default)]
struct Told {
    /// Streams whose metrics were read.
    read: usize,
    /// Streams whose metrics could not be read.
    unread: usize,
    /// Sum of the metrics on keys, and the streams that have any.
    failures: f64,
    with_failures: BTreeSet<String>,
    /// The daily averages of success.
    days: Vec<f64>,
    /// Streams that have any.
    delivering: usize,
}

impl Told {
    fn add(&mut self, name: &str, metrics: &Metrics) {
        self.read += 1;
        for metric in KEY_METRICS {
            let sum: f64 = metrics.points.get(metric).into_iter().flatten().map(|point| point.value).sum();
            self.failures += sum;
            if sum > 0.0 {
                self.with_failures.insert(name.to_owned());
            }
        }
        let success = metrics.points.iter().filter(|(metric, _)| metric.ends_with(SUCCESS));
        let before = self.days.len();
        self.days.extend(success.flat_map(|(_, points)| points.iter().map(|point| point.value)));
        self.delivering += usize::from(self.days.len() > before);
    }
}

/// The measures of delivery.
pub(super) fn all(snapshot: &Snapshot) -> Vec<Kpi> {
    let mut told = Told::default();
    for place in &snapshot.places {
        for stream in &place.streams {
            match place.hops.metrics.get(&stream.name) {
                Some(Ok(metrics)) => told.add(&stream.name, &metrics.value),
                Some(Err(_)) | None => told.unread += 1,
            }
        }
        told.unread += usize::from(place.listing.is_err());
    }
    let unknowns = match told.unread {
        0 => "none: the metrics of every stream were read".to_owned(),
        n => format!("{n} streams or lists of streams whose metrics could not be read"),
    };
    vec![failures(&told, &unknowns), failed_days(&told, &unknowns), success(&told, &unknowns)]
}

fn failures(told: &Told, unknowns: &str) -> Kpi {
    let number = (told.read > 0).then_some(told.failures);
    Kpi {
        id: "key-failures",
        name: "Times that Firehose could not use a key",
        value: match number {
            None => "not known: no metric was read".to_owned(),
            Some(_) if told.with_failures.is_empty() => "none counted".to_owned(),
            Some(sum) => {
                let names: Vec<&str> = told.with_failures.iter().map(String::as_str).collect();
                format!("{sum:.0}, of {}", names.join(", "))
            }
        },
        number,
        unit: "times",
        formula: "sum of KMSKeyAccessDenied, KMSKeyDisabled, KMSKeyInvalidState and KMSKeyNotFound over the window; a metric without a point counts nothing",
        population: format!("{} streams whose metrics were read", told.read),
        unknowns: unknowns.to_owned(),
    }
}

fn failed_days(told: &Told, unknowns: &str) -> Kpi {
    let failed = told.days.iter().filter(|day| **day < 1.0).count();
    let number = (!told.days.is_empty()).then_some(failed as f64);
    Kpi {
        id: "failed-delivery-days",
        name: "Days on which a delivery failed",
        value: match number {
            None => "not known: no metric has a point".to_owned(),
            Some(_) => format!("{failed} of {}", told.days.len()),
        },
        number,
        unit: "days",
        formula: "days of a stream and destination on which the average of its metric of success (DeliveryToS3.Success and its like) is below 1",
        population: format!(
            "{} days of {} streams that have a point; {} streams have none: no traffic, or no such metric",
            told.days.len(),
            told.delivering,
            told.read - told.delivering
        ),
        unknowns: unknowns.to_owned(),
    }
}

fn success(told: &Told, unknowns: &str) -> Kpi {
    // AWS tells a ratio of each day and no counts, so this is no share of anything and not written as one.
    let number = (!told.days.is_empty()).then(|| told.days.iter().sum::<f64>() / told.days.len() as f64);
    let lowest = told.days.iter().copied().fold(f64::INFINITY, f64::min);
    Kpi {
        id: "delivery-success",
        name: "Delivery success",
        value: number.map_or_else(
            || "not known: no metric has a point".to_owned(),
            |mean| format!("{mean:.4} of 1 on average, {lowest:.4} on the worst day"),
        ),
        number,
        unit: "of 1",
        formula: "arithmetic mean of the daily averages of the metrics of success; a day with few deliveries weighs as much as one with many",
        population: format!("{} days of {} streams that have a point", told.days.len(), told.delivering),
        unknowns: unknowns.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hops::MetricPoint;

    fn metrics(points: &[(&str, &[f64])]) -> Metrics {
        let time = "2026-07-01T00:00:00Z".parse().unwrap();
        let of = |values: &[f64]| values.iter().map(|value| MetricPoint { time, value: *value }).collect();
        Metrics { points: points.iter().map(|(name, values)| ((*name).into(), of(values))).collect() }
    }

    #[test]
    fn a_day_without_a_point_is_no_day_and_no_failure() {
        let mut told = Told::default();
        told.add(
            "orders",
            &metrics(&[("DeliveryToS3.Success", &[1.0, 0.5, 1.0, 0.9]), ("KMSKeyDisabled", &[3.0, 2.0])]),
        );
        told.add("quiet", &metrics(&[("DeliveryToS3.Success", &[]), ("KMSKeyDisabled", &[])]));
        let unknowns = "1 streams";
        let keys = failures(&told, unknowns);
        assert_eq!((keys.number, keys.value.as_str()), (Some(5.0), "5, of orders"));
        let days = failed_days(&told, unknowns);
        assert_eq!((days.number, days.value.as_str()), (Some(2.0), "2 of 4"));
        assert!(days.population.contains("1 streams have none"), "{}", days.population);
        assert_eq!(success(&told, unknowns).value, "0.8500 of 1 on average, 0.5000 on the worst day");
    }

    #[test]
    fn nothing_read_is_not_known_and_not_all_well() {
        let told = Told { unread: 2, ..Told::default() };
        for kpi in [failures(&told, ""), failed_days(&told, ""), success(&told, "")] {
            assert!(kpi.number.is_none() && kpi.value.starts_with("not known"), "{kpi:?}");
        }
        let mut told = Told::default();
        told.add("quiet", &metrics(&[("DeliveryToS3.Success", &[]), ("KMSKeyDisabled", &[])]));
        assert_eq!(failures(&told, "").value, "none counted");
        assert!(success(&told, "").number.is_none());
    }
}
