import { describe, expect, it } from 'vitest';
import type { DeltaPublication, KeptReading } from '../../../core/ports.ts';
import type { Reason } from '../../../core/reason.ts';
import { publishNotices } from '../../../lambdas/normalizer/notices.ts';

function kept(index: number, reason: Reason): KeptReading {
  return {
    readingId: `m-${index}/0`,
    count: 1,
    reason,
    detail: `detail ${index}`,
    topic: 'sensors/parking/lotA',
    clientId: `client-${index}`,
    principal: '',
    receivedAtMs: 1000 + index,
    bytes: new Uint8Array(),
  };
}

describe('notices of a batch', () => {
  it('are one a reason, to the topics of rejects and of quarantine', async () => {
    const published: DeltaPublication[] = [];
    const batch = [kept(2, 'malformed'), kept(0, 'not-authorized'), kept(1, 'malformed')];
    expect(await publishNotices(batch, { publish: async (each) => void published.push(each) })).toEqual([]);
    expect(published.map(({ topic, payload }) => [topic, JSON.parse(Buffer.from(payload).toString())])).toEqual([
      [
        'raw_sensor_failures/malformed',
        {
          reason: 'malformed',
          count: 2,
          firstReceivedAtMs: 1001,
          lastReceivedAtMs: 1002,
          clientIds: ['client-2', 'client-1'],
          readingIds: ['m-2/0', 'm-1/0'],
          example: 'detail 2',
        },
      ],
      ['quarantine/sensor_fraud', expect.objectContaining({ reason: 'not-authorized', count: 1 })],
    ]);
  });

  it('name ten senders and no eleventh', async () => {
    const published: DeltaPublication[] = [];
    for (const count of [10, 11]) {
      const batch = Array.from({ length: count }, (_, index) => kept(index, 'malformed'));
      await publishNotices(batch, { publish: async (each) => void published.push(each) });
    }
    const named = published.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()));
    expect(named.map(({ count, clientIds, readingIds }) => [count, clientIds.length, readingIds.length])).toEqual([
      [10, 10, 10],
      [11, 10, 10],
    ]);
  });

  it('that fail are told, and cost nobody anything', async () => {
    const batch = [kept(0, 'malformed'), kept(1, 'out-of-range')];
    const failing = {
      publish: ({ topic }: DeltaPublication) =>
        topic.endsWith('malformed') ? Promise.reject(new Error('offline')) : Promise.resolve(),
    };
    expect(await publishNotices(batch, failing)).toEqual([new Error('offline')]);
  });
});
