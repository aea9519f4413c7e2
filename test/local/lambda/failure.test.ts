import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalLambda, startLocalLambda } from './local-lambda.ts';

let local: LocalLambda;

beforeAll(async () => {
  local = await startLocalLambda();
});

afterAll(() => local.close());

/** Fails as `event.how` says, answers otherwise. */
const FAILING = `
  import { setTimeout as sleep } from 'node:timers/promises';
  let invocations = 0;
  const hoard = [];
  export const handler = async ({ how }) => {
    invocations += 1;
    console.log('begin ' + how);
    switch (how) {
      case 'throw': throw new TypeError('no such twin');
      case 'throw-text': throw 'plain text';
      case 'never': return new Promise(() => {});
      case 'loop': for (;;) {}
      case 'exit': process.exit(3);
      case 'memory': for (;;) hoard.push(new Array(100_000).fill({ x: Math.random() }));
      case 'buffers': for (;;) hoard.push(Buffer.alloc(1_000_000, 1));
      case 'uncaught': setTimeout(() => { throw new RangeError('from a timer'); }); return sleep(60_000);
      case 'rejection': Promise.reject(new Error('nobody awaits')); return sleep(60_000);
      case 'later': setTimeout(() => process.exit(1), 20); return invocations;
      case 'circular': { const self = {}; self.self = self; return self; }
      case 'print': console.error('to standard error'); return null;
      default: return invocations;
    }
  };`;

async function deployFailing(name: string, properties: Record<string, unknown> = {}): Promise<void> {
  await local.deploy(name, { 'index.mjs': FAILING }, { Timeout: 30, ...properties });
}

describe('a function that fails', () => {
  it('by throwing gives type, message and trace, and its thread lives on', async () => {
    await deployFailing('throwing');

    const result = await local.lambda.invoke('throwing', { how: 'throw' });

    // docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
    expect(result).toMatchObject({
      kind: 'failed',
      functionError: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'no such twin' },
    });
    expect(result.kind === 'failed' && result.payload.trace?.[0]).toBe('TypeError: no such twin');
    expect(await local.lambda.invoke('throwing', { how: 'throw-text' })).toMatchObject({
      payload: { errorType: 'string', errorMessage: 'plain text', trace: [] },
    });
    expect(await local.lambda.invoke('throwing', { how: 'circular' })).toMatchObject({
      payload: { errorType: 'Runtime.JSONStringifyError' },
    });
    expect(await local.lambda.invoke('throwing', {})).toMatchObject({ kind: 'returned', payload: 4 });
  });

  // docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
  const endings: [how: string, errorType: string, errorMessage: RegExp][] = [
    ['never', 'Sandbox.Timedout', /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/],
    ['loop', 'Sandbox.Timedout', /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/],
    ['exit', 'Runtime.ExitError', /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/],
    ['uncaught', 'RangeError', /^from a timer$/],
    ['rejection', 'Runtime.UnhandledPromiseRejection', /^Error: nobody awaits$/],
  ];

  it.each(endings)('by "%s" is contained and gets a fresh thread', async (how, errorType, errorMessage) => {
    const name = `ending-${how}`;
    await deployFailing(name, { Timeout: 1 });

    expect(await local.lambda.invoke(name, { how })).toMatchObject({
      kind: 'failed',
      functionError: 'Unhandled',
      payload: { errorType, errorMessage: expect.stringMatching(errorMessage) },
    });
    expect(await local.lambda.invoke(name, {})).toMatchObject({ kind: 'returned', payload: 1 });
  });

  it.each(['memory', 'buffers'])(
    'by using up its memory with "%s" is contained and gets a fresh thread',
    async (how) => {
      const name = `ending-${how}`;
      await deployFailing(name, { MemorySize: 128 });

      expect(await local.lambda.invoke(name, { how })).toMatchObject({
        kind: 'failed',
        payload: {
          errorType: 'Runtime.ExitError',
          errorMessage: expect.stringMatching(/Runtime exited with error: signal: killed$/),
        },
      });
      expect(await local.lambda.invoke(name, {})).toMatchObject({ kind: 'returned', payload: 1 });
    },
  );

  it('between two invocations does not fail the second', async () => {
    await deployFailing('ending-later');

    expect(await local.lambda.invoke('ending-later', { how: 'later' })).toMatchObject({ payload: 1 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await local.lambda.invoke('ending-later', {})).toMatchObject({ kind: 'returned', payload: 1 });
  });

  it('leaves what it printed and why it failed in its log, even when it hangs', async () => {
    await deployFailing('logging', { Timeout: 1 });

    await local.lambda.invoke('logging', { how: 'print' });
    await local.lambda.invoke('logging', { how: 'throw' });
    await local.lambda.invoke('logging', { how: 'loop' });

    await expect
      .poll(() => local.readLog('logging'), { timeout: 10_000 })
      .toContain('Task timed out after 1.00 seconds');
    const text = await local.readLog('logging');
    expect(text).toContain('begin print\nto standard error\nbegin throw\n');
    expect(text).toContain('no such twin');
    expect(text).toContain('begin loop');
  });
});

