import { describe, expect, it } from 'vitest';
import { API_OPTIONAL_VARIABLES, API_VARIABLES } from '../../lambdas/api/environment.ts';
import { ASSET_REGISTRY_VARIABLES } from '../../lambdas/asset-registry/environment.ts';
import { CONFLICT_RESOLVER_VARIABLES } from '../../lambdas/conflict-resolver/environment.ts';
import { FAST_LANE_VARIABLES } from '../../lambdas/fast-lane/environment.ts';
import { FAILURE_RECORDER_VARIABLES } from '../../lambdas/failure-recorder/environment.ts';
import { HISTORY_WRITER_VARIABLES } from '../../lambdas/history-writer/environment.ts';
import { MQTT_AUTHORIZER_VARIABLES } from '../../lambdas/mqtt-authorizer/environment.ts';
import { NORMALIZER_VARIABLES } from '../../lambdas/normalizer/environment.ts';
import { UPLOAD_SLOTS_VARIABLES } from '../../lambdas/upload-slots/environment.ts';
import { REVIEW_OPENER_VARIABLES } from '../../lambdas/review-opener/environment.ts';
import { PROVISIONING_HOOK_VARIABLES } from '../../lambdas/provisioning-hook/environment.ts';
import { METRICS_NAMESPACE } from '../../lambdas/shared/metrics.ts';
import { SYNC_RECEIVER_VARIABLES } from '../../lambdas/sync-receiver/environment.ts';
import { type CityApp, cityApp, type PolicyProperties, type Resource, STAGE_NAMES } from './city-app.ts';

const apps = { dev: cityApp('dev'), prod: cityApp('prod') };

/** Types that hold data or logs; a template with a type outside the two lists fails until somebody has thought of it. */
const STORES = [
  'AWS::DynamoDB::Table',
  'AWS::Kinesis::Stream',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::Timestream::Database',
  'AWS::Timestream::Table',
  'AWS::Cognito::UserPool',
];
const OTHERS = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Budgets::Budget',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Cognito::UserPoolClient',
  'AWS::Cognito::UserPoolDomain',
  'AWS::Cognito::UserPoolResourceServer',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::IoT::Authorizer',
  'AWS::IoT::Policy',
  'AWS::IoT::ProvisioningTemplate',
  'AWS::IoT::ThingType',
  'AWS::IoT::TopicRule',
  'AWS::KMS::Key',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::S3::BucketPolicy',
  'AWS::Scheduler::Schedule',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'Custom::AssetSeed',
];

