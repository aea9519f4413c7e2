import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { decodeAlone, validateAlone } from '../../../lambdas/normalizer/normalize-message.ts';
import type { IngestMessage, Redrive } from '../../../lambdas/shared/ingest-record.ts';

const city = validateCityConfig(config);
const context = { city, stage: city.stages.dev, assets: new Map() };

function message(readings: unknown, redrive?: Redrive): IngestMessage {
  return {
    messageId: 'm',
    topic: 'dt/centre/OffStreetParking/garage/camera',
    bytes: Buffer.from(JSON.stringify(readings)),
    clientId: 'camera',
    principal: 'certificate-1',
    receivedAtMs: Date.UTC(2026, 10, 21, 8),
    ...(redrive ? { redrive } : {}),
  };
}

const occupied = (spaces: number) => ({ attributes: { occupiedSpotNumber: spaces } });

function outcomeOf(given: IngestMessage) {
  const { observations, kept } = validateAlone(decodeAlone(given, city), context);
  return {
    observations: observations.map(({ readingId }) => readingId),
    kept: kept.map(({ readingId, count, reason, redrives }) => [readingId, count, reason, redrives]),
  };
}

describe('a message that brings a fault of ours to light', () => {
  /** A city whose first look into its types fails, as a fault of ours in a decoder or a check would. */
  const broken = {
    ...city,
    get assetTypes(): never {
      throw new Error('out of the blue');
    },
    get mappings(): never {
      throw new Error('out of the blue');
    },
  };

  it('is kept with its bytes when it cannot be decoded', () => {
    const given = { ...message(occupied(1)), topic: 'sensors/parking/lotA' };
    const { kept } = validateAlone(decodeAlone(given, broken), { ...context, city: broken });
    expect(kept).toMatchObject([
      {
        readingId: 'm/0',
        count: 1,
        reason: 'processing-failed',
        detail: 'our fault: out of the blue',
        bytes: given.bytes,
      },
    ]);
  });

  it('is kept with its bytes when it cannot be validated', () => {
    const given = message([occupied(1), occupied(2)]);
    const { observations, kept } = validateAlone(decodeAlone(given, city), { ...context, city: broken });
    expect(observations).toEqual([]);
    expect(kept).toMatchObject([{ readingId: 'm/0', reason: 'processing-failed', bytes: given.bytes }]);
  });
});

describe('a message that was put back in', () => {
  const three = [occupied(1), occupied(-2), occupied(3)];

  it('as a whole gives all that it holds, for the first time', () => {
    expect(outcomeOf(message(three, { times: 1, count: 1 }))).toEqual({
      observations: ['m/0', 'm/2'],
      kept: [['m/1', 3, 'out-of-range', 1]],
    });
  });

  it('for some places gives those, and leaves the fates of the others alone', () => {
    expect(outcomeOf(message(three, { times: 1, count: 3, places: [2] }))).toEqual({ observations: ['m/2'], kept: [] });
    expect(outcomeOf(message(three, { times: 2, count: 3, places: [1, 2] }))).toEqual({
      observations: ['m/2'],
      kept: [['m/1', 3, 'out-of-range', 2]],
    });
  });

  it('and now holds another number of readings is kept again: the place may be another’s', () => {
    expect(outcomeOf(message(three, { times: 1, count: 4, places: [2, 3] }))).toEqual({
      observations: [],
      kept: [
        ['m/2', 4, 'out-of-range', 1],
        ['m/3', 4, 'out-of-range', 1],
      ],
    });
    expect(outcomeOf(message('no reading', { times: 1, count: 3, places: [1] })).kept).toEqual([
      ['m/1', 3, 'schema-violation', 1],
    ]);
  });
});
