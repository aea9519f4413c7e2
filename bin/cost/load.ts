import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Check, flag, integer, number, oneOf, record, shape, text } from '../../core/schema/check.ts';
import { CommandError } from '../command-error.ts';

/** What a city sends, keeps and watches. Docs: docs/cost.md. */
export interface Load {
  readonly name: string;
  readonly zones: number;
  readonly kinds: Readonly<Record<string, Kind>>;
  readonly streams: Streams;
  /** Absent: no history is kept. */
  readonly history?: History;
  /** Absent: the log is not kept beyond its stream. */
  readonly archive?: ArchivedLog;
  /** Of the live deltas; absent, nobody watches. */
  readonly subscribers?: Subscribers;
  readonly apiRequestsPerSecond: number;
  /** Point-in-time recovery of tables. */
  readonly recovery: boolean;
}

/** Devices that do the same. */
export interface Kind {
  readonly devices: number;
  /** Those that are open all the time: fewer than devices where gateways carry them. Default: one a device. */
  readonly connections?: number;
  /** What they speak about; several devices on one asset are its sources. */
  readonly assets: number;
  /** Of one device. */
  readonly readingsPerMinute: number;
  readonly readingBytes: number;
  readonly readingsPerMessage: number;
  /** 0 to 1: of messages through Basic Ingest, which cost no messaging. */
  readonly basicIngestShare: number;
  /** 0 to 1: of readings that take the fast lane too. */
  readonly criticalShare: number;
  /** 0 to 1: of readings that are rejected or quarantined. */
  readonly refusedShare: number;
  /** Of one asset under `manual-review`, and under `mean-3-sigma`; 0 where absent. */
  readonly reviewedAttributes?: number;
  readonly calibratedAttributes?: number;
}

interface Streams {
  readonly mode: 'on-demand' | 'provisioned';
  readonly retentionHours: number;
  /** Of provisioned streams at least; a stream that needs more for its load is billed more. */
  readonly shardsMin: number;
}

interface History {
  readonly memoryHours: number;
  readonly magneticDays: number;
}

interface ArchivedLog {
  readonly days: number;
}

interface Subscribers {
  readonly connections: number;
  /** Map tiles that the city's assets lie in, and how many of them each connection watches. */
  readonly tiles: number;
  readonly tilesWatched: number;
}

const COUNT_MAX = 1e9;
const PAYLOAD_BYTES_MAX = 128 * 1024;
const count = number(0, COUNT_MAX);
const share = number(0, 1);

const kind = shape<Kind>({
  required: {
    devices: count,
    assets: number(1, COUNT_MAX),
    readingsPerMinute: number(0, 60_000),
    readingBytes: integer(1, PAYLOAD_BYTES_MAX),
    readingsPerMessage: integer(1, 1000),
    basicIngestShare: share,
    criticalShare: share,
    refusedShare: share,
  },
  optional: { connections: count, reviewedAttributes: count, calibratedAttributes: count },
});

const checkLoad: Check<Load> = shape<Load>({
  required: {
    name: text(),
    zones: integer(1, COUNT_MAX),
    kinds: record(text(), kind, { min: 1 }),
    streams: shape<Streams>({
      required: {
        mode: oneOf(['on-demand', 'provisioned']),
        retentionHours: integer(24, 168),
        shardsMin: integer(1, 1_000_000),
      },
      optional: {},
    }),
    apiRequestsPerSecond: count,
    recovery: flag,
  },
  optional: {
    history: shape<History>({
      required: { memoryHours: integer(1, 8766), magneticDays: integer(1, 73_000) },
      optional: {},
    }),
    archive: shape<ArchivedLog>({ required: { days: integer(3, 73_000) }, optional: {} }),
    subscribers: shape<Subscribers>({
      required: { connections: count, tiles: number(1, COUNT_MAX), tilesWatched: count },
      optional: {},
    }),
  },
});

/** A load from a JSON file, or from a TypeScript or JavaScript module's default export. Throws one line that says what is wrong. */
export async function readLoad(file: string): Promise<Load> {
  const load = await parse(file);
  try {
    checkLoad(load, '');
  } catch (cause) {
    throw new CommandError(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return load;
}

async function parse(file: string): Promise<unknown> {
  try {
    if (/\.[cm]?[jt]s$/.test(file)) {
      const module: { default?: unknown } = await import(pathToFileURL(path.resolve(file)).href);
      return module.default;
    }
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new CommandError(`--load ${file}: cannot be read: ${why}`, { cause });
  }
}
