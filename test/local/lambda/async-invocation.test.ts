import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalLambda, startLocalLambda } from './local-lambda.ts';

let directory: string;
let seenFile: string;
let local: LocalLambda;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'cityweave-async-'));
  seenFile = path.join(directory, 'seen');
  appendFileSync(seenFile, '');
});

afterEach(async () => {
  await local.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Appends its request id and event to a file, then does what the event says. */
const RECORDING = `
  import { appendFileSync } from 'node:fs';
  export const handler = async (event, { awsRequestId }) => {
    appendFileSync(process.env.SEEN_FILE, JSON.stringify([awsRequestId, event]) + '\\n');
    if (event.hang) await new Promise(() => {});
    if (event.fail) throw new Error('as asked');
  };`;

type Options = Parameters<typeof startLocalLambda>[0];

async function start(options: Options = {}, properties: Record<string, unknown> = {}): Promise<void> {
  local = await startLocalLambda({ directory, asyncRetryDelaysMs: [50, 100], ...options });
  const variables = { Environment: { Variables: { SEEN_FILE: seenFile } } };
  await local.deploy('recording', { 'index.mjs': RECORDING }, { ...variables, Timeout: 10, ...properties });
}

const configure = (properties: Record<string, unknown>): Promise<unknown> =>
  local.create('AWS::Lambda::EventInvokeConfig', { FunctionName: 'recording', Qualifier: '$LATEST', ...properties });

const TO_S3 = { DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } } };

