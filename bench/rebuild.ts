import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { hourPrefix } from '../core/archive/archived-log.ts';
import { encodeObservationRecord } from '../core/codec/observation-record.ts';
import type { Observation } from '../core/observation.ts';
import { partitionsOf, rebuild as rebuildTwins } from '../bin/rebuild/rebuild.ts';
import { openState } from '../bin/rebuild/state.ts';
import { observationsOf } from './support/observations.ts';
import { withTemporaryDirectory } from './support/local-cloud.ts';
import { type Benchmark, rounded, spreadCells, type Table } from './support/report.ts';
import { spreadOf } from './support/statistics.ts';
import { ASSETS } from './support/workload.ts';

/** Of the archive: as many objects as keep both cores busy to the end. */
const OBJECTS = 24;
const OBSERVATIONS_PER_OBJECT = 50_000;
/** Distinct readings; each object has them again, later and by one source or the other. */
const READINGS = 10_000;
const SOURCES = ['camera', 'loop'];
const OBJECT_INTERVAL_MS = 300_000;
const WORKERS = [1, 2];

/** The twins of a city from its archived log: gunzip, decode, join, write and read runs. Starting the threads counts. */
export const rebuild: Benchmark = ({ runs }, progress) =>
  withTemporaryDirectory(async (directory) => {
    progress(`rebuild: writing an archive of ${OBJECTS * OBSERVATIONS_PER_OBJECT} observations`);
    const archive = path.join(directory, 'archive');
    const bytes = await writeArchive(archive);
    const measured = new Map(WORKERS.map((workers) => [workers, [] as Measured[]]));
    for (let run = 0; run < runs; run++) {
      // By turns, so that whatever else the machine does meets both alike.
      for (const [workers, ofWorkers] of measured) {
        progress(`rebuild: run ${run + 1} of ${runs}, ${workers} workers`);
        ofWorkers.push(await measure(archive, path.join(directory, 'state'), workers));
      }
    }
    return [tableOf(measured, bytes, runs)];
  });

interface Measured {
  /** Observations a second. */
  readonly rate: number;
  /** Of all threads, µs an observation: what says something on a machine that does much else. */
  readonly cpuUs: number;
}

async function measure(archive: string, stateDirectory: string, workers: number): Promise<Measured> {
  const state = await openState(stateDirectory, { workers });
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const rebuilt = await rebuildTwins({
    place: { kind: 'directory', path: archive },
    wanted: {},
    state,
    workers,
    nowMs: () => Date.now(),
  });
  let twins = 0;
  for await (const partition of partitionsOf(rebuilt)) twins += partition.size;
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(startedCpu);
  await state.remove();
  if (twins !== ASSETS || rebuilt.observations !== OBJECTS * OBSERVATIONS_PER_OBJECT) {
    throw new Error(`rebuilt ${twins} twins of ${rebuilt.observations} observations`);
  }
  return { rate: rebuilt.observations / seconds, cpuUs: (user + system) / rebuilt.observations };
}

/** Returns the compressed bytes. */
async function writeArchive(directory: string): Promise<number> {
  const readings = observationsOf(READINGS);
  let bytes = 0;
  for (let object = 0; object < OBJECTS; object++) {
    const laterMs = object * OBJECT_INTERVAL_MS;
    const observations = Array.from({ length: OBSERVATIONS_PER_OBJECT }, (_, index) =>
      again(readings[index % READINGS], laterMs + index, SOURCES[index % SOURCES.length] ?? ''),
    );
    const key = `${hourPrefix((observations[0]?.receivedAtMs ?? 0) + laterMs)}object-${object}.pb.gz`;
    const content = gzipSync(encodeObservationRecord(observations));
    await mkdir(path.dirname(path.join(directory, key)), { recursive: true });
    await writeFile(path.join(directory, key), content);
    bytes += content.length;
  }
  return bytes;
}

function again(observation: Observation | undefined, laterMs: number, source: string): Observation {
  if (observation === undefined) throw new Error('the workload has fewer readings than are asked of it');
  return {
    ...observation,
    source,
    readingId: observation.readingId.replace(/^.{8}/, laterMs.toString(16).padStart(8, '0')),
    stamp: observation.stamp + BigInt(laterMs) * 1_000_000n,
    observedAtMs: observation.observedAtMs + laterMs,
    receivedAtMs: observation.receivedAtMs + laterMs,
  };
}

function tableOf(measured: ReadonlyMap<number, readonly Measured[]>, bytes: number, runs: number): Table {
  const perObservation = rounded(bytes / OBJECTS / OBSERVATIONS_PER_OBJECT, 1);
  return {
    title: `Rebuild of ${ASSETS} twins of two sources, ${perObservation} bytes an observation as archived, ${runs} runs`,
    rows: [...measured].map(([workers, ofWorkers]) => ({
      workers,
      ...spreadCells(spreadOf(ofWorkers.map(({ rate }) => rate))),
      unit: 'observations/s',
      'CPU µs each': rounded(spreadOf(ofWorkers.map(({ cpuUs }) => cpuUs)).median, 1),
    })),
  };
}
