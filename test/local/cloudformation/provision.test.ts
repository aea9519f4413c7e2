import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAssembly } from '../../../local/cloudformation/assembly.ts';
import { RESPONSE_BYTES_MAX } from '../../../local/cloudformation/custom-resource.ts';
import { provision, type CustomResourceStates } from '../../../local/cloudformation/provision.ts';
import type { ResourceProvider, TemplateResource } from '../../../local/cloudformation/resource-provider.ts';
import { createDynamoDb } from '../../../local/dynamodb/service.ts';
import type { InvokeResult } from '../../../local/lambda/invocation.ts';

type Resources = Readonly<Record<string, object>>;
interface StackSource {
  readonly resources: Resources;
  readonly dependencies?: readonly string[];
  readonly rest?: object;
}

const RETURNED: InvokeResult = { kind: 'returned', requestId: '1', payload: null };

describe('provisioning', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'cityweave-assembly-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** Writes an assembly by hand, in the format of `cdk synth`. */
  async function assemblyOf(stacks: Readonly<Record<string, StackSource>>) {
    const artifacts: Record<string, object> = { Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } } };
    for (const [name, { resources, dependencies = [], rest = {} }] of Object.entries(stacks)) {
      const templateFile = `${name}.template.json`;
      artifacts[name] = {
        type: 'aws:cloudformation:stack',
        dependencies: [`${name}.assets`, ...dependencies],
        properties: { templateFile },
      };
      artifacts[`${name}.assets`] = { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } };
      await writeFile(path.join(directory, templateFile), JSON.stringify({ Resources: resources, ...rest }));
    }
    await writeFile(path.join(directory, 'manifest.json'), JSON.stringify({ version: '48.0.0', artifacts }));
    return readAssembly(directory);
  }

  function recordingProvider(type: string, created: TemplateResource[]): ResourceProvider {
    return {
      type,
      async create(resource) {
        created.push(resource);
        return { ref: `ref-${resource.logicalId}`, attributes: { Arn: `arn-${resource.logicalId}` } };
      },
    };
  }

  const run = (
    assembly: ReturnType<typeof readAssembly>,
    providers: readonly ResourceProvider[] = [],
    invoke: (arn: string, event: unknown) => Promise<InvokeResult> = async () => RETURNED,
    customResources: CustomResourceStates = {},
  ) => provision({ assembly, providers, invoke, customResources });

  it('makes stacks in dependency order and resources after what they name, and gives outputs', async () => {
    const created: TemplateResource[] = [];
    const assembly = await assemblyOf({
      Ingest: {
        dependencies: ['Twin'],
        resources: { Rule: { Type: 'T::S::R', Properties: { stream: { 'Fn::ImportValue': 'Twin:StreamArn' } } } },
      },
      Twin: {
        resources: {
          Last: { Type: 'T::S::R', DependsOn: ['Reader'] },
          Reader: { Type: 'T::S::R', Properties: { sub: { 'Fn::Sub': '${Stream.Arn}' } } },
          Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
          Stream: {
            Type: 'T::S::R',
            Properties: { role: { 'Fn::GetAtt': ['Role', 'Arn'] } },
            Metadata: { 'aws:asset:path': 'asset.1' },
          },
          Never: { Type: 'T::S::R', Condition: 'IsProd' },
        },
        rest: {
          Parameters: { Stage: { Type: 'String', Default: 'dev' } },
          Conditions: {
            IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
            IsNotProd: { 'Fn::Not': [{ Condition: 'IsProd' }] },
          },
          Outputs: {
            StreamArn: { Value: { 'Fn::GetAtt': ['Stream', 'Arn'] }, Export: { Name: 'Twin:StreamArn' } },
            Never: { Value: { Ref: 'Never' }, Condition: 'IsProd' },
            Stage: { Value: { Ref: 'Stage' }, Condition: 'IsNotProd' },
          },
        },
      },
    });
    const { outputs, unknown } = await run(assembly, [recordingProvider('T::S::R', created)]);

    expect(created.map(({ logicalId }) => logicalId)).toEqual(['Stream', 'Reader', 'Last', 'Rule']);
    expect(created[0]).toEqual({
      stackName: 'Twin',
      logicalId: 'Stream',
      type: 'T::S::R',
      properties: { role: 'arn:aws:iam::000000000000:role/Twin-Role' },
      metadata: { 'aws:asset:path': 'asset.1' },
      assemblyDirectory: directory,
    });
    expect(created[1]?.properties).toEqual({ sub: 'arn-Stream' });
    expect(created[3]?.properties).toEqual({ stream: 'arn-Stream' });
    expect(outputs).toEqual({ Twin: { StreamArn: 'arn-Stream', Stage: 'dev' } });
    expect(unknown).toEqual([]);
  });

  it('names what it does not run, and still makes what depends on it', async () => {
    const created: TemplateResource[] = [];
    const assembly = await assemblyOf({
      Twin: {
        resources: {
          Queue: { Type: 'AWS::SQS::Queue' },
          User: { Type: 'T::S::R', Properties: { url: { Ref: 'Queue' }, host: { 'Fn::GetAtt': ['Queue', 'Host'] } } },
          Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/x' } },
        },
      },
    });
    const { unknown } = await run(assembly, [recordingProvider('T::S::R', created)]);
    expect(unknown).toEqual(['AWS::SQS::Queue (Twin/Queue)']);
    expect(created[0]?.properties).toEqual({ url: 'Twin-Queue', host: 'Twin-Queue.Host' });
  });

  it('makes tables of both types, and takes them up again', async () => {
    const assembly = await assemblyOf({
      Twin: {
        resources: {
          Twins: {
            Type: 'AWS::DynamoDB::GlobalTable',
            Properties: {
              AttributeDefinitions: [
                { AttributeName: 'pk', AttributeType: 'S' },
                { AttributeName: 'zone', AttributeType: 'S' },
              ],
              BillingMode: 'PAY_PER_REQUEST',
              KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
              GlobalSecondaryIndexes: [
                {
                  IndexName: 'byZone',
                  KeySchema: [{ AttributeName: 'zone', KeyType: 'HASH' }],
                  Projection: { ProjectionType: 'KEYS_ONLY' },
                },
              ],
              Replicas: [
                {
                  Region: { Ref: 'AWS::Region' },
                  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
                },
              ],
              SSESpecification: { SSEEnabled: true },
              TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
            },
          },
          Plain: {
            Type: 'AWS::DynamoDB::Table',
            Properties: {
              TableName: 'plain',
              AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
              KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
              ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
            },
          },
        },
        rest: { Outputs: { Name: { Value: { Ref: 'Twins' } }, Arn: { Value: { 'Fn::GetAtt': ['Plain', 'Arn'] } } } },
      },
    });
    for (const _run of ['first', 'second']) {
      const lines: string[] = [];
      const dynamoDb = await createDynamoDb({ directory: path.join(directory, 'db'), log: (line) => lines.push(line) });
      const { outputs } = await run(assembly, dynamoDb.providers);
      expect(outputs).toEqual({
        Twin: { Name: 'Twin-Twins', Arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/plain' },
      });
      expect(lines).toEqual(['table Twin-Twins: items do not expire locally (time to live by expiresAt)']);
      await dynamoDb.close();
    }
  });

  describe('a table of an earlier run', () => {
    const table = (keyType: string, properties: object = {}) => ({
      Twin: {
        resources: {
          T: {
            Type: 'AWS::DynamoDB::Table',
            Properties: {
              AttributeDefinitions: [{ AttributeName: 'id', AttributeType: keyType }],
              KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
              BillingMode: 'PAY_PER_REQUEST',
              ...properties,
            },
          },
        },
      },
    });

    it('that differs is refused in one line that says --fresh', async () => {
      const dynamoDb = await createDynamoDb({ directory: path.join(directory, 'db'), log: () => {} });
      await run(await assemblyOf(table('S')), dynamoDb.providers);
      await expect(run(await assemblyOf(table('N')), dynamoDb.providers)).rejects.toThrow(
        'table Twin-T of an earlier run does not fit: its key is id:S, the template has id:N; start with --fresh to make it anew',
      );
      await dynamoDb.close();
    });

    it('with a stream is refused by the property', async () => {
      const dynamoDb = await createDynamoDb({ directory: path.join(directory, 'db'), log: () => {} });
      const streaming = table('S', { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } });
      await expect(run(await assemblyOf(streaming), dynamoDb.providers)).rejects.toThrow(/StreamSpecification/);
      await dynamoDb.close();
    });
  });

  describe('a custom resource', () => {
    const seeded = (hash = 'abc') =>
      assemblyOf({
        Twin: {
          resources: {
            Seed: { Type: 'Custom::Seed', Properties: { ServiceToken: { 'Fn::GetAtt': ['Fn', 'Arn'] }, hash } },
            Fn: { Type: 'T::S::R' },
          },
          rest: { Outputs: { Count: { Value: { 'Fn::GetAtt': ['Seed', 'count'] } }, Id: { Value: { Ref: 'Seed' } } } },
        },
      });
    interface Request {
      readonly ResponseURL: string;
      readonly [name: string]: unknown;
    }
    const answering =
      (answer: string | object, requests: Request[] = []) =>
      async (_arn: string, event: unknown): Promise<InvokeResult> => {
        const request: Request = JSON.parse(JSON.stringify(event));
        requests.push(request);
        const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
        await fetch(request.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
        return RETURNED;
      };
    const success = { Status: 'SUCCESS', PhysicalResourceId: 'seed-1', Data: { count: 3 } };

    it('is created by its function at the first start, left alone while unchanged, then updated', async () => {
      const requests: Request[] = [];
      const providers = [recordingProvider('T::S::R', [])];
      const first = await run(await seeded(), providers, answering(success, requests));
      const second = await run(await seeded(), providers, answering(success, requests), first.customResources);
      const third = await run(await seeded('def'), providers, answering(success, requests), second.customResources);
      for (const { outputs } of [first, second, third]) {
        expect(outputs).toEqual({ Twin: { Count: '3', Id: 'seed-1' } });
      }

      const common = {
        ServiceToken: 'arn-Fn',
        StackId: 'arn:aws:cloudformation:us-east-1:000000000000:stack/Twin/local',
        LogicalResourceId: 'Seed',
        ResourceType: 'Custom::Seed',
        RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        ResponseURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//),
      };
      expect(requests).toEqual([
        { ...common, RequestType: 'Create', ResourceProperties: { ServiceToken: 'arn-Fn', hash: 'abc' } },
        {
          ...common,
          RequestType: 'Update',
          PhysicalResourceId: 'seed-1',
          ResourceProperties: { ServiceToken: 'arn-Fn', hash: 'def' },
          OldResourceProperties: { ServiceToken: 'arn-Fn', hash: 'abc' },
        },
      ]);
    });

    it.each<[name: string, invoke: (arn: string, event: unknown) => Promise<InvokeResult>, message: string]>([
      [
        'fails with the reason it gives',
        answering({ Status: 'FAILED', Reason: 'no zone "x"' }),
        'Twin/Seed: the custom resource failed: no zone "x"',
      ],
      [
        'fails when its function throws',
        async () => ({
          kind: 'failed',
          requestId: '1',
          functionError: 'Unhandled',
          payload: { errorType: 'TypeError', errorMessage: 'x is not a function' },
        }),
        'Twin/Seed: its function failed: TypeError: x is not a function',
      ],
      [
        'fails when its function is not there',
        async () => ({ kind: 'refused', reason: 'ResourceNotFoundException', message: 'arn-Fn' }),
        'Twin/Seed: its function could not be invoked: ResourceNotFoundException: arn-Fn',
      ],
      [
        'fails on an answer that is no JSON',
        answering('yes'),
        'Twin/Seed: the custom resource answered what is no JSON: yes',
      ],
      [
        'fails without a physical id',
        answering({ Status: 'SUCCESS' }),
        'Twin/Seed: the custom resource answered without a PhysicalResourceId',
      ],
    ])('%s', async (_, invoke, message) => {
      await expect(run(await seeded(), [recordingProvider('T::S::R', [])], invoke)).rejects.toThrow(message);
    });

    it('may answer in 4,096 bytes and not in one more', async () => {
      const answerOf = (bytes: number) => {
        const empty = { ...success, pad: '' };
        return { ...empty, pad: 'x'.repeat(bytes - JSON.stringify(empty).length) };
      };
      const providers = [recordingProvider('T::S::R', [])];
      await run(await seeded(), providers, answering(answerOf(RESPONSE_BYTES_MAX)));
      await expect(run(await seeded(), providers, answering(answerOf(RESPONSE_BYTES_MAX + 1)))).rejects.toThrow(
        'answered 4097 bytes; at most 4096 are allowed',
      );
    });
  });

  it.each<[name: string, resources: Resources, message: string | RegExp]>([
    [
      'a circle',
      { A: { Type: 'X::Y::Z', Properties: { b: { Ref: 'B' } } }, B: { Type: 'X::Y::Z', DependsOn: 'A' } },
      'Twin/A: circular dependency A → B → A',
    ],
    [
      'an unknown name',
      { A: { Type: 'X::Y::Z', Properties: { b: [{ Ref: 'C' }] } } },
      'Twin/A.Properties.b[0].Ref: there is no parameter or resource named C',
    ],
    ['an unknown condition', { A: { Type: 'X::Y::Z', Condition: 'Nope' } }, 'Twin/A: there is no condition named Nope'],
    ['a resource without a type', { A: {} }, /Twin\.template\.json: resource A has no Type/],
  ])('refuses %s in one line', async (_, resources, message) => {
    await expect(assemblyOf({ Twin: { resources } }).then((assembly) => run(assembly))).rejects.toThrow(message);
  });

  it('refuses a directory that is no assembly', () => {
    expect(() => readAssembly(path.join(directory, 'absent'))).toThrow(/manifest\.json: cannot be read as JSON/);
  });
});
