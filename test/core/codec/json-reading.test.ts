import { describe, expect, it } from 'vitest';
import { decodeMessage, PAYLOAD_BYTES_MAX } from '../../../core/codec/decode.ts';
import { READINGS_PER_MESSAGE_MAX } from '../../../core/codec/json-payload.ts';
import type { Message } from '../../../core/codec/message.ts';
import { smallCity } from '../schema/small-city.ts';
import { draftOf, EIGHT_O_CLOCK_MS, messageOf } from './factories.ts';

const readingsOf = (message: Message) => decodeMessage(message, smallCity).readings;

/** What stands at the one place of a message with this payload. */
function readingOf(payload: unknown) {
  const readings = readingsOf(messageOf(payload));
  expect(readings).toHaveLength(1);
  return readings[0];
}

const taken = { attributes: { taken: 61 } };

describe('a reading in our JSON', () => {
  it('is a draft about the asset of its topic, from the thing of its topic', () => {
    const payload = {
      observedAt: '2026-11-21T08:00:00.000Z',
      counter: 4711,
      attributes: { taken: 61, open: true, status: 'ok' },
      position: { lat: 1.2897, lon: 103.8501, alt: 12 },
    };
    expect(readingOf(payload)).toEqual(
      draftOf({
        counter: 4711n,
        attributes: [
          { name: 'taken', value: 61 },
          { name: 'open', value: true },
          { name: 'status', value: 'ok' },
        ],
        position: { latitude: 1.2897, longitude: 103.8501, altitude: 12 },
      }),
    );
  });

  it('may give epoch milliseconds, or no time', () => {
    expect(readingOf({ observedAt: EIGHT_O_CLOCK_MS, ...taken })).toEqual(draftOf());
    expect(readingOf(taken)).not.toHaveProperty('observedAtMs');
  });

  it('is flagged where its clock shows whole seconds', () => {
    expect(readingOf({ observedAt: '2026-11-21T08:00:00Z', ...taken })).toEqual(draftOf({ flags: ['coarse-clock'] }));
  });

  it('may name the unit of a value', () => {
    const payload = { attributes: { temperature: { value: 68, unitCode: 'FAH' }, taken: { value: 61 } } };
    expect(readingOf(payload)).toMatchObject({
      attributes: [
        { name: 'temperature', value: 68, unit: 'FAH' },
        { name: 'taken', value: 61 },
      ],
    });
  });

  it('may hold nothing but a position', () => {
    expect(readingOf({ position: { lat: -90, lon: 180 } })).toMatchObject({
      ok: true,
      attributes: [],
      position: { latitude: -90, longitude: 180 },
    });
  });

  it('may have names of attributes that objects have of themselves', () => {
    const payload = Buffer.from('{"attributes":{"__proto__":1,"constructor":2,"toString":3}}');
    expect(readingOf(payload)).toMatchObject({
      attributes: [
        { name: '__proto__', value: 1 },
        { name: 'constructor', value: 2 },
        { name: 'toString', value: 3 },
      ],
    });
  });

  it.each<[unknown, string]>([
    [{}, 'a reading needs at least one attribute or a position'],
    [{ attributes: {} }, 'a reading needs at least one attribute or a position'],
    [{ observedAt: EIGHT_O_CLOCK_MS }, 'a reading needs at least one attribute or a position'],
    [{ ...taken, observedat: EIGHT_O_CLOCK_MS }, 'no such key "observedat"'],
    [{ ...taken, timestamp: EIGHT_O_CLOCK_MS }, 'no such key "timestamp"'],
    [{ taken: 61 }, 'no such key "taken"'],
    [{ ...taken, observedAt: '2026-11-21T08:00:00' }, 'observed at: got "2026-11-21T08:00:00"'],
    [{ ...taken, observedAt: null }, 'observed at: got null'],
    [{ ...taken, observedAt: 1.5 }, 'observed at: got 1.5'],
    [{ ...taken, counter: -1 }, 'counter: got -1'],
    [{ ...taken, counter: 1.5 }, 'counter: got 1.5'],
    [{ ...taken, counter: 2 ** 53 }, 'counter: got 9007199254740992'],
    [{ ...taken, counter: '1' }, 'counter: got "1"'],
    [{ ...taken, counter: null }, 'counter: got null'],
    [{ attributes: [] }, 'attributes: got []'],
    [{ attributes: null }, 'attributes: got null'],
    [{ attributes: 'taken' }, 'attributes: got "taken"'],
    [{ attributes: { taken: null } }, 'attribute "taken": got null'],
    [{ attributes: { taken: [61] } }, 'attribute "taken": got [61]'],
    [{ attributes: { taken: {} } }, 'attribute "taken": got {}'],
    [{ attributes: { taken: { value: {} } } }, 'attribute "taken": got {"value":{}}'],
    [{ attributes: { taken: { value: 1, unit: 'C62' } } }, 'attribute "taken": got {"value":1,"unit":"C62"}'],
    [{ attributes: { taken: { value: 1, unitCode: 62 } } }, 'attribute "taken": got {"value":1,"unitCode":62}'],
    [{ attributes: { taken: { unitCode: 'C62' } } }, 'attribute "taken": got {"unitCode":"C62"}'],
    [{ position: null }, 'position: got null'],
    [{ position: [1, 2] }, 'position: got [1,2]'],
    [{ position: { lat: 1 } }, 'position: got {"lat":1}'],
    [{ position: { lat: '1', lon: 2 } }, 'position: got {"lat":"1","lon":2}'],
    [{ position: { lat: 1, lon: 2, alt: '3' } }, 'position: got {"lat":1,"lon":2,"alt":"3"}'],
    [{ position: { lat: 1, lon: 2, altitude: 3 } }, 'position: got {"lat":1,"lon":2,"altitude":3}'],
    [{ position: { latitude: 1, longitude: 2 } }, 'position: got {"latitude":1,"longitude":2}'],
    [[], 'got an empty list'],
    [42, 'got 42, expected an object'],
    ['on', 'got "on", expected an object'],
    [null, 'got null, expected an object'],
    [true, 'got true, expected an object'],
  ])('is a schema-violation as %j', (payload, detail) => {
    expect(readingOf(payload)).toMatchObject({
      ok: false,
      reason: 'schema-violation',
      detail: expect.stringContaining(detail),
    });
  });
});

