import { describe, expect, it } from 'vitest';
import { holds } from './expression.ts';
import { readStatement } from './statement.ts';
import { updated } from './update.ts';

const item = { id: { S: 'b' }, version: { N: '9' }, status: { S: 'kept' } };
const names = { '#v': 'version' };
const values = { ':a': { S: 'a' }, ':b': { S: 'b' }, ':c': { S: 'c' }, ':9': { N: '9' }, ':10': { N: '10' } };

describe('a condition of the simulated tables', () => {
  it.for([
    ['id = :b', true],
    ['id <> :b', false],
    // As numbers: as text, 10 would come before 9.
    ['#v < :10', true],
    ['version >= :10', false],
    ['id BETWEEN :a AND :c', true],
    ['id BETWEEN :a AND :b AND version = :10', false],
    ['attribute_not_exists(gone) AND attribute_exists(id)', true],
    ['attribute_not_exists(id) OR (status = :a AND version < :10)', false],
    // AND binds closer than OR.
    ['id = :b OR id = :a AND id = :c', true],
    ['NOT id = :a', true],
    // What is not there equals nothing, and neither does what is of another kind.
    ['gone <> :a', false],
    ['id < :10', false],
  ] as const)('%s: %s', ([expression, expected]) => {
    expect(holds(expression, item, { names, values })).toBe(expected);
  });

  it('throws where it does not understand', () => {
    for (const expression of ['size(id) > :9', 'id = :a AND', 'id LIKE :a', 'id = :a;']) {
      expect(() => holds(expression, item, { names, values }), expression).toThrow();
    }
  });
});

describe('a statement of the simulated tables', () => {
  it('is read with its parameters', () => {
    const insert = readStatement(`INSERT INTO "t" VALUE {'id': ?, 'version': ?}`, [values[':a'], values[':9']]);
    expect(insert).toEqual({
      kind: 'INSERT',
      tableName: 't',
      attributes: { id: { S: 'a' }, version: { N: '9' } },
      where: {},
    });
    const update = readStatement('UPDATE "t" SET "version"=? WHERE "id"=? AND "version"=?', [
      values[':10'],
      values[':a'],
      values[':9'],
    ]);
    expect(update).toMatchObject({
      attributes: { version: { N: '10' } },
      where: { id: { S: 'a' }, version: { N: '9' } },
    });
    expect(() => readStatement('UPDATE "t" SET "version"=? WHERE "id"=?', [values[':a']])).toThrow();
    expect(() => readStatement('DELETE FROM "t" WHERE "id"=?', [values[':a']])).toThrow();
  });
});

describe('an update of the simulated tables', () => {
  it('sets, and leaves what stands where it is told to', () => {
    const expression = 'SET #v = :10, id = if_not_exists(id, :c), onset = if_not_exists(onset, :9)';
    expect(updated(item, expression, { names, values })).toEqual({
      id: { S: 'b' },
      version: { N: '10' },
      status: { S: 'kept' },
      onset: { N: '9' },
    });
    expect(() => updated(item, 'REMOVE id', { names, values })).toThrow();
    expect(() => updated(item, 'SET id = :missing', { names, values })).toThrow();
  });
});
