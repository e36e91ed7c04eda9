//! The sample account that `keywitness demo` shows; it is part of the program, so the demo needs nothing else.
//!
//! `samples/make.py` makes the folder. A test compares the list below with what is in it.

use std::collections::BTreeMap;

macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../samples/halcyon-parcels/", $path)))
    };
}

const FILES: &[(&str, &str)] = &[
    file!("111122223333/eu-central-1/cloudtrail.DescribeTrails.jsonl"),
    file!("111122223333/eu-central-1/cloudtrail.GetEventSelectors.jsonl"),
    file!("111122223333/eu-central-1/cloudtrail.GetTrailStatus.jsonl"),
    file!("111122223333/eu-central-1/cloudtrail.ListEventDataStores.jsonl"),
    file!("111122223333/eu-central-1/cloudtrail.LookupEvents.jsonl"),
    file!("111122223333/eu-central-1/cloudwatch.DescribeAlarms.jsonl"),
    file!("111122223333/eu-central-1/cloudwatch.GetMetricData.jsonl"),
    file!("111122223333/eu-central-1/events.ListRules.jsonl"),
    file!("111122223333/eu-central-1/events.ListTargetsByRule.jsonl"),
    file!("111122223333/eu-central-1/firehose.DescribeDeliveryStream.jsonl"),
    file!("111122223333/eu-central-1/firehose.ListDeliveryStreams.jsonl"),
    file!("111122223333/eu-central-1/firehose.ListTagsForDeliveryStream.jsonl"),
    file!("111122223333/eu-central-1/iam.GetAccountAuthorizationDetails.jsonl"),
    file!("111122223333/eu-central-1/iam.ListAccountAliases.jsonl"),
    file!("111122223333/eu-central-1/kafka.DescribeClusterV2.jsonl"),
    file!("111122223333/eu-central-1/kinesis.DescribeStreamSummary.jsonl"),
    file!("111122223333/eu-central-1/kms.DescribeKey.jsonl"),
    file!("111122223333/eu-central-1/kms.GetKeyPolicy.jsonl"),
    file!("111122223333/eu-central-1/kms.GetKeyRotationStatus.jsonl"),
    file!("111122223333/eu-central-1/kms.ListAliases.jsonl"),
    file!("111122223333/eu-central-1/kms.ListGrants.jsonl"),
    file!("111122223333/eu-central-1/kms.ListKeyRotations.jsonl"),
    file!("111122223333/eu-central-1/kms.ListResourceTags.jsonl"),
    file!("111122223333/eu-central-1/logs.DescribeLogGroups.jsonl"),
    file!("111122223333/eu-central-1/logs.DescribeMetricFilters.jsonl"),
    file!("111122223333/eu-central-1/organizations.DescribePolicy.jsonl"),
    file!("111122223333/eu-central-1/organizations.ListPolicies.jsonl"),
    file!("111122223333/eu-central-1/organizations.ListTargetsForPolicy.jsonl"),
    file!("111122223333/eu-central-1/redshift.DescribeClusters.jsonl"),
    file!("111122223333/eu-central-1/s3.GetBucketEncryption.jsonl"),
    file!("111122223333/eu-central-1/s3.GetBucketLifecycleConfiguration.jsonl"),
    file!("111122223333/eu-central-1/s3.GetBucketLocation.jsonl"),
    file!("111122223333/eu-central-1/s3.GetBucketPolicyStatus.jsonl"),
    file!("111122223333/eu-central-1/s3.GetBucketVersioning.jsonl"),
    file!("111122223333/eu-central-1/s3.GetObjectLockConfiguration.jsonl"),
    file!("111122223333/eu-central-1/s3.GetPublicAccessBlock.jsonl"),
    file!("111122223333/eu-central-1/secretsmanager.DescribeSecret.jsonl"),
    file!("111122223333/eu-central-1/sns.ListSubscriptionsByTopic.jsonl"),
    file!("111122223333/eu-central-1/sts.GetCallerIdentity.jsonl"),
    file!("111122223333/eu-west-1/cloudtrail.DescribeTrails.jsonl"),
    file!("111122223333/eu-west-1/cloudtrail.GetEventSelectors.jsonl"),
    file!("111122223333/eu-west-1/cloudtrail.GetTrailStatus.jsonl"),
    file!("111122223333/eu-west-1/cloudtrail.ListEventDataStores.jsonl"),
    file!("111122223333/eu-west-1/cloudtrail.LookupEvents.jsonl"),
    file!("111122223333/eu-west-1/cloudwatch.DescribeAlarms.jsonl"),
    file!("111122223333/eu-west-1/cloudwatch.GetMetricData.jsonl"),
    file!("111122223333/eu-west-1/es.DescribeDomain.jsonl"),
    file!("111122223333/eu-west-1/events.ListRules.jsonl"),
    file!("111122223333/eu-west-1/firehose.DescribeDeliveryStream.jsonl"),
    file!("111122223333/eu-west-1/firehose.ListDeliveryStreams.jsonl"),
    file!("111122223333/eu-west-1/firehose.ListTagsForDeliveryStream.jsonl"),
    file!("111122223333/eu-west-1/kinesis.DescribeStreamSummary.jsonl"),
    file!("111122223333/eu-west-1/kms.DescribeKey.jsonl"),
    file!("111122223333/eu-west-1/kms.GetKeyPolicy.jsonl"),
    file!("111122223333/eu-west-1/kms.GetKeyRotationStatus.jsonl"),
    file!("111122223333/eu-west-1/kms.ListAliases.jsonl"),
    file!("111122223333/eu-west-1/kms.ListGrants.jsonl"),
    file!("111122223333/eu-west-1/kms.ListKeyRotations.jsonl"),
    file!("111122223333/eu-west-1/kms.ListResourceTags.jsonl"),
    file!("111122223333/eu-west-1/logs.DescribeLogGroups.jsonl"),
    file!("run.json"),
];

/// What the invented company declares.
pub const HALCYON_PARCELS_SETTINGS: &str = include_str!("../samples/halcyon-parcels/keywitness.toml");

/// The files of its snapshot, by path.
#[must_use]
pub fn halcyon_parcels() -> BTreeMap<String, Vec<u8>> {
    FILES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_files_are_those_of_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/halcyon-parcels");
        assert_eq!(crate::store::load(&folder).unwrap(), super::halcyon_parcels());
    }
}
