/** The event log as its published schema describes it: nothing of the project's own code is used to read it. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, fromBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** An observation, as far as the suite looks at it, in protobuf's JSON: numbers of 64 bits are text. */
export interface LoggedObservation {
  readonly readingId: string;
  readonly count: number;
  readonly clientId: string;
  readonly assetId: string;
  readonly source: string;
  readonly stamp: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly attestation: string;
  readonly position?: unknown;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const recordSchema = readSchema('cityweave.v1.ObservationRecord');

export function observationsIn(record: Uint8Array): readonly LoggedObservation[] {
  const json = toJson(recordSchema, fromBinary(recordSchema, record), { alwaysEmitImplicit: true });
  return (json as unknown as { readonly observations: readonly LoggedObservation[] }).observations;
}

function readSchema(name: string) {
  const compiled = execFileSync(path.join(REPOSITORY, 'node_modules/.bin/buf'), ['build', 'schemas', '-o', '-'], {
    cwd: REPOSITORY,
  });
  const message = createFileRegistry(fromBinary(FileDescriptorSetSchema, compiled)).getMessage(name);
  if (!message) throw new Error(`schemas/ declares no ${name}`);
  return message;
}

function byName(attributes: LoggedObservation['attributes']): [name: string, value: unknown][] {
  return Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * What became of each reading, in the log's order, by the contract and for readings of devices alone, which supersede
 * their own dots only: `duplicate` repeats a dot and its content, `applied` advances a register, else `superseded`.
 */
export function fatesOf(observations: readonly LoggedObservation[]): ('applied' | 'duplicate' | 'superseded')[] {
  const known = new Set<string>();
  const highest = new Map<string, bigint>();
  return observations.map(({ assetId, source, stamp, attributes, position = null }) => {
    const content = JSON.stringify([assetId, source, stamp, byName(attributes), position]);
    if (known.has(content)) return 'duplicate';
    known.add(content);
    const registers = [...Object.keys(attributes), ...(position === null ? [] : ['position'])];
    const advanced = registers
      .map((register) => [assetId, register, source].join(' '))
      .filter((entry) => BigInt(stamp) > (highest.get(entry) ?? -1n));
    for (const entry of advanced) highest.set(entry, BigInt(stamp));
    return advanced.length > 0 ? 'applied' : 'superseded';
  });
}
