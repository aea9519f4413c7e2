/** Readings in Avro: a record of numbers, texts, truths and enums, each of which may be null. */

import avsc from 'avsc';
import type { SchemaField } from '../../../core/ports.ts';
import { refuse } from '../../../core/reason.ts';
import { show } from '../../../core/schema/show.ts';
import type { CompiledSchema } from './schema-entry.ts';

const SCALARS = new Set(['int', 'long', 'float', 'double', 'string', 'boolean', 'enum']);

interface AvroField {
  readonly name: string;
  readonly type: unknown;
  readonly unit?: string;
}

export function compileAvro(text: string): CompiledSchema {
  const schema = JSON.parse(text) as { readonly type?: unknown; readonly fields?: readonly AvroField[] };
  const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false });
  const fields = schema.fields ?? [];
  if (schema.type !== 'record') throw new TypeError(`got ${show(schema.type)}, expected a record`);
  for (const { name, type: fieldType } of fields) expectScalar(name, fieldType);
  return {
    // Parsing canonical form ("Transforming into Parsing Canonical Form"), as avsc writes it.
    canonicalForm: JSON.stringify(type.schema()),
    read(body) {
      let record: Readonly<Record<string, unknown>>;
      try {
        record = type.fromBuffer(Buffer.from(body.buffer, body.byteOffset, body.length)) as typeof record;
      } catch (error) {
        return refuse('malformed', `not of its schema: ${error instanceof Error ? show(error.message) : 'unreadable'}`);
      }
      return { ok: true, fields: fields.flatMap((field) => readField(field, record[field.name])) };
    },
  };
}

function readField({ name, unit }: AvroField, value: unknown): SchemaField[] {
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') return [];
  return [{ name, value, ...(unit !== undefined && { unit }) }];
}

/** A list of a hostile length would cost memory, and no reading has one. */
function expectScalar(name: string, type: unknown): void {
  const branches = (Array.isArray(type) ? type : [type]).map((branch: unknown) =>
    typeof branch === 'object' && branch !== null ? (branch as { type?: unknown }).type : branch,
  );
  const scalars = branches.filter((branch) => branch !== 'null');
  if (scalars.length === 1 && SCALARS.has(String(scalars[0]))) return;
  throw new TypeError(`field ${name}: got ${show(type)}, expected one of ${[...SCALARS].join(', ')}, or null`);
}
