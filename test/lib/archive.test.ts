import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { AwsSolutionsChecks } from 'cdk-nag';
import { validateCityConfig } from '../../core/schema/validate-config.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { cityApp } from './city-app.ts';
import { testConfig } from './test-config.ts';

function withArchive(archiveDays: number): CityConfig {
  return { ...testConfig, stages: { ...testConfig.stages, dev: { ...testConfig.stages.dev, archiveDays } } };
}

const archived = cityApp('dev', withArchive(1234));

it('a stage without archiveDays has no archive', () => {
  expect(cityApp('dev').resourceTypes()).not.toContain('AWS::KinesisFirehose::DeliveryStream');
});

it('Firehose writes the event log into the archive, by the hour and gzipped', () => {
  archived.templates.twin.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
    DeliveryStreamType: 'KinesisStreamAsSource',
    KinesisStreamSourceConfiguration: {
      KinesisStreamARN: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Observations'), 'Arn'] },
    },
    ExtendedS3DestinationConfiguration: Match.objectLike({
      BucketARN: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ArchiveBucket'), 'Arn'] },
      CompressionFormat: 'GZIP',
      Prefix: 'observations/!{timestamp:yyyy/MM/dd/HH}/',
      ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/',
      FileExtension: '.pb.gz',
    }),
  });
});

it('the bucket is private, encrypted, takes TLS only and gives its objects up in time, checkpoints after the log', () => {
  const { twin } = archived.templates;
  twin.hasResourceProperties('AWS::S3::Bucket', {
    BucketName: { 'Fn::Sub': 'cityweave-archive-${AWS::AccountId}-${AWS::Region}' },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    LifecycleConfiguration: {
      Rules: [
        { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' },
        { Prefix: 'observations/', ExpirationInDays: 1234, Status: 'Enabled' },
        { Prefix: 'errors/', ExpirationInDays: 1234, Status: 'Enabled' },
        { Prefix: 'checkpoints/', ExpirationInDays: 1236, Status: 'Enabled' },
        { Prefix: 'calibrations/', ExpirationInDays: 1236, Status: 'Enabled' },
      ],
    },
  });
  twin.hasResourceProperties('AWS::S3::BucketPolicy', {
    Bucket: { Ref: Match.stringLikeRegexp('^ArchiveBucket') },
    PolicyDocument: Match.objectLike({
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    }),
  });
});

it('only Firehose of this account has the role, which may read one stream and write two prefixes', () => {
  archived.templates.twin.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: Match.objectLike({
      Statement: [
        Match.objectLike({
          Principal: { Service: 'firehose.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      ],
    }),
  });
  const [policies = []] = Object.values(archived.resources('AWS::IAM::Role'))
    .filter(({ Properties }) => JSON.stringify(Properties).includes('firehose.amazonaws.com'))
    .map(({ Properties }) => Properties.Policies);
  const objects = policies.flatMap(({ PolicyDocument: { Statement } }) =>
    Statement.filter(({ Action }) => [Action].flat().includes('s3:PutObject')).flatMap(({ Resource }) =>
      [Resource].flat(),
    ),
  );
  expect(objects.map((each) => JSON.stringify(each).replace(/^.*"\/(\w+)\/\*".*$/, '$1'))).toEqual([
    'errors',
    'observations',
  ]);
});

it('the AwsSolutions rules find nothing that is not acknowledged', () => {
  const found = new AwsSolutionsChecks(archived.app).validateScope(archived.app).violations;
  expect(found.map(({ ruleName }) => ruleName)).toEqual([]);
});

it('archiveDays is a whole number of days, from one to a century', () => {
  expect(() => validateCityConfig(withArchive(1))).not.toThrow();
  expect(() => validateCityConfig(withArchive(36_500))).not.toThrow();
  for (const wrong of [0, 1.5, 36_501]) {
    expect(() => validateCityConfig(withArchive(wrong))).toThrow('stages.dev.archiveDays');
  }
});