describe('what a function prints', () => {
  it('is told line by line, with the name of the function', async () => {
    const told: [functionName: string, line: string][] = [];
    const telling = await startLocalLambda({ onLog: (...line) => told.push(line) });
    await telling.deploy('printing', {
      'index.mjs': `export const handler = async () => { console.log('{"_aws":{}}'); console.log('two\\nlines'); };`,
    });

    await telling.lambda.invoke('printing', {});
    await telling.close();

    expect(told).toEqual([
      ['printing', '{"_aws":{}}'],
      ['printing', 'two'],
      ['printing', 'lines'],
    ]);
  });
});

describe('limits', () => {
  const REQUEST_BYTES_MAX = 6 * 1024 * 1024;

  beforeAll(async () => {
    await local.deploy('echo', {
      'index.mjs': `export const handler = async (event) =>
        typeof event === 'string' ? event.length : 'x'.repeat(event.length);`,
    });
  });

  it('takes an event of 6 MB and refuses one byte more', async () => {
    const quotes = 2;

    expect(await local.lambda.invoke('echo', 'x'.repeat(REQUEST_BYTES_MAX - quotes))).toMatchObject({
      kind: 'returned',
      payload: REQUEST_BYTES_MAX - quotes,
    });
    expect(await local.lambda.invoke('echo', 'x'.repeat(REQUEST_BYTES_MAX - quotes + 1))).toMatchObject({
      kind: 'refused',
      reason: 'RequestTooLargeException',
    });
  });

  it('takes an answer of 6,291,556 bytes and fails one byte more', async () => {
    const length = 6_291_556 - 2;

    expect(await local.lambda.invoke('echo', { length })).toMatchObject({ kind: 'returned' });
    expect(await local.lambda.invoke('echo', { length: length + 1 })).toMatchObject({
      kind: 'failed',
      payload: {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
    });
  });

  it('runs no more at a time than the template reserves', async () => {
    await local.deploy(
      'reserved',
      {
        'index.mjs': `import { setTimeout as sleep } from 'node:timers/promises';
          let count = 0;
          export const handler = async () => { count += 1; await sleep(20); return count; };`,
      },
      { ReservedConcurrentExecutions: 1 },
    );

    const results = await Promise.all([1, 2, 3].map(() => local.lambda.invoke('reserved', {})));

    expect(results.map((result) => result.kind === 'returned' && result.payload)).toEqual([1, 2, 3]);
  });

  it('runs at most 10 at a time without a reservation', async () => {
    await local.deploy(
      'many',
      {
        'index.mjs': `import { randomUUID } from 'node:crypto';
          import { setTimeout as sleep } from 'node:timers/promises';
          const thread = randomUUID();
          export const handler = async () => { await sleep(1000); return thread; };`,
      },
      { Timeout: 30 },
    );

    const results = await Promise.all(Array.from({ length: 12 }, () => local.lambda.invoke('many', {})));

    const threads = results.map((result) => result.kind === 'returned' && result.payload);
    expect(new Set(threads).size).toBe(10);
  });

  it('lets 1,000 invocations wait and throttles the next', async () => {
    const hanging = await startLocalLambda();
    await hanging.deploy(
      'hanging',
      { 'index.mjs': 'export const handler = () => new Promise(() => {});' },
      { ReservedConcurrentExecutions: 1, Timeout: 900 },
    );
    const running = 1;
    const settled: string[] = [];
    const waiting = Array.from({ length: running + 1000 }, async () => {
      settled.push((await hanging.lambda.invoke('hanging', {})).kind);
    });

    expect(await hanging.lambda.invoke('hanging', {})).toMatchObject({
      kind: 'refused',
      reason: 'TooManyRequestsException',
    });
    expect(settled).toEqual([]);
    await hanging.close();
    await Promise.all(waiting);
  });

  it('throttles a function that reserves nothing', async () => {
    await local.deploy(
      'stopped',
      { 'index.mjs': 'export const handler = async () => 1;' },
      { ReservedConcurrentExecutions: 0 },
    );

    expect(await local.lambda.invoke('stopped', {})).toMatchObject({
      kind: 'refused',
      reason: 'TooManyRequestsException',
    });
  });
});
