import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalLambda, startLocalLambda } from './local-lambda.ts';

let local: LocalLambda;

beforeAll(async () => {
  local = await startLocalLambda();
  // Above the bundles, as in this project: it must not make ES modules of their .js files.
  await writeFile(path.join(local.directory, 'package.json'), '{"type":"module"}');
});

afterAll(() => local.close());

describe('bundles', () => {
  const bundles: [name: string, files: Record<string, string>, handler: string][] = [
    ['commonjs-js', { 'index.js': 'exports.handler = async (event) => event.x + 1;' }, 'index.handler'],
    ['commonjs-cjs', { 'index.cjs': 'exports.handler = async (event) => event.x + 1;' }, 'index.handler'],
    ['esm-mjs', { 'index.mjs': 'export const handler = async (event) => event.x + 1;' }, 'index.handler'],
    [
      'esm-package',
      { 'index.js': 'export const handler = async (event) => event.x + 1;', 'package.json': '{"type":"module"}' },
      'index.handler',
    ],
    [
      'commonjs-two-files',
      {
        'index.js': 'exports.handler = require("./other").add;',
        'other.js': 'exports.add = async (event) => event.x + 1;',
      },
      'index.handler',
    ],
    ['other-names', { 'main.mjs': 'export function run(event) { return event.x + 1; }' }, 'main.run'],
  ];

  it.each(bundles)('runs %s', async (name, files, handler) => {
    await local.deploy(name, files, { Handler: handler });

    expect(await local.lambda.invoke(name, { x: 41 })).toMatchObject({ kind: 'returned', payload: 42 });
  });

  const broken: [name: string, source: string, handler: string, errorType: string][] = [
    ['no-module', 'export const handler = 1;', 'absent.handler', 'Runtime.ImportModuleError'],
    ['no-export', 'export const other = () => {};', 'index.handler', 'Runtime.HandlerNotFound'],
    ['no-function', 'export const handler = 1;', 'index.handler', 'Runtime.HandlerNotFound'],
    ['no-dot', 'export const handler = () => {};', 'handler', 'Runtime.MalformedHandlerName'],
    ['throws-at-load', 'throw new Error("no table");', 'index.handler', 'Runtime.ImportModuleError'],
    [
      'takes-callback',
      'export const handler = (a, b, done) => done();',
      'index.handler',
      'Runtime.CallbackHandlerDeprecated',
    ],
  ];

  it.each(broken)('reports %s', async (name, source, handler, errorType) => {
    await local.deploy(name, { 'index.mjs': source }, { Handler: handler });

    expect(await local.lambda.invoke(name, {})).toMatchObject({
      kind: 'failed',
      functionError: 'Unhandled',
      payload: { errorType },
    });
  });

  it('still runs a handler with a callback on the runtimes that take one', async () => {
    await local.deploy(
      'old-runtime',
      { 'index.mjs': 'export const handler = async (event, context, done) => typeof done;' },
      { Runtime: 'nodejs22.x' },
    );

    expect(await local.lambda.invoke('old-runtime', {})).toMatchObject({ payload: 'undefined' });
  });
});

