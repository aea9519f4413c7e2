import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { decodeMessage } from '../../../core/codec/decode.ts';
import { assetIdsOf, normalize, type NormalizeContext, validateMessage } from '../../../core/codec/normalize.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { smallCity } from '../schema/small-city.ts';
import { EIGHT_O_CLOCK_MS, messageOf, observationOf } from './factories.ts';

const context: NormalizeContext = {
  city: smallCity,
  stage: smallCity.stages.dev,
  assets: new Map(Object.entries(smallCity.assets)),
};

const good = { observedAt: EIGHT_O_CLOCK_MS, counter: 4711, attributes: { taken: 61 } };

describe('normalize', () => {
  it('makes a message of one reading one observation', () => {
    expect(normalize(messageOf(good), context)).toEqual({ observations: [observationOf()], kept: [] });
  });

  it('accounts for every place of a batch, the bad ones with their whole message', () => {
    const message = messageOf([
      good,
      { ...good, attributes: { taken: 5001 } },
      'noise',
      { ...good, observedAt: EIGHT_O_CLOCK_MS + 3_600_000 },
      good,
    ]);
    const { observations, kept } = normalize(message, context);
    expect(observations.map(({ readingId, count }) => [readingId, count])).toEqual([
      ['trace-1/0', 5],
      ['trace-1/4', 5],
    ]);
    expect(kept.map(({ readingId, count, reason }) => [readingId, count, reason])).toEqual([
      ['trace-1/1', 5, 'out-of-range'],
      ['trace-1/2', 5, 'schema-violation'],
      ['trace-1/3', 5, 'time-in-future'],
    ]);
    for (const { bytes } of kept) expect(bytes).toBe(message.bytes);
  });

  it('keeps what it cannot decode as the one reading of its message', () => {
    const message = messageOf(Buffer.from('taken=61'));
    expect(normalize(message, context)).toEqual({
      observations: [],
      kept: [
        {
          readingId: 'trace-1/0',
          count: 1,
          reason: 'malformed',
          detail: expect.stringContaining('not JSON'),
          topic: 'dt/north/CarPark/garage/gate',
          clientId: 'gate',
          principal: 'certificate-1',
          receivedAtMs: EIGHT_O_CLOCK_MS,
          bytes: message.bytes,
        },
      ],
    });
  });

  it('quarantines whoever may not speak for an asset', () => {
    const message = messageOf(good, { topic: 'dt/north/CarPark/garage/passer-by' });
    expect(normalize(message, context).kept).toMatchObject([{ reason: 'not-authorized' }]);
  });
});

describe('a batch of messages', () => {
  it('is decoded, asked for its assets in one go, and validated', () => {
    const messages = [
      messageOf([good, good]),
      messageOf(good, { messageId: 'trace-2', topic: 'dt/north/CarPark/yard/anybody' }),
      messageOf(Buffer.from('?'), { messageId: 'trace-3' }),
    ].map((message) => decodeMessage(message, smallCity));
    expect(assetIdsOf(messages)).toEqual(['garage', 'yard']);
    const normalized = messages.map((message) => validateMessage(message, context));
    expect(normalized.map(({ observations, kept }) => [observations.length, kept.length])).toEqual([
      [2, 0],
      [1, 0],
      [0, 1],
    ]);
  });
});

describe('whatever a device sends', () => {
  const pretended = ['reading', 'decision', 'distrust', 'retire'].flatMap((kind) => [
    { ...good, kind },
    { ...good, attributes: { taken: 61, 'distrust/lamp/gate': 9e12 }, kind },
    { ...good, validUntilMs: 9e12, validUntil: '2027-01-01T00:00:00Z', kind, source: 'operator/ann' },
    { id: 'spot-1', at: 1_795_248_000, n: 3, kind, seen: { taken: { gate: '99' } } },
  ]);
  const topics = ['dt/north/CarPark/garage/gate', 'dt/north/CarPark/car-park-9/operator', 'sensors/parking/lotA'];

  it.each(topics.flatMap((topic) => pretended.map((payload) => [topic, payload] as const)))(
    'is no more than a reading of its own: on %s %o',
    (topic, payload) => {
      const { observations } = normalize(messageOf(payload, { topic }), context);
      for (const { kind, seen, source, validUntilMs, attributes } of observations) {
        expect([kind, seen.size, validUntilMs]).toEqual(['reading', 0, undefined]);
        expect(source).not.toMatch(/^operator(\/|$)/);
        expect([...attributes.keys()].join()).not.toContain('/');
      }
    },
  );

  it('is somebody’s who is no authority', () => {
    const forged = messageOf(good, { topic: 'dt/north/CarPark/car-park-9/operator' });
    expect(normalize(forged, context).kept).toMatchObject([{ reason: 'not-authorized' }]);
  });
});

describe('the parking payload of the contract', () => {
  it('becomes a status of the twin lotA-17', () => {
    const city = validateCityConfig(config);
    const message = messageOf(
      { sensor_id: 'lotA-17', status: 'occupied', timestamp: 1_795_248_000 },
      { topic: 'sensors/parking/lotA', receivedAtMs: EIGHT_O_CLOCK_MS + 400 },
    );
    for (const stage of [city.stages.dev, city.stages.prod]) {
      expect(normalize(message, { city, stage, assets: new Map(Object.entries(city.assets)) })).toEqual({
        observations: [
          observationOf({
            flags: ['coarse-clock'],
            assetId: 'lotA-17',
            assetType: 'ParkingSpot',
            zone: 'eastside',
            source: 'parking-sensor/lotA-17',
            stamp: 1_795_248_000_000_567_927n,
            receivedAtMs: EIGHT_O_CLOCK_MS + 400,
            attributes: new Map([['status', 'occupied']]),
          }),
        ],
        kept: [],
      });
    }
  });
});
