/**
 * What a twin must be, slowly and obviously: keep every observation; the siblings are the dots that nobody superseded;
 * the context is the highest stamp that anybody mentioned. Shares no code with `core/twin`.
 */

import type { Observation } from '../../../core/observation.ts';
import type { Fate } from '../../../core/twin/fold.ts';
import type { RegisterValue } from '../../../core/twin/twin.ts';

interface Write {
  readonly observation: Observation;
  readonly value: RegisterValue;
}

/** The canonical bytes of the twin that these observations of one asset make, in whatever order they came. */
export function oracleBytes(observations: readonly Observation[]): Buffer {
  const retired = Map.groupBy(
    observations.filter(({ kind }) => kind === 'retire'),
    ({ source }) => source,
  );
  const floors = new Map([...retired].map(([source, all]) => [source, greatest(all.map(({ stamp }) => stamp))]));
  const others = observations.filter(({ kind }) => kind !== 'retire');
  const names = new Set(others.flatMap(({ attributes }) => [...attributes.keys()]));
  const registers: Record<string, unknown> = {};
  for (const name of [...names, 'position']) {
    const register = oracleRegister(name, writesOf(name, others), floors);
    if (Object.keys(register).length > 0) {
      registers[name] = register;
    }
  }
  const floorsJson = Object.fromEntries([...floors].map(([source, floor]) => [source, `${floor}`]));
  return Buffer.concat([Buffer.of(1), Buffer.from(sortedJson({ floors: floorsJson, registers }))]);
}

function oracleRegister(name: string, writes: readonly Write[], floors: ReadonlyMap<string, bigint>): object {
  const mentioned = writes.flatMap(({ observation }) => [
    { source: observation.source, stamp: observation.stamp },
    ...seenOfOthers(observation, name).map(([source, stamp]) => ({ source, stamp })),
  ]);
  const entries: Record<string, unknown> = {};
  for (const source of new Set(mentioned.map((dot) => dot.source))) {
    const stamp = greatest(mentioned.filter((dot) => dot.source === source).map((dot) => dot.stamp));
    if (stamp <= (floors.get(source) ?? -1n)) {
      continue;
    }
    const standing = writes.filter((write) => isOf(write, source, stamp) && !isSuperseded(write, name, writes));
    entries[source] =
      standing.length === 0 ? { stamp: `${stamp}` } : { stamp: `${stamp}`, sibling: together(standing) };
  }
  return entries;
}

function isSuperseded({ observation: older }: Write, name: string, writes: readonly Write[]): boolean {
  return writes.some(
    ({ observation: newer }) =>
      (newer.source === older.source && newer.stamp > older.stamp) ||
      seenOfOthers(newer, name).some(([source, stamp]) => source === older.source && stamp >= older.stamp),
  );
}

/** What equal dots with unequal content come to: each component for itself. */
function together(writes: readonly Write[]): object {
  const texts = writes.map(({ value }) => Buffer.from(sortedJson(value)));
  const ends = writes.flatMap(({ observation }) => observation.validUntilMs ?? []);
  return {
    value: JSON.parse(texts.toSorted((a, b) => a.compare(b))[0]?.toString() ?? ''),
    receivedAtMs: Math.min(...writes.map(({ observation }) => observation.receivedAtMs)),
    flags: [...new Set(writes.flatMap(({ observation }) => observation.flags))].toSorted(),
    ...(ends.length > 0 && { validUntilMs: Math.min(...ends) }),
  };
}

function writesOf(name: string, observations: readonly Observation[]): readonly Write[] {
  return observations.flatMap((observation) => {
    const value = name === 'position' ? observation.position : observation.attributes.get(name);
    return value === undefined ? [] : [{ observation, value }];
  });
}

function seenOfOthers({ source, seen }: Observation, name: string): readonly (readonly [string, bigint])[] {
  return [...(seen.get(name) ?? [])].filter(([other]) => other !== source);
}

function isOf({ observation }: Write, source: string, stamp: bigint): boolean {
  return observation.source === source && observation.stamp === stamp;
}

function greatest(stamps: readonly bigint[]): bigint {
  return stamps.reduce((a, b) => (a > b ? a : b), -1n);
}

/** JSON with sorted keys; numbers and strings as ECMAScript writes them, which is what RFC 8785 §3.2.2 asks for. */
function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(sortedJson).join(',')}]`;
  }
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${sortedJson(member)}`).join(',')}}`;
}

/**
 * What became of each of these observations of one asset, in the order of the log: asks at each what the twin would be
 * with and without it. Of readings with one id only the first counts.
 */
export function oracleFates(log: readonly Observation[]): ReadonlyMap<string, Fate> {
  const fates = new Map<string, Fate>();
  const counted: Observation[] = [];
  for (const observation of log) {
    if (fates.has(observation.readingId)) continue;
    const isDuplicate = counted.some((earlier) => contentOf(earlier) === contentOf(observation));
    const isAdvance = !oracleBytes(counted).equals(oracleBytes([...counted, observation]));
    const fate = isAdvance ? 'applied' : 'superseded';
    fates.set(observation.readingId, isDuplicate ? 'duplicate' : fate);
    counted.push(observation);
  }
  return fates;
}

function contentOf({ kind, source, stamp, attributes, position }: Observation): string {
  const values = Object.fromEntries(attributes);
  return sortedJson({ kind, source, stamp: `${stamp}`, attributes: values, position: position ?? null });
}