describe('what a function sees', () => {
  it("is the template's variables and the reserved ones, and nothing of this process", async () => {
    process.env.SECRET_OF_THE_LAPTOP = 'must not leak';
    await local.deploy(
      'environment',
      { 'index.mjs': 'export const handler = async () => process.env;' },
      { Environment: { Variables: { TWINS_TABLE: 'twins' } }, MemorySize: 256 },
    );

    const result = await local.lambda.invoke('environment', {});

    // docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    expect(result).toMatchObject({ kind: 'returned' });
    const { _X_AMZN_TRACE_ID, LAMBDA_TASK_ROOT, ...variables } =
      result.kind === 'returned' ? Object(result.payload) : {};
    expect(_X_AMZN_TRACE_ID).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
    expect(LAMBDA_TASK_ROOT).toBe(path.join(local.directory, 'cdk.out', 'asset.environment'));
    expect(variables).toEqual({
      TWINS_TABLE: 'twins',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      _HANDLER: 'index.handler',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/environment',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: 'local',
      AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
    });
  });

  it('is a context with the documented properties', async () => {
    await local.deploy(
      'context',
      {
        'index.mjs': `export const handler = async (event, context) => {
          return { ...context, remainingMs: context.getRemainingTimeInMillis() };
        };`,
      },
      { Timeout: 7 },
    );

    const result = await local.lambda.invoke('context', {});

    // docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
    expect(result).toMatchObject({
      kind: 'returned',
      payload: {
        functionName: 'context',
        functionVersion: '$LATEST',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:context',
        memoryLimitInMB: '128',
        awsRequestId: result.kind === 'returned' ? result.requestId : '',
        logGroupName: '/aws/lambda/context',
        logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
        remainingMs: expect.toSatisfy((ms: number) => ms > 5000 && ms <= 7000),
      },
    });
  });

  it('is a thread that stays warm, and another one while that is busy', async () => {
    await local.deploy('warm', {
      'index.mjs': `import { setTimeout as sleep } from 'node:timers/promises';
        let count = 0;
        export const handler = async ({ ms }) => { count += 1; await sleep(ms); return count; };`,
    });
    const payloadOf = async (ms: number): Promise<unknown> => {
      const result = await local.lambda.invoke('warm', { ms });
      return result.kind === 'returned' ? result.payload : result;
    };

    expect([await payloadOf(0), await payloadOf(0)]).toEqual([1, 2]);
    expect(await Promise.all([payloadOf(300), payloadOf(300)])).toEqual([3, 1]);
  });
});

describe('names', () => {
  it.each([
    ['a name', 'named'],
    ['a name with version', 'named:$LATEST'],
    ['an ARN', 'arn:aws:lambda:us-east-1:000000000000:function:named'],
    ['a partial ARN', '000000000000:function:named'],
  ])('finds a function by %s', async (_, reference) => {
    await local.deploy('named', { 'index.mjs': 'export const handler = async () => "here";' });

    expect(await local.lambda.invoke(reference, {})).toMatchObject({ kind: 'returned', payload: 'here' });
  });

  it.each(['absent', 'named:PROD', 'arn:aws:lambda:us-east-1:000000000000:function:absent'])(
    'refuses %s',
    async (reference) => {
      expect(await local.lambda.invoke(reference, {})).toMatchObject({
        kind: 'refused',
        reason: 'ResourceNotFoundException',
      });
    },
  );

  it('generates the same one at every start, of at most 64 characters', async () => {
    const files = { 'index.mjs': 'export const handler = async () => 1;' };
    const long = 'A'.repeat(80);

    const first = await local.deploy(long, files, { FunctionName: undefined });
    const second = await local.deploy(long, files, { FunctionName: undefined });

    expect(first).toEqual(second);
    expect(first.ref).toMatch(/^Test-A+-[0-9a-f]{12}$/);
    expect(first.ref).toHaveLength(64);
    expect(first.attributes.Arn).toBe(`arn:aws:lambda:us-east-1:000000000000:function:${first.ref}`);
  });
});

describe('a template that asks for what is not done', () => {
  const files = { 'index.mjs': 'export const handler = async () => 1;' };

  it.each([
    ['Layers', { Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:x:1'] }],
    ['Runtime', { Runtime: 'python3.13' }],
    ['Timeout', { Timeout: 901 }],
    ['Timeout', { Timeout: 0 }],
    ['MemorySize', { MemorySize: 127 }],
    ['MemorySize', { MemorySize: 10_241 }],
  ])('is refused by the name of %s', async (property, properties) => {
    await expect(local.deploy('refused', files, properties)).rejects.toThrow(property);
  });

  it.each([{ Timeout: 900 }, { Timeout: 1 }, { MemorySize: 128 }, { MemorySize: 10_240 }])(
    'is taken at the limit: %o',
    async (properties) => {
      expect(await local.deploy('at-limit', files, properties)).toMatchObject({ ref: 'at-limit' });
    },
  );
});
