import { beforeEach, describe, expect, it } from 'vitest';
import type { DeltaPublication } from '../../../core/ports.ts';
import { decodeAck, decodeRequest } from '../../../core/sync/decode-command.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import type { DigestReport, Leaf, SyncFrame } from '../../../core/sync/frame.ts';
import { digestBucketOf, rootOf, sumsOf } from '../../../core/sync/digest.ts';
import { NOTHING_HEARD } from '../../../core/sync/receiver-state.ts';
import type { Lanes } from '../../../lambdas/sync-receiver/dynamodb-lanes.ts';
import { laneNames } from '../../../lambdas/sync-receiver/lane-names.ts';
import { type LaneKey, partitionOf, type StoredLane } from '../../../lambdas/sync-receiver/lane-item.ts';
import { RACES_MAX, type ReceiveContext } from '../../../lambdas/sync-receiver/receive.ts';
import { receiveNothing, receiveRecords } from '../../../lambdas/sync-receiver/receive-records.ts';
import { EIGHT_MS, frameReadingOf } from '../../core/sync/frames.ts';
import { kinesisRecord } from '../kinesis-records.ts';

/** Lanes in memory, with a hand in their writes. */
function memoryLanes(mayWrite: (lane: StoredLane) => boolean = () => true) {
  const states = new Map<string, StoredLane>();
  const lanes: Lanes = {
    read: async (keys) =>
      keys.map(
        (key) => states.get(partitionOf(key)) ?? { key, zone: '', version: 0, state: NOTHING_HEARD, isWaiting: false },
      ),
    write: async (lane) => {
      if (!mayWrite(lane)) return 'race-lost';
      states.set(partitionOf(lane.key), { ...lane, version: lane.version + 1 });
      return 'written';
    },
    waiting: async () => [...states.values()].filter(({ isWaiting }) => isWaiting).map(({ key }) => key),
    names: async () => new Map(),
    addNames: async () => undefined,
  };
  return { lanes, states };
}

const BULK: LaneKey = { gateway: 'gw-7', lane: 'bulk' };
const SILENCE_MS = 300_000;
let nowMs = EIGHT_MS;
let records = 0;
beforeEach(() => {
  nowMs = EIGHT_MS;
});

function record(frame: SyncFrame, changes: { topic?: string; receivedAtMs?: number; redrive?: object } = {}) {
  const topic = `dt/north/gateway/gw-7/frames`;
  const payload = Buffer.from(encodeFrame(frame)).toString('base64');
  return kinesisRecord(records++, JSON.stringify({ topic, payload, receivedAtMs: nowMs, ...changes }));
}

function delta(sequence: number, lane: SyncFrame['lane'] = 'bulk'): SyncFrame {
  return { gateway: 'gw-7', lane, epoch: 7, sequence, sentAtMs: 0, kind: 'delta', readings: [frameReadingOf()] };
}

function beat(sequence: number, leaves: readonly Leaf[], more: Partial<DigestReport> = {}): SyncFrame {
  const digest = { root: rootOf(sumsOf('gw-7', leaves)), assets: leaves.length, heldFrom: sequence + 1, ...more };
  return { gateway: 'gw-7', lane: 'bulk', epoch: 7, sequence, sentAtMs: 0, kind: 'heartbeat', digest };
}

function contextOf(changes: Partial<ReceiveContext> = {}, memory = memoryLanes()) {
  const published: DeltaPublication[] = [];
  const context: ReceiveContext = {
    lanes: memory.lanes,
    names: laneNames(memory.lanes),
    heard: async () => [],
    commands: { publish: async (each) => void published.push(each) },
    nowMs: () => nowMs,
    ...changes,
  };
  return { context, published, states: memory.states };
}

const LEAF: Leaf = { assetId: 'garage', attribute: 'taken', sensor: 'loop', stamp: frameReadingOf().stamp };

