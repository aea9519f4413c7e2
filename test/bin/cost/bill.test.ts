import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billOf, totalUsd } from '../../../bin/cost/bill.ts';
import type { BillLine } from '../../../bin/cost/bill-line.ts';
import type { Kind, Load } from '../../../bin/cost/load.ts';
import { billPerMessage } from '../../../bin/cost/per-message.ts';
import { kind, loadOf } from './city.ts';

/** A month of 730 hours. */
const SECONDS = 730 * 3600;
const MILLION = 1e6;

/** Readings at a rate at which batches are full, each about an asset of its own, so that none shares a write. */
const RATE = 10_000;
const busy: Kind = { ...kind, devices: RATE * 60, assets: RATE * 60, readingsPerMinute: 1 };

/** Dollars of a million of them, of the lines of a service that `item` matches. */
function perMillion(lines: readonly BillLine[], service: string, item = /(?:)/): number {
  const wanted = lines.filter((line) => line.service === service && item.test(line.item));
  expect(wanted).not.toEqual([]);
  return (totalUsd(wanted) / (RATE * SECONDS)) * MILLION;
}

/** What messages cost; being connected is another price. */
const METERED = /^(messages in|rules|actions)$/;
const CENT = 2;

describe('a million readings of 200 bytes, by hand from the price list', () => {
  it('with a function for each message', () => {
    const lines = billPerMessage(loadOf({ busy }));
    expect(perMillion(lines, 'IoT Core', /^messages in$/)).toBeCloseTo(1, CENT);
    expect(perMillion(lines, 'IoT Core', /^(rules|actions)$/)).toBeCloseTo(0.3, CENT);
    expect(perMillion(lines, 'Lambda')).toBeCloseTo(0.5, CENT);
    expect(perMillion(lines, 'DynamoDB')).toBeCloseTo(0.625, CENT);
    expect(perMillion(lines, 'Timestream', /^writes/)).toBeCloseTo(0.5, CENT);
  });

  it('through Kinesis, in batches', () => {
    const lines = billOf(loadOf({ busy }));
    expect(perMillion(lines, 'IoT Core', METERED)).toBeCloseTo(1.3, CENT);
    // A record counts as a whole kilobyte: 0.954 GiB, in for 0.08 and out twice for 0.04. The log is a second stream.
    expect(perMillion(lines, 'Kinesis', /^ingest: GiB (in|out)/)).toBeCloseTo(0.153, CENT);
    expect(perMillion(lines, 'Kinesis', /^observations: GiB (in|out)/)).toBeLessThan(0.05);
    expect(perMillion(lines, 'Lambda')).toBeCloseTo(0.017, CENT);
    expect(perMillion(lines, 'DynamoDB', /write units/)).toBeCloseTo(0.625, CENT);
    // 13 KiB for a request of 100 records of 126 bytes, where the estimate took 120 bytes and no rounding.
    expect(perMillion(lines, 'Timestream', /^writes/)).toBeCloseTo(0.065, CENT);
  });

  it('from gateways that pack them into frames of 5 KB over Basic Ingest', () => {
    const frames = { ...busy, readingBytes: 40, readingsPerMessage: 125, basicIngestShare: 1 };
    const lines = billOf(loadOf({ frames }));
    expect(perMillion(lines, 'IoT Core', METERED)).toBeCloseTo(0.0024, 4);
  });
});

