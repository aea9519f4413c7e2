/** Readings in protobuf: a message of numbers, texts, truths and enums, each with or without presence. */

import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  fromBinary,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { reflect } from '@bufbuild/protobuf/reflect';
import type { SchemaField } from '../../../core/ports.ts';
import { refuse } from '../../../core/reason.ts';
import { show } from '../../../core/schema/show.ts';
import type { CompiledSchema } from './schema-entry.ts';

/** The first message of the last file of a `FileDescriptorSet` in base64: what it imports stands before it. */
export function compileProtobuf(base64: string): CompiledSchema {
  const descriptor = messageOf(base64);
  return {
    canonicalForm: canonicalForm(descriptor),
    read(body) {
      try {
        return { ok: true, fields: readMessage(descriptor, fromBinary(descriptor, body)) };
      } catch (error) {
        return refuse('malformed', `not of its schema: ${error instanceof Error ? show(error.message) : 'unreadable'}`);
      }
    },
  };
}

export function messageOf(base64: string): DescMessage {
  const set = fromBinary(FileDescriptorSetSchema, Buffer.from(base64, 'base64'));
  const name = set.file.at(-1)?.name;
  const file = [...createFileRegistry(set).files].find(({ proto }) => proto.name === name);
  const [message] = file?.messages ?? [];
  if (!message) throw new TypeError(`${show(name)} has no message, expected that of a reading`);
  for (const field of message.fields) expectScalar(field);
  return message;
}

function expectScalar({ name, fieldKind }: DescField): void {
  if (fieldKind !== 'scalar' && fieldKind !== 'enum') {
    throw new TypeError(`field ${name}: got a ${fieldKind}, expected a number, a text, true or false, or an enum`);
  }
}

function readMessage(descriptor: DescMessage, message: MessageShape<DescMessage>): SchemaField[] {
  const reading = reflect(descriptor, message);
  return descriptor.fields.flatMap((field) => {
    if (field.presence !== Presence.IMPLICIT && !reading.isSet(field)) return [];
    const value: unknown = reading.get(field);
    if (field.fieldKind === 'enum') {
      return [{ name: field.jsonName, value: field.enum.value[Number(value)]?.name ?? String(value) }];
    }
    // Beyond 2⁵³ a whole number is no value of an attribute, and validation says so.
    if (typeof value === 'bigint') return [{ name: field.jsonName, value: Number(value) }];
    const isScalar = typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
    return isScalar ? [{ name: field.jsonName, value }] : [];
  });
}

/**
 * What a message's fingerprint is taken of: JSON without spaces, of its full name and its fields by number, each with
 * number, JSON name, type and presence, an enum with its values by number. Comments, options and files do not count.
 */
function canonicalForm({ typeName, fields }: DescMessage): string {
  const byNumber = fields.toSorted((one, other) => one.number - other.number);
  return JSON.stringify({
    message: typeName,
    fields: byNumber.map((field) => ({
      number: field.number,
      name: field.jsonName,
      type: typeOf(field),
      presence: Presence[field.presence].toLowerCase(),
    })),
  });
}

/** As protobuf writes it, or an enum's values. */
export function typeOf(field: DescField): string | readonly (readonly [number: number, name: string])[] {
  if (field.fieldKind === 'enum') {
    return field.enum.values.map(({ number, name }) => [number, name] as const).sort(([one], [other]) => one - other);
  }
  return field.fieldKind === 'scalar' ? ScalarType[field.scalar].toLowerCase() : field.fieldKind;
}
