import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-kinesis';
import { connectAsync } from 'mqtt';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../local/listen.ts';
import { startLocalCloud } from '../../local/start.ts';
import { sharedAssembly } from '../setup/shared-assembly.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const CLI = path.join(REPOSITORY, 'bin/cityweave.js');
const SDK = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** A cold start synthesizes; beside other work on two cores that may take long. */
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5000;

interface Run {
  readonly child: ChildProcess;
  /** Of both outputs, so far. */
  lines(): readonly string[];
  readonly exited: Promise<number | null>;
}

const runs: Run[] = [];

function cityweave(...options: string[]): Run {
  const child = spawn(process.execPath, [CLI, ...options], { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: string): void => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
  const run = { child, exited, lines: () => output.split('\n').filter((line) => line !== '') };
  runs.push(run);
  return run;
}

interface Ready {
  readonly mqtt: string;
  readonly aws: string;
  readonly http: string;
}

async function ready(run: Run): Promise<Ready> {
  const line = await expect
    .poll(
      () => run.lines().find((each) => each.startsWith('ready')) ?? (run.child.exitCode === null ? undefined : ''),
      {
        timeout: START_TIMEOUT_MS,
        interval: 20,
      },
    )
    .toBeDefined()
    .then(() => run.lines().find((each) => each.startsWith('ready')) ?? '');
  const found = /MQTT (mqtt:\S+), .*AWS APIs (http:\S+), HTTP API (http:\S+)$/.exec(line);
  const [, mqtt, aws, http] = found ?? [];
  if (mqtt === undefined || aws === undefined || http === undefined) {
    throw new Error(`no ready line, but:\n${run.lines().join('\n')}`);
  }
  return { mqtt, aws, http };
}

async function stop(run: Run): Promise<number | null> {
  run.child.kill('SIGINT');
  return run.exited;
}

describe('cityweave start', { timeout: 2 * START_TIMEOUT_MS }, () => {
  let parent: string;
  let data: string;
  const start = (...options: string[]) =>
    cityweave('start', '--port-base', '0', '--no-city', '--data', data, ...options);

  beforeAll(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'cityweave-start-'));
    data = path.join(parent, 'data');
  });
  afterEach(async () => {
    for (const { child } of runs.splice(0)) {
      child.kill('SIGKILL');
    }
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  it('prints where it answers, keeps state through Ctrl-C, and starts again without a synthesis', async () => {
    const first = start();
    const { aws, http } = await ready(first);
    expect(first.lines().at(-1)).toMatch(/^ready/);
    expect(JSON.parse(readFileSync(path.join(data, 'addresses.json'), 'utf8'))).toMatchObject({ aws, http });
    const outputs = JSON.parse(readFileSync(path.join(data, 'outputs.json'), 'utf8'));
    expect(outputs['Cityweave-Twin']).toMatchObject({ TwinsTableName: expect.any(String) });
    const table = String(outputs['Cityweave-Twin'].TwinsTableName);
    const token = readFileSync(path.join(data, 'token'), 'utf8').trim();
    expect(first.lines().some((line) => line.includes(token))).toBe(true);
    const authorized = await fetch(`${http}/v1/twins?limit=1`, { headers: { authorization: `Bearer ${token}` } });
    expect(authorized.status).toBe(200);

    const item = { assetId: { S: 'kept' }, note: { S: 'through Ctrl-C' } };
    const before = new DynamoDBClient({ ...SDK, endpoint: aws });
    await before.send(new PutItemCommand({ TableName: table, Item: item }));
    before.destroy();

    const stoppedMs = performance.now();
    expect(await stop(first)).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(STOP_TIMEOUT_MS);
    expect(existsSync(path.join(data, 'lock'))).toBe(false);
    expect(existsSync(path.join(data, 'addresses.json'))).toBe(false);

    const second = start();
    const again = await ready(second);
    expect(second.lines()).toContain('template unchanged since the last start');
    const after = new DynamoDBClient({ ...SDK, endpoint: again.aws });
    const kept = await after.send(new GetItemCommand({ TableName: table, Key: { assetId: { S: 'kept' } } }));
    expect(kept.Item).toEqual(item);
    after.destroy();
    expect(await stop(second)).toBe(0);
  });

  it('is refused where another runs, and takes over from one that was killed, with what it acknowledged', async () => {
    const first = start();
    const { mqtt, aws } = await ready(first);
    const refused = start();
    expect(await refused.exited).toBe(1);
    expect(refused.lines()).toEqual([
      `cityweave: ${data} is in use by process ${first.child.pid}; stop that one, or choose another directory with --data`,
    ]);

    const ingest = String(
      JSON.parse(readFileSync(path.join(data, 'outputs.json'), 'utf8'))['Cityweave-Ingest'].IngestStreamName,
    );
    const recordsBefore = await countRecords(aws, ingest);
    const device = await connectAsync(mqtt, { clientId: 'lot-1' });
    const published = 50;
    for (let reading = 0; reading < published; reading++) {
      await device.publishAsync('dt/north/ParkingSpot/p1/lot-1', `{"reading":${reading}}`, { qos: 1 });
    }
    first.child.kill('SIGKILL');
    await first.exited;
    device.end(true);
    expect(existsSync(path.join(data, 'lock'))).toBe(true);

    const second = start();
    const again = await ready(second);
    expect(await countRecords(again.aws, ingest)).toBe(recordsBefore + published);
    expect(await stop(second)).toBe(0);
  });

  it('runs an assembly that is there, and answers the Kinesis API for every stream of it', async () => {
    const run = start('--fresh', '--assembly', await sharedAssembly());
    const { aws } = await ready(run);
    expect(run.lines().join('\n')).not.toContain('synthesized');
    const client = new KinesisClient({ ...SDK, endpoint: aws });
    const { StreamNames = [] } = await client.send(new ListStreamsCommand({}));
    expect(StreamNames.length).toBeGreaterThanOrEqual(2);
    const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName: StreamNames[0] }));
    expect(summary.StreamDescriptionSummary?.StreamStatus).toBe('ACTIVE');
    client.destroy();
    run.child.kill('SIGTERM');
    expect(await run.exited).toBe(0);
  });

  it('names the port that is taken, in one line', async () => {
    const other = net.createServer();
    const port = await listen(other, 0);
    const run = cityweave('start', '--no-city', '--data', path.join(parent, 'other'), '--port-base', String(port));
    expect(await run.exited).toBe(1);
    expect(run.lines()).toEqual([
      `cityweave: port ${port} is in use (MQTT; another broker, such as Mosquitto, or another cityweave may have it); stop that, or choose other ports with --port-base N`,
    ]);
    other.close();
  });

  it.each([
    [
      ['--port-base', 'many'],
      "error: option '--port-base <N>' argument 'many' is invalid. Expected a whole number from 0 to 65531.",
    ],
    [
      ['--port-base', '65532'],
      "error: option '--port-base <N>' argument '65532' is invalid. Expected a whole number from 0 to 65531.",
    ],
    [['--stage', 'test'], "error: option '--stage <stage>' argument 'test' is invalid. Allowed choices are dev, prod."],
    [['--prot-base', '1'], "error: unknown option '--prot-base' (Did you mean --port-base?)"],
    [['now'], "error: too many arguments for 'start'. Expected 0 arguments but got 1."],
  ])('refuses %j in one line', async (options, line) => {
    const run = cityweave('start', ...options);
    expect(await run.exited).toBe(1);
    expect(run.lines()).toEqual([line]);
  });

  it('explains its options', async () => {
    const run = cityweave('start', '--help');
    expect(await run.exited).toBe(0);
    const help = run.lines().join('\n');
    for (const option of ['--port-base', '--data', '--fresh', '--no-city', '--stage', '--assembly', '--help']) {
      expect(help).toContain(option);
    }
  });
});

