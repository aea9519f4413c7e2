import { decodeFrame } from '../core/sync/decode-frame.ts';
import { encodeFrame } from '../core/sync/encode-frame.ts';
import type { FrameReading, ReadingsFrame } from '../core/sync/frame.ts';
import { rootOf, sumsOf } from '../core/sync/digest.ts';
import { normalize } from '../core/codec/normalize.ts';
import { emptyTwinFor, merge } from '../core/twin/join.ts';
import { stampOf } from '../core/twin/stamp.ts';
import { city } from '../lambdas/shared/city.ts';
import { readReplays, REPLAYS_ABSENT } from './sync/replays.ts';
import { type Habit, measureUpkeep } from './sync/upkeep.ts';
import { measureWire } from './sync/wire.ts';
import { type Benchmark, rounded, type Table } from './support/report.ts';
import { measureThroughput, type Task } from './support/throughput.ts';

const TWINS = 10_000;
const ATTRIBUTES = 3;
/** Twins of a frame of up to 128 KB. */
const TWINS_PER_FRAME = 1000;
/** Frames take so much less than full states as often as the gateway looks, or nearly. */
const LESS_PERCENT_MIN = 87;
const NOON_MS = Date.UTC(2026, 10, 21, 12);

/** Bytes of frames beside periodic full states in JSON, on real replays; and what a core encodes and applies. */
export const sync: Benchmark = async ({ runs }, progress) => [
  wireTable(),
  await measureThroughput(
    `Sync frames of ${TWINS_PER_FRAME} twins, ${ATTRIBUTES} attributes each`,
    tasks(),
    runs,
    progress,
  ),
  await upkeepTable(),
];

const HABITS: readonly (Habit & { readonly name: string })[] = [
  { name: 'silent', assets: 200, readingEveryMs: 24 * 3_600_000 },
  { name: 'a reading in 10 s', assets: 200, readingEveryMs: 10_000 },
  { name: '10 readings a second', assets: 200, readingEveryMs: 100 },
];

async function upkeepTable(): Promise<Table> {
  const rows = await Promise.all(
    HABITS.map(async ({ name, ...habit }) => {
      const { usdMonth, ...hour } = await measureUpkeep(habit);
      return { gateway: name, ...hour, 'USD a month': rounded(usdMonth, 3) };
    }),
  );
  return { title: 'What sync costs beside the frames of readings: a lane of 200 assets, an hour', rows };
}

function wireTable(): Table {
  const title = `Bytes of sync frames beside full states in JSON${REPLAYS_ABSENT && ` (${REPLAYS_ABSENT})`}`;
  const replays = REPLAYS_ABSENT === '' ? readReplays() : [];
  const rows = replays.flatMap((replay) =>
    replay.periodsMs.map((periodMs) => {
      const { readings, sent, frameBytes, stateBytes, jsonBytes, gzipBytes } = measureWire(replay, periodMs);
      return {
        replay: replay.name,
        'period s': periodMs / 1000,
        readings,
        sent,
        'frames MB': rounded(frameBytes / 1e6, 2),
        'full state B': stateBytes,
        'JSON MB': rounded(jsonBytes / 1e6, 2),
        'less %': rounded(100 * (1 - frameBytes / jsonBytes), 1),
        'gzip MB': rounded(gzipBytes / 1e6, 2),
        'less than gzip %': rounded(100 * (1 - frameBytes / gzipBytes), 1),
      };
    }),
  );
  const isMet = replays.every(({ name, periodsMs }) => {
    const shortestS = Math.min(...periodsMs) / 1000;
    return rows.every(
      (row) => row.replay !== name || row['period s'] !== shortestS || row['less %'] >= LESS_PERCENT_MIN,
    );
  });
  return {
    title,
    rows,
    ...(!isMet && { unmet: `${LESS_PERCENT_MIN} % less than full states of the shortest period` }),
  };
}

function tasks(): readonly Task[] {
  const frames = Array.from({ length: TWINS / TWINS_PER_FRAME }, (_, index) => frameOf(index));
  const payloads = frames.map(encodeFrame);
  const context = { city, stage: city.stages.dev, assets: new Map() };
  const observe = (bytes: Uint8Array) =>
    normalize(
      {
        messageId: 'm',
        topic: 'dt/centre/gateway/gateway/frames',
        bytes,
        clientId: 'gateway',
        principal: '',
        receivedAtMs: NOON_MS,
      },
      context,
    ).observations;
  const leaves = frames.flatMap(({ readings }) => readings.flatMap(leavesOf));
  const unitsPerCall = TWINS * ATTRIBUTES;
  return [
    { name: 'encode', unit: 'attributes', unitsPerCall, work: () => frames.map(encodeFrame) },
    { name: 'decode', unit: 'attributes', unitsPerCall, work: () => payloads.map(decodeFrame) },
    {
      name: 'decode, validate and merge into twins',
      unit: 'attributes',
      unitsPerCall,
      work: () => payloads.flatMap(observe).map((each) => merge(emptyTwinFor(each), [each])),
    },
    { name: 'digest', unit: 'leaves', unitsPerCall, work: () => rootOf(sumsOf('gateway', leaves)) },
  ];
}

function frameOf(sequence: number): ReadingsFrame {
  const readings = Array.from({ length: TWINS_PER_FRAME }, (_, index): FrameReading => {
    const number = sequence * TWINS_PER_FRAME + index;
    const name = `station-${number}`;
    return {
      assetId: name,
      assetType: 'WeatherObserved',
      sensor: name,
      stamp: stampOf(NOON_MS, number),
      attributes: new Map([
        ['temperature', (number % 400) / 10],
        ['relativeHumidity', (number % 100) / 100],
        ['windSpeed', (number % 130) / 10],
      ]),
      seen: new Map(),
    };
  });
  const header = { gateway: 'gateway', lane: 'bulk', epoch: 1, sequence: sequence + 1, sentAtMs: NOON_MS } as const;
  return { ...header, kind: 'snapshot', readings };
}

function leavesOf({ assetId, sensor, stamp, attributes }: FrameReading) {
  return [...attributes.keys()].map((attribute) => ({ assetId, attribute, sensor, stamp }));
}
