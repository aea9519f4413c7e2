import avsc from 'avsc';
import { ENVELOPE_BYTES, fingerprintOf, formatFingerprint } from '../../core/codec/envelope/envelope.ts';
import { compileSchema } from '../../lambdas/shared/schemas/compile-schema.ts';
import { messageOf } from '../../lambdas/shared/schemas/protobuf-schema.ts';
import { RELEASED_SCHEMAS } from '../../lambdas/shared/schemas/released.ts';
import type { SchemaEntry } from '../../lambdas/shared/schemas/schema-entry.ts';
import type { SchemaBook } from '../../core/ports.ts';
import type { Facts } from './finding.ts';
import { inspectWire, type WireFault } from './wire-fault.ts';

/** The released schemas, and those that were named beside them. */
export function schemaBook(
  named: readonly SchemaEntry[],
): SchemaBook & { entry(bytes: Uint8Array): SchemaEntry | undefined } {
  const entries = new Map([...RELEASED_SCHEMAS, ...named].map((entry) => [entry.fingerprint, entry]));
  const findEntry = (fingerprint: bigint): SchemaEntry | undefined => entries.get(formatFingerprint(fingerprint));
  return {
    find(fingerprint) {
      const entry = findEntry(fingerprint);
      return entry && compileSchema(entry);
    },
    entry(bytes) {
      const fingerprint = fingerprintOf(bytes);
      return fingerprint === undefined ? undefined : findEntry(fingerprint);
    },
  };
}

export function envelopeFacts(bytes: Uint8Array, entry: SchemaEntry | undefined): Facts {
  const fingerprint = fingerprintOf(bytes);
  return {
    ...(entry && { schema: `${entry.name}/${entry.version}`, writtenIn: entry.format }),
    ...(fingerprint !== undefined && { fingerprint: formatFingerprint(fingerprint) }),
  };
}

/** Where a body stops being of its schema; the offset counts from the envelope's first byte. */
export function envelopeFault(bytes: Uint8Array, { format, schema }: SchemaEntry): WireFault | undefined {
  const body = bytes.subarray(ENVELOPE_BYTES);
  const fault = format === 'avro' ? avroFault(body, schema) : inspectWire(messageOf(schema), body).fault;
  return fault && { ...fault, offset: fault.offset + ENVELOPE_BYTES };
}

/** Reads field after field, as the record does. */
function avroFault(body: Uint8Array, schema: string): WireFault | undefined {
  const { fields } = JSON.parse(schema) as { readonly fields: readonly { readonly name: string; type: avsc.Schema }[] };
  const buffer = Buffer.from(body);
  const registry: Record<string, avsc.Type> = {};
  let at = 0;
  for (const { name, type } of fields) {
    const reader = avsc.Type.forSchema(type, { wrapUnions: false, registry });
    const { offset, complaint } = readField(reader, buffer, at);
    if (complaint !== undefined) return { offset: at, detail: `${name}: ${complaint}` };
    at = offset;
  }
  return at === body.length ? undefined : { offset: at, detail: `${body.length - at} bytes behind the last field` };
}

function readField(reader: avsc.Type, buffer: Buffer, at: number): { offset: number; complaint?: string } {
  try {
    const { offset } = reader.decode(buffer, at) as { readonly offset: number };
    return offset < 0 ? { offset, complaint: 'the bytes end within it' } : { offset };
  } catch (error) {
    return { offset: at, complaint: error instanceof Error ? error.message : 'unreadable' };
  }
}
