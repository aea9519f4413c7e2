import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamodbProvisioningList } from '../../../lambdas/provisioning-hook/dynamodb-provisioning-list.ts';
import { answerOf, decideProvisioning } from '../../../lambdas/provisioning-hook/provision.ts';
import type { RegisteredAsset } from '../../../core/schema/city-config.ts';
import { startTables, type Tables } from '../shared/tables.ts';

const TABLE = 'provisioning';
const CERTIFICATE = 'a'.repeat(64);
const NOW_MS = 1_795_248_000_000;

const device = { thingName: 'gate-1', zone: 'centre', assetType: 'OffStreetParking', assetId: 'market-hall' };
const assets: Readonly<Record<string, RegisteredAsset>> = {
  'market-hall': { assetType: 'OffStreetParking', zone: 'centre', sources: ['gate-1'] },
  'open-hall': { assetType: 'OffStreetParking', zone: 'centre' },
};
const city = {
  zones: { centre: { description: 'c', bounds: [0, 0, 1, 1] as const } },
  assetTypes: { OffStreetParking: { description: 'p', model: 'm', attributes: {} } },
};

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
  await tables.create({
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'serialNumber', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'serialNumber', KeyType: 'HASH' }],
  });
});
afterAll(() => tables.close());

let serialNumber = '';
let serials = 0;
beforeEach(() => {
  serialNumber = `sn-${++serials}`;
});

async function expectDevice(expected: Partial<typeof device> = {}): Promise<void> {
  const texts = Object.entries({ serialNumber, ...device, ...expected }).map(([name, S]) => [name, { S }] as const);
  await tables.client.send(new PutItemCommand({ TableName: TABLE, Item: Object.fromEntries(texts) }));
}

interface DecideOptions {
  readonly certificateId?: string;
  readonly unregisteredAssets?: 'accept' | 'quarantine';
}

async function decide(
  parameters: Readonly<Record<string, string>> = { SerialNumber: serialNumber },
  { certificateId = CERTIFICATE, unregisteredAssets = 'quarantine' }: DecideOptions = {},
) {
  return decideProvisioning(
    { certificateId, parameters },
    {
      city,
      stage: { unregisteredAssets },
      registry: { find: async (ids) => new Map(ids.flatMap((id) => (assets[id] ? [[id, assets[id]] as const] : []))) },
      expected: dynamodbProvisioningList(tables.client, { tableName: TABLE, nowMs: () => NOW_MS }),
    },
  );
}

describe('a device that the city expects', () => {
  it('becomes what the list says, whatever else it claims to be', async () => {
    await expectDevice();
    const decision = await decide({ SerialNumber: serialNumber, ThingName: 'mayor', Zone: 'everywhere' });
    expect(decision).toEqual({ allowed: true, device });
    expect(answerOf(decision)).toEqual({
      allowProvisioning: true,
      parameterOverrides: {
        ThingName: 'gate-1',
        Zone: 'centre',
        AssetType: 'OffStreetParking',
        Asset: 'market-hall',
      },
    });
  });

  it('is let in once: again for the same certificate, never for another', async () => {
    await expectDevice();
    expect(await decide()).toMatchObject({ allowed: true });
    expect(await decide()).toMatchObject({ allowed: true });
    expect(await decide(undefined, { certificateId: 'b'.repeat(64) })).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('claimed by another certificate'),
    });
  });

  it('is let in once of two that come at the same time', async () => {
    await expectDevice();
    const both = await Promise.all(['c', 'd'].map((id) => decide(undefined, { certificateId: id.repeat(64) })));
    expect(both.filter(({ allowed }) => allowed)).toHaveLength(1);
  });

  it('may speak for an asset without named sources, and where the stage accepts it, for one not registered', async () => {
    await expectDevice({ assetId: 'open-hall' });
    expect(await decide()).toMatchObject({ allowed: true });
    await expectDevice({ assetId: 'nobody-knows' });
    expect(await decide()).toMatchObject({ allowed: false });
    expect(await decide(undefined, { unregisteredAssets: 'accept' })).toMatchObject({ allowed: true });
  });

  it.each<[Partial<typeof device>, string]>([
    [{ thingName: 'gate.1' }, "the thing's name"],
    [{ thingName: '+' }, "the thing's name"],
    [{ thingName: '' }, "the thing's name"],
    [{ assetId: 'a/b' }, 'the asset is not'],
    [{ zone: '#' }, 'no such zone'],
    [{ zone: 'toString' }, 'no such zone'],
    [{ assetType: 'gateway' }, 'no such asset type'],
    [{ thingName: 'gate-2' }, "none of the asset's registered sources"],
  ])('as %j is not, and its entry is left as it was', async (wrong, reason) => {
    await expectDevice(wrong);
    expect(await decide()).toMatchObject({ allowed: false, reason: expect.stringContaining(reason) });
    await expectDevice();
    expect(await decide()).toMatchObject({ allowed: true });
  });
});

it.each(['', 'unknown', 'a/b', 'x'.repeat(65)])('the serial number %j is refused', async (SerialNumber) => {
  const decision = await decide({ SerialNumber });
  expect(decision.allowed).toBe(false);
  expect(answerOf(decision)).toEqual({ allowProvisioning: false });
});

it('a request without a serial number is refused', async () => {
  expect(await decide({})).toMatchObject({ allowed: false });
});
