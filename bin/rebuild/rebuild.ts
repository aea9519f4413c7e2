import { availableParallelism } from 'node:os';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { type Accumulator, createAccumulator } from '../../core/archive/accumulator.ts';
import { hourOf, type LogWindow, visitObservations } from '../../core/archive/archived-log.ts';
import { CommandError } from '../command-error.ts';
import { type ArchivePlace, openArchive } from './archive-store.ts';
import { OBSERVATIONS_STREAM } from './city-stores.ts';
import { joinObjects, type Unreadable } from './join-objects.ts';
import { type Plan, planRebuild, type Wanted } from './plan.ts';
import { findRuns, joinPartition, PARTITIONS, type Run, writeRun } from './runs.ts';
import type { RebuildState } from './state.ts';
import { openStreamReader, type Retention, retentionOf } from './stream-reader.ts';

export interface RebuildOptions {
  readonly place: ArchivePlace;
  readonly wanted: Wanted;
  readonly state: RebuildState;
  /** For the log's tail; without it, the archive is all there is. */
  readonly kinesis?: KinesisClient;
  /** By default as many as this machine has cores. */
  readonly workers?: number;
  readonly progress?: RebuildProgress;
  readonly nowMs: () => number;
}

export interface RebuildProgress {
  joined(bytes: number, bytesTotal: number, observations: number): void;
  /** Twins that have been put where they are wanted, with partitions of all. */
  placed(partitions: number, partitionsTotal: number, twins: number): void;
}

/** What was joined, and with what twins. */
export interface Rebuilt {
  readonly checkpoint: { readonly beganAtMs: number; readonly twins: number } | null;
  /** From when on the log was joined; null where there is none. */
  readonly logFromMs: number | null;
  /** Of the archive: all, and those of them that an interrupted rebuild had joined before. */
  readonly objects: number;
  readonly objectsResumed: number;
  /** In the objects of this time and in the tail, whether or not they lie within the window. */
  readonly observations: number;
  readonly tailObservations: number;
  /** What could not be read, and the stream no longer has, so that the twins may lack it. */
  readonly unreadable: readonly Unreadable[];
  /** Between what the archive surely holds and what the stream still has: if anything came then, it may lack. */
  readonly gap: { readonly fromMs: number; readonly toMs: number } | null;
  readonly seconds: number;
  /** The twins of one of `PARTITIONS`. */
  readonly twins: (partition: number) => Promise<Accumulator>;
}

/** Where nobody can ask the stream, which is as long as Kinesis keeps records unless it is told otherwise. */
const DEFAULT_RETENTION_MS = 24 * 3_600_000;

/**
 * The join of the newest checkpoint, the archived log behind it and the log's tail, which the archive does not hold yet.
 * Everything may be joined twice, so what an interrupted rebuild has joined is joined with the rest, and the stream is
 * read from the hour of an object that is damaged, as long as it has that.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { place, wanted, state, kinesis, nowMs } = options;
  const startedMs = performance.now();
  const stream = kinesis ? await retentionOf(kinesis, OBSERVATIONS_STREAM) : undefined;
  const archive = openArchive(place);
  const plan = await planRebuild(archive, wanted, stream?.retentionMs ?? DEFAULT_RETENTION_MS).finally(() =>
    archive.close(),
  );
  const { checkpoint } = plan;

  const joined = await joinArchive(plan, options);
  const runs = await findRuns(state.runsDirectory);
  const damaged = [...joined.unreadable, ...damagedIn(runs)];
  const oldestMs = stream ? nowMs() - stream.retentionMs : Infinity;
  const mended = damaged.filter(({ key }) => (hourOf(key) ?? 0) >= oldestMs);
  const tailFromMs = earliest([plan.tailFromMs, ...mended.map(({ key }) => hourOf(key))]);
  const tail = kinesis ? await readTail(kinesis, tailFromMs, plan.received) : NO_TAIL;
  runs.push(await writeRun(state.runsDirectory, tail.joined.twins()));
  return {
    checkpoint: checkpoint ? { beganAtMs: checkpoint.beganAtMs, twins: checkpoint.twins } : null,
    logFromMs: earliest([checkpoint?.logFromMs ?? hourOf(plan.objects[0]?.key ?? ''), tailFromMs]) ?? null,
    objects: plan.objects.length,
    objectsResumed: joined.resumed,
    observations: joined.observations + tail.observations,
    tailObservations: tail.observations,
    unreadable: damaged.filter((each) => !mended.includes(each)),
    gap: stream ? gapOf(plan, stream, nowMs()) : null,
    seconds: (performance.now() - startedMs) / 1000,
    twins: (partition) => joinPartition(runs, partition),
  };
}

interface JoinedArchive {
  readonly unreadable: readonly Unreadable[];
  readonly observations: number;
  /** Objects that had been joined before. */
  readonly resumed: number;
}