describe.each(STAGE_NAMES)('in %s', (stage) => {
  const app = apps[stage];

  it('has resources of known types only', () => {
    expect(app.resourceTypes()).toEqual([...STORES, ...OTHERS].toSorted((a, b) => a.localeCompare(b)));
  });

  it('encrypts every stream, table and bucket at rest', () => {
    for (const { Properties } of all(app, 'AWS::Kinesis::Stream', 2)) {
      expect(Properties['StreamEncryption']).toEqual({ EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' });
    }
    for (const { Properties } of all(app, 'AWS::DynamoDB::Table', 10)) {
      expect(Properties['SSESpecification']).toEqual({ SSEEnabled: true });
    }
    for (const { Properties } of all(app, 'AWS::S3::Bucket', 3)) {
      expect(Properties['BucketEncryption']).toEqual({
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      });
    }
    app.templates.history?.hasResourceProperties('AWS::Timestream::Table', {
      MagneticStoreWriteProperties: {
        MagneticStoreRejectedDataLocation: { S3Configuration: { EncryptionOption: 'SSE_S3' } },
      },
    });
  });

  it('closes every bucket to the public and to connections without TLS 1.2', () => {
    for (const { Properties } of all(app, 'AWS::S3::Bucket', 3)) {
      expect(Properties['PublicAccessBlockConfiguration']).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    }
    const denials = all(app, 'AWS::S3::BucketPolicy', 3).flatMap(({ Properties }) => statementsOf(Properties));
    for (const Condition of [
      { Bool: { 'aws:SecureTransport': 'false' } },
      { NumericLessThan: { 's3:TlsVersion': 1.2 } },
    ]) {
      expect(denials).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition }),
      );
    }
  });

  it('names every resource that a role may use, but where AWS has no name for it', () => {
    const unnamed: string[] = [];
    for (const { Effect, Action, Resource } of roleStatements(app)) {
      expect(Effect).toBe('Allow');
      expect(JSON.stringify(Action)).not.toContain('*');
      const broad = [Resource]
        .flat()
        .map(shownArn)
        .filter((arn) => arn.includes('*'));
      unnamed.push(...broad.flatMap((arn) => [Action].flat().map((action) => `${action} on ${arn}`)));
    }
    const failures = 'arn:<AWS::Partition>:s3:::cityweave-failures-<AWS::AccountId>-<AWS::Region>';
    const uploads = 'arn:<AWS::Partition>:s3:::cityweave-uploads-<AWS::AccountId>-<AWS::Region>';
    const recorded = ['aws/lambda/*', 'recalled/*', 'rules/*'];
    const commands = 'iot:Publish on arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic/cmd/*/gateway/*';
    expect([...new Set(unnamed)].toSorted()).toEqual([
      `${commands}/ack`,
      `${commands}/resync`,
      `${commands}/uploads/reply`,
      'iot:Publish on arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic/twin/*',
      ...recorded.map((prefix) => `s3:DeleteObject on ${failures}/${prefix}`),
      ...recorded.map((prefix) => `s3:GetObject on ${failures}/${prefix}`),
      `s3:GetObject on ${uploads}/uploads/*`,
      's3:PutObject on <RejectedRecordsCF0D494E.Arn>/timestream/*',
      `s3:PutObject on ${failures}/aws/lambda/*`,
      `s3:PutObject on ${failures}/capped/*`,
      `s3:PutObject on ${failures}/rules/*`,
      `s3:PutObject on ${uploads}/uploads/*`,
      'timestream:DescribeEndpoints on *',
      'xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments on *',
    ]);
  });

  it('gives roles to Lambda, and to rules and schedules of this account, without AWS’s own broad policies', () => {
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    for (const [id, role] of Object.entries(app.resources('AWS::IAM::Role'))) {
      expect(role.Properties['ManagedPolicyArns']).toBeUndefined();
      const service = /\.(Delivery|Provisioning)Role/.test(id)
        ? 'iot'
        : /(Sweep|Schedule)Role/.test(id)
          ? 'scheduler'
          : 'lambda';
      expect(role.Properties['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [
          {
            Principal: { Service: `${service}.amazonaws.com` },
            ...(service !== 'lambda' && { Condition: ofThisAccount }),
          },
        ],
      });
    }
  });

  it('lets a rule do nothing but put one record on the ingest stream, and what failed into the bucket', () => {
    const delivery = Object.entries(app.resources('AWS::IAM::Role')).find(([id]) => id.includes('DeliveryRole'));
    expect(delivery?.[1].Properties.Policies).toMatchObject([
      {
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Action: 'kinesis:PutRecord',
              Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Ingest/), 'Arn'] },
            },
            { Effect: 'Allow', Action: 's3:PutObject', Resource: expect.anything() },
          ],
        },
      },
    ]);
  });

  it('runs every function on a supported runtime, traced, with the variables that they ask for', () => {
    const variables = {
      'cityweave-normalizer': NORMALIZER_VARIABLES,
      'cityweave-conflict-resolver': CONFLICT_RESOLVER_VARIABLES,
      'cityweave-fast-lane': FAST_LANE_VARIABLES,
      'cityweave-failure-recorder': FAILURE_RECORDER_VARIABLES,
      'cityweave-asset-registry': ASSET_REGISTRY_VARIABLES,
      'cityweave-provisioning-hook': PROVISIONING_HOOK_VARIABLES,
      'cityweave-mqtt-authorizer': MQTT_AUTHORIZER_VARIABLES,
      'cityweave-review-opener': REVIEW_OPENER_VARIABLES,
      'cityweave-history-writer': HISTORY_WRITER_VARIABLES,
      'cityweave-sync-receiver': SYNC_RECEIVER_VARIABLES,
      'cityweave-upload-slots': UPLOAD_SLOTS_VARIABLES,
      'cityweave-api': [...API_VARIABLES, ...API_OPTIONAL_VARIABLES],
    };
    const functions = all(app, 'AWS::Lambda::Function', Object.keys(variables).length);
    for (const [name, asked] of Object.entries(variables)) {
      const properties = functions.find(({ Properties }) => Properties.FunctionName === name)?.Properties;
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        Environment: {
          Variables: {
            ...((asked as readonly string[]).includes('STAGE') && { STAGE: stage }),
            POWERTOOLS_SERVICE_NAME: name.slice('cityweave-'.length),
            POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
          },
        },
      });
      expect(new Set(Object.keys(properties?.Environment.Variables ?? {}))).toEqual(
        new Set([...asked, 'POWERTOOLS_SERVICE_NAME', 'POWERTOOLS_METRICS_NAMESPACE']),
      );
    }
  });

  it('logs in JSON to groups that forget after the stage’s days', () => {
    const groups = app.resources('AWS::Logs::LogGroup');
    expect(Object.keys(groups)).toHaveLength(13);
    for (const { Properties } of Object.values(groups)) {
      expect(Properties['RetentionInDays']).toBe({ dev: 5, prod: 545 }[stage]);
    }
    for (const [id, { Properties }] of Object.entries(app.resources('AWS::Lambda::Function'))) {
      const { LogFormat, LogGroup } = Properties.LoggingConfig;
      expect(LogFormat).toBe('JSON');
      expect(groups[`${id.slice(0, id.indexOf('.'))}.${LogGroup.Ref}`]).toBeDefined();
    }
  });

  it('asks every route of the API for a token with a scope', () => {
    const routes = all(app, 'AWS::ApiGatewayV2::Route', 4);
    for (const { Properties } of routes) {
      expect(Properties).toMatchObject({
        AuthorizationType: 'JWT',
        AuthorizerId: { Ref: expect.stringContaining('Tokens') },
      });
    }
    expect(
      Object.fromEntries(routes.map(({ Properties }) => [Properties['RouteKey'], Properties['AuthorizationScopes']])),
    ).toEqual({
      'GET /v1/{proxy+}': ['cityweave/read'],
      'POST /v1/rejects/{proxy+}': ['cityweave/operate'],
      'POST /v1/reviews/{proxy+}': ['cityweave/operate'],
      'POST /v1/twins/{proxy+}': ['cityweave/operate'],
    });
    for (const { Properties } of all(app, 'AWS::ApiGatewayV2::Authorizer', 1)) {
      expect(Properties).toMatchObject({
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Audience: [{ Ref: expect.stringMatching(/^UserPoolMachine/) }] },
      });
    }
    for (const { Properties } of all(app, 'AWS::ApiGatewayV2::Stage', 1)) {
      expect(Properties).toMatchObject({
        DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
        AccessLogSettings: { DestinationArn: { 'Fn::GetAtt': [expect.stringMatching(/^AccessLogs/), 'Arn'] } },
      });
      expect(Properties.AccessLogSettings.Format).not.toMatch(/authorization\b|header|token|body/i);
    }
  });

  it('tells the API’s function how large a request may be, which no setting of API Gateway does', () => {
    const query = Object.values(app.resources('AWS::Lambda::Function')).find(
      ({ Properties }) => Properties.FunctionName === 'cityweave-api',
    );
    expect(query?.Properties.Environment.Variables['REQUEST_BYTES_MAX']).toBe('65536');
  });

  it('issues tokens to machines with a secret, and lets nobody sign up', () => {
    app.templates.api.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
    });
    for (const { Properties } of all(app, 'AWS::Cognito::UserPoolClient', 1)) {
      expect(Properties).toMatchObject({
        AllowedOAuthFlows: ['client_credentials'],
        GenerateSecret: true,
        AccessTokenValidity: 60,
      });
    }
    app.templates.api.hasResourceProperties('AWS::Cognito::UserPoolResourceServer', {
      Identifier: 'cityweave',
      Scopes: [{ ScopeName: 'read' }, { ScopeName: 'operate' }],
    });
  });
});

