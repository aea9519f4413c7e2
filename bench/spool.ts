import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { RECORD_HEADER_BYTES } from '../edge-greengrass/spool/record.ts';
import { encodeReading } from '../edge-greengrass/spool/reading-record.ts';
import { createSpool, SPOOL_DEFAULTS } from '../edge-greengrass/spool/spool.ts';
import { withTemporaryDirectory } from './support/local-cloud.ts';
import { type Benchmark, type Progress, rounded, spreadCells, type Table } from './support/report.ts';
import { spreadOf } from './support/statistics.ts';
import { TYPICAL_READINGS } from './spool/readings.ts';

const RECORD_BYTES = 1024;
const APPENDS_EACH = 3000;
const APPENDS_GROUPED = 100_000;
/** Who appends waits for its own record; so many do at a time. */
const APPENDERS = [32, 512];
const READINGS_PER_SECOND = 200;
const OUTAGE_S = 24 * 60 * 60;

/** What a disk's flush costs, what sharing it saves, how fast a full spool opens, and what a reading takes on the disk. */
export const spool: Benchmark = async ({ runs, spoolMegabytes }, progress) => [
  await appendTable(runs, progress),
  await recoveryTable(runs, spoolMegabytes, progress),
  sizeTable(),
];

async function appendTable(runs: number, progress: Progress): Promise<Table> {
  const record = new Uint8Array(RECORD_BYTES).fill(7);
  const works: readonly { readonly what: string; readonly measure: (directory: string) => Promise<number> }[] = [
    { what: 'the disk alone: a file written with O_DSYNC', measure: (directory) => writesPerSecond(directory, record) },
    {
      what: 'one at a time, each flushed',
      measure: (directory) => appendsPerSecond(directory, record, 1, APPENDS_EACH),
    },
    ...APPENDERS.map((count) => ({
      what: `${count} at a time`,
      measure: (directory: string) => appendsPerSecond(directory, record, count, APPENDS_GROUPED),
    })),
  ];
  const rows = [];
  for (const { what, measure } of works) {
    const rates: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      progress(`spool, ${what}: run ${run + 1} of ${runs}`);
      rates.push(await withTemporaryDirectory(measure));
    }
    rows.push({ what, ...spreadCells(spreadOf(rates)), unit: 'records/s' });
  }
  return { title: `Records of ${RECORD_BYTES} bytes that survive a crash`, rows };
}

async function writesPerSecond(directory: string, record: Uint8Array): Promise<number> {
  const { O_CREAT, O_WRONLY, O_DSYNC } = constants;
  const file = await open(path.join(directory, 'plain'), O_CREAT | O_WRONLY | O_DSYNC);
  try {
    await file.write(new Uint8Array(APPENDS_EACH * record.length));
    return await perSecond(APPENDS_EACH, async () => {
      for (let index = 0; index < APPENDS_EACH; index += 1) {
        await file.write(record, 0, record.length, index * record.length);
      }
    });
  } finally {
    await file.close();
  }
}

async function appendsPerSecond(
  directory: string,
  record: Uint8Array,
  appenders: number,
  count: number,
): Promise<number> {
  const spool = await createSpool({ directory, batchDelayMs: 0, nowMs: Date.now });
  try {
    return await perSecond(count, () => fill(spool, record, appenders, count));
  } finally {
    await spool.close();
  }
}

async function fill(
  spool: Awaited<ReturnType<typeof createSpool>>,
  record: Uint8Array,
  appenders: number,
  count: number,
): Promise<void> {
  let left = count;
  const append = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await spool.append('normal', record);
    }
  };
  await Promise.all(Array.from({ length: appenders }, append));
}

/** Opened anew in this process: what is in the memory of the operating system is read from there. */
async function recoveryTable(runs: number, megabytes: number, progress: Progress): Promise<Table> {
  return withTemporaryDirectory(async (directory) => {
    progress(`spool: filling ${megabytes} MB`);
    const record = new Uint8Array(RECORD_BYTES).fill(7);
    const count = Math.floor((megabytes * 1e6) / (RECORD_BYTES + RECORD_HEADER_BYTES));
    const spool = await createSpool({ directory, batchDelayMs: 0, nowMs: Date.now });
    await fill(spool, record, APPENDERS.at(-1) ?? 1, count);
    await spool.close();
    const times: number[] = [];
    let records = 0;
    for (let run = 0; run < runs; run += 1) {
      const startMs = performance.now();
      const again = await createSpool({ directory, nowMs: Date.now });
      times.push(performance.now() - startMs);
      ({ records } = again.state().normal);
      await again.close();
    }
    return {
      title: `Opening a spool of ${megabytes} MB`,
      rows: [{ records, 'expected records': count, ...spreadCells(spreadOf(times), 1), unit: 'ms' }],
      ...(records !== count && { unmet: 'all records are found again' }),
    };
  });
}

function sizeTable(): Table {
  const sizes = TYPICAL_READINGS.map(({ what, reading }) => {
    const bytes = encodeReading(reading).length + RECORD_HEADER_BYTES;
    return { what, reading, bytes, gigabytes: (bytes * READINGS_PER_SECOND * OUTAGE_S) / 1e9 };
  });
  const budget = SPOOL_DEFAULTS.bytesMax / 1e9;
  // Nothing signs 200 positions a second.
  const isMet = sizes.every(({ reading, gigabytes }) => reading.attestation !== undefined || gigabytes <= budget);
  return {
    title: `Bytes of a reading in the spool, whose default budget is ${rounded(budget, 2)} GB`,
    rows: sizes.map(({ what, bytes, gigabytes }) => ({
      reading: what,
      'bytes on disk': bytes,
      [`24 h at ${READINGS_PER_SECOND}/s, GB`]: rounded(gigabytes, 2),
    })),
    ...(!isMet && { unmet: `a day of ${READINGS_PER_SECOND} readings a second within the default budget` }),
  };
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return count / ((performance.now() - startMs) / 1000);
}