/** Joins what the plan names and no run holds yet. */
async function joinArchive(plan: Plan, options: RebuildOptions): Promise<JoinedArchive> {
  const { place, state, workers = availableParallelism(), progress } = options;
  const runs = await findRuns(state.runsDirectory);
  const joinedBefore = new Set(runs.flatMap(({ objects }) => objects.map(({ key }) => key)));
  const objects = [...(plan.checkpoint?.parts ?? []), ...plan.objects];
  const waiting = objects.filter(({ key }) => !joinedBefore.has(key));
  const bytesTotal = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
  let [bytes, observations] = [0, 0];
  const unreadable = await joinObjects(waiting, {
    place,
    received: plan.received,
    runsDirectory: state.runsDirectory,
    workers,
    onJoined(joined) {
      bytes += joined.bytes;
      observations += joined.observations;
      progress?.joined(bytes, bytesTotal, observations);
    },
  });
  refuseDamagedCheckpoint(plan, unreadable);
  return { unreadable, observations, resumed: objects.length - waiting.length };
}

/** Each partition's twins, one partition after the other, so that all of a large city's are never in memory at once. */
export async function* partitionsOf(rebuilt: Rebuilt): AsyncGenerator<Accumulator> {
  for (let partition = 0; partition < PARTITIONS; partition++) yield await rebuilt.twins(partition);
}

interface Tail {
  readonly joined: Accumulator;
  readonly observations: number;
}

const NO_TAIL: Tail = { joined: createAccumulator(), observations: 0 };

async function readTail(kinesis: KinesisClient, fromMs: number | undefined, received: LogWindow): Promise<Tail> {
  if (fromMs === undefined) return NO_TAIL;
  const joined = createAccumulator();
  let observations = 0;
  const reader = await openStreamReader(kinesis, OBSERVATIONS_STREAM, fromMs);
  for await (const page of reader.pages()) {
    for (const { data } of page) observations += joinRecord(joined, data, received);
  }
  return { joined, observations };
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** A record that holds no observations is a reject of the resolver's, and no part of any twin. */
function joinRecord(into: Accumulator, data: Uint8Array, { fromMs, toMs }: LogWindow): number {
  return visitObservations(data, (observation) => {
    if (observation.receivedAtMs >= fromMs && observation.receivedAtMs < toMs) into.add(observation);
  }).observations;
}

function refuseDamagedCheckpoint({ checkpoint }: Plan, unreadable: readonly Unreadable[]): void {
  const parts = new Set(checkpoint?.parts.map(({ key }) => key));
  const damaged = unreadable.find(({ key }) => parts.has(key));
  if (damaged === undefined || checkpoint === undefined) return;
  const before = new Date(checkpoint.beganAtMs).toISOString();
  throw new CommandError(
    `${damaged.key}: ${damaged.detail}; take an older checkpoint with --checkpoint-until ${before}`,
  );
}

function damagedIn(runs: readonly Run[]): Unreadable[] {
  return runs.flatMap(({ objects }) =>
    objects.flatMap(({ key, damage }) => (damage === undefined ? [] : [{ key, detail: damage }])),
  );
}

function gapOf({ tailFromMs }: Plan, { retentionMs, createdAtMs }: Retention, nowMs: number): Rebuilt['gap'] {
  if (tailFromMs === undefined) return null;
  // Before the stream was made, there was nothing that it could have lost.
  const fromMs = Math.max(tailFromMs, createdAtMs);
  const toMs = nowMs - retentionMs;
  return toMs > fromMs ? { fromMs, toMs } : null;
}
