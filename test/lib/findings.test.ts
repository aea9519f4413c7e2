import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { type CityApp, cityApp, STAGE_NAMES } from './city-app.ts';

const apps = { dev: cityApp('dev'), prod: cityApp('prod') };

const EVERY_FUNCTION = [
  'Cityweave-Twin/Failures/Recorder/Tracing/Resource',
  'Cityweave-Twin/ConflictResolver/Tracing/Resource',
  'Cityweave-Twin/Reviews/Opener/Tracing/Resource',
  'Cityweave-Twin/AssetRegistry/Tracing/Resource',
  'Cityweave-Ingest/Normalizer/Tracing/Resource',
  'Cityweave-Ingest/FastLane/Tracing/Resource',
  'Cityweave-Ingest/SyncReceiver/Function/Tracing/Resource',
  'Cityweave-Ingest/Uploads/Slots/Tracing/Resource',
  'Cityweave-Ingest/Provisioning/Hook/Tracing/Resource',
  'Cityweave-History/HistoryWriter/Tracing/Resource',
  'Cityweave-Api/Query/Tracing/Resource',
  'Cityweave-Api/LiveDeltas/Function/Tracing/Resource',
];
const TIMESTREAM_CLIENTS = [
  'Cityweave-History/HistoryWriter/EndpointDiscovery/Resource',
  'Cityweave-Api/Query/EndpointDiscovery/Resource',
];

const PROVISIONING_ROLE = 'Cityweave-Ingest/Provisioning/Role/Resource';

const COMMANDS =
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic/cmd/*/gateway/*';
const FAILURES =
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::cityweave-failures-<AWS::AccountId>-<AWS::Region>';
const RECORDER = 'Cityweave-Twin/Failures/Recorder/Role/DefaultPolicy/Resource';
const FAILURE_OBJECTS = {
  [`${FAILURES}/aws/lambda/*]`]: [
    RECORDER,
    'Cityweave-Twin/ConflictResolver/Role/DefaultPolicy/Resource',
    'Cityweave-Ingest/Normalizer/Role/DefaultPolicy/Resource',
    'Cityweave-History/HistoryWriter/Role/DefaultPolicy/Resource',
  ],
  [`${FAILURES}/rules/*]`]: [RECORDER, 'Cityweave-Ingest/DeliveryRole/Resource'],
  [`${FAILURES}/recalled/*]`]: [RECORDER],
  [`${FAILURES}/capped/*]`]: ['Cityweave-Ingest/Normalizer/Role/DefaultPolicy/Resource'],
};

/** All that the rule pack finds when nothing is acknowledged: rule → where. */
const ACCEPTED_IN_BOTH = {
  ...FAILURE_OBJECTS,
  'AwsSolutions-COG8': ['Cityweave-Api/UserPool/Resource'],
  'AwsSolutions-IAM5[Resource::*]': [...EVERY_FUNCTION, ...TIMESTREAM_CLIENTS, PROVISIONING_ROLE],
  'AwsSolutions-IAM5[Resource::<RejectedRecordsCF0D494E.Arn>/timestream/*]': [
    'Cityweave-History/HistoryWriter/Role/DefaultPolicy/Resource',
  ],
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:cert/*]': [PROVISIONING_ROLE],
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:thing/*]': [PROVISIONING_ROLE],
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic/twin/*]': [
    'Cityweave-Twin/ConflictResolver/Role/DefaultPolicy/Resource',
    'Cityweave-Twin/Reviews/Opener/Role/DefaultPolicy/Resource',
    'Cityweave-Ingest/FastLane/Role/DefaultPolicy/Resource',
  ],
  [`${COMMANDS}/ack]`]: [
    'Cityweave-Ingest/Normalizer/Role/DefaultPolicy/Resource',
    'Cityweave-Ingest/SyncReceiver/Function/Role/DefaultPolicy/Resource',
  ],
  [`${COMMANDS}/resync]`]: ['Cityweave-Ingest/SyncReceiver/Function/Role/DefaultPolicy/Resource'],
  [`${COMMANDS}/uploads/reply]`]: ['Cityweave-Ingest/Uploads/Slots/Role/DefaultPolicy/Resource'],
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::cityweave-uploads-<AWS::AccountId>-<AWS::Region>/uploads/*]': [
    'Cityweave-Ingest/Normalizer/Role/DefaultPolicy/Resource',
    'Cityweave-Ingest/Uploads/Slots/Role/DefaultPolicy/Resource',
  ],
  'AwsSolutions-S1': [
    'Cityweave-History/RejectedRecords/Resource',
    'Cityweave-Twin/Failures/Bucket/Resource',
    'Cityweave-Ingest/Uploads/Bucket/Resource',
  ],
  'AwsSolutions-TS3': ['Cityweave-History/Database'],
};
const ACCEPTED = {
  dev: {
    ...ACCEPTED_IN_BOTH,
    'AwsSolutions-DDB3': [
      'Cityweave-Twin/Twins/Resource',
      'Cityweave-Twin/Reviews/Table/Resource',
      'Cityweave-Twin/Assets/Resource',
      'Cityweave-Twin/Calibration/Records/Resource',
      'Cityweave-Ingest/Provisioning/Expected/Resource',
      'Cityweave-Ingest/Schemas/Resource',
      'Cityweave-Ingest/Attestations/Keys/Resource',
      'Cityweave-Ingest/Attestations/Counters/Resource',
      'Cityweave-Ingest/SyncReceiver/Lanes/Resource',
      'Cityweave-Twin/Failures/Rejects/Resource',
    ],
  },
  prod: ACCEPTED_IN_BOTH,
};

describe.each(STAGE_NAMES)('the AwsSolutions rules in %s', (stage) => {
  const { app } = apps[stage];

  it('find nothing that is not acknowledged', () => {
    expect(findings(new AwsSolutionsChecks(app), app)).toEqual({});
  });

  it('find what is acknowledged, at the places that were thought of', () => {
    const strict = new AwsSolutionsChecks(app);
    Object.defineProperty(strict, 'isAcknowledged', { value: () => false });
    expect(findings(strict, app)).toEqual(
      Object.fromEntries(Object.entries(ACCEPTED[stage]).map(([rule, paths]) => [rule, new Set(paths)])),
    );
  });

  it('are answered with one line of reason each, and nothing is acknowledged that is not found', () => {
    const acknowledged = acknowledgements(app);
    for (const [, reason] of acknowledged) expect(reason).toMatch(/^[A-Z][^\n]{30,110}\.$/);
    expect(new Set(acknowledged.map(([rule]) => rule))).toEqual(
      new Set([...Object.keys(ACCEPTED[stage]), 'CloudFormation-Validate::W3697']),
    );
  });
});

/** Rule → the constructs at fault. */
function findings(checks: AwsSolutionsChecks, app: CityApp['app']): Record<string, Set<string | undefined>> {
  return Object.fromEntries(
    checks
      .validateScope(app)
      .violations.map(({ ruleName, violatingResources }) => [
        ruleName,
        new Set(violatingResources.map(({ constructPath }) => constructPath)),
      ]),
  );
}

/** Rule and reason of every acknowledgement in the tree. */
function acknowledgements(app: CityApp['app']): [rule: string, reason: string][] {
  return app.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries<string>(data))
    .map(([rule, reason]) => [rule.replace(/^Annotation::/, ''), reason]);
}