describe('a batch of frames', () => {
  it('is acknowledged, each lane for itself, where its gateway listens', async () => {
    const { context, published } = contextOf();
    const batch = [record(delta(1)), record(delta(1, 'critical')), record(delta(2))];
    const { response, frames, errors } = await receiveRecords(batch, context);
    expect({ response, frames, errors }).toEqual({ response: { batchItemFailures: [] }, frames: 3, errors: [] });
    expect(published.map(({ topic }) => topic)).toEqual(Array.from({ length: 2 }, () => 'cmd/north/gateway/gw-7/ack'));
    expect(published.map(({ payload }) => decodeAck(payload))).toEqual(
      expect.arrayContaining([
        { ok: true, command: { lane: 'bulk', epoch: 7, sequence: 2, refused: [] } },
        { ok: true, command: { lane: 'critical', epoch: 7, sequence: 1, refused: [] } },
      ]),
    );
  });

  it('asks at once for a gap that has lasted its grace when the batch comes', async () => {
    const { context, published } = contextOf();
    const batch = [record(delta(1)), record(delta(3))];
    nowMs += 2000;
    await receiveRecords(batch, context);
    const requests = published.filter(({ topic }) => topic === 'cmd/north/gateway/gw-7/resync');
    expect(requests.map(({ payload }) => decodeRequest(payload))).toMatchObject([
      { command: { ask: { kind: 'frames', first: 2, last: 2 } } },
    ]);
  });

  it('may come twice: nothing is asked, and what is known stays', async () => {
    const { context, published, states } = contextOf();
    const batch = [record(delta(1)), record(delta(2))];
    await receiveRecords(batch, context);
    const before = states.get('gw-7/bulk')?.state;
    await receiveRecords(batch, context);
    expect(published.map(({ payload }) => decodeAck(payload))).toMatchObject([{ command: { sequence: 2 } }]);
    expect(states.get('gw-7/bulk')?.state).toEqual(before);
  });

  it.each<[string, () => ReturnType<typeof record>]>([
    ['of another gateway', () => record({ ...delta(1), gateway: 'gw-8' })],
    ['on another topic', () => record(delta(1), { topic: 'dt/north/CarPark/gw-7/frames' })],
    ['put back in', () => record(delta(1), { redrive: { times: 1, count: 1 } })],
    ['that is none', () => kinesisRecord(records++, JSON.stringify({ topic: 'x', payload: '', receivedAtMs: 1 }))],
  ])('passes over a frame %s', async (_what, frame) => {
    const { context, published, states } = contextOf();
    expect(await receiveRecords([frame()], context)).toMatchObject({ frames: 0, response: { batchItemFailures: [] } });
    expect(published).toEqual([]);
    expect(states.size).toBe(0);
  });

  it('writes nothing for a heartbeat that changes nothing, and does not forget the next verification over it', async () => {
    const heard = { count: 0 };
    const { context, states } = contextOf({
      heard: async () => {
        heard.count += 1;
        return [LEAF];
      },
    });
    await receiveRecords([record(delta(1))], context);
    const after = async (ms: number) => {
      nowMs += ms;
      await receiveRecords([record(beat(1, [LEAF]))], context);
      return { version: states.get('gw-7/bulk')?.version, heard: heard.count };
    };
    expect(await after(30_000)).toEqual({ version: 1, heard: 0 });
    expect(await after(10_000)).toEqual({ version: 1, heard: 0 });
    expect(await after(20_000)).toEqual({ version: 2, heard: 1 });
    expect(await after(3_599_999)).toEqual({ version: 2, heard: 1 });
    expect(await after(1)).toEqual({ version: 3, heard: 2 });
  });

  it('compares nothing with a heartbeat that has waited itself for longer than a merge may take', async () => {
    const { context } = contextOf({ heard: async () => expect.fail('the twins are read') });
    await receiveRecords([record(delta(1))], context);
    nowMs += 60_000;
    const late = record(beat(1, []));
    nowMs += 60_001;
    expect((await receiveRecords([late], context)).errors).toEqual([]);
  });

  it('reads of the twins only those that a listing is about', async () => {
    const asked: string[][] = [];
    const assetIds = Array.from({ length: 50 }, (_, index) => `garage-${index}`);
    const leaves = assetIds.map((assetId) => ({ ...LEAF, assetId }));
    const { context } = contextOf({
      heard: async (_gateway, names) => {
        asked.push([...names.keys()]);
        return [];
      },
    });
    const readings = assetIds.map((assetId) => frameReadingOf({ assetId }));
    await receiveRecords([record({ ...delta(1), kind: 'delta', readings })], context);
    const [first = ''] = assetIds;
    const bucket = digestBucketOf(first);
    const listings = new Map([[bucket, leaves.filter(({ assetId }) => digestBucketOf(assetId) === bucket)]]);
    const sums = sumsOf('gw-7', leaves).map((sum, index) => (index === bucket ? sum : 0n));
    nowMs += 60_000;
    for (const digest of [{}, { sums }, { listings }]) {
      await receiveRecords([record(beat(1, leaves, digest))], context);
    }
    expect(asked).toEqual([assetIds, assetIds, listings.get(bucket)?.map(({ assetId }) => assetId)]);
  });

  it('is done again by whoever lost a race, and retried by Lambda after too many', async () => {
    let lost = 0;
    const twice = contextOf(
      {},
      memoryLanes(() => ++lost > 2),
    );
    const { outcomes } = await receiveRecords([record(delta(1))], twice.context);
    expect(outcomes).toMatchObject([{ racesLost: 2 }]);
    expect(twice.published).toHaveLength(1);

    const memory = memoryLanes(({ key }) => key.lane === 'critical');
    const [good, bad] = [record(delta(1, 'critical')), record(delta(1))];
    const { response, errors } = await receiveRecords([good, bad], contextOf({}, memory).context);
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: bad.kinesis.sequenceNumber }]);
    expect(errors).toMatchObject([{ message: `lane gw-7/bulk: ${RACES_MAX} races lost in a row` }]);
  });

  it('does not fail over a command that cannot be published, which is one lost on its way', async () => {
    const { context, states } = contextOf({
      commands: { publish: () => Promise.reject(new Error('no broker')) },
    });
    const { response, outcomes } = await receiveRecords([record(delta(1))], context);
    expect(response.batchItemFailures).toEqual([]);
    expect(outcomes[0]?.errors).toHaveLength(1);
    expect(states.get('gw-7/bulk')?.state.contiguous).toBe(1);
  });
});

describe('a minute later', () => {
  it('a gateway that has fallen silent behind a gap is asked, until it has been silent for long', async () => {
    const { context, published, states } = contextOf();
    await receiveRecords([record(delta(1)), record(delta(3))], context);
    published.length = 0;
    nowMs += 60_000;
    await receiveNothing(context);
    expect(published.map(({ payload }) => decodeRequest(payload))).toMatchObject([
      { command: { ask: { kind: 'frames' } } },
      { command: { ask: { kind: 'root' } } },
    ]);
    expect(await context.lanes.waiting()).toEqual([BULK]);
    nowMs += SILENCE_MS;
    published.length = 0;
    await receiveNothing(context);
    expect(published).toEqual([]);
    expect(await context.lanes.waiting()).toEqual([]);
    expect(states.get('gw-7/bulk')?.state.contiguous).toBe(1);
  });

  it('nobody is asked who waits for nothing', async () => {
    const { context } = contextOf();
    await receiveRecords([record(delta(1))], context);
    expect(await receiveNothing(context)).toEqual({ outcomes: [], errors: [] });
  });
});
