import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { DraftReading } from '../../core/codec/decoder.ts';
import { applyMapping } from '../../core/codec/mapping.ts';
import type { AssetType, PayloadMapping } from '../../core/schema/city-config.ts';
import { apiClient } from '../api-client.ts';
import { CommandError } from '../command-error.ts';
import { localAws } from '../local-aws.ts';
import type { Target } from '../target.ts';
import { type FateReport, type Fates, followFates } from './fates.ts';
import { readStream } from './log-reader.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { readRows } from './rows.ts';

const OBSERVATIONS_STREAM = 'cityweave-observations';
const POLL_MS = 500;
/** Without a new fate for this long, the replay gives up waiting and says what is missing. */
const STALLED_MS = 60_000;
/** After a lost connection some publishes went out twice: the last of those must have had time to arrive. */
const SETTLE_MS = 3_000;
/** The target's clock may differ from ours by this much: rejects are listed from that much earlier on. */
const CLOCK_SKEW_MAX_MS = 5 * 60_000;
const UNREADABLE_SHOWN_MAX = 20;

export interface ReplayOptions {
  readonly file: string;
  readonly mappingName: string;
  readonly mapping: PayloadMapping;
  /** The type that the mapping names. */
  readonly assetType: AssetType;
  /** File time per wall-clock time; `max` publishes as fast as the target acknowledges. */
  readonly speed: number | 'max';
  /** `original` sends the file's times; `live` the time of sending, so that the twin is fresh. */
  readonly time: 'live' | 'original';
  /** Fields that each row gets beside its own, for what a file says in its name only. */
  readonly fields: Readonly<Record<string, string>>;
  readonly target: Target;
  readonly progress: ReplayProgress;
}

export interface ReplayProgress {
  /** Told as the file is read: bytes of it, and publishes acknowledged so far. */
  published(bytesRead: number, bytesTotal: number, acknowledged: number): void;
  settled(complete: number, published: number): void;
}

export interface ReplayReport extends FateReport {
  readonly rows: number;
  readonly published: number;
  /** Rows that are no reading by the mapping; they were not published. The first few are named. */
  readonly unreadable: { readonly count: number; readonly first: readonly { line: number; detail: string }[] };
  readonly reconnects: number;
  readonly seconds: number;
}

/** Publishes a file's rows as devices would, waits until each has a fate and folds the log. */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { file, mapping, target } = options;
  if (!mapping.file) throw new CommandError(`mapping "${options.mappingName}" is for messages, it has no file format`);
  const bytesTotal = await sizeOf(file);
  const startedAtMs = Date.now();
  const clientIdPrefix = `replay-${options.mappingName}-${randomUUID().slice(0, 8)}`;

  const api = apiClient(target);
  const kinesis = new KinesisClient(target.awsEndpoint ? localAws(target.awsEndpoint) : {});
  const log = await readStream(kinesis, OBSERVATIONS_STREAM).catch((error: unknown) => {
    throw new CommandError(`stream ${OBSERVATIONS_STREAM} does not answer: is the local cloud running?`, {
      cause: error,
    });
  });
  const fates = followFates(log, api, clientIdPrefix, startedAtMs - CLOCK_SKEW_MAX_MS);
  const publisher = await createPublisher(target.mqttUrl, clientIdPrefix).catch((error: unknown) => {
    throw new CommandError(`no MQTT broker at ${target.mqttUrl}: is the local cloud running?`, { cause: error });
  });
  try {
    const sent = await publishFile(options, publisher, bytesTotal);
    await publisher.drained();
    await settle(fates, publisher, sent.published, options.progress);
    return {
      ...sent,
      ...fates.report(),
      reconnects: publisher.reconnects(),
      seconds: (Date.now() - startedAtMs) / 1000,
    };
  } finally {
    await publisher.close();
    kinesis.destroy();
  }
}

async function publishFile(options: ReplayOptions, publisher: Publisher, bytesTotal: number) {
  const { file, mapping, mappingName, assetType, fields, progress } = options;
  const unreadable: { line: number; detail: string }[] = [];
  const pace = paceOf(options);
  let bytesRead = 0;
  let rows = 0;
  let published = 0;
  let unreadableCount = 0;
  const format = mapping.file ?? { format: 'csv' };
  for await (const row of readRows(file, format, (bytes) => (bytesRead += bytes))) {
    rows++;
    const mapped = row.ok ? applyMapping(mapping, mappingName, { ...row.fields, ...fields }, assetType) : row;
    if (mapped.ok) {
      const observedAtMs = await pace(mapped);
      await publisher.publish(topicOf(mapped), payloadOf(mapped, observedAtMs));
      published++;
    } else {
      unreadableCount++;
      if (unreadable.length < UNREADABLE_SHOWN_MAX) unreadable.push({ line: row.line, detail: mapped.detail });
    }
    progress.published(bytesRead, bytesTotal, publisher.acknowledged());
  }
  return { rows, published, unreadable: { count: unreadableCount, first: unreadable } };
}

/** Waits until a reading is due and returns the time of observation to send with it. */
function paceOf({ speed, time }: ReplayOptions): (reading: DraftReading) => Promise<number | undefined> {
  let origin: { fileMs: number; wallMs: number } | undefined;
  return async ({ observedAtMs }) => {
    if (speed !== 'max' && observedAtMs !== undefined) {
      origin ??= { fileMs: observedAtMs, wallMs: Date.now() };
      const waitMs = origin.wallMs + (observedAtMs - origin.fileMs) / speed - Date.now();
      if (waitMs > 0) await sleep(waitMs);
    }
    return time === 'live' ? Date.now() : observedAtMs;
  };
}

async function settle(fates: Fates, publisher: Publisher, published: number, progress: ReplayProgress): Promise<void> {
  let complete = 0;
  let movedAtMs = Date.now();
  while (complete < published) {
    const before = complete;
    complete = await fates.advance();
    progress.settled(complete, published);
    if (complete > before) movedAtMs = Date.now();
    else if (Date.now() - movedAtMs > STALLED_MS) {
      throw new CommandError(
        `${published - complete} of ${published} readings had no fate ${STALLED_MS / 1000} s after the last one that got one; ` +
          'look at the functions’ logs',
      );
    } else await sleep(POLL_MS);
  }
  if (publisher.reconnects() > 0) {
    await sleep(SETTLE_MS);
    await fates.advance();
  }
}

function topicOf({ zone, assetType, assetId, source }: DraftReading): string {
  return `dt/${zone}/${assetType}/${assetId}/${source.replaceAll('/', ':')}`;
}

function payloadOf({ attributes, position }: DraftReading, observedAtMs: number | undefined): string {
  const sent = attributes.map(({ name, value, unit }) => [
    name,
    unit === undefined ? value : { value, unitCode: unit },
  ]);
  return JSON.stringify({
    observedAt: observedAtMs,
    attributes: Object.fromEntries(sent),
    ...(position && { position: { lat: position.latitude, lon: position.longitude } }),
  });
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: unknown) => {
    throw new CommandError(`${file}: no such file`, { cause: error });
  });
  if (!found.isFile()) throw new CommandError(`${file}: not a file`);
  return found.size;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