function seen(): [requestId: string, event: unknown][] {
  const lines = readFileSync(seenFile, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

const eventually = <T>(look: () => T) => expect.poll(look, { interval: 5, timeout: 20_000 });

describe('an asynchronous invocation', () => {
  it('is queued at once and runs once when it succeeds', async () => {
    await start();

    const queued = await local.lambda.invokeAsync('arn:aws:lambda:us-east-1:000000000000:function:recording', { a: 1 });

    expect(queued).toEqual({ kind: 'queued', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    await eventually(seen).toEqual([[queued.kind === 'queued' && queued.requestId, { a: 1 }]]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen()).toHaveLength(1);
  });

  it('is tried again twice under the same request id, later each time, and then dropped by name', async () => {
    await start({ asyncRetryDelaysMs: [200, 400] });
    const startedMs = Date.now();

    await local.lambda.invokeAsync('recording', { fail: true });

    await eventually(() => local.lines).toEqual([expect.stringContaining('RetriesExhausted')]);
    expect(seen()).toHaveLength(3);
    expect(new Set(seen().map(([requestId]) => requestId)).size).toBe(1);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(590);
  });

  it('is tried again as often as MaximumRetryAttempts says', async () => {
    await start();
    await configure({ MaximumRetryAttempts: 0 });

    await local.lambda.invokeAsync('recording', { fail: true });

    await eventually(() => local.lines).toHaveLength(1);
    expect(seen()).toHaveLength(1);
  });

  it('is given up when its next retry would come after MaximumEventAgeInSeconds', async () => {
    await start({ asyncRetryDelaysMs: [61_000, 0] });
    await configure({ MaximumEventAgeInSeconds: 60 });

    await local.lambda.invokeAsync('recording', { fail: true });

    await eventually(() => local.lines).toEqual([expect.stringContaining('EventAgeExceeded')]);
  });

  it('is refused for a function that is not there, and beyond 1 MB', async () => {
    await start();
    const quotes = 2;

    expect(await local.lambda.invokeAsync('absent', {})).toMatchObject({ reason: 'ResourceNotFoundException' });
    expect(await local.lambda.invokeAsync('recording', 'x'.repeat(1_048_576 - quotes))).toMatchObject({
      kind: 'queued',
    });
    expect(await local.lambda.invokeAsync('recording', 'x'.repeat(1_048_576 - quotes + 1))).toMatchObject({
      reason: 'RequestTooLargeException',
    });
  });

  it('is throttled beyond 64 MB of events that wait', async () => {
    await start({}, { ReservedConcurrentExecutions: 1, Timeout: 900 });
    const quotes = 2;
    await local.lambda.invokeAsync('recording', { hang: true });
    const hanging = JSON.stringify({ hang: true }).length;
    for (let index = 0; index < 63; index += 1) {
      await local.lambda.invokeAsync('recording', 'x'.repeat(1_048_576 - quotes));
    }

    expect(await local.lambda.invokeAsync('recording', 'x'.repeat(1_048_576 - quotes - hanging))).toMatchObject({
      kind: 'queued',
    });
    expect(await local.lambda.invokeAsync('recording', 1)).toMatchObject({ reason: 'TooManyRequestsException' });
  });
});

describe('what is given up', () => {
  it('goes to the bucket as the documented record', async () => {
    await start();
    await configure(TO_S3);

    const queued = await local.lambda.invokeAsync('recording', { fail: true });

    await eventually(() => local.objects.size).toBe(1);
    const [[key, body] = ['', '']] = [...local.objects];
    expect(key).toMatch(
      /^failures\/aws\/lambda\/async\/recording\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
    );
    // docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    expect(JSON.parse(body)).toEqual({
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestContext: {
        requestId: queued.kind === 'queued' && queued.requestId,
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:recording:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { fail: true },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'as asked', trace: expect.any(Array) },
    });
  });

  it('is not forgotten before the bucket has it', async () => {
    const keys: string[] = [];
    await start({
      putObject: async (_, key) => {
        keys.push(key);
        if (keys.length < 3) throw new Error('no room');
      },
    });
    await configure({ ...TO_S3, MaximumRetryAttempts: 0 });

    await local.lambda.invokeAsync('recording', { fail: true });

    await eventually(() => keys.length).toBe(3);
    expect(new Set(keys).size).toBe(1);
    expect(local.lines).toEqual(Array(2).fill(expect.stringContaining('no room')));
  });

  it('goes there at once when the function reserves no concurrency', async () => {
    await start({}, { ReservedConcurrentExecutions: 0 });
    await configure(TO_S3);

    await local.lambda.invokeAsync('recording', {});

    await eventually(() => local.objects.size).toBe(1);
    const record = JSON.parse([...local.objects.values()][0] ?? '');
    expect(record.requestContext).toMatchObject({ condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 });
    expect(record.responseContext).toBeUndefined();
  });
});

describe('a restart', () => {
  it('takes up what was queued and what waited for a retry, with what had failed', async () => {
    await start({ asyncRetryDelaysMs: [600_000, 600_000] });
    await local.lambda.invokeAsync('recording', { fail: true });
    await eventually(() => seen().length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await local.close();

    await start();
    await local.lambda.startPolling();

    await eventually(() => local.lines).toEqual([expect.stringContaining('after 3 failures')]);
    expect(seen()).toHaveLength(3);
  });

  it('after a kill invokes with every event that was acknowledged', async () => {
    const program = fileURLToPath(new URL('enqueue-until-killed.ts', import.meta.url));
    const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (printed.length > 5000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const acknowledged = printed.split('\n').slice(0, -1);

    await start();
    const variables = { Environment: { Variables: { SEEN_FILE: seenFile } } };
    await local.deploy('hanging', { 'index.mjs': RECORDING }, variables);
    await local.lambda.startPolling();

    const missing = (): string[] => {
      const events = new Set(seen().map(([, event]) => event));
      return acknowledged.filter((text) => !events.has(text));
    };
    await eventually(missing).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(300);
  });

  it('repeats nothing that was done', async () => {
    await start();
    await local.lambda.invokeAsync('recording', {});
    await eventually(() => seen().length).toBe(1);
    await local.close();

    await start();
    await local.lambda.startPolling();
    await new Promise((resolve) => setTimeout(resolve, 300));

    expect(seen()).toHaveLength(1);
  });
});

describe('a template that asks for what is not done', () => {
  it.each([
    ['Qualifier', { Qualifier: 'PROD' }],
    ['MaximumRetryAttempts', { MaximumRetryAttempts: 3 }],
    ['MaximumEventAgeInSeconds', { MaximumEventAgeInSeconds: 59 }],
    ['MaximumEventAgeInSeconds', { MaximumEventAgeInSeconds: 21_601 }],
    ['Destination', { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:dead' } } }],
    ['OnSuccess', { DestinationConfig: { OnSuccess: { Destination: 'arn:aws:s3:::successes' } } }],
    ['FunctionName', { FunctionName: 'absent' }],
  ])('is refused by the name of %s', async (property, properties) => {
    await start();

    await expect(configure(properties)).rejects.toThrow(property);
  });
});
