import type { AttributeValue as Item } from '@aws-sdk/client-dynamodb';
import type { ReadingFlag } from '../../core/observation.ts';
import type { StoredTwin } from '../../core/ports.ts';
import type { Entry, Register, RegisterValue, Sibling, Twin } from '../../core/twin/twin.ts';

/**
 * A twin as a DynamoDB item. Operators read it with any DynamoDB client, so registers stay maps; their keys are short
 * because a typical twin must fit one write unit (1 KB). Stamps are N and go from decimal string to bigint, never
 * through a JavaScript number, which would round them.
 *
 *     { assetId, version, format, assetType, zone, registered,
 *       registers: { attribute: { source: { t: stamp, v: value, r: receivedAtMs, f: flags, u: validUntilMs } } },
 *       floors: { source: stamp } }
 *
 * An entry without `v` is one whose sibling was superseded; `u` has a decision only.
 */
export type TwinItem = Record<string, Item>;

/**
 * Version of this layout. Whoever merges writes the whole item, so a reader that passed over what it does not know would
 * lose it: it refuses a format that it does not know, its batch is retried for as long as the log is kept, and then kept
 * among the failures, so nothing is lost or written over. Hence the rule for another layout: it gets the next number; one
 * deployment reads it beside this one, the next writes it; twins pass to it when they are next merged.
 */
const FORMAT = '1';

export function toTwinItem(twin: Twin, version: number): TwinItem {
  return {
    assetId: { S: twin.assetId },
    version: { N: String(version) },
    format: { N: FORMAT },
    assetType: { S: twin.assetType },
    zone: { S: twin.zone },
    registered: { BOOL: twin.registered },
    registers: { M: mapped(twin.registers, (register) => ({ M: mapped(register, entryItem) })) },
    floors: { M: mapped(twin.floors, (stamp) => ({ N: String(stamp) })) },
  };
}

/** Throws when the item is not a twin of a known format: nothing but this project writes the table. */
export function fromTwinItem(item: TwinItem): StoredTwin {
  const format = item['format']?.N;
  if (format !== FORMAT) {
    const remedy = 'deploy the version that wrote it, or one that still reads it';
    throw new Error(`twin ${item['assetId']?.S}: format ${format}, expected ${FORMAT}: ${remedy}`);
  }
  return {
    version: Number(text(item, 'version', 'N')),
    twin: {
      assetId: text(item, 'assetId', 'S'),
      assetType: text(item, 'assetType', 'S'),
      zone: text(item, 'zone', 'S'),
      registered: item['registered']?.BOOL === true,
      registers: unmapped(item['registers'], registerOf),
      floors: unmapped(item['floors'], (floor) => BigInt(floor.N ?? 0)),
    },
  };
}

function entryItem({ stamp, sibling }: Entry): Item {
  if (!sibling) return { M: { t: { N: String(stamp) } } };
  const entry: Record<string, Item> = {
    t: { N: String(stamp) },
    v: valueItem(sibling.value),
    r: { N: String(sibling.receivedAtMs) },
  };
  if (sibling.flags.length > 0) entry['f'] = { SS: [...sibling.flags] };
  if (sibling.validUntilMs !== undefined) entry['u'] = { N: String(sibling.validUntilMs) };
  return { M: entry };
}

function registerOf(item: Item): Register {
  return unmapped(item, (entry) => {
    const { t, v, r, f, u } = entry.M ?? {};
    const stamp = BigInt(t?.N ?? 0);
    return v ? { stamp, sibling: siblingOf(v, r, f, u) } : { stamp };
  });
}

function siblingOf(
  value: Item,
  receivedAt: Item | undefined,
  flags: Item | undefined,
  validUntil: Item | undefined,
): Sibling {
  return {
    value: valueOf(value),
    receivedAtMs: Number(receivedAt?.N),
    // A string set has no order of its own; the canonical one is sorted.
    flags: (flags?.SS ?? []).toSorted() as ReadingFlag[],
    ...(validUntil && { validUntilMs: Number(validUntil.N) }),
  };
}

function valueItem(value: RegisterValue): Item {
  switch (typeof value) {
    case 'number':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
    case 'string':
      return { S: value };
    default: {
      const { longitude, latitude, altitude } = value;
      const position = { longitude: { N: String(longitude) }, latitude: { N: String(latitude) } };
      return { M: altitude === undefined ? position : { ...position, altitude: { N: String(altitude) } } };
    }
  }
}

function valueOf(item: Item): RegisterValue {
  if (item.N !== undefined) return Number(item.N);
  if (item.BOOL !== undefined) return item.BOOL;
  if (item.S !== undefined) return item.S;
  const { longitude, latitude, altitude } = item.M ?? {};
  const position = { longitude: Number(longitude?.N), latitude: Number(latitude?.N) };
  return altitude ? { ...position, altitude: Number(altitude.N) } : position;
}

function mapped<Value>(values: ReadonlyMap<string, Value>, toItem: (value: Value) => Item): Record<string, Item> {
  const items: Record<string, Item> = {};
  for (const [key, value] of values) items[key] = toItem(value);
  return items;
}

function unmapped<Value>(item: Item | undefined, toValue: (item: Item) => Value): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const [key, value] of Object.entries(item?.M ?? {})) values.set(key, toValue(value));
  return values;
}

function text(item: TwinItem, name: string, kind: 'S' | 'N'): string {
  const attribute = item[name];
  const value = kind === 'S' ? attribute?.S : attribute?.N;
  if (value === undefined) throw new Error(`twin ${item['assetId']?.S}: no attribute "${name}" of kind ${kind}`);
  return value;
}
