import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { decodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import type { KeptReading, LogRecord } from '../../../core/ports.ts';
import type { RegisteredAsset } from '../../../core/schema/city-config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { createFold } from '../../../core/twin/fold.ts';
import { type NormalizerContext, normalizeRecords } from '../../../lambdas/normalizer/normalizer.ts';
import { attestationContext } from '../../../lambdas/shared/attestation/context.ts';
import { keyItem } from '../../../lambdas/shared/attestation/dynamodb-attestation-keys.ts';
import { kinesisRecord } from '../kinesis-records.ts';
import { EIGHT_MS, frameOf, signingGateway } from '../shared/attestation/signing-gateway.ts';
import { ATTESTATIONS_TABLE, KEYS_TABLE, startTables, type Tables } from '../shared/tables.ts';

const city = validateCityConfig(config);
const gateway = signingGateway('gw-9');
/** A bus whose positions must be signed. */
const assets = new Map<string, RegisteredAsset>([
  ['bus-50', { assetType: 'Vehicle', zone: 'eastside', attestation: 'required' }],
]);

let tables: Tables;
let context: NormalizerContext;
let logged: Observation[] = [];
let kept: KeptReading[] = [];

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: 'keys', ...KEYS_TABLE });
  await tables.create({ TableName: 'attestations', ...ATTESTATIONS_TABLE });
  const Item = keyItem({ device: gateway.name, keyId: gateway.keyId }, gateway.key);
  await tables.client.send(new PutItemCommand({ TableName: 'keys', Item }));
  const names = { KEYS_TABLE: 'keys', ATTESTATIONS_TABLE: 'attestations' };
  context = {
    city,
    stage: city.stages.dev,
    registry: { find: async () => assets },
    attestations: attestationContext(tables.client, names, city.stages.dev),
    log: {
      append: async (records: readonly LogRecord[]) => {
        for (const { data } of records) {
          const decoded = decodeObservationRecord(data);
          if (decoded.ok) logged.push(...decoded.observations);
        }
        return new Set<number>();
      },
    },
    rejects: { keep: async (readings) => void kept.push(...readings) },
  };
});
afterAll(() => tables.close());

/** A message as the topic rule puts it on the stream. */
async function ingest(messageId: string, readings: readonly FrameReading[], fields: object = {}) {
  [logged, kept] = [[], []];
  const record = {
    payload: Buffer.from(frameOf(gateway.name, ...readings)).toString('base64'),
    topic: `dt/eastside/gateway/${gateway.name}/frames`,
    clientId: gateway.name,
    receivedAtMs: EIGHT_MS,
    messageId,
    ...fields,
  };
  await normalizeRecords([kinesisRecord(1, JSON.stringify(record))], context);
  return {
    logged: logged.map(({ readingId, attestation }) => [readingId, attestation]),
    kept: kept.map(({ readingId, reason }) => [readingId, reason]),
  };
}

it('logs a signed reading as live or historical, and quarantines one that is forged or lacks its signature', async () => {
  const old = gateway.sign({ observedAtMs: EIGHT_MS - 60_000 });
  const good = gateway.sign();
  const forged = { ...gateway.sign(), attributes: new Map([['speed', 1]]) };
  const { attestation: _none, ...unsigned } = gateway.sign({ observedAtMs: EIGHT_MS - 1000 });
  const { position: _nowhere, ...placeless } = { ...unsigned, stamp: unsigned.stamp + 1n };
  expect(await ingest('m-1', [old, good, forged, unsigned, placeless])).toEqual({
    logged: [
      ['m-1/0', 'historical'],
      ['m-1/1', 'live'],
      ['m-1/4', 'none'],
    ],
    kept: [
      ['m-1/2', 'attestation-invalid'],
      ['m-1/3', 'attestation-missing'],
    ],
  });
});

it('makes of a reading that was sent twice one that is applied and a duplicate', async () => {
  const reading = gateway.sign();
  const fold = createFold();
  for (const messageId of ['m-2', 'm-3']) {
    await ingest(messageId, [reading]);
    for (const observation of logged) fold.add(observation);
  }
  expect([...fold.fates().values()]).toEqual(['applied', 'duplicate']);
});

it('takes a quarantined reading when it is redriven after its key was registered, as what it is by then', async () => {
  const late = signingGateway(gateway.name);
  const reading = late.sign();
  expect(await ingest('m-4', [reading])).toEqual({ logged: [], kept: [['m-4/0', 'attestation-invalid']] });
  const Item = keyItem({ device: late.name, keyId: late.keyId }, late.key);
  await tables.client.send(new PutItemCommand({ TableName: 'keys', Item }));
  // A redrive keeps the time of receipt.
  const redrive = { times: 1, count: 1, places: [0] };
  expect(await ingest('m-4', [reading], { redrive })).toEqual({ logged: [['m-4/0', 'live']], kept: [] });
});
