import { crc64Avro } from '../../../core/codec/envelope/crc-64-avro.ts';
import { formatFingerprint } from '../../../core/codec/envelope/envelope.ts';
import { compileAvro } from './avro-schema.ts';
import { compileProtobuf } from './protobuf-schema.ts';
import type { CompiledSchema, SchemaEntry } from './schema-entry.ts';

/** Throws where the text is no schema of a reading, with what to mend. */
export function compileSchema({ format, schema }: Pick<SchemaEntry, 'format' | 'schema'>): CompiledSchema {
  return format === 'avro' ? compileAvro(schema) : compileProtobuf(schema);
}

export function fingerprintOfSchema({ canonicalForm }: CompiledSchema): string {
  return formatFingerprint(crc64Avro(Buffer.from(canonicalForm)));
}
