import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import avsc from 'avsc';
import { envelop } from '../../core/codec/envelope/envelope.ts';
import { messageOf } from '../../lambdas/shared/schemas/protobuf-schema.ts';
import { RELEASED_SCHEMAS } from '../../lambdas/shared/schemas/released.ts';
import type { SchemaEntry } from '../../lambdas/shared/schemas/schema-entry.ts';
import { CommandError } from '../command-error.ts';
import { readSchemaFile } from '../schema/schema-file.ts';
import { asObject, asText, type JsonObject, known } from './json-shape.ts';

/** A reading behind its envelope. `content` is `{schema, fields}`, or the fields alone where `named` says the schema. */
export function encodeEnveloped(content: unknown, named: string | undefined): Uint8Array {
  const object = asObject('a reading', content);
  const isWhole = 'schema' in object && 'fields' in object;
  const schema = named ?? (isWhole ? asText('schema', object['schema']) : undefined);
  if (schema === undefined)
    throw new CommandError(`--schema is missing: name one of ${titles().join(', ')}, or a file`);
  const entry = schemaNamed(schema);
  const fields = isWhole ? asObject('fields', object['fields']) : object;
  const body = entry.format === 'avro' ? avroBody(fields, entry) : protobufBody(fields, entry);
  return envelop(BigInt(`0x${entry.fingerprint}`), body);
}

/** `parking-spot/2` as it was released, or a file. */
function schemaNamed(schema: string): SchemaEntry {
  const released = RELEASED_SCHEMAS.find((entry) => titleOf(entry) === schema);
  if (released) return released;
  if (/\.(?:avsc|proto)$/.test(schema)) return readSchemaFile(schema);
  throw new CommandError(`--schema: got "${schema}", expected one of ${titles().join(', ')}, or a file`);
}

function avroBody(fields: JsonObject, { schema }: SchemaEntry): Uint8Array {
  const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema, { wrapUnions: false }) as avsc.types.RecordType;
  known(
    'fields',
    fields,
    type.fields.map(({ name }) => name),
  );
  return encoding(() => type.toBuffer(fields));
}

function protobufBody(fields: JsonObject, { schema }: SchemaEntry): Uint8Array {
  const message = messageOf(schema);
  return encoding(() => toBinary(message, fromJson(message, fields as JsonValue)));
}

function encoding(encode: () => Uint8Array): Uint8Array {
  try {
    return encode();
  } catch (cause) {
    throw new CommandError(`fields: ${cause instanceof Error ? cause.message : 'not of the schema'}`, { cause });
  }
}

function titles(): readonly string[] {
  return RELEASED_SCHEMAS.map(titleOf);
}

function titleOf({ name, version }: SchemaEntry): string {
  return `${name}/${version}`;
}