describe('what the stages differ in', () => {
  it.each([
    ['dev', 'Delete', false],
    ['prod', 'Retain', true],
  ] as const)('in %s a store’s policy is %s, and protection and recovery are %s', (stage, policy, isProtected) => {
    const app = apps[stage];
    for (const type of STORES) {
      for (const { DeletionPolicy } of Object.values(app.resources(type))) expect(DeletionPolicy).toBe(policy);
    }
    for (const { Properties } of all(app, 'AWS::DynamoDB::Table', 10)) {
      expect(Properties['DeletionProtectionEnabled']).toBe(isProtected);
      expect(Properties['PointInTimeRecoverySpecification']).toEqual({ PointInTimeRecoveryEnabled: isProtected });
    }
    for (const { Properties } of all(app, 'AWS::Cognito::UserPool', 1)) {
      expect(Properties['DeletionProtection']).toBe(isProtected ? 'ACTIVE' : 'INACTIVE');
    }
    for (const stack of Object.values(app.stacks)) expect(stack.terminationProtection).toBe(isProtected);
  });

  it('is how long streams, history and reports of refusals keep what they hold', () => {
    expect(
      all(apps.dev, 'AWS::Kinesis::Stream', 2).map(({ Properties }) => Properties['RetentionPeriodHours']),
    ).toEqual([26, 26]);
    expect(
      all(apps.prod, 'AWS::Kinesis::Stream', 2).map(({ Properties }) => Properties['RetentionPeriodHours']),
    ).toEqual([171, 171]);
    apps.prod.templates.history?.hasResourceProperties('AWS::Timestream::Table', {
      RetentionProperties: { MagneticStoreRetentionPeriodInDays: '1234' },
    });
    apps.dev.templates.history?.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 11, Status: 'Enabled' }] },
    });
  });

  it('is the capacity of streams', () => {
    apps.dev.templates.ingest.hasResourceProperties('AWS::Kinesis::Stream', {
      ShardCount: 3,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
    });
    apps.dev.templates.twin.hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: 5 });
    for (const { Properties } of all(apps.prod, 'AWS::Kinesis::Stream', 2)) {
      expect(Properties['StreamModeDetails']).toEqual({ StreamMode: 'ON_DEMAND' });
      expect(Properties['ShardCount']).toBeUndefined();
    }
  });
});

