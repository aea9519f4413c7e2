import assert from 'node:assert/strict';
import path from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partitionsOf, rebuild } from '../../../bin/rebuild/rebuild.ts';
import { openState } from '../../../bin/rebuild/state.ts';
import { emptyTwinFor, merge } from '../../../core/twin/join.ts';
import { toTwinItem } from '../../../lambdas/shared/twin-item.ts';
import { startStores, type TestStores } from '../../bin/rebuild/city-stores.ts';
import { observationOf } from '../../core/codec/factories.ts';

/** More than the megabyte that a page of a scan holds, in each of the segments. */
const TWINS = 60;
const TWIN_BYTES = 100_000;

let stores: TestStores;
let handler: (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<void>;

beforeAll(async () => {
  stores = await startStores();
  const { endpoint } = stores;
  assert(endpoint);
  Object.assign(process.env, {
    TWINS_TABLE: 'cityweave-twins',
    ARCHIVE_BUCKET: await stores.bucket('archive'),
    LOG_MARGIN_HOURS: '24',
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  ({ handler } = await import('../../../lambdas/checkpoint/handler.ts'));
}, 120_000);
afterAll(() => stores.close());

it('scans every page of the table, and a rebuild begins with what it wrote', async () => {
  for (let index = 0; index < TWINS; index++) {
    const attributes = new Map([['note', String(index).padEnd(TWIN_BYTES, '.')]]);
    const observation = observationOf({ assetId: `asset-${index}`, attributes });
    const Item = toTwinItem(merge(emptyTwinFor(observation), [observation]).twin, index + 1);
    await stores.dynamodb.send(new PutItemCommand({ TableName: 'cityweave-twins', Item }));
  }
  await handler({}, { getRemainingTimeInMillis: () => 900_000 });

  const { kinesis, endpoint } = stores;
  const place = { kind: 'bucket', bucket: await stores.bucket('archive'), endpoint } as const;
  const state = await openState(path.join(stores.directory, 'state'), {});
  const rebuilt = await rebuild({ place, wanted: {}, state, kinesis, nowMs: () => Date.now() });
  expect(rebuilt.checkpoint?.twins).toBe(TWINS);
  const found: [string, number, unknown][] = [];
  for await (const partition of partitionsOf(rebuilt)) {
    for (const { twin, version } of partition.twins()) {
      const note = twin.registers.get('note')?.get('gate')?.sibling?.value;
      found.push([twin.assetId, version, typeof note === 'string' ? note.replaceAll('.', '') : note]);
    }
  }
  const expected = Array.from({ length: TWINS }, (_, index) => [`asset-${index}`, index + 1, String(index)]);
  expect(found.toSorted(([, a], [, b]) => a - b)).toEqual(expected);
}, 120_000);
