import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../../../../cityweave.config.ts';
import { decodeMessage } from '../../../../core/codec/decode.ts';
import type { AttestationKey } from '../../../../core/ports.ts';
import type { RegisteredAsset } from '../../../../core/schema/city-config.ts';
import { validateCityConfig } from '../../../../core/schema/validate-config.ts';
import type { FrameReading } from '../../../../core/sync/frame.ts';
import { attestationContext } from '../../../../lambdas/shared/attestation/context.ts';
import { keyItem } from '../../../../lambdas/shared/attestation/dynamodb-attestation-keys.ts';
import {
  type AttestationContext,
  judgeAttestations,
} from '../../../../lambdas/shared/attestation/judge-attestations.ts';
import { ATTESTATIONS_TABLE, KEYS_TABLE, startTables, type Tables } from '../tables.ts';
import { EIGHT_MS, frameOf, MARKET_HALL, type SigningGateway, signingGateway } from './signing-gateway.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LATE_MAX_MS = 7 * DAY_MS;
/** 1° of latitude. */
const METRES_PER_DEGREE = 111_195;
const city = validateCityConfig(config);
const NAMES = { KEYS_TABLE: 'keys', ATTESTATIONS_TABLE: 'attestations' };

let tables: Tables;
let context: AttestationContext;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: 'keys', ...KEYS_TABLE });
  await tables.create({ TableName: 'attestations', ...ATTESTATIONS_TABLE });
  context = attestationContext(tables.client, NAMES, { lateMaxMs: LATE_MAX_MS });
});
afterAll(() => tables.close());

let gateways = 0;
/** One of its own for each test: the tables are shared. */
async function registered(changes: Partial<AttestationKey> = {}): Promise<SigningGateway> {
  gateways += 1;
  const gateway = signingGateway(`gw-${gateways}`);
  await register(gateway, changes);
  return gateway;
}

async function register({ name, keyId, key }: SigningGateway, changes: Partial<AttestationKey> = {}) {
  const Item = keyItem({ device: name, keyId }, { ...key, ...changes });
  await tables.client.send(new PutItemCommand({ TableName: 'keys', Item }));
}

interface Circumstances {
  readonly receivedAtMs?: number;
  readonly assets?: ReadonlyMap<string, RegisteredAsset>;
  readonly on?: AttestationContext;
  /** Who sends them. */
  readonly by?: string;
}

/** Of each reading of a frame, in order: `live`, `historical` or the reason. */
async function judge(
  gateway: SigningGateway,
  readings: readonly FrameReading[],
  { receivedAtMs = EIGHT_MS, assets = new Map(), on = context, by = gateway.name }: Circumstances = {},
): Promise<readonly string[]> {
  const topic = `dt/eastside/gateway/${by}/frames`;
  const bytes = frameOf(by, ...readings);
  const message = decodeMessage({ messageId: 'm', clientId: by, principal: 'p', receivedAtMs, topic, bytes }, city);
  const verdicts = await judgeAttestations([message], assets, on);
  return message.readings.map((draft) => {
    const verdict = draft.ok ? verdicts.get(draft) : draft;
    return typeof verdict === 'object' ? verdict.reason : (verdict ?? 'nothing');
  });
}

function northBy(metres: number) {
  return { ...MARKET_HALL, latitude: MARKET_HALL.latitude + metres / METRES_PER_DEGREE };
}