/** All resources of a type, in every stack; their number is stated so that none escapes a loop over nothing. */
function all<Type extends string>(app: CityApp, type: Type, count: number): readonly Resource<Type>[] {
  const found = Object.values(app.resources(type));
  expect(found).toHaveLength(count);
  return found;
}

/** An ARN as CloudFormation would write it, with references in angle brackets. */
function shownArn(arn: unknown): string {
  if (typeof arn === 'string') return arn;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join, ...other } = arn as Record<string, unknown>;
  if (typeof ref === 'string') return `<${ref}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  if (Array.isArray(join) && Array.isArray(join[1])) return join[1].map(shownArn).join(String(join[0]));
  return JSON.stringify(other);
}

function statementsOf({ PolicyDocument }: PolicyProperties) {
  return PolicyDocument.Statement;
}

/** Of policies that stand by themselves and of those within a role. */
function roleStatements(app: CityApp) {
  const standing = Object.values(app.resources('AWS::IAM::Policy')).map(({ Properties }) => Properties);
  // What provisioning may do with things and certificates yet to be made is identity.test.ts's to say.
  const inline = Object.entries(app.resources('AWS::IAM::Role'))
    .filter(([id]) => !id.startsWith('ingest.ProvisioningRole'))
    .flatMap(([, { Properties }]) => Properties.Policies ?? []);
  return [...standing, ...inline].flatMap((policy) => statementsOf(policy));
}
