import { pause } from '../lambda/pause.ts';
import { settleWithin } from '../lambda/settle-within.ts';
import { openObjectBody } from './object-body.ts';
import { objectName } from './object-name.ts';
import type { DeliveryStreamSettings } from './settings.ts';
import type { Source, SourceRecord } from './source.ts';

/** Nobody waits for an archive, so looking for records once a second costs nothing and shows soon enough. */
const POLL_MS = 1000;
/** A read that gives less has reached the tip. */
const BACKLOG_BYTES = 256 * 1024;
const RETRY_MS = 1000;
const STOP_TIMEOUT_MS = 1000;

/** Resolves when the object survives the death of this process. */
export type PutObject = (bucket: string, key: string, data: Buffer, headers?: Headers) => Promise<void>;

type Headers = Readonly<Record<string, string>>;

export interface DeliveryStreamOptions {
  readonly settings: DeliveryStreamSettings;
  readonly source: Source;
  readonly putObject: PutObject;
  readonly nowMs: () => number;
  readonly log: (line: string) => void;
}

/**
 * Begins to deliver: gathers records until they have the buffer's size or the oldest waits as long as its interval, and
 * writes them one behind the other as one object, without anything between them. Gives what ends it: that delivers what has
 * come until then, because a stream that stands still for days may have forgotten it at the next start.
 */
export function startDeliveryStream(options: DeliveryStreamOptions): () => Promise<void> {
  const { settings, source, log } = options;
  const stopping = new AbortController();

  async function deliverForever(): Promise<void> {
    while (!stopping.signal.aborted) {
      const gathered = await gather(options, stopping.signal);
      if (gathered === undefined) return;
      const key = settings.prefix(gathered.oldestMs) + objectName(settings.name, gathered.oldestMs, settings.extension);
      if (await putUntilDone(options, key, gathered.body, stopping.signal)) await source.commit();
    }
  }

  async function deliver(): Promise<void> {
    try {
      await deliverForever();
    } catch (error) {
      log(`Firehose ${settings.name} has stopped: ${String(error)}`);
    }
  }

  const running = deliver();
  return async () => {
    stopping.abort();
    await settleWithin(running, STOP_TIMEOUT_MS);
    await source.close();
  };
}

interface Gathered {
  readonly oldestMs: number;
  readonly body: Buffer;
}

/** What is to be one object; when it is stopped, what has come until then. Undefined where that is nothing. */
async function gather(
  { settings, source, nowMs, log }: DeliveryStreamOptions,
  signal: AbortSignal,
): Promise<Gathered | undefined> {
  const body = openObjectBody(settings.isCompressed);
  let bytes = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  let dueMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const isLast = signal.aborted;
    const records = await readOrWait(source, settings.bufferBytes - bytes, log);
    const readBytes = records.reduce((sum, { data }) => sum + data.length, 0);
    bytes += readBytes;
    oldestMs = records.reduce((oldest, { arrivedAtMs }) => Math.min(oldest, arrivedAtMs), oldestMs);
    await body.append(records.map(({ data }) => data));
    if (records.length > 0) dueMs = Math.min(dueMs, nowMs() + settings.bufferMs);
    if (bytes >= settings.bufferBytes || nowMs() >= dueMs) return { oldestMs, body: await body.end() };
    if (isLast) return bytes > 0 ? { oldestMs, body: await body.end() } : undefined;
    if (readBytes < BACKLOG_BYTES) await pause(Math.min(POLL_MS, Math.max(0, dueMs - nowMs())), signal);
  }
}

async function readOrWait(
  source: Source,
  bytesMax: number,
  log: (line: string) => void,
): Promise<readonly SourceRecord[]> {
  try {
    return await source.read(bytesMax);
  } catch (error) {
    log(`Firehose cannot read its source, trying again: ${String(error)}`);
    return [];
  }
}

/** Whether it is done: once it is stopped, it is tried one last time. */
async function putUntilDone(
  { settings, putObject, log }: DeliveryStreamOptions,
  key: string,
  body: Buffer,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const isLast = signal.aborted;
    try {
      await putObject(settings.bucket, key, body, { 'content-type': 'application/octet-stream' });
      return true;
    } catch (error) {
      log(`Firehose ${settings.name} cannot deliver to ${settings.bucket}, trying again: ${String(error)}`);
      if (isLast) return false;
      await pause(RETRY_MS, signal);
    }
  }
}