describe('what an engineer would check by hand', () => {
  it('one write an asset a batch, however often it is read of', () => {
    const units = (readingsPerMinute: number) =>
      billOf(loadOf({ fast: { ...kind, readingsPerMinute } })).find(({ item }) => item === 'twins: write units')
        ?.quantity;
    expect(units(30)).toBeCloseTo(SECONDS / 2);
    expect(units(60)).toBeCloseTo(SECONDS);
    expect(units(6000)).toBeCloseTo(SECONDS);
  });

  it.each([
    [1000, 1, 1],
    [1001, 1, 2],
    [1000, 7, 7],
  ])('%d readings a second need %d shards or more: %d', (rate, shardsMin, shards) => {
    const streams = { mode: 'provisioned', retentionHours: 24, shardsMin } as const;
    const flood = { ...kind, devices: rate, assets: rate, readingBytes: 40 };
    const line = billOf(loadOf({ flood }, { streams })).find(({ item }) => item === 'ingest: shard hours');
    expect(line?.quantity).toBe(730 * shards);
  });

  it.each([
    [25, 200, 1],
    [26, 200, 2],
  ])('a message of %d readings of %d bytes is metered as %d', (readingsPerMessage, readingBytes, metered) => {
    const packed = { ...kind, readingsPerMessage, readingBytes };
    const line = billOf(loadOf({ packed })).find(({ item }) => item === 'messages in');
    expect(line?.quantity).toBeCloseTo((SECONDS / readingsPerMessage) * metered);
  });

  it('a connection for each device, unless gateways carry them', () => {
    const minutes = (more: Partial<Kind>) =>
      billOf(loadOf({ behind: { ...kind, devices: 1000, ...more } })).find(({ item }) => item === 'connection minutes')
        ?.quantity;
    expect(minutes({})).toBe(1000 * 730 * 60);
    expect(minutes({ connections: 10 })).toBe(10 * 730 * 60);
  });

  it('a record a second of the log is 5 KiB for Firehose, an object every five minutes, and a year of it in S3', () => {
    const one = { ...kind, readingsPerMinute: 60 };
    const lines = billOf(loadOf({ one }, { archive: { days: 365 } }));
    const archive = lines.filter(({ service }) => service === 'Archive');
    const quantity = (item: string) => archive.find((each) => each.item === item)?.quantity ?? expect.fail();
    expect(quantity('Firehose GiB')).toBeCloseTo((SECONDS * 5 * 1024) / 1024 ** 3);
    expect(quantity('objects written')).toBeCloseTo(SECONDS / 300);
    // 249.5 bytes a reading, twelve months of them at a time, compressed to half.
    expect(quantity('GiB stored')).toBeCloseTo((249.5 * 365 * 86_400) / 2 / 1024 ** 3, 1);
    // Four runs an hour: a second each, and what 340,000 readings a second take of two hours.
    expect(quantity('calibration: GiB seconds')).toBeCloseTo(4 * 730 * (1 + 7200 / 340_000) * (1769 / 1024), 0);
    expect(billOf(loadOf({ one })).filter(({ service }) => service === 'Archive')).toEqual([]);
  });

  it('a review is read with each merge, a calibration every five minutes', () => {
    const one = { ...kind, readingsPerMinute: 60, reviewedAttributes: 2, calibratedAttributes: 4 };
    const lines = billOf(loadOf({ one }));
    const quantity = (item: string) => lines.find((each) => each.item === item)?.quantity;
    expect(quantity('reviews: read units')).toBeCloseTo(2 * SECONDS);
    expect(quantity('calibrations: read units')).toBeCloseTo((4 / 2) * (SECONDS / 300));
  });

  it('messages that reach a subscriber are those of the tiles that it watches', () => {
    const watched = (tilesWatched: number) =>
      billOf(loadOf({ kind }, { subscribers: { connections: 10, tiles: 4, tilesWatched } })).find(
        ({ item }) => item === 'messages received',
      )?.quantity ?? 0;
    expect(watched(0)).toBe(0);
    expect(watched(1) * 4).toBeCloseTo(watched(4));
    expect(watched(5)).toBe(watched(4));
  });
});

const share = fc.double({ min: 0, max: 1, noNaN: true });
const kinds: fc.Arbitrary<Kind> = fc.record({
  devices: fc.integer({ min: 0, max: 1_000_000 }),
  assets: fc.integer({ min: 1, max: 1_000_000 }),
  readingsPerMinute: fc.double({ min: 0, max: 600, noNaN: true }),
  readingBytes: fc.integer({ min: 1, max: 4000 }),
  readingsPerMessage: fc.integer({ min: 1, max: 30 }),
  basicIngestShare: share,
  criticalShare: share,
  refusedShare: share,
});
const mode = fc.constantFrom('on-demand' as const, 'provisioned' as const);

describe('for any load', () => {
  const changed = (load: Load, change: (kind: Kind) => Kind) => ({
    ...load,
    kinds: { one: change(load.kinds['one'] ?? kind) },
  });

  it('nothing costs less than nothing, and every number is one', () => {
    fc.assert(
      fc.property(kinds, mode, (one, streamMode) => {
        const load = loadOf({ one }, { streams: { mode: streamMode, retentionHours: 168, shardsMin: 1 } });
        for (const { usd, quantity } of [...billOf(load), ...billPerMessage(load)]) {
          expect(Number.isFinite(usd) && usd >= 0 && quantity >= 0).toBe(true);
        }
      }),
    );
  });

  it.each<[string, (kind: Kind) => Kind]>([
    ['more devices, each with its asset', (one) => ({ ...one, devices: one.devices * 2, assets: one.assets * 2 })],
    ['more bytes', (one) => ({ ...one, readingBytes: one.readingBytes * 2 })],
    ['more through the fast lane', (one) => ({ ...one, criticalShare: (one.criticalShare + 1) / 2 })],
    ['less through Basic Ingest', (one) => ({ ...one, basicIngestShare: one.basicIngestShare / 2 })],
  ])('%s never make it cheaper', (_, more) => {
    fc.assert(
      fc.property(kinds, mode, (one, streamMode) => {
        const load = loadOf({ one }, { streams: { mode: streamMode, retentionHours: 24, shardsMin: 1 } });
        expect(totalUsd(billOf(changed(load, more)))).toBeGreaterThanOrEqual(totalUsd(billOf(load)) * (1 - 1e-9));
      }),
    );
  });

  it('what is metered by the message adds up over kinds of device', () => {
    fc.assert(
      fc.property(kinds, kinds, (one, two) => {
        const iot = (load: Load) => totalUsd(billOf(load).filter(({ service }) => service === 'IoT Core'));
        expect(iot(loadOf({ one, two }))).toBeCloseTo(iot(loadOf({ one })) + iot(loadOf({ two })), 4);
      }),
    );
  });

  it('no history costs no history', () => {
    fc.assert(
      fc.property(kinds, (one) => {
        const { history: _, ...load } = loadOf({ one });
        expect(billOf(load).filter(({ service }) => service === 'Timestream')).toEqual([]);
      }),
    );
  });
});
