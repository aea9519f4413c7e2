import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WindowEntry, windowEntry } from '../../../../core/attestation/window.ts';
import type { CounterWindow, SignerRun } from '../../../../core/ports.ts';
import { dynamodbCounterWindow } from '../../../../lambdas/shared/attestation/dynamodb-counter-window.ts';
import { ATTESTATIONS_TABLE, startTables, type Tables } from '../tables.ts';
import { EIGHT_MS } from './signing-gateway.ts';

const TABLE = 'attestations';
const COUNTER_MAX = 2n ** 64n - 1n;
/** DynamoDB counts a write by the begun kilobyte of the whole item. */
const WRITE_UNIT_BYTES = 1024;

let tables: Tables;
let window: CounterWindow;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: TABLE, ...ATTESTATIONS_TABLE });
  window = dynamodbCounterWindow(tables.client, { tableName: TABLE, lifeMs: 60_000 });
});
afterAll(() => tables.close());

/** With names as long as they may be. */
function runOf(bootId: bigint): SignerRun {
  return { device: 'g'.repeat(64), keyId: 'f'.repeat(32), bootId };
}

function entryOf(counter: bigint): WindowEntry {
  const fill = Number(counter % 251n);
  return windowEntry(counter, EIGHT_MS + fill, new Uint8Array(32).fill(fill), new Uint8Array(32).fill(fill + 1));
}

function counters(entries: readonly WindowEntry[]): bigint[] {
  return entries.map(({ counter }) => counter).toSorted((one, other) => Number(one - other));
}

describe('the table of counters', () => {
  it('gives back what was put, with what stands beside it in other items', async () => {
    const run = runOf(1n);
    const put = [14n, 15n, 16n, 17n, 40n].map(entryOf);
    expect(await window.put(run, put, EIGHT_MS)).toBe(true);
    const around = await window.around(run, [15n]);
    expect(around).toEqual(expect.arrayContaining(put.slice(0, 4)));
    expect(counters(around)).toEqual([14n, 15n, 16n, 17n]);
    expect(await window.around(runOf(2n), [15n])).toEqual([]);
  });

  it('takes a counter once, and says which batch came too late', async () => {
    const run = runOf(3n);
    expect(await window.put(run, [entryOf(1n)], EIGHT_MS)).toBe(true);
    expect(await window.put(run, [entryOf(2n), entryOf(1n)], EIGHT_MS)).toBe(false);
    expect(await window.put(run, [entryOf(2n)], EIGHT_MS)).toBe(true);
    expect(await window.put(run, [], EIGHT_MS)).toBe(true);
  });

  it('finds the nearest beyond that on either side, at both ends of a uint64', async () => {
    const run = runOf(4n);
    const far = [1n, 1000n, 2000n, COUNTER_MAX];
    expect(await window.put(run, far.map(entryOf), EIGHT_MS)).toBe(true);
    expect(counters(await window.nearest(run, 1500n))).toEqual([1000n, 2000n]);
    expect(counters(await window.nearest(run, 1n))).toEqual([1000n]);
    expect(counters(await window.nearest(run, COUNTER_MAX))).toEqual([2000n]);
    expect(counters(await window.around(run, [COUNTER_MAX]))).toEqual([COUNTER_MAX]);
  });

  it('holds 16 counters in an item of one write unit, until they are forgotten', async () => {
    const run = runOf(COUNTER_MAX);
    const block = Array.from({ length: 16 }, (_, index) => entryOf(COUNTER_MAX - BigInt(index)));
    expect(await window.put(run, block, EIGHT_MS)).toBe(true);
    const { Item: item = {} } = await tables.client.send(
      new GetItemCommand({
        TableName: TABLE,
        Key: { signer: { S: `${run.device}/${run.keyId}/${run.bootId}` }, part: { S: 'counters/fffffffffffffff' } },
      }),
    );
    expect(item['expiresAt']).toEqual({ N: String(EIGHT_MS / 1000 + 60) });
    const bytes = Object.entries(item).reduce(
      (sum, [name, { S = '', N = '', B = [] }]) => sum + name.length + S.length + N.length + B.length,
      0,
    );
    expect(bytes).toBeLessThan(WRITE_UNIT_BYTES);
    expect(counters(await window.around(run, [COUNTER_MAX]))).toHaveLength(16);
  });
});
