import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRequest } from '../../../edge-greengrass/adapters/listeners/read-request.ts';
import { readSamples } from '../../../edge-greengrass/adapters/read-samples.ts';
import { adapterContext, gatewayConfig, WEATHER_STREAM } from './gateway.ts';

const CASES = 500;
const context = adapterContext(gatewayConfig([]));
const origin = {
  sensor: 'wx-1',
  streams: [WEATHER_STREAM, 'occupancy/vehicle/count'],
  fields: ['temperature', 'value'],
};
const NOW_MS = Date.UTC(2026, 10, 21, 8);

const reading = Buffer.from(
  JSON.stringify({
    observedAt: NOW_MS,
    counter: 1,
    attributes: { temperature: 7.5, vehicleCount: 3 },
    position: { lat: 1, lon: 2 },
  }),
);

test('each field goes to the stream that knows it, by its own name or its attribute’s', () => {
  const { samples, refusals } = readSamples(reading, origin, context, NOW_MS);
  expect(refusals).toEqual([]);
  expect(samples.map(({ stream, values }) => [stream, Object.fromEntries(values)])).toEqual([
    [WEATHER_STREAM, { temperature: 7.5 }],
    ['occupancy/vehicle/count', { vehicleCount: 3 }],
  ]);
  expect(samples.map(({ position }) => position)).toEqual([
    { latitude: 1, longitude: 2 },
    { latitude: 1, longitude: 2 },
  ]);
});

test('cut off at any byte it is malformed, and nothing of it is taken', () => {
  for (let length = 0; length < reading.length; length += 1) {
    const { samples, refusals } = readSamples(reading.subarray(0, length), origin, context, NOW_MS);
    expect([samples, refusals.map(({ reason }) => reason)]).toEqual([[], ['malformed']]);
  }
});

test('any bytes and any JSON give samples or refusals, and never throw', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .tuple(fc.nat(reading.length - 1), fc.nat(255))
      .map(([at, byte]) => reading.map((each, index) => (index === at ? byte : each))),
  );
  fc.assert(
    fc.property(bytes, (each) => {
      for (const read of [
        readSamples(each, origin, context, NOW_MS),
        readRequest(each, { sensor: 'wx-1', stream: WEATHER_STREAM }, context),
        readRequest(each, {}, context, { isByLine: true }),
      ]) {
        expect(read.samples.length + read.refusals.length).toBeGreaterThan(0);
        for (const { values, position } of read.samples) expect(values.size > 0 || position !== undefined).toBe(true);
      }
    }),
    { numRuns: CASES },
  );
});

test.each([
  ['a unit of another quantity', { attributes: { temperature: { value: 1, unitCode: 'HUR' } } }],
  ['a unit that nobody knows', { attributes: { temperature: { value: 1, unitCode: 'XXX' } } }],
  ['no attribute', { attributes: {} }],
  ['a misspelt key', { observed_at: 1, attributes: { temperature: 1 } }],
])('%s is a schema-violation', (_what, value) => {
  const { samples, refusals } = readSamples(Buffer.from(JSON.stringify(value)), origin, context, NOW_MS);
  expect([samples, refusals.map(({ reason }) => reason)]).toEqual([[], ['schema-violation']]);
});
