import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../core/codec/message.ts';
import { decodeObservationRecord } from '../../../core/codec/observation-record.ts';
import { decodeDeltaMessage } from '../../../core/delta/decode.ts';
import type {
  DeltaPublication,
  KeptReading,
  LogRecord,
  ReviewStore,
  StoredTwin,
  TwinStore,
} from '../../../core/ports.ts';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import { createFold } from '../../../core/twin/fold.ts';
import { resolveRecords } from '../../../lambdas/conflict-resolver/resolver.ts';
import { takeShortcut } from '../../../lambdas/fast-lane/fast-lane.ts';
import { normalizeRecords } from '../../../lambdas/normalizer/normalizer.ts';
import { messageOfRule } from '../../../lambdas/shared/ingest-record.ts';
import { smallCity } from '../../core/schema/small-city.ts';
import { kinesisRecord } from '../kinesis-records.ts';
import { NOTHING_KNOWN } from '../shared/no-evidence.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 8);
const STAGE = smallCity.stages.dev;
const TOPIC = 'dt/north/CarPark/car-park-1/camera';

/** One city with both lanes, their calls going to memory. */
function twoLanes() {
  const stored = new Map<string, StoredTwin>();
  const published: DeltaPublication[] = [];
  const log: LogRecord[] = [];
  const kept: KeptReading[] = [];
  let writes = 0;
  const twins: TwinStore = {
    read: async (assetIds) => new Map([...stored].filter(([assetId]) => assetIds.includes(assetId))),
    write: async (twin, expectedVersion) => {
      if ((stored.get(twin.assetId)?.version ?? 0) !== expectedVersion) return 'race-lost';
      stored.set(twin.assetId, { twin, version: expectedVersion + 1 });
      writes += 1;
      return 'written';
    },
  };
  const context = {
    ...NOTHING_KNOWN,
    city: smallCity,
    stage: STAGE,
    registry: { find: async () => new Map() },
    twins,
    deltas: { publish: async (publication: DeltaPublication) => void published.push(publication) },
    nowMs: () => NOW_MS + 7,
    log: {
      append: async (records: readonly LogRecord[]) => {
        log.push(...records);
        return new Set<number>();
      },
    },
    rejects: {
      keep: async (readings: readonly KeptReading[]) => void kept.push(...readings),
      list: async () => ({ readings: [] }),
    },
  };
  return {
    fast: (selected: object) => takeShortcut(messageOfRule(selected), context),
    bulk: async (selected: object) => {
      const start = log.length;
      await normalizeRecords([kinesisRecord(1, JSON.stringify(selected))], context);
      return resolveRecords(
        log.slice(start).map(({ data }, index) => kinesisRecord(index, data)),
        context,
      );
    },
    /** Of everything in the log, by reading. */
    fates: () => {
      const fold = createFold();
      for (const { data } of log) {
        const decoded = decodeObservationRecord(data);
        if (decoded.ok) for (const observation of decoded.observations) fold.add(observation);
      }
      return fold.fates();
    },
    bytes: () => [...stored.values()].map(({ twin }) => Buffer.from(encodeTwin(twin)).toString()),
    versions: () => [...stored.values()].map(({ version }) => version),
    writes: () => writes,
    published,
    log,
    kept,
  };
}

/** What a topic rule SELECTs of one message. */
function selected(payload: unknown, given: Partial<Message> = {}) {
  const { messageId = 'trace-1', topic = TOPIC, receivedAtMs = NOW_MS } = given;
  const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { payload: bytes.toString('base64'), topic, receivedAtMs, clientId: 'camera', messageId };
}

const occupied = (taken: number, observedAtMs = NOW_MS) => ({
  observedAt: observedAtMs,
  attributes: { taken },
});

