import { readFileSync } from 'node:fs';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { cityApp } from './city-app.ts';

/** IAM prefix of each SDK package. */
const PREFIX: Readonly<Record<string, string>> = {
  'client-dynamodb': 'dynamodb',
  'client-iot-data-plane': 'iot',
  'client-kinesis': 'kinesis',
  'client-s3': 's3',
  'client-timestream-query': 'timestream',
  'client-timestream-write': 'timestream',
};
/** Where an action is not called like its operation; a batch of statements needs the action of each kind in it. */
const ACTIONS_OF_OPERATION: Readonly<Record<string, readonly string[]>> = {
  'timestream:Query': ['timestream:Select'],
  'dynamodb:BatchExecuteStatement': ['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'],
};

/** What a module that several functions share can do, and this function never asks of it. */
const NEVER_CALLED: Readonly<Record<string, readonly string[]>> = {
  normalizer: ['dynamodb:PutItem'],
  'failure-recorder': ['dynamodb:Query', 'dynamodb:PutItem'],
  'conflict-resolver': ['dynamodb:Query', 'dynamodb:Scan', 'dynamodb:PutItem'],
  'fast-lane': ['dynamodb:Scan', 'dynamodb:PutItem'],
  'review-opener': ['dynamodb:Query', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'],
  'asset-registry': ['dynamodb:BatchGetItem'],
  'provisioning-hook': ['dynamodb:PutItem'],
  'sync-receiver': [],
  'history-writer': ['timestream:Select'],
  api: ['dynamodb:BatchWriteItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate', 'timestream:WriteRecords'],
};

/** Not S3, which Lambda writes in a function's name, too: what a mapping gives up. */
const SERVICES = /^(dynamodb|iot:Publish|kinesis:Put|timestream:(?!DescribeEndpoints))/;

describe('what a function may do', () => {
  const app = cityApp('dev');

  it.each(Object.keys(NEVER_CALLED))('%s: exactly the operations that its code calls', (name) => {
    const called = operationsIn(name).filter(
      (action) => SERVICES.test(action) && !NEVER_CALLED[name]?.includes(action),
    );
    expect(called).not.toEqual([]);
    expect(allowed(name)).toEqual(called.toSorted());
  });

  it.each(Object.keys(NEVER_CALLED))('%s: no exception that its code does not need', (name) => {
    expect(operationsIn(name)).toEqual(expect.arrayContaining([...(NEVER_CALLED[name] ?? [])]));
  });

  function allowed(name: string): string[] {
    const [role] = Object.values(app.resources('AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties.FunctionName === `cityweave-${name}`)
      .map(({ Properties }) => Properties.Role['Fn::GetAtt'][0]);
    const actions = Object.values(app.resources('AWS::IAM::Policy'))
      .filter(({ Properties }) => Properties.Roles.every(({ Ref }) => Ref === role))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action }) => Action)
      .filter((action) => SERVICES.test(action));
    return [...new Set(actions)].toSorted();
  }
});

/** The SDK's commands that the function's own sources construct, found by reading them. */
function operationsIn(name: string): string[] {
  const { metafile } = buildSync({
    entryPoints: [`lambdas/${name}/handler.ts`],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const actions = new Set<string>();
  for (const path of Object.keys(metafile.inputs)) {
    const source = readFileSync(path, 'utf8');
    for (const [, imported = '', client = ''] of source.matchAll(/import \{([^}]*)\} from '@aws-sdk\/([^']+)'/g)) {
      for (const [, operation = ''] of imported.matchAll(/(\w+)Command\b/g)) {
        const action = `${PREFIX[client] ?? client}:${operation}`;
        for (const needed of ACTIONS_OF_OPERATION[action] ?? [action]) actions.add(needed);
      }
    }
  }
  return [...actions];
}
