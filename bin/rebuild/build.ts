import path from 'node:path';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { encodeTwinLine } from '../../core/archive/twin-line.ts';
import type { StoredTwin } from '../../core/ports.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { resolve } from '../../core/twin/resolve.ts';
import { twinJson } from '../../core/twin/twin-json.ts';
import { readCityConfig } from '../city-config.ts';
import { CommandError } from '../command-error.ts';
import type { Cell } from '../print.ts';
import type { Target } from '../target.ts';
import { type ArchivePlace, openArchive } from './archive-store.ts';
import { type CityStores, openStores, refuseSilence } from './city-stores.ts';
import { rebuiltJson, rebuiltRows, shortcomings } from './describe.ts';
import { evidenceAt } from './evidence.ts';
import { type LineSink, openSink } from './line-sink.ts';
import type { Wanted } from './plan.ts';
import { partitionsOf, rebuild, type RebuildProgress } from './rebuild.ts';
import { PARTITIONS } from './runs.ts';
import { openState, type RebuildState } from './state.ts';
import { prepareTable, writeTwins } from './twin-table.ts';

export interface BuildOptions {
  readonly target: Target;
  readonly wanted: Wanted;
  readonly bucket?: string;
  readonly workers?: number;
  /** To be written. */
  readonly table?: string;
  /** A file of lines. */
  readonly out?: string;
  readonly progress: RebuildProgress;
}

export interface BuildReport {
  readonly rows: readonly (readonly [string, Cell])[];
  readonly json: object;
  readonly shortcomings: readonly string[];
  /** Whether all could be read that there is. */
  readonly isWhole: boolean;
}

/** Rebuilds and puts the twins where they are wanted; without a place for them, counts them. */
export async function buildTwins(options: BuildOptions): Promise<BuildReport> {
  const { target, wanted, table, workers, progress } = options;
  const stores = openStores(target);
  try {
    const place = await placeOf(stores, options.bucket);
    const state = await openState(stateDirectory(target), { place, wanted });
    if (table !== undefined) await beginTable(stores, table, state);
    const { kinesis } = stores;
    const rebuilt = await rebuild({
      place,
      wanted,
      state,
      kinesis,
      ...(workers !== undefined && { workers }),
      progress,
      nowMs: () => Date.now(),
    });
    const lines = await linesOf(options, place);
    let [twins, partitions] = [0, 0];
    for await (const partition of partitionsOf(rebuilt)) {
      const ofPartition = [...partition.twins()].toSorted(byAsset);
      twins += ofPartition.length;
      if (table !== undefined) await writeTwins(stores.dynamodb, table, ofPartition);
      for (const stored of ofPartition) await lines?.write(stored);
      if (table !== undefined || lines) progress.placed(++partitions, PARTITIONS, twins);
    }
    await lines?.close();
    // What could not be read may be read the next time, and the rest is there by then.
    if (rebuilt.unreadable.length === 0) await state.remove();
    return {
      rows: [...rebuiltRows(rebuilt), ['twins', twins]],
      json: { ...rebuiltJson(rebuilt), twins },
      shortcomings: shortcomings(rebuilt),
      isWhole: rebuilt.unreadable.length === 0,
    };
  } finally {
    stores.close();
  }
}

/** Throws a `CommandError` where there is no such bucket. */
export async function placeOf(stores: CityStores, named: string | undefined): Promise<ArchivePlace> {
  const bucket = named ?? (await stores.bucket('archive'));
  try {
    await stores.s3.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (cause) {
    refuseSilence(stores, cause);
    throw new CommandError(`no archive in ${bucket}: the stage has no archiveDays, or you may not read it`, { cause });
  }
  return { kind: 'bucket', bucket, endpoint: stores.endpoint };
}

/** Beside what the local cloud has, whichever target is rebuilt. */
export function stateDirectory({ dataDirectory }: Target): string {
  return path.join(dataDirectory, 'rebuild');
}

async function beginTable({ dynamodb }: CityStores, table: string, state: RebuildState): Promise<void> {
  await prepareTable(dynamodb, table, state.hasBegunTable(table));
  await state.beginTable(table);
}

interface TwinLines {
  write(stored: StoredTwin): Promise<void>;
  close(): Promise<void>;
}

/** Where lines of twins go; undefined where none are wanted. */
async function linesOf(
  { wanted: { asOfMs }, out, table }: BuildOptions,
  place: ArchivePlace,
): Promise<TwinLines | undefined> {
  if (out === undefined && (asOfMs === undefined || table !== undefined)) return undefined;
  const lineOf = asOfMs === undefined ? encodeTwinLine : await resolvedLineAt(asOfMs, place);
  const sink: LineSink = openSink(out);
  return { write: (stored) => sink.write(lineOf(stored)), close: () => sink.close() };
}

async function resolvedLineAt(asOfMs: number, place: ArchivePlace): Promise<(stored: StoredTwin) => string> {
  const { assetTypes }: CityConfig = await readCityConfig();
  const archive = openArchive(place);
  const evidenceOf = await evidenceAt(archive, asOfMs).finally(() => archive.close());
  return ({ twin }) => {
    const assetType = Object.hasOwn(assetTypes, twin.assetType) ? assetTypes[twin.assetType] : undefined;
    return JSON.stringify(twinJson(twin, resolve(twin, assetType, asOfMs, evidenceOf(twin))));
  };
}

function byAsset(a: StoredTwin, b: StoredTwin): number {
  return a.twin.assetId < b.twin.assetId ? -1 : 1;
}