describe('the fast lane', () => {
  it('writes the very twin that the bulk lane would have, whatever came before and in which order', async () => {
    const readings = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 5 })), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(readings, fc.infiniteStream(fc.nat({ max: 2 })), async (given, lanes) => {
        const messages = given.map(([spots, agoMs], index) =>
          selected(occupied(spots, NOW_MS - agoMs), { messageId: `trace-${index}`, receivedAtMs: NOW_MS + index }),
        );
        const [bulkOnly, both] = [twoLanes(), twoLanes()];
        for (const message of messages) {
          await bulkOnly.bulk(message);
          // Before, after, or without the other.
          const order = lanes.next().value;
          if (order === 0) await both.fast(message);
          await both.bulk(message);
          if (order === 1) await both.fast(message);
        }
        expect(both.bytes()).toEqual(bulkOnly.bytes());
        expect(both.fates()).toEqual(bulkOnly.fates());
      }),
      { numRuns: 50 },
    );
  });

  it('leaves the bulk lane a dot that is there already: one write, one fate, applied', async () => {
    const city = twoLanes();
    const message = selected(occupied(61));
    expect(await city.fast(message)).toEqual({ twinsWritten: 1, racesLost: 0, deltaMessages: 1 });
    const { twinsWritten, dotCollisions } = await city.bulk(message);
    expect([twinsWritten, dotCollisions, city.writes()]).toEqual([0, 0, 1]);
    expect([...city.fates()]).toEqual([['trace-1/0', 'applied']]);
    expect(city.versions()).toEqual([1]);
  });

  it('publishes what it wrote, and the bulk lane says it again', async () => {
    const city = twoLanes();
    await city.fast(selected(occupied(61)));
    await city.bulk(selected(occupied(61)));
    const deltas = city.published.map(({ payload }) => {
      const message = decodeDeltaMessage(payload);
      return message.ok ? message.deltas.map(({ version, twin }) => [version, twin]) : [];
    });
    expect(deltas[0]).toHaveLength(1);
    expect(deltas[1]).toEqual(deltas[0]);
  });

  it('writes no log and keeps nothing that is refused', async () => {
    const city = twoLanes();
    expect(await city.fast(selected('{"attributes"'))).toEqual({ twinsWritten: 0, racesLost: 0, deltaMessages: 0 });
    await city.fast(selected([occupied(-5), occupied(17)]));
    expect([city.log, city.kept]).toEqual([[], []]);
    expect(city.versions()).toEqual([1]);
  });

  it('fails, so that it shows, where the store does not answer', async () => {
    const city = twoLanes();
    await city.fast(selected(occupied(61)));
    const broken = takeShortcut(messageOfRule(selected(occupied(62))), {
      ...NOTHING_KNOWN,
      city: smallCity,
      stage: STAGE,
      registry: { find: async () => new Map() },
      twins: { read: async () => new Map(), write: () => Promise.reject(new Error('throttled')) },
      deltas: { publish: async () => {} },
      nowMs: () => NOW_MS,
    });
    await expect(broken).rejects.toThrow('1 parts of trace-1 are left to the bulk lane');
  });

  it('notes a disagreement about what is safety-critical, and does not publish what it cannot tell', async () => {
    const stored = new Map<string, StoredTwin>();
    const onsets: string[][] = [];
    const published: DeltaPublication[] = [];
    const context = {
      city: smallCity,
      stage: STAGE,
      registry: { find: async () => new Map() },
      twins: {
        read: async () => stored,
        write: async (twin: StoredTwin['twin'], version: number) => {
          stored.set(twin.assetId, { twin, version: version + 1 });
          return 'written' as const;
        },
      },
      evidence: { read: async () => new Map() },
      reviews: {
        ...NOTHING_KNOWN.reviews,
        watch: async (onset: Parameters<ReviewStore['watch']>[0]) => {
          onsets.push([onset.assetId, onset.attribute, ...onset.sources]);
          return { ...onset, announced: false };
        },
      },
      deltas: { publish: async (publication: DeltaPublication) => void published.push(publication) },
      nowMs: () => NOW_MS,
    };
    const lamp = (source: string, value: string, observedAt = NOW_MS) =>
      messageOfRule(
        selected({ observedAt, attributes: { lamp: value } }, { topic: `dt/north/CarPark/car-park-1/${source}` }),
      );
    await takeShortcut(lamp('camera', 'green'), context);
    expect(onsets).toEqual([]);
    await takeShortcut(lamp('loop', 'dark'), context);
    expect(onsets).toEqual([['car-park-1', 'lamp', 'camera', 'loop']]);
    expect(published).toHaveLength(2);

    const unread = { read: () => Promise.reject(new Error('throttled')) };
    await expect(takeShortcut(lamp('camera', 'dark', NOW_MS + 1), { ...context, evidence: unread })).rejects.toThrow(
      'bulk lane',
    );
    expect([stored.get('car-park-1')?.version, published.length]).toEqual([3, 2]);
  });

  it.each([undefined, 'text', {}, { payload: 'e30=', topic: TOPIC }])('does not take %j for a message', (fields) => {
    expect(() => messageOfRule(fields)).toThrow('expected what the topic rules SELECT');
  });

  it('takes a message that was published over HTTP and has no trace', async () => {
    const { messageId: _, ...untraced } = selected(occupied(61));
    const city = twoLanes();
    await city.fast(untraced);
    await city.bulk(untraced);
    expect(city.versions()).toEqual([1]);
    expect([...city.fates().values()]).toEqual(['applied']);
  });
});
