/**
 * Puts numbered records into a real local stream and maps a function to it, until this process is killed; prints each
 * record once it is stored. What a run left is taken up by the next one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kinesisProviders } from '../../../local/kinesis/resources.ts';
import { createKinesis } from '../../../local/kinesis/service.ts';
import { startLocalLambda } from './local-lambda.ts';

const [directory = '', mood = '', first = '0', properties = '{}'] = process.argv.slice(2);
const STREAM = 'ingest';
const SHARDS = 2;
const KEYS = 7;
const BURST = 20;
const BURST_INTERVAL_MS = 30;

/**
 * Notes what it is given, and what it has done. When it is wild it throws, reports a failure, hangs or exits every now
 * and then; a record with `poison` in it always fails.
 */
const SOURCE = `
  import { appendFileSync } from 'node:fs';
  const note = (file, texts) => texts.length > 0 && appendFileSync(file, texts.map((text) => text + '\\n').join(''));
  export const handler = async ({ Records }) => {
    const { DIRECTORY, MOOD } = process.env;
    const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
    note(DIRECTORY + '/delivered', texts);
    if (texts.some((text) => text.includes('poison'))) throw new Error('poison');
    const dice = MOOD === 'wild' ? Math.random() : 1;
    if (dice < 0.15) throw new Error('unlucky');
    if (dice < 0.18) await new Promise(() => {});
    if (dice < 0.21) process.exit(1);
    const doneCount = dice < 0.4 ? Math.floor(Math.random() * texts.length) : texts.length;
    note(DIRECTORY + '/done', texts.slice(0, doneCount));
    const failed = Records[doneCount];
    return { batchItemFailures: failed ? [{ itemIdentifier: failed.kinesis.sequenceNumber }] : [] };
  };`;

const kinesis = await createKinesis({ directory: path.join(directory, 'kinesis') });
const place = { stackName: 'Test', logicalId: 'Ingest', metadata: {}, assemblyDirectory: directory };
const type = 'AWS::Kinesis::Stream';
const streams = kinesisProviders(kinesis);
const created = await streams[0]?.create({ ...place, type, properties: { Name: STREAM, ShardCount: SHARDS } });

const objects = path.join(directory, 'objects');
mkdirSync(objects, { recursive: true });
const local = await startLocalLambda({
  directory,
  streams: kinesis,
  putObject: async (_, key, body) => writeFileSync(path.join(objects, path.basename(key)), body),
});
const Environment = { Variables: { DIRECTORY: directory, MOOD: mood } };
await local.deploy('unsteady', { 'index.mjs': SOURCE }, { Environment, Timeout: 1 });
await local.map({
  FunctionName: 'unsteady',
  EventSourceArn: created?.attributes.Arn,
  StartingPosition: 'TRIM_HORIZON',
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } },
  ...JSON.parse(properties),
});
await local.lambda.startPolling();

let next = Number(first);

async function putNext(): Promise<void> {
  const number = next++;
  const key = `key-${number % KEYS}`;
  const text = `${key} ${number}${number % 97 === 42 ? ' poison' : ''}`;
  await kinesis.putRecord(STREAM, key, Buffer.from(text));
  process.stdout.write(`${text}\n`);
}

async function putForever(): Promise<never> {
  for (;;) {
    await Promise.all(Array.from({ length: BURST }, putNext));
    await sleep(BURST_INTERVAL_MS);
  }
}

await (mood === 'wild' ? putForever() : undefined);
