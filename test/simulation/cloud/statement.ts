import assert from 'node:assert/strict';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from './expression.ts';

/** A PartiQL statement that writes one item; of `UPDATE`, the attributes that it sets and those that must be as given. */
export interface Statement {
  readonly kind: 'INSERT' | 'UPDATE';
  readonly tableName: string;
  readonly attributes: Item;
  readonly where: Item;
}

const INSERT = /^INSERT INTO "([^"]+)" VALUE \{(.*)\}$/;
const UPDATE = /^UPDATE "([^"]+)"(.*?) WHERE (.*)$/;

/** Reads the two statements that stores here write. Throws on any other, and where `?` and parameters do not match. */
export function readStatement(text: string, parameters: readonly AttributeValue[]): Statement {
  assert(text.split('?').length - 1 === parameters.length, `${text}: got ${parameters.length} parameters`);
  const [, insertTable, attributes] = INSERT.exec(text) ?? [];
  if (insertTable !== undefined && attributes !== undefined) {
    const names = [...attributes.matchAll(/'(\w+)': \?/g)].map(([, name = '']) => name);
    return { kind: 'INSERT', tableName: insertTable, attributes: zip(names, parameters), where: {} };
  }
  const [, updateTable, assignments, conditions] = UPDATE.exec(text) ?? [];
  assert(updateTable !== undefined && assignments !== undefined && conditions !== undefined, `not read: ${text}`);
  const set = [...assignments.matchAll(/ SET "(\w+)"=\?/g)].map(([, name = '']) => name);
  const where = conditions.split(' AND ').map((condition) => /^"(\w+)"=\?$/.exec(condition)?.[1] ?? '');
  assert(set.length + where.length === parameters.length && !where.includes(''), `not read: ${text}`);
  return {
    kind: 'UPDATE',
    tableName: updateTable,
    attributes: zip(set, parameters),
    where: zip(where, parameters.slice(set.length)),
  };
}

function zip(names: readonly string[], values: readonly AttributeValue[]): Item {
  return Object.fromEntries(names.map((name, place) => [name, values[place] ?? { NULL: true }]));
}
