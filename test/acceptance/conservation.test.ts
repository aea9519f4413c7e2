/**
 * After power cuts in mid-load, with duplicates, bad input and redrives, operators' commands agree that nothing is missing
 * and that the twins are what the log makes of them; and they find what is then taken away.
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DeleteItemCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLocal, type RunningCli, startCli, temporaryDirectory } from './target.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const ASSETS = 20;
const LOAD_MS = 2_000;
const IN_FLIGHT_MAX = 50;
const WAIT_S = '90';

interface Answer {
  readonly code: number;
  readonly json: Record<string, unknown>;
}

const directory = await temporaryDirectory();
const fromMs = Date.now() - 1000;
let cli: RunningCli;
let acknowledged = 0;

beforeAll(async () => {
  cli = await startCli(directory);
}, 120_000);
afterAll(async () => {
  await cli?.kill();
  await rm(directory, { recursive: true, force: true });
});

/** Its exit code, and what it printed as JSON, or else what it complained of. */
function cityweave(...words: readonly string[]): Promise<Answer> {
  const command = ['bin/cityweave.ts', ...words, '--json', '--data', directory];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: REPOSITORY, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), json: parsed(stdout) ?? { stderr } });
    });
  });
}

function parsed(text: string): Answer['json'] | undefined {
  try {
    return JSON.parse(text) as Answer['json'];
  } catch {
    return undefined;
  }
}

const audit = () => cityweave('audit', '--from', String(fromMs), '--wait', WAIT_S, '--grace', '0');

function payloadOf(number: number): string {
  // One of ten is no JSON, one of ten is out of range, one of five repeats the one before, and one of ten has three.
  if (number % 10 === 3) return '{"attributes": {';
  const reading = (counter: number, occupied = counter % 5000) => ({
    counter,
    attributes: { occupiedSpotNumber: occupied },
  });
  if (number % 10 === 5) return JSON.stringify(reading(number, -1));
  if (number % 10 === 7) return JSON.stringify([reading(number), reading(number + 1, -1), reading(number + 500_000)]);
  return JSON.stringify(reading(number % 5 === 1 ? number - 1 : number));
}

/** Publishes as fast as it is acknowledged, until it is told to stop or the connection breaks. */
async function publish(firstNumber: number, stopped: AbortSignal): Promise<void> {
  const client = await connectAsync(cli.mqttUrl, { clientId: 'load', reconnectPeriod: 0 });
  const cut = new AbortController();
  client.on('close', () => cut.abort());
  client.on('error', () => {});
  const inFlight = new Set<Promise<void>>();
  for (let number = firstNumber; !cut.signal.aborted && !stopped.aborted; number++) {
    const topic = `dt/centre/OffStreetParking/chaos-${Math.floor(number / 2) % ASSETS}/camera`;
    const sent = client
      .publishAsync(topic, payloadOf(number), { qos: 1 })
      .then(
        () => void acknowledged++,
        () => {},
      )
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race([...inFlight, delay(100)]);
  }
  await Promise.race([Promise.all(inFlight), delay(1000)]);
  client.end(true);
}

function aws() {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return { endpoint: cli.awsEndpoint, region: 'us-east-1', credentials };
}

async function writeCheckpoint(): Promise<void> {
  const lambda = new LambdaClient(aws());
  const { FunctionError: failure } = await lambda.send(new InvokeCommand({ FunctionName: 'cityweave-checkpoint' }));
  lambda.destroy();
  expect(failure).toBeUndefined();
}

/** Until every asset has a twin. */
async function twinsOfAll(): Promise<void> {
  const headers = { authorization: `Bearer ${cli.token}` };
  for (let asset = 0; asset < ASSETS; asset++) {
    await expect
      .poll(async () => (await fetch(`${cli.apiUrl}/v1/twins/chaos-${asset}`, { headers })).status, { timeout: 60_000 })
      .toBe(200);
  }
}

async function redrive(reason: string): Promise<string[]> {
  const answer = await fetch(`${cli.apiUrl}/v1/rejects/redrive`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cli.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason }),
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { redriven: string[] }).redriven;
}

