import { createHash } from 'node:crypto';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { cityApp } from './city-app.ts';
import { testConfig } from './test-config.ts';

const dev = cityApp('dev');
const SELECT =
  "SELECT encode(*, 'base64') AS payload, topic() AS topic, clientid() AS clientId, principal() AS principal, " +
  'timestamp() AS receivedAtMs, traceid() AS messageId';
const CRITICAL =
  "regexp_matches(topic(), '^(dt/[^/]*/TrafficSignal/[^/]*/[^/]*|dt/centre/Vehicle/fire[.]engine-1/[^/]*)$')";

describe('Ingest', () => {
  const { ingest } = dev.templates;

  const BULK = {
    Kinesis: {
      PartitionKey: '${topic()}',
      StreamName: { Ref: Match.stringLikeRegexp('^Ingest') },
      RoleArn: Match.anyValue(),
    },
  };
  const FAST = { Lambda: { FunctionArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^FastLane'), 'Arn'] } } };

  const SLOTS = { Lambda: { FunctionArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^UploadsSlots'), 'Arn'] } } };

  it.each([
    ['cityweave_dt', `'dt/+/+/+/+' WHERE topic(3) <> 'gateway' AND NOT ${CRITICAL}`, [BULK]],
    ['cityweave_dt_critical', `'dt/+/+/+/+' WHERE topic(3) <> 'gateway' AND ${CRITICAL}`, [BULK, FAST]],
    ['cityweave_ingest', "'basic-ingest/only'", [BULK]],
    ['cityweave_critical', "'basic-ingest/only'", [BULK, FAST]],
    ['cityweave_sensors', "'sensors/+/+'", [BULK]],
    ['cityweave_lorawan', "'lorawan/+/+/up'", [BULK]],
    ['cityweave_uploads', "'cmd/+/gateway/+/uploads/request'", [SLOTS]],
  ])('has the rule %s, which hands the opaque payload to its lanes', (name, from, actions) => {
    ingest.hasResourceProperties('AWS::IoT::TopicRule', {
      RuleName: name,
      TopicRulePayload: { AwsIotSqlVersion: '2016-03-23', Sql: `${SELECT} FROM ${from}`, Actions: actions },
    });
  });

  it('has those rules only, and no critical one of devices where no topic is critical', () => {
    ingest.resourceCountIs('AWS::IoT::TopicRule', 7);
    const calm = cityApp('dev', { ...testConfig, criticalTopics: [] }).templates.ingest;
    calm.resourceCountIs('AWS::IoT::TopicRule', 6);
    calm.hasResourceProperties('AWS::IoT::TopicRule', {
      RuleName: 'cityweave_dt',
      TopicRulePayload: { Sql: `${SELECT} FROM 'dt/+/+/+/+' WHERE topic(3) <> 'gateway'` },
    });
  });

  it('lets exactly its critical rules take the fast lane, and tries nothing there twice', () => {
    ingest.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('^FastLane') },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: Match.absent(),
    });
    const admitted = ingest.findResources('AWS::Lambda::Permission', {
      Properties: {
        FunctionName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^FastLane'), 'Arn'] },
        Principal: 'iot.amazonaws.com',
        SourceAccount: { Ref: 'AWS::AccountId' },
      },
    });
    const rules = Object.values(admitted).map(({ Properties }) => Properties.SourceArn['Fn::GetAtt'][0]);
    expect(new Set(rules)).toEqual(new Set(['CriticalDeviceRule', 'CriticalFrameRule']));
  });
});

describe('Twin', () => {
  const { twin } = dev.templates;

  it('lists twins by type and by zone from indexes that hold keys only', () => {
    twin.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'cityweave-twins',
      KeySchema: [{ AttributeName: 'assetId', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byType',
          KeySchema: [
            { AttributeName: 'assetType', KeyType: 'HASH' },
            { AttributeName: 'zone', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
        {
          IndexName: 'byZone',
          KeySchema: [
            { AttributeName: 'zone', KeyType: 'HASH' },
            { AttributeName: 'assetId', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });

  it('seeds the registry again exactly when the configured assets change', () => {
    const hashOf = (assets: unknown) => createHash('sha256').update(JSON.stringify(assets)).digest('hex');
    twin.hasResourceProperties('Custom::AssetSeed', {
      AssetsSha256: hashOf(testConfig.assets),
      ServiceTimeout: String(20 * 60),
    });

    const assets = { ...testConfig.assets, 'bin-9999': { assetType: 'WasteContainer', zone: 'centre' } };
    cityApp('dev', { ...testConfig, assets }).templates.twin.hasResourceProperties('Custom::AssetSeed', {
      AssetsSha256: hashOf(assets),
    });
  });

  it('seeds only once the function may write', () => {
    const [seed] = Object.values(twin.findResources('Custom::AssetSeed'));
    const policies = Object.keys(twin.findResources('AWS::IAM::Policy')).filter((id) => id.startsWith('AssetRegistry'));
    expect(policies).not.toEqual([]);
    expect(seed?.['DependsOn']).toEqual(expect.arrayContaining(policies));
  });
});

describe('event-source mappings', () => {
  it.each([
    ['ingest', 'Normalizer'],
    ['twin', 'ConflictResolver'],
    ['history', 'HistoryWriter'],
  ] as const)('%s: %s takes what is there, as much as Lambda allows, and reports what failed', (stack, name) => {
    dev.templates[stack]?.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: Match.stringLikeRegexp(`^${name}`) },
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  it('ingest: SyncReceiver takes frames only, in windows of the time that order may take, and keeps no failure', () => {
    const pattern = (suffix: string) => ({ Pattern: JSON.stringify({ data: { topic: [{ suffix }] } }) });
    dev.templates.ingest.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: Match.stringLikeRegexp('^SyncReceiver') },
      FilterCriteria: { Filters: [pattern('/frames'), pattern('/frames/fec')] },
      MaximumBatchingWindowInSeconds: 2,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      StartingPosition: 'TRIM_HORIZON',
      DestinationConfig: Match.absent(),
    });
  });
});

describe('History', () => {
  it('keeps readings as long as the stage says, late ones too, and what Timestream refuses afterwards', () => {
    dev.templates.history?.hasResourceProperties('AWS::Timestream::Table', {
      DatabaseName: { Ref: 'Database' },
      TableName: 'readings',
      RetentionProperties: { MemoryStoreRetentionPeriodInHours: '13', MagneticStoreRetentionPeriodInDays: '77' },
      MagneticStoreWriteProperties: {
        EnableMagneticStoreWrites: true,
        MagneticStoreRejectedDataLocation: {
          S3Configuration: { BucketName: { Ref: Match.stringLikeRegexp('^RejectedRecords') } },
        },
      },
    });
    dev.templates.history?.hasResourceProperties('AWS::Timestream::Database', { DatabaseName: 'cityweave' });
  });

  it('can be left out: the API then has no history to ask', () => {
    const without = cityApp('dev', { ...testConfig, historyStore: 'none' });
    expect(without.stacks.history).toBeUndefined();
    const [query] = Object.values(without.templates.api.findResources('AWS::Lambda::Function'));
    expect(Object.keys(query?.['Properties'].Environment.Variables)).toEqual([
      'STAGE',
      'TWINS_TABLE',
      'REVIEWS_TABLE',
      'CALIBRATIONS_TABLE',
      'REJECTS_TABLE',
      'INGEST_STREAM',
      'OBSERVATIONS_STREAM',
      'REQUEST_BYTES_MAX',
      'POWERTOOLS_SERVICE_NAME',
      'POWERTOOLS_METRICS_NAMESPACE',
    ]);
    expect(JSON.stringify(without.templates.api.toJSON())).not.toContain('timestream');
  });
});

describe('outputs', () => {
  it.each([
    [
      'twin',
      [
        'ObservationsStreamName',
        'TwinsTableName',
        'ReviewsTableName',
        'CalibrationsTableName',
        'AssetsTableName',
        'RejectsTableName',
        'FailuresBucketName',
      ],
    ],
    ['ingest', ['IngestStreamName', 'ProvisioningTableName', 'ClaimPolicyName']],
    ['history', ['HistoryDatabaseName', 'HistoryTableName']],
    ['api', ['ApiUrl', 'UserPoolId', 'UserPoolClientId', 'TokenUrl', 'MqttAuthorizerName']],
  ] as const)('of %s have keys that others rely on', (stack, keys) => {
    const outputs = Object.keys(dev.templates[stack]?.findOutputs('*') ?? {});
    expect(outputs.filter((key) => !key.startsWith('Exports'))).toEqual(keys);
  });
});
