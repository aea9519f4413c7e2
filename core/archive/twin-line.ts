import type { StoredTwin } from '../ports.ts';
import { formatStamp } from '../twin/stamp.ts';
import type { Entry, Register, Sibling, Twin } from '../twin/twin.ts';

/** A twin as one line of JSON: the members of its canonical bytes, what the registry says of it, and its version. */
interface TwinLine extends Pick<Twin, 'assetId' | 'assetType' | 'zone' | 'registered'> {
  readonly version: number;
  /** Register → source → entry; stamps are decimal. */
  readonly registers: Readonly<Record<string, Readonly<Record<string, EntryLine>>>>;
  readonly floors: Readonly<Record<string, string>>;
}

interface EntryLine {
  readonly stamp: string;
  readonly sibling?: Sibling;
}

/** Without a line break, neither in it nor behind it. */
export function encodeTwinLine({ twin, version }: StoredTwin): string {
  const { assetId, assetType, zone, registered } = twin;
  const registers = members(twin.registers, (register) => members(register, entryLine));
  const floors = members(twin.floors, formatStamp);
  return JSON.stringify({ assetId, assetType, zone, registered, version, registers, floors } satisfies TwinLine);
}

/** Throws where the text is no such line: nothing but this project writes them. */
export function decodeTwinLine(text: string): StoredTwin {
  const { version, registers, floors, ...registration } = JSON.parse(text) as TwinLine;
  return {
    version,
    twin: {
      ...registration,
      registers: mapOf(registers, (register): Register => mapOf(register, entryOf)),
      floors: mapOf(floors, BigInt),
    },
  };
}

function entryLine({ stamp, sibling }: Entry): EntryLine {
  return sibling === undefined ? { stamp: formatStamp(stamp) } : { stamp: formatStamp(stamp), sibling };
}

function entryOf({ stamp, sibling }: EntryLine): Entry {
  return sibling === undefined ? { stamp: BigInt(stamp) } : { stamp: BigInt(stamp), sibling };
}

function members<V, J>(map: ReadonlyMap<string, V>, toJson: (value: V) => J): Readonly<Record<string, J>> {
  return Object.fromEntries([...map].map(([key, value]) => [key, toJson(value)]));
}

function mapOf<J, V>(record: Readonly<Record<string, J>>, fromJson: (json: J) => V): Map<string, V> {
  return new Map(Object.entries(record).map(([key, json]) => [key, fromJson(json)]));
}