interface Reject {
  readonly id: string;
  readonly reason: string;
  readonly readingId: string;
  readonly clientId: string;
}

/** The reject of what a client has sent since then. */
async function rejectOf(clientId: string, sinceMs: number): Promise<Reject> {
  const headers = { authorization: `Bearer ${cli.token}` };
  const url = `${cli.apiUrl}/v1/rejects?reason=malformed&limit=200&from=${sinceMs}`;
  for (;;) {
    const page = (await (await fetch(url, { headers })).json()) as { readonly rejects: readonly Reject[] };
    const found = page.rejects.find((reject) => reject.clientId === clientId);
    if (found) return found;
    await delay(200);
  }
}

describeLocal('after power cuts in mid-load, duplicates, bad input and redrives', () => {
  it('nothing is missing, and the twins are what the log makes of them', { timeout: 400_000 }, async () => {
    const stopped = new AbortController();
    for (const firstNumber of [100_000, 200_000]) {
      const load = publish(firstNumber, stopped.signal);
      await delay(LOAD_MS);
      if (firstNumber === 200_000) await redrive('out-of-range');
      await cli.kill();
      await load;
      cli = await startCli(directory);
    }
    const load = publish(300_000, stopped.signal);
    await delay(LOAD_MS);
    await twinsOfAll();
    const [redriven] = await Promise.all([redrive('malformed'), writeCheckpoint(), delay(500)]);
    stopped.abort();
    await load;
    expect(acknowledged).toBeGreaterThan(200);
    expect(redriven.length).toBeGreaterThan(0);

    const { code, json } = await audit();
    expect(json).toMatchObject({ missing: [], pending: [], unexpected: [], notUnderstood: [] });
    expect(code).toBe(0);
    expect(json['messages']).toBeGreaterThanOrEqual(acknowledged);
    const { logged, kept, readings } = json as Record<string, Record<string, number>> & { readings: number };
    expect(Object.keys(kept ?? {}).toSorted()).toEqual(['malformed', 'out-of-range']);
    expect(logged?.['duplicate']).toBeGreaterThan(0);
    const fates = [...Object.values(logged ?? {}), ...Object.values(kept ?? {})];
    expect(fates.reduce((sum, count) => sum + count, 0)).toBe(readings);

    const verified = await cityweave('verify', '--grace', '1');
    expect(verified.json).toMatchObject({ divergent: 0, divergences: [], equal: ASSETS });
    expect(verified.json['rebuilt']).toMatchObject({ checkpoint: { twins: ASSETS }, unreadable: [], gap: null });
    expect(verified.code).toBe(0);
  });

  it('a reject and a sibling that are really removed are found', { timeout: 200_000 }, async () => {
    const dynamodb = new DynamoDBClient(aws());
    // Of a client that does not flood, so that its reject is in the table and nowhere else.
    const sentAtMs = Date.now();
    const client = await connectAsync(cli.mqttUrl, { clientId: 'quiet' });
    await client.publishAsync('dt/centre/OffStreetParking/chaos-0/camera', payloadOf(3), { qos: 1 });
    await client.endAsync();
    const { id, reason, readingId } = await rejectOf('quiet', sentAtMs);
    const Key = { reason: { S: reason }, packId: { S: id.slice(0, id.lastIndexOf('#')) } };
    await dynamodb.send(new DeleteItemCommand({ TableName: 'cityweave-rejects', Key }));
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: 'cityweave-twins',
        Key: { assetId: { S: 'chaos-7' } },
        UpdateExpression: 'REMOVE registers.occupiedSpotNumber.camera',
      }),
    );
    dynamodb.destroy();

    const found = await cityweave('audit', '--from', String(fromMs), '--wait', '0', '--grace', '0');
    expect(found.code).toBe(1);
    const missing = [{ readingId: readingId.replace(/0$/, '*') }];
    expect(found.json).toMatchObject({ missing, unexpected: [] });

    const verified = await cityweave('verify', '--grace', '1');
    expect(verified.code).toBe(1);
    expect(verified.json).toMatchObject({
      divergent: 1,
      divergences: [{ assetId: 'chaos-7', register: 'occupiedSpotNumber', source: 'camera', live: null }],
    });
  });
});
