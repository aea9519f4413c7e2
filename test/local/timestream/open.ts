import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsService } from '../../../local/gateway/aws-service.ts';
import { createTimestream } from '../../../local/timestream/service.ts';

/** 2026-11-21T08:00:00Z */
const NOW_MS = 1_795_248_000_000;
export const NOW_NS = 1_795_248_000_000_000_000n;

export interface Answer {
  readonly status: number;
  /** Without its namespace; undefined for an answer that is no error. */
  readonly error: string | undefined;
  readonly body: Record<string, unknown>;
}

export interface OpenTimestream {
  readonly directory: string;
  readonly service: AwsService;
  call(operation: string, input: object | string): Promise<Answer>;
  /** Rows as text, null for NULL; throws with the message of a refusal. */
  select(query: string): Promise<(string | null)[][]>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A stand-in in a directory of its own, at 2026-11-21T08:00:00Z, with the table city.observations. */
export async function openTimestream(nowMs = () => NOW_MS): Promise<OpenTimestream> {
  const directory = await mkdtemp(join(tmpdir(), 'timestream-'));
  const timestream = await openIn(directory, nowMs);
  await timestream.call('CreateDatabase', { DatabaseName: 'city' });
  await timestream.call('CreateTable', {
    DatabaseName: 'city',
    TableName: 'observations',
    RetentionProperties: { MemoryStoreRetentionPeriodInHours: 24, MagneticStoreRetentionPeriodInDays: 365 },
    MagneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
  });
  return {
    ...timestream,
    async [Symbol.asyncDispose]() {
      await timestream.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Takes up what an earlier one left in the directory. */
export async function openIn(directory: string, nowMs = () => NOW_MS): Promise<OpenTimestream> {
  const timestream = await createTimestream({ directory, nowMs });
  const [service] = timestream.services;
  if (service === undefined) {
    throw new Error('the stand-in has no service');
  }
  const call = async (operation: string, input: object | string): Promise<Answer> => {
    const body = Buffer.from(typeof input === 'string' ? input : JSON.stringify(input));
    const answer = await service.handle({ method: 'POST', url: '/', headers: {}, operation, body });
    const parsed = JSON.parse(answer.body.toString()) as Record<string, unknown>;
    return { status: answer.status, error: (parsed.__type as string | undefined)?.split('#')[1], body: parsed };
  };
  return {
    directory,
    service,
    call,
    async select(QueryString) {
      const { error, body } = await call('Query', { QueryString });
      if (error !== undefined) {
        throw new Error(String(body.Message));
      }
      const rows = body.Rows as { readonly Data: readonly { readonly ScalarValue?: string }[] }[];
      return rows.map(({ Data }) => Data.map(({ ScalarValue }) => ScalarValue ?? null));
    },
    close: () => timestream.close(),
    [Symbol.asyncDispose]: () => timestream.close(),
  };
}

export interface ReadingInput {
  readonly time?: bigint;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly measures?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly measureName?: string;
  readonly version?: bigint;
}

/** One multi-measure record; all of its measures have one type. */
export function record(input: ReadingInput = {}): object {
  const { time = NOW_NS, dimensions = { assetId: 'a' }, measures = { level: '1' }, type = 'DOUBLE' } = input;
  return {
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    MeasureName: input.measureName ?? 'reading',
    MeasureValueType: 'MULTI',
    MeasureValues: Object.entries(measures).map(([Name, Value]) => ({ Name, Value, Type: type })),
    Time: time.toString(),
    TimeUnit: 'NANOSECONDS',
    ...(input.version !== undefined && { Version: Number(input.version) }),
  };
}

export function write(timestream: OpenTimestream, ...records: readonly object[]): Promise<Answer> {
  return timestream.call('WriteRecords', { DatabaseName: 'city', TableName: 'observations', Records: records });
}

/** So many names that begin alike. */
export function names(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
