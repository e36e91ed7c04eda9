//! Remedies that several checks of destinations share.

/// A key of one's own for what is written to S3.
pub(super) const S3_KEY_CLI: &str = r#"aws firehose update-destination --delivery-stream-name "$STREAM" \
  --current-delivery-stream-version-id "$VERSION" --destination-id "$DESTINATION" \
  --extended-s3-destination-update "EncryptionConfiguration={KMSEncryptionConfig={AWSKMSKeyARN=$KEY}}""#;
/// The same as a template.
pub(super) const S3_KEY_CLOUDFORMATION: &str = r#"Resources:
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        BucketARN: {"Fn::GetAtt": [Bucket, Arn]}
        RoleARN: {"Fn::GetAtt": [DeliveryRole, Arn]}
        EncryptionConfiguration:
          KMSEncryptionConfig: {AWSKMSKeyARN: {"Fn::GetAtt": [DataKey, Arn]}}"#;
/// The same for Terraform.
pub(super) const S3_KEY_TERRAFORM: &str = r#"resource "aws_kinesis_firehose_delivery_stream" "stream" {
  extended_s3_configuration {
    bucket_arn  = aws_s3_bucket.landing.arn
    role_arn    = aws_iam_role.delivery.arn
    kms_key_arn = aws_kms_key.data.arn
  }
}"#;

/// A key of one's own as the default of a bucket.
pub(super) const BUCKET_KEY_CLI: &str = r#"aws s3api put-bucket-encryption --bucket "$BUCKET" --server-side-encryption-configuration \
  "{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"$KEY\"},\"BucketKeyEnabled\":true}]}""#;
/// The same as a template.
pub(super) const BUCKET_KEY_CLOUDFORMATION: &str = r#"Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: true
            ServerSideEncryptionByDefault:
              SSEAlgorithm: aws:kms
              KMSMasterKeyID: {"Fn::GetAtt": [DataKey, Arn]}"#;
/// The same for Terraform.
pub(super) const BUCKET_KEY_TERRAFORM: &str = r#"resource "aws_s3_bucket_server_side_encryption_configuration" "bucket" {
  bucket = aws_s3_bucket.landing.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}"#;

/// No bucket policy and no access list can make a bucket public.
pub(super) const BLOCK_CLI: &str = r#"aws s3api put-public-access-block --bucket "$BUCKET" --public-access-block-configuration \
  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"#;
/// The same as a template.
pub(super) const BLOCK_CLOUDFORMATION: &str = r"Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        IgnorePublicAcls: true
        BlockPublicPolicy: true
        RestrictPublicBuckets: true";
/// The same for Terraform.
pub(super) const BLOCK_TERRAFORM: &str = r#"resource "aws_s3_bucket_public_access_block" "bucket" {
  bucket                  = aws_s3_bucket.landing.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}"#;

/// What is overwritten or deleted in a bucket stays.
pub(super) const VERSIONS_CLI: &str =
    r#"aws s3api put-bucket-versioning --bucket "$BUCKET" --versioning-configuration Status=Enabled"#;
/// The same as a template.
pub(super) const VERSIONS_CLOUDFORMATION: &str = r"Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}";
/// The same for Terraform.
pub(super) const VERSIONS_TERRAFORM: &str = r#"resource "aws_s3_bucket_versioning" "bucket" {
  bucket = aws_s3_bucket.landing.id
  versioning_configuration {
    status = "Enabled"
  }
}"#;
