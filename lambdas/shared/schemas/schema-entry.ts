import type { WriterSchema } from '../../../core/ports.ts';

/** A schema as it is released or registered. */
export interface SchemaEntry {
  /** Of the device's firmware, such as `parking-spot`. */
  readonly name: string;
  readonly version: number;
  /** Sixteen hexadecimal digits. */
  readonly fingerprint: string;
  readonly format: 'avro' | 'protobuf';
  /** The JSON of an Avro schema, or a protobuf `FileDescriptorSet` in base64. */
  readonly schema: string;
}

/** A schema made ready. Making it throws where it is no schema of a reading, with what to mend. */
export interface CompiledSchema extends WriterSchema {
  /** What the fingerprint is taken of: equal for schemas that write the same bytes for the same names. */
  readonly canonicalForm: string;
}