describe('a signed reading', () => {
  it('is live within 5 s of its observation, and historical later', async () => {
    const gateway = await registered();
    const readings = [DAY_MS, 5001, 5000, 0].map((ms) => gateway.sign({ observedAtMs: EIGHT_MS - ms }));
    expect(await judge(gateway, readings)).toEqual(['historical', 'historical', 'live', 'live']);
  });

  it('asks for nothing where nothing is signed, and else for an answer', async () => {
    const nobody = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:9',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    const on = attestationContext(nobody, NAMES, { lateMaxMs: null });
    const gateway = signingGateway();
    const { attestation: _none, ...unsigned } = gateway.sign();
    expect(await judge(gateway, [unsigned], { on })).toEqual(['nothing']);
    await expect(judge(gateway, [gateway.sign()], { on })).rejects.toThrow('ECONNREFUSED');
  });

  it('is accepted each time that it comes: by a retry, the other lane, a message sent twice', async () => {
    const gateway = await registered();
    const frame = [gateway.sign(), gateway.sign({ observedAtMs: EIGHT_MS + 1000 })];
    const lanes = await Promise.all([1, 2, 3].map(() => judge(gateway, frame, { receivedAtMs: EIGHT_MS + 1000 })));
    expect(lanes).toEqual(lanes.map(() => ['live', 'live']));
    expect(await judge(gateway, [...frame, ...frame], { receivedAtMs: EIGHT_MS + 60_000 })).toEqual(
      Array.from({ length: 4 }, () => 'historical'),
    );
  });

  it('is replayed where its counter was used for other content, be it in the same message', async () => {
    const gateway = await registered();
    const [first, second] = [gateway.sign(), gateway.sign()];
    const fork = gateway.fork(first, { attributes: new Map([['speed', 99]]) });
    expect(await judge(gateway, [first, fork])).toEqual(['live', 'replayed']);
    expect(await judge(gateway, [fork])).toEqual(['replayed']);
    expect(await judge(gateway, [first, second])).toEqual(['live', 'live']);
  });

  it('that was forged, of a frame with good ones, costs nobody else anything', async () => {
    const gateway = await registered();
    const [first, second, third] = [gateway.sign(), gateway.sign(), gateway.sign()];
    const forged = { ...second, attributes: new Map([['speed', 99]]) };
    expect(await judge(gateway, [first, forged, third])).toEqual(['live', 'attestation-invalid', 'live']);
    expect(await judge(gateway, [second])).toEqual(['live']);
  });

  it('is only as good as its key: of this gateway, registered, not revoked', async () => {
    const [gateway, other, stranger] = [await registered(), await registered(), signingGateway('gw-stranger')];
    const reading = gateway.sign();
    expect(await judge(gateway, [reading], { by: other.name })).toEqual(['attestation-invalid']);
    expect(await judge(stranger, [stranger.sign()])).toEqual(['attestation-invalid']);
    expect(await judge(gateway, [reading])).toEqual(['live']);
    await register(gateway, { status: 'revoked' });
    expect(await judge(gateway, [reading, gateway.sign()])).toEqual(['attestation-invalid', 'attestation-invalid']);
  });

  it('may be signed with the next key while the old one is still good', async () => {
    const [old, next] = [await registered(), signingGateway(`gw-${gateways}`)];
    await register(next);
    expect(await judge(old, [old.sign(), next.sign(), old.sign()])).toEqual(['live', 'live', 'live']);
  });

  it('is older than the window remembers, and so refused', async () => {
    const gateway = await registered();
    const [tooOld, old] = [1, 0].map((ms) => gateway.sign({ observedAtMs: EIGHT_MS - LATE_MAX_MS - DAY_MS - ms }));
    if (!tooOld || !old) throw new Error('not signed');
    expect(await judge(gateway, [tooOld, old])).toEqual(['time-in-past', 'historical']);
  });
});

