/** Whether a new version of a schema may be released: firmware of every version stays in the field for years. */

import type { DescField } from '@bufbuild/protobuf';
import avsc from 'avsc';
import { messageOf, typeOf } from '../../lambdas/shared/schemas/protobuf-schema.ts';
import type { SchemaEntry } from '../../lambdas/shared/schemas/schema-entry.ts';

/** What breaks, one line each, where who knows one version reads what the other has written; empty where nothing does. */
export function incompatibilities(newer: SchemaEntry, older: SchemaEntry): string[] {
  if (newer.format !== older.format) return [`was ${older.format}, is ${newer.format}`];
  return newer.format === 'avro' ? avroBreaches(newer, older) : protobufBreaches(newer, older);
}

/** Avro's own rules of resolution, both ways: a field that one of them lacks needs a default in the other. */
function avroBreaches(newer: SchemaEntry, older: SchemaEntry): string[] {
  const [newType, oldType] = [newer, older].map(({ schema }) => avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema));
  return [
    ...breachOf('the new cannot read the old', () => newType?.createResolver(oldType as avsc.Type)),
    ...breachOf('the old cannot read the new', () => oldType?.createResolver(newType as avsc.Type)),
  ];
}

function breachOf(what: string, resolve: () => unknown): string[] {
  try {
    resolve();
    return [];
  } catch (error) {
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/**
 * By field number, which is all that the wire has: a field keeps its name, type and presence for ever; one that goes must
 * be reserved, or its number would be given to another some day; and one that was required cannot go.
 */
function protobufBreaches(newer: SchemaEntry, older: SchemaEntry): string[] {
  const [newMessage, oldMessage] = [messageOf(newer.schema), messageOf(older.schema)];
  const { reservedRange } = newMessage.proto;
  const fields = new Map(newMessage.fields.map((field) => [field.number, field]));
  const breaches = newMessage.typeName === oldMessage.typeName ? [] : [`was ${oldMessage.typeName}`];
  for (const old of oldMessage.fields) {
    const field = fields.get(old.number);
    if (field) {
      breaches.push(...fieldBreaches(field, old));
    } else if (presenceOf(old) === 'required') {
      breaches.push(`field ${old.number} (${old.name}) was required and is gone`);
    } else if (!reservedRange.some(({ start, end }) => start <= old.number && old.number < end)) {
      breaches.push(`field ${old.number} (${old.name}) is gone; say "reserved ${old.number};"`);
    }
  }
  const known = new Set(oldMessage.fields.map(({ number }) => number));
  for (const field of newMessage.fields) {
    if (!known.has(field.number) && presenceOf(field) === 'required') {
      breaches.push(`field ${field.number} (${field.name}) is new and required, which old writers do not know`);
    }
    if (oldMessage.proto.reservedRange.some(({ start, end }) => start <= field.number && field.number < end)) {
      breaches.push(`field ${field.number} (${field.name}) has a number that version ${older.version} reserves`);
    }
  }
  return breaches;
}

function fieldBreaches(field: DescField, old: DescField): string[] {
  const described = (of: DescField): Record<string, string> => ({
    name: of.name,
    type: JSON.stringify(typeOf(of)),
    presence: presenceOf(of),
  });
  const [now, then] = [described(field), described(old)];
  return Object.keys(now)
    .filter((property) => now[property] !== then[property] && !isExtendedEnum(field, old, property))
    .map((property) => `field ${old.number} (${old.name}): ${property} was ${then[property]}, is ${now[property]}`);
}

/** An enum may get more values, which old readers take for what they do not know. */
function isExtendedEnum(field: DescField, old: DescField, property: string): boolean {
  if (property !== 'type' || field.fieldKind !== 'enum' || old.fieldKind !== 'enum') return false;
  const values = field.enum.values;
  return old.enum.values.every((was) => values.some((is) => is.number === was.number && is.name === was.name));
}

/** `LEGACY_REQUIRED` of descriptors is `required` of the language. */
function presenceOf({ presence }: DescField): string {
  return ['', 'explicit', 'implicit', 'required'][presence] ?? '';
}