describe('a broken template', () => {
  it('is one line, and leaves nothing behind that keeps the next start from its turn', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'cityweave-broken-'));
    const assemblyDirectory = path.join(parent, 'assembly');
    const options = { dataDirectory: path.join(parent, 'data'), portBase: 0, city: false, assemblyDirectory };
    await expect(startLocalCloud(options)).rejects.toThrow(/^\S+manifest\.json: cannot be read as JSON/);

    await mkdir(assemblyDirectory);
    const artifacts = { S: { type: 'aws:cloudformation:stack', properties: { templateFile: 'S.json' } } };
    await writeFile(path.join(assemblyDirectory, 'manifest.json'), JSON.stringify({ artifacts }));
    const template = { Resources: { A: { Type: 'AWS::Kinesis::Stream', Properties: { Name: { Ref: 'B' } } } } };
    await writeFile(path.join(assemblyDirectory, 'S.json'), JSON.stringify(template));
    await expect(startLocalCloud(options)).rejects.toThrow(
      new Error('S/A.Properties.Name.Ref: there is no parameter or resource named B'),
    );
    expect(existsSync(path.join(options.dataDirectory, 'lock'))).toBe(false);
    await rm(parent, { recursive: true });
  });
});

/** Records of all shards of a stream, read as any SDK client would. */
async function countRecords(endpoint: string, streamName: string): Promise<number> {
  const client = new KinesisClient({ ...SDK, endpoint });
  let count = 0;
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: streamName }));
  for (const { ShardId } of Shards) {
    let { ShardIterator: iterator } = await client.send(
      new GetShardIteratorCommand({ StreamName: streamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    for (let behindMs = 1; behindMs > 0 && iterator !== undefined; ) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      count += page.Records?.length ?? 0;
      behindMs = page.MillisBehindLatest ?? 0;
      iterator = page.NextShardIterator;
    }
  }
  client.destroy();
  return count;
}
