import { execFile } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../bin/doctor/finding.ts';
import { sharedAssembly } from '../../setup/shared-assembly.ts';
import { type Answers, json, type StandIn, startStandIn, xml, xmlError } from './aws-stand-in.ts';

/** A run that synthesizes the app, beside other work on two cores, takes long. */
const RUN_TIMEOUT_MS = 300_000;
const ACCOUNT = '123456789012';

let standIn: StandIn | undefined;
afterEach(async () => {
  await standIn?.close();
  standIn = undefined;
});

const missingStack = xmlError(400, 'ValidationError', 'Stack with id Cityweave does not exist');
const quota = (QuotaName: string, Value: number) => json(200, { Quotas: [{ QuotaName, Value }] });

/** An account that nobody has used, with the quotas of an old one. */
const EMPTY: Answers = {
  GetCallerIdentity: () =>
    xml(
      'GetCallerIdentity',
      `<Account>${ACCOUNT}</Account><Arn>arn:aws:iam::${ACCOUNT}:user/ada</Arn><UserId>A</UserId>`,
    ),
  GetParameter: ({ Name }) => json(200, { Parameter: { Name, Value: '21', Type: 'String' } }),
  DescribeStacks: () => missingStack,
  ListStackResources: () => missingStack,
  GetResource: () => json(400, { __type: 'ResourceNotFoundException', message: 'not found' }),
  // The SDK for JavaScript replaces the host alone.
  DescribeEndpoints: () => json(200, { Endpoints: [{ Address: '127.0.0.1', CachePeriodInMinutes: 10 }] }),
  ListDatabases: () => json(200, { Databases: [] }),
  ListServiceQuotas: ({ ServiceCode }) => {
    if (ServiceCode === 'lambda') return quota('Concurrent executions', 1000);
    if (ServiceCode === 'kinesis') return quota('Shards per Region', 500);
    return quota('Inbound publish requests per second per account', 20_000);
  },
};

