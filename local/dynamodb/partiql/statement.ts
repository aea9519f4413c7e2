import type { AttributeValue, Item } from '../dynalite.ts';

/** A PartiQL statement that writes one item, with its parameters in their places. */
export type WriteStatement =
  | { readonly kind: 'insert'; readonly tableName: string; readonly item: Item }
  | { readonly kind: 'update'; readonly tableName: string; readonly set: Item; readonly where: Item };

type Names = readonly string[];

type StatementShape =
  | { readonly kind: 'insert'; readonly tableName: string; readonly attributes: Names }
  | { readonly kind: 'update'; readonly tableName: string; readonly set: Names; readonly where: Names };

/** A statement that the local cloud does not run, or that does not fit its parameters. */
export class StatementError extends Error {}

const IDENTIFIER = String.raw`"([^"]+)"`;
const INSERT = new RegExp(String.raw`^\s*INSERT\s+INTO\s+${IDENTIFIER}\s+VALUE\s*\{([^{}]*)\}\s*$`, 'i');
const UPDATE = new RegExp(String.raw`^\s*UPDATE\s+${IDENTIFIER}\s+(SET\s.*?)\s+WHERE\s+(.*)$`, 'is');
const INSERTED = /^\s*'([^']+)'\s*:\s*\?\s*$/;
const ASSIGNED = /^SET\s+"([^"]+)"\s*=\s*\?$/i;
const COMPARED = /^"([^"]+)"\s*=\s*\?$/;

const shapes = new Map<string, StatementShape>();
/** A program has few statements and many parameters; one that spells its values out is not remembered for ever. */
const SHAPES_MAX = 100;

/**
 * Reads the part of PartiQL for DynamoDB that writes one item: `INSERT INTO "t" VALUE {'a': ?, …}` and `UPDATE "t" SET
 * "a"=? SET "b"=? … WHERE "k"=? AND "c"=? …`, every value a parameter (DynamoDB Developer Guide, "PartiQL insert
 * statements", "PartiQL update statements"). Throws `StatementError` for anything else.
 */
export function readStatement(text: string, parameters: readonly AttributeValue[]): WriteStatement {
  const shape = shapes.get(text) ?? remember(text, shapeOf(text));
  const names = shape.kind === 'insert' ? shape.attributes : [...shape.set, ...shape.where];
  if (names.length !== parameters.length) {
    throw new StatementError(`Number of parameters in request and statement don't match.`);
  }
  const items = (from: number, some: Names): Item =>
    Object.fromEntries(some.map((name, index) => [name, parameters[from + index] ?? {}]));
  const { kind, tableName } = shape;
  return kind === 'insert'
    ? { kind, tableName, item: items(0, shape.attributes) }
    : { kind, tableName, set: items(0, shape.set), where: items(shape.set.length, shape.where) };
}

function remember(text: string, shape: StatementShape): StatementShape {
  if (shapes.size === SHAPES_MAX) shapes.clear();
  shapes.set(text, shape);
  return shape;
}

function shapeOf(text: string): StatementShape {
  const [, into, attributes] = INSERT.exec(text) ?? [];
  if (into !== undefined && attributes !== undefined) {
    return { kind: 'insert', tableName: into, attributes: namesIn(text, attributes.split(','), INSERTED) };
  }
  const [, tableName, set, where] = UPDATE.exec(text) ?? [];
  if (tableName !== undefined && set !== undefined && where !== undefined) {
    return {
      kind: 'update',
      tableName,
      set: namesIn(text, set.split(/\s+(?=SET\s)/i), ASSIGNED),
      where: namesIn(text, where.split(/\s+AND\s+/i), COMPARED),
    };
  }
  throw unsupported(text);
}

function namesIn(text: string, parts: readonly string[], pattern: RegExp): Names {
  return parts.map((part) => {
    const [, name] = pattern.exec(part.trim()) ?? [];
    if (name === undefined) throw unsupported(text);
    return name;
  });
}

function unsupported(text: string): StatementError {
  return new StatementError(
    `The local cloud runs INSERT INTO "t" VALUE {'a': ?} and UPDATE "t" SET "a"=? WHERE "k"=?, not: ${text}`,
  );
}
