import type { Observation } from '../../core/observation.ts';
import { emptyTwinFor, merge } from '../../core/twin/join.ts';
import { toTwinItem } from '../../lambdas/shared/twin-item.ts';
import { itemBytes } from '../sizes/metered-bytes.ts';
import { observationsOf } from '../support/observations.ts';
import type { Table } from '../support/report.ts';
import { WRITE_UNIT_BYTES } from './write-units.ts';

/** Twins of a busy city have been written often; a version is a number of the item. */
const VERSION = 1_000_000;
const TYPICAL_SOURCES = ['gate-counter-north', 'ramp-camera-snow-hill'];
const GATEWAY_SOURCES = ['gateway-snow-hill-01/counter-north', 'gateway-snow-hill-01/camera-ramp'];
const STAMP = 1_795_248_000_000_004_711n;

/** The typical one is the first, and must take no more than one write unit. */
export function itemSizeTable(): Table {
  const [first] = observationsOf(1);
  if (!first) throw new Error('the workload is empty');
  // The workload's assets are not in the registry; a city's are.
  const registered: Observation = { ...first, flags: [] };
  const { position, ...plain } = registered;
  if (!position) throw new Error('the workload has no position');
  const sixteen = { ...plain, attributes: attributesOf(16) };
  const rows = [
    sizeOf('4 attributes, 2 sources (typical)', heard(plain, TYPICAL_SOURCES)),
    sizeOf(
      'the same, each with 2 flags',
      heard({ ...plain, flags: ['coarse-clock', 'unregistered'] }, TYPICAL_SOURCES),
    ),
    sizeOf('the same, each with a position', heard(registered, TYPICAL_SOURCES)),
    sizeOf(
      'the same, behind a gateway, with position and flag',
      heard({ ...registered, flags: ['coarse-clock'] }, GATEWAY_SOURCES),
    ),
    sizeOf('the same, 1 source', heard(plain, TYPICAL_SOURCES.slice(0, 1))),
    sizeOf('the same, 10 sources retired beside it', [...heard(plain, TYPICAL_SOURCES), ...retired(plain, 10)]),
    sizeOf('4 attributes, 8 sources', heard(plain, numbered(8))),
    sizeOf('16 attributes, 8 sources', heard(sixteen, numbered(8))),
  ];
  const typicalBytes = rows[0]?.bytes ?? 0;
  return {
    title: 'A twin’s item as DynamoDB counts it',
    rows,
    ...(typicalBytes > WRITE_UNIT_BYTES && {
      unmet: `a typical twin takes ${typicalBytes} bytes, expected at most ${WRITE_UNIT_BYTES}`,
    }),
  };
}

function sizeOf(twin: string, observations: readonly Observation[]) {
  const [first] = observations;
  if (!first) throw new Error('a twin is of an asset that some observation names');
  const bytes = itemBytes(toTwinItem(merge(emptyTwinFor(first), observations).twin, VERSION));
  return { twin, bytes, 'write units': Math.ceil(bytes / WRITE_UNIT_BYTES) };
}

function heard(observation: Observation, sources: readonly string[]): readonly Observation[] {
  return sources.map((source) => ({ ...observation, source, stamp: STAMP }));
}

function retired(observation: Observation, count: number): readonly Observation[] {
  return numbered(count).map((source) => ({ ...observation, kind: 'retire', source, stamp: STAMP }));
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `ramp-camera-snow-hill-${index}`);
}

function attributesOf(count: number): ReadonlyMap<string, number> {
  return new Map(Array.from({ length: count }, (_, index) => [`laneOccupancy${index}`, 12.5 + index]));
}
