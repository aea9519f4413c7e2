import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { cityApp, STAGE_NAMES } from './city-app.ts';

const apps = { dev: cityApp('dev'), prod: cityApp('prod') };
const { twin, ingest } = apps.dev.templates;
const BUCKET_NAME = { 'Fn::Sub': 'cityweave-failures-${AWS::AccountId}-${AWS::Region}' };
const BUCKET_ARN = [
  'arn:',
  { Ref: 'AWS::Partition' },
  ':s3:::cityweave-failures-',
  { Ref: 'AWS::AccountId' },
  '-',
  { Ref: 'AWS::Region' },
];
const FAILURES = Object.values(apps.dev.resources('AWS::S3::Bucket')).find(
  ({ Properties }) => JSON.stringify(Properties['BucketName']) === JSON.stringify(BUCKET_NAME),
);

describe('the failure bucket', () => {
  it('tells the recorder of every object but those of capped sources, and is made after it', () => {
    const told = ['rules/', 'aws/lambda/', 'recalled/'].map((Value) => ({
      Event: 's3:ObjectCreated:*',
      Function: { 'Fn::GetAtt': [Match.stringLikeRegexp('^FailuresRecorder'), 'Arn'] },
      Filter: { S3Key: { Rules: [{ Name: 'prefix', Value }] } },
    }));
    twin.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: BUCKET_NAME,
      NotificationConfiguration: { LambdaConfigurations: told },
    });
    const [permission] = Object.keys(
      twin.findResources('AWS::Lambda::Permission', { Properties: { Principal: 's3.amazonaws.com' } }),
    );
    const [bucket] = Object.values(twin.findResources('AWS::S3::Bucket', { Properties: { BucketName: BUCKET_NAME } }));
    expect(bucket?.['DependsOn']).toContain(permission);
  });

  it('lets S3 call the recorder for this bucket of this account only', () => {
    twin.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^FailuresRecorder'), 'Arn'] },
      Principal: 's3.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
      SourceArn: { 'Fn::Join': ['', BUCKET_ARN] },
    });
  });

  it('is swept by a schedule that may do nothing else', () => {
    const recorder = { 'Fn::GetAtt': [Match.stringLikeRegexp('^FailuresRecorder'), 'Arn'] };
    twin.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(15 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: recorder, Input: '{"sweepOlderThanMinutes":15}' },
    });
    twin.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
      Policies: [
        { PolicyDocument: { Statement: [{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: recorder }] } },
      ],
    });
  });

  it('is encrypted, private, and forgets when rejects do', () => {
    expect(FAILURES?.Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 11, Status: 'Enabled' }] },
    });
  });

  it('has no custom resource behind it', () => {
    for (const { Properties } of Object.values(apps.dev.resources('AWS::Lambda::Function'))) {
      expect(Properties['Runtime']).toBe('nodejs24.x');
    }
  });
});

it('keeps rejects by reason and time until they expire', () => {
  twin.hasResourceProperties('AWS::DynamoDB::Table', {
    TableName: 'cityweave-rejects',
    KeySchema: [
      { AttributeName: 'reason', KeyType: 'HASH' },
      { AttributeName: 'packId', KeyType: 'RANGE' },
    ],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
});

it('gives every rule of readings an error action that carries the time and the sender in the key', () => {
  const rules = Object.values(ingest.findResources('AWS::IoT::TopicRule')).filter(
    // Whoever gets no answer to a request asks again; it is no reading to be kept.
    ({ Properties }) => Properties.RuleName !== 'cityweave_uploads',
  );
  expect(rules.length).toBeGreaterThan(2);
  for (const { Properties } of rules) {
    expect(Properties.TopicRulePayload.ErrorAction).toEqual({
      S3: {
        BucketName: BUCKET_NAME,
        Key: 'rules/${timestamp()}/${newuuid()}/${principal()}.json',
        RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^DeliveryRole/), 'Arn'] },
      },
    });
  }
});

/** The test configuration keeps records for 26 hours in dev, 171 in prod; a mapping takes an age of 168 at most. */
const EXPECTED = { dev: { ageHours: 25, retries: 322 }, prod: { ageHours: 167, retries: 2148 } };

describe.each(STAGE_NAMES)('mappings in %s', (stage) => {
  const all = Object.entries(apps[stage].resources('AWS::Lambda::EventSourceMapping'));
  const [second, mappings] = [
    all.filter(([id]) => id.startsWith('ingest.SyncReceiver')),
    all.filter(([id]) => !id.startsWith('ingest.SyncReceiver')),
  ];

  it('are the three of the streams, and that of the second reader', () => {
    expect(mappings).toHaveLength(3);
    expect(second).toHaveLength(1);
  });

  it('keep what they give up once: the second reader of a stream has the records of the first', () => {
    expect(second[0]?.[1].Properties).not.toHaveProperty('DestinationConfig');
  });

  it('may list the bucket, without which Lambda takes no destination in S3', () => {
    const listing = Object.entries(apps[stage].resources('AWS::IAM::Policy')).filter(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.some(
        ({ Action, Resource }) =>
          Action === 's3:ListBucket' &&
          JSON.stringify(Resource).includes(JSON.stringify({ 'Fn::Join': ['', BUCKET_ARN] })),
      ),
    );
    const names = listing.map(([id]) => id.replace(/^.*(ConflictResolver|HistoryWriter|Normalizer|Recorder).*$/, '$1'));
    expect(names.toSorted()).toEqual(['ConflictResolver', 'HistoryWriter', 'Normalizer', 'Recorder']);
  });

  it.each(mappings)(
    '%s: waits as long as the stream keeps a record, isolates what kills, and gives it a home',
    (_, it) => {
      const { ageHours, retries } = EXPECTED[stage];
      expect(it.Properties).toMatchObject({
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRecordAgeInSeconds: ageHours * 3600,
        MaximumRetryAttempts: retries,
        ParallelizationFactor: 1,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::Join': ['', BUCKET_ARN] } } },
      });
      // 280 s of each invocation's 300 are spent waiting.
      expect(retries * 280).toBeGreaterThanOrEqual(ageHours * 3600);
    },
  );
});