describe('readings of a spool', () => {
  it('come after live ones, in any order of frames, and each once', async () => {
    const gateway = await registered();
    const backlog = Array.from({ length: 50 }, (_, index) =>
      gateway.sign({ observedAtMs: EIGHT_MS - HOUR_MS + index * 1000 }),
    );
    const live = Array.from({ length: 3 }, () => gateway.sign());
    expect(new Set(await judge(gateway, live))).toEqual(new Set(['live']));
    for (const frame of [backlog.slice(30), backlog.slice(0, 10), backlog.slice(10, 30), backlog]) {
      expect(new Set(await judge(gateway, frame))).toEqual(new Set(['historical']));
    }
  });

  it('cannot be signed later: their time must lie between those of the counters around', async () => {
    const gateway = await registered();
    const ago = (hours: number) => gateway.sign({ observedAtMs: EIGHT_MS - hours * HOUR_MS });
    // The nearest known counters lie blocks away on either side.
    const first = ago(2);
    gateway.skip(100);
    const [tooEarly, tooLate, between] = [ago(2.01), ago(0.99), ago(1.5)];
    gateway.skip(100);
    const last = ago(1);
    expect(await judge(gateway, [first, last])).toEqual(['historical', 'historical']);
    for (const backdated of [tooEarly, tooLate]) {
      expect(await judge(gateway, [backdated])).toEqual(['attestation-invalid']);
    }
    expect(await judge(gateway, [between])).toEqual(['historical']);
  });

  it('of an earlier start have counters of their own', async () => {
    const gateway = await registered();
    const before = gateway.sign({ observedAtMs: EIGHT_MS - HOUR_MS });
    gateway.restart();
    const after = gateway.sign();
    expect(before.attestation.counter).toBe(after.attestation.counter);
    expect(await judge(gateway, [after, before])).toEqual(['live', 'historical']);
  });

  it('must name the one before them, wherever the counters fall', async () => {
    const gateway = await registered();
    // Counters 15 and 16 stand in two items of the table.
    gateway.skip(14);
    const [fifteenth, sixteenth] = [gateway.sign(), gateway.sign()];
    const fork = gateway.fork(fifteenth, { attributes: new Map([['speed', 99]]) });
    expect(await judge(gateway, [fork])).toEqual(['live']);
    expect(await judge(gateway, [sixteenth])).toEqual(['attestation-invalid']);
  });
});

describe('a signed position', () => {
  const marketHall = new Map([
    ['bus-50', { assetType: 'OffStreetParking', zone: 'centre', position: MARKET_HALL } satisfies RegisteredAsset],
  ]);

  it('is where the asset was surveyed', async () => {
    const gateway = await registered();
    const readings = [49, 51].map((metres) => gateway.sign({ position: northBy(metres) }));
    expect(await judge(gateway, readings, { assets: marketHall })).toEqual(['live', 'outside-tolerance']);
  });

  it('was fixed when it was observed', async () => {
    const gateway = await registered();
    const readings = [5000, 5001].map((ms) => gateway.sign({ gnssAtMs: EIGHT_MS - ms }));
    expect(await judge(gateway, readings)).toEqual(['live', 'stale-position']);
  });

  it('of a vehicle is within reach of where its source saw it last, before and after', async () => {
    const gateway = await registered();
    const at = (seconds: number, metres: number, sensor = 'gps') =>
      gateway.sign({ sensor, observedAtMs: EIGHT_MS + seconds * 1000, position: northBy(metres) });
    const start = at(-60, 0);
    expect(await judge(gateway, [start, at(-59, 100), at(-58, 2000), at(-57, 200)])).toEqual([
      'historical',
      'historical',
      'implausible-speed',
      'historical',
    ]);
    const [far, near, other] = [at(0, 5000), at(0, 4000), at(0, 9000, 'gps-2')];
    expect(await judge(gateway, [far])).toEqual(['implausible-speed']);
    expect(await judge(gateway, [near, other])).toEqual(['live', 'live']);
    expect(await judge(gateway, [start, near])).toEqual(['historical', 'live']);
  });
});

describe('two functions that judge at the same time', () => {
  it('accept one of two readings with one counter', async () => {
    const gateway = await registered();
    const reading = gateway.sign();
    const forks = [
      reading,
      ...[1, 2, 3].map((speed) => gateway.fork(reading, { attributes: new Map([['speed', speed]]) })),
    ];
    const verdicts = await Promise.all(forks.map((each) => judge(gateway, [each])));
    expect(verdicts.flat().toSorted()).toEqual(['live', 'replayed', 'replayed', 'replayed']);
  });

  it('give up where somebody else uses the counters again and again', async () => {
    const gateway = await registered();
    const on = { ...context, window: { ...context.window, put: async () => false } };
    await expect(judge(gateway, [gateway.sign()], { on })).rejects.toThrow('used by somebody else 5 times');
  });
});