describe('the doctor', { timeout: RUN_TIMEOUT_MS }, () => {
  it('finds nothing wrong with an empty account that is ready', async () => {
    // As people run it: with a synthesis of its own.
    const { exitCode, found } = await examine(EMPTY, []);
    expect(found.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(new Set(found.map(({ check }) => check))).toEqual(
      new Set([
        'configuration',
        'template',
        'region',
        'credentials',
        'bootstrap',
        'stacks',
        'names',
        'history',
        'quotas',
      ]),
    );
    expect(found).toContainEqual(
      expect.objectContaining({ check: 'credentials', says: expect.stringContaining(ACCOUNT) }),
    );
    expect(exitCode).toBe(0);
    expect(standIn?.unanswered).toEqual([]);
  });

  it('finds all that is wrong at once, and says what to do for each', async () => {
    const closed = 'Only existing Timestream for LiveAnalytics customers can access the service.';
    const { exitCode, found } = await examine({
      ...EMPTY,
      GetParameter: () => json(400, { __type: 'ParameterNotFound' }),
      DescribeEndpoints: () => json(400, { __type: 'AccessDeniedException', message: closed }),
      ListServiceQuotas: ({ ServiceCode }) =>
        ServiceCode === 'lambda'
          ? quota('Concurrent executions', 10)
          : json(400, { __type: 'AccessDeniedException', message: 'no' }),
      GetResource: ({ Identifier }) =>
        Identifier === 'cityweave-twins'
          ? json(200, { TypeName: 'AWS::DynamoDB::Table', ResourceDescription: { Identifier } })
          : json(400, { __type: 'ResourceNotFoundException', message: 'not found' }),
    });
    expect(exitCode).toBe(1);
    expect(found.filter(({ level }) => level === 'fail')).toEqual([
      expect.objectContaining({ check: 'bootstrap', todo: `npx cdk bootstrap aws://${ACCOUNT}/eu-west-1` }),
      expect.objectContaining({ check: 'names', says: expect.stringContaining('cityweave-twins exists, but not in') }),
      expect.objectContaining({ check: 'history', todo: expect.stringContaining("historyStore: 'none'") }),
    ]);
    const warned = found.filter(({ level }) => level === 'warn');
    expect(warned.map(({ check }) => check)).toEqual(['quotas', 'quotas', 'quotas']);
    expect(warned[0]?.says).toMatch(/^Lambda concurrent executions: \d+ needed, 10 allowed$/);
    for (const { level, todo } of found) expect(todo === undefined).toBe(level === 'ok');
  });

  it('knows its own resources, and another stage in the same account and region', async () => {
    const { found } = await examine({
      ...EMPTY,
      DescribeStacks: ({ StackName }) =>
        StackName === 'Cityweave-Twin'
          ? xml('DescribeStacks', stackXml('Cityweave-Twin', 'prod', 'UPDATE_COMPLETE'))
          : StackName === 'Cityweave-Api'
            ? xml('DescribeStacks', stackXml('Cityweave-Api', 'dev', 'UPDATE_ROLLBACK_FAILED'))
            : missingStack,
      ListStackResources: ({ StackName }) =>
        StackName === 'Cityweave-Twin'
          ? xml(
              'ListStackResources',
              `<StackResourceSummaries>${resourceXml('cityweave-twins')}</StackResourceSummaries>`,
            )
          : missingStack,
      GetResource: ({ Identifier }) =>
        Identifier === 'cityweave-twins'
          ? json(200, { TypeName: 'AWS::DynamoDB::Table', ResourceDescription: { Identifier } })
          : json(400, { __type: 'ResourceNotFoundException', message: 'not found' }),
    });
    expect(found.filter(({ level }) => level === 'fail').map(({ says }) => says)).toEqual([
      expect.stringMatching(/^Cityweave-Twin is there as stage prod:/),
      'Cityweave-Api is in UPDATE_ROLLBACK_FAILED',
    ]);
    expect(found.find(({ check }) => check === 'names')?.level).toBe('ok');
  });

  it('without region and credentials says how to get them, and checks what needs neither', async () => {
    const { exitCode, found } = await run({}, await synthesized());
    expect(exitCode).toBe(1);
    expect(found.filter(({ level }) => level === 'fail')).toEqual([
      expect.objectContaining({ check: 'region', todo: expect.stringContaining('--region') }),
      expect.objectContaining({ check: 'credentials', todo: expect.stringContaining('aws sso login') }),
    ]);
    expect(found.filter(({ level }) => level === 'ok').map(({ check }) => check)).toEqual([
      'configuration',
      'template',
    ]);
    expect(found.filter(({ level }) => level === 'warn')).toHaveLength(5);
  });

  it('says in a finding that the assembly it was given is none', async () => {
    const { exitCode, found } = await run({}, ['--assembly', 'nowhere']);
    expect(exitCode).toBe(1);
    expect(found.find(({ check }) => check === 'template')).toMatchObject({
      level: 'fail',
      says: expect.stringContaining('nowhere/manifest.json'),
    });
  });
});

function stackXml(name: string, stage: string, status: string): string {
  const tags = `<Tags><member><Key>stage</Key><Value>${stage}</Value></member></Tags>`;
  return `<Stacks><member><StackName>${name}</StackName><StackStatus>${status}</StackStatus>${tags}</member></Stacks>`;
}

function resourceXml(tableName: string): string {
  return `<member><ResourceType>AWS::DynamoDB::Table</ResourceType><PhysicalResourceId>${tableName}</PhysicalResourceId></member>`;
}

async function synthesized(): Promise<string[]> {
  return ['--assembly', await sharedAssembly()];
}

async function examine(answers: Answers, args?: readonly string[]) {
  standIn = await startStandIn(answers);
  const credentials = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  return run({ AWS_ENDPOINT_URL: standIn.url, ...credentials }, [
    '--region',
    'eu-west-1',
    ...(args ?? (await synthesized())),
  ]);
}

/** With no variable of this process but PATH, and without the network of an EC2 instance. */
function run(
  settings: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<{ exitCode: number; found: Finding[] }> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, ['bin/cityweave.ts', 'doctor', '--json', ...args], { env }, (error, stdout, stderr) => {
      // What is no JSON fails the test that reads it, with all that was printed.
      const found = stdout.startsWith('[') ? JSON.parse(stdout) : [{ check: stdout, level: 'fail', says: stderr }];
      resolve({ exitCode: error ? Number(error.code) : 0, found });
    });
  });
}