describe('a batch in our JSON', () => {
  it('keeps its places, and a bad reading leaves the others alone', () => {
    const readings = readingsOf(messageOf([taken, 7, { attributes: { taken: null } }, [taken], taken]));
    expect(readings.map((reading) => (reading.ok ? 'draft' : reading.reason))).toEqual([
      'draft',
      'schema-violation',
      'schema-violation',
      'schema-violation',
      'draft',
    ]);
  });

  it(`holds ${READINGS_PER_MESSAGE_MAX} readings, and no more`, () => {
    const most = Array.from({ length: READINGS_PER_MESSAGE_MAX }, () => taken);
    expect(readingsOf(messageOf(most))).toHaveLength(READINGS_PER_MESSAGE_MAX);
    expect(readingsOf(messageOf([...most, taken]))).toMatchObject([{ ok: false, reason: 'too-large' }]);
  });
});

describe('decodeMessage', () => {
  it(`reads ${PAYLOAD_BYTES_MAX} bytes, and no more`, () => {
    const text = JSON.stringify(taken);
    const largest = Buffer.from(text.padEnd(PAYLOAD_BYTES_MAX));
    expect(readingsOf(messageOf(largest))).toMatchObject([{ ok: true }]);
    expect(readingsOf(messageOf(Buffer.concat([largest, Buffer.from(' ')])))).toMatchObject([
      { ok: false, reason: 'too-large' },
    ]);
  });

  it.each([
    'dt/north/CarPark/garage',
    'dt/north/CarPark/garage/gate/more',
    'dt/north/gateway/gw-1/frames/more',
    'dt/north/CarPark/gar age/gate',
    'sensors/noise/market',
    'lorawan/ttn/0011223344556677/down',
    'anything',
  ])('knows no format for %s', (topic) => {
    expect(readingsOf(messageOf(taken, { topic }))).toMatchObject([{ ok: false, reason: 'unknown-schema' }]);
  });

  it('has one refusal for bytes that are not JSON', () => {
    expect(readingsOf(messageOf(new Uint8Array()))).toMatchObject([{ ok: false, reason: 'malformed' }]);
    expect(readingsOf(messageOf(Buffer.from('[{"attributes":')))).toMatchObject([{ ok: false, reason: 'malformed' }]);
  });
});
