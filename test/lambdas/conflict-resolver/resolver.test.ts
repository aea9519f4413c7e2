import { describe, expect, it } from 'vitest';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { TwinDelta } from '../../../core/delta/delta.ts';
import { decodeDeltaMessage } from '../../../core/delta/decode.ts';
import { createView } from '../../../core/delta/view.ts';
import type { DeltaPublication, StoredTwin, TwinStore } from '../../../core/ports.ts';
import { deltaOf, join } from '../../../core/twin/join.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { type ResolverContext, resolveRecords } from '../../../lambdas/conflict-resolver/resolver.ts';
import { FAILURES_MAX } from '../../../lambdas/shared/publish-deltas.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';
import { kinesisRecord } from '../kinesis-records.ts';
import { NOTHING_KNOWN } from '../shared/no-evidence.ts';

interface Tables extends TwinStore {
  readonly twins: Map<string, StoredTwin>;
  reads: number;
  writes: number;
}

/** A store with versions; before each write `interfere` may write first, as another resolver would. */
function store(interfere: (assetId: string, put: (twin: Twin) => void) => void = () => {}): Tables {
  const twins = new Map<string, StoredTwin>();
  const put = (twin: Twin): void => {
    twins.set(twin.assetId, { twin, version: (twins.get(twin.assetId)?.version ?? 0) + 1 });
  };
  return {
    twins,
    reads: 0,
    writes: 0,
    async read(assetIds) {
      this.reads++;
      return new Map(assetIds.flatMap((id) => (twins.has(id) ? [[id, twins.get(id) as StoredTwin]] : [])));
    },
    async write(twin, expectedVersion) {
      interfere(twin.assetId, put);
      if ((twins.get(twin.assetId)?.version ?? 0) !== expectedVersion) return 'race-lost';
      this.writes++;
      put(twin);
      return 'written';
    },
  };
}

interface Context extends ResolverContext {
  readonly published: DeltaPublication[];
}

const NOW_MS = 1_795_248_000_000;

/** Over a store of twins, with a broker that takes everything but what `refuse` throws at. */
function over(twins: TwinStore, refuse: (topic: string) => void = () => {}): Context {
  const published: DeltaPublication[] = [];
  const publish = async (publication: DeltaPublication) => {
    refuse(publication.topic);
    published.push(publication);
  };
  return { ...NOTHING_KNOWN, city: { assetTypes: {} }, twins, deltas: { publish }, nowMs: () => NOW_MS, published };
}

function messagesOf({ published }: Context) {
  return published.map(({ topic, payload }) => {
    const message = decodeDeltaMessage(payload);
    if (!message.ok) throw new Error(message.detail);
    return { topic, ...message };
  });
}

function deltasOf(context: Context): TwinDelta[] {
  return messagesOf(context).flatMap(({ deltas }) => deltas);
}

function reading(assetId: string, stamp: bigint, source = 'cam-1') {
  return observationOf({ assetId, stamp, source, readingId: `${assetId}-${source}-${stamp}/0` });
}

describe('the conflict-resolver', () => {
  it('writes each asset of a batch once, with all that the batch says about it', async () => {
    const twins = store();
    const records = [
      kinesisRecord(1, encodeObservationRecord([reading('a', 1n), reading('b', 1n)])),
      kinesisRecord(2, encodeObservationRecord([reading('a', 3n), reading('a', 2n, 'loop-1')])),
    ];
    const { response, observations } = await resolveRecords(records, over(twins));
    expect(response.batchItemFailures).toEqual([]);
    expect([observations, twins.reads, twins.writes]).toEqual([4, 1, 2]);
    const stamps = [...(twins.twins.get('a')?.twin.registers.get('intensity') ?? [])];
    expect(stamps.map(([source, { stamp }]) => [source, stamp])).toEqual([
      ['cam-1', 3n],
      ['loop-1', 2n],
    ]);
  });

  it('writes nothing for what it has merged before', async () => {
    const twins = store();
    const records = [kinesisRecord(1, encodeObservationRecord([reading('a', 1n)]))];
    await resolveRecords(records, over(twins));
    await resolveRecords(records, over(twins));
    expect(twins.writes).toBe(1);
  });

  it('loses no update when another resolver writes in between', async () => {
    const theirs = deltaOf(reading('a', 9n, 'loop-1'));
    let interferences = 0;
    const twins = store((_, put) => {
      if (interferences++ === 0) put(theirs);
    });
    const ours = reading('a', 5n);
    const { response, racesLost } = await resolveRecords(
      [kinesisRecord(1, encodeObservationRecord([ours]))],
      over(twins),
    );
    expect(response.batchItemFailures).toEqual([]);
    expect(racesLost).toBe(1);
    expect(twins.twins.get('a')?.twin).toEqual(join(theirs, deltaOf(ours)));
  });

  it('gives up after five lost races and leaves the record to the retry, others written', async () => {
    let stamp = 100n;
    const twins = store((assetId, put) => {
      if (assetId === 'contended') put(deltaOf(reading('contended', stamp++, 'loop-1')));
    });
    const records = [
      kinesisRecord(1, encodeObservationRecord([reading('calm', 1n)])),
      kinesisRecord(2, encodeObservationRecord([reading('contended', 1n)])),
      kinesisRecord(3, encodeObservationRecord([reading('calm', 2n)])),
    ];
    const { response, racesLost, twinsWritten } = await resolveRecords(records, over(twins));
    expect(racesLost).toBe(5);
    expect(twinsWritten).toBe(1);
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: records[1]?.kinesis.sequenceNumber }] });
  });

  it('retries the records of a twin that cannot be written, and only those', async () => {
    const twins = store((assetId) => {
      if (assetId === 'sick') throw new Error('throttled');
    });
    const records = [
      kinesisRecord(1, encodeObservationRecord([reading('well', 1n)])),
      kinesisRecord(2, encodeObservationRecord([reading('sick', 1n)])),
    ];
    const { response, errors } = await resolveRecords(records, over(twins));
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: records[1]?.kinesis.sequenceNumber }]);
    expect(errors).toMatchObject([{ assetId: 'sick' }]);
    expect(twins.twins.has('well')).toBe(true);
  });

  it('sets aside a twin that the store will never take, with all that was said about it, and nothing else', async () => {
    const tables = store();
    const twins: TwinStore = {
      read: (assetIds) => tables.read(assetIds),
      write: async (twin, version) => {
        return twin.assetId === 'flooded' ? { refused: 'item too large' } : tables.write(twin, version);
      },
    };
    const [first, second] = [reading('flooded', 1n), reading('flooded', 2n, 'loop-1')];
    const records = [
      kinesisRecord(1, encodeObservationRecord([first, reading('well', 1n)])),
      kinesisRecord(2, encodeObservationRecord([second])),
    ];
    const context = over(twins);
    const { response, refused, twinsWritten } = await resolveRecords(records, context);
    expect(response.batchItemFailures).toEqual([]);
    expect(refused).toEqual([{ assetId: 'flooded', observations: [first, second], detail: 'item too large' }]);
    expect(twinsWritten).toBe(1);
    expect(deltasOf(context).map(({ resolved }) => resolved.assetId)).toEqual(['well']);
  });

  it('hears who speaks for a full twin already, whatever new names come in the same batch', async () => {
    const tables = store();
    await resolveRecords([kinesisRecord(1, encodeObservationRecord([reading('full', 1n)]))], over(tables));
    const twins: TwinStore = {
      read: (assetIds) => tables.read(assetIds),
      write: async (twin, version) =>
        (twin.registers.get('intensity')?.size ?? 0) > 1 ? { refused: 'too large' } : tables.write(twin, version),
    };
    const [stranger, known] = [reading('full', 3n, 'stranger'), reading('full', 2n)];
    const context = over(twins);
    const { refused, twinsWritten } = await resolveRecords(
      [kinesisRecord(2, encodeObservationRecord([stranger, known]))],
      context,
    );
    expect(refused).toEqual([{ assetId: 'full', observations: [stranger], detail: 'too large' }]);
    expect(twinsWritten).toBe(1);
    expect(tables.twins.get('full')).toEqual({ twin: deltaOf(known), version: 2 });
    expect(deltasOf(context).map(({ version }) => version)).toEqual([2]);

    // After a crash before that delta, the retry finds nothing to write, and publishes it.
    const retry = over(twins);
    const again = await resolveRecords([kinesisRecord(2, encodeObservationRecord([stranger, known]))], retry);
    expect([again.refused[0]?.observations, again.twinsWritten]).toEqual([[stranger], 0]);
    expect(deltasOf(retry).map(({ version }) => version)).toEqual([2]);
  });

  it('sets aside an asset that cannot be merged, and nothing else', async () => {
    const twins = store();
    const broken = deltaOf(reading('broken', 1n));
    // Stored under another asset's id: merging asserts that they are the same.
    twins.twins.set('broken', { twin: { ...broken, assetId: 'another' }, version: 1 });
    const records = [kinesisRecord(1, encodeObservationRecord([reading('broken', 2n), reading('well', 1n)]))];
    const { response, refused } = await resolveRecords(records, over(twins));
    expect(response.batchItemFailures).toEqual([]);
    expect(refused).toMatchObject([{ assetId: 'broken', detail: expect.stringContaining('not merged: ') }]);
    expect(twins.twins.has('well')).toBe(true);
  });

  it('fails as a whole when the twins cannot be read', async () => {
    const twins: TwinStore = { ...store(), read: () => Promise.reject(new Error('unreachable')) };
    const records = [kinesisRecord(1, encodeObservationRecord([reading('a', 1n)]))];
    await expect(resolveRecords(records, over(twins))).rejects.toThrow('unreachable');
  });

  it('names a record that holds no observations, and merges those around it', async () => {
    const twins = store();
    const records = [
      kinesisRecord(1, encodeObservationRecord([reading('a', 1n)])),
      kinesisRecord(2, Buffer.from('garbage')),
      kinesisRecord(3, encodeObservationRecord([reading('b', 1n)])),
    ];
    const { response, undecodable } = await resolveRecords(records, over(twins));
    expect(response.batchItemFailures).toEqual([]);
    expect(undecodable.map(({ sequenceNumber }) => sequenceNumber)).toEqual([records[1]?.kinesis.sequenceNumber]);
    expect([...twins.twins.keys()].toSorted()).toEqual(['a', 'b']);
  });
});

describe('the conflict-resolver’s deltas', () => {
  const records = [
    kinesisRecord(1, encodeObservationRecord([reading('a', 1n), reading('b', 1n)])),
    kinesisRecord(2, encodeObservationRecord([reading('a', 2n)])),
  ];

  it('are one an asset, with the version that stands in the table', async () => {
    const context = over(store());
    await resolveRecords(records, context);
    expect(context.published.map(({ topic }) => topic)).toEqual(['twin/north/none/delta']);
    expect(
      deltasOf(context).map(({ resolved, version }) => [resolved.assetId, version, resolved.resolvedAtMs]),
    ).toEqual([
      ['a', 1, NOW_MS],
      ['b', 1, NOW_MS],
    ]);
    expect(deltasOf(context)[0]?.twin?.registers.get('intensity')?.get('cam-1')).toMatchObject({ stamp: 2n });
  });

  it('are published again for what was written before, because nobody knows whether they were', async () => {
    const twins = store();
    await resolveRecords(records, over(twins));
    const retry = over(twins);
    await resolveRecords(records, retry);
    expect(twins.writes).toBe(2);
    expect(deltasOf(retry).map(({ resolved, version }) => [resolved.assetId, version])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('hold up no twin where they cannot be published, and say which are missing', async () => {
    const elsewhere = { ...reading('south', 1n), zone: 'south' };
    const context = over(store(), (topic) => {
      if (topic.startsWith('twin/south/')) throw new Error('no broker');
    });
    const batch = [...records, kinesisRecord(3, encodeObservationRecord([elsewhere]))];
    const { response, twinsWritten, deltasIncomplete } = await resolveRecords(batch, context);
    expect(response.batchItemFailures).toEqual([]);
    expect(twinsWritten).toBe(3);
    expect(deltasIncomplete).toEqual([{ assetId: 'south', detail: 'not published: no broker' }]);
    expect(deltasOf(context)).toHaveLength(2);
  });

  it('tell the place that an asset leaves, before the write after which nobody could', async () => {
    const [east, west] = [
      { longitude: 13.4, latitude: 52.5 },
      { longitude: -13.4, latitude: 52.5 },
    ];
    const batchOf = (stamp: bigint, position = east) => [
      kinesisRecord(Number(stamp), encodeObservationRecord([{ ...reading('bus', stamp), position }])),
    ];
    const twins = store();
    const first = over(twins);
    await resolveRecords(batchOf(1n), first);
    const [{ topic: eastern } = { topic: '' }] = first.published;

    // The power fails at the write.
    const crashing = over({ read: (ids) => twins.read(ids), write: () => Promise.reject(new Error('power cut')) });
    await resolveRecords(batchOf(2n, west), crashing);
    const retry = over(twins);
    await resolveRecords(batchOf(2n, west), retry);
    for (const { published } of [crashing, retry]) expect(published[0]?.topic).toBe(eastern);
    const [announced, moved] = messagesOf(retry);
    expect(announced).toMatchObject({
      deltas: [],
      departures: [{ assetId: 'bus', version: 2, to: { zone: 'north' } }],
    });
    const tile = announced?.departures[0]?.to.tile;
    expect(moved).toMatchObject({ topic: `twin/north/${tile}/delta`, departures: [], deltas: [{ version: 2 }] });
    expect(crashing.published).toHaveLength(1);

    // Whoever has moved already announces nothing.
    const again = over(twins);
    await resolveRecords(batchOf(2n, west), again);
    expect(messagesOf(again)).toMatchObject([{ departures: [], deltas: [{ version: 2 }] }]);
  });

  it('are not tried for ever where the broker is down', async () => {
    const zones = Array.from({ length: 2 * FAILURES_MAX + 1 }, (_, index) => `zone-${index}`);
    let tries = 0;
    const context = over(store(), () => {
      tries++;
      throw new Error('no broker');
    });
    const everywhere = zones.map((zone) => ({ ...reading(`a-${zone}`, 1n), zone }));
    const batch = [kinesisRecord(1, encodeObservationRecord(everywhere))];
    const { response, twinsWritten, deltasIncomplete } = await resolveRecords(batch, context);
    expect(response.batchItemFailures).toEqual([]);
    expect([twinsWritten, deltasIncomplete.length]).toEqual([zones.length, zones.length]);
    expect(tries).toBeLessThan(zones.length);
  });

  it('let an asset move though nobody can be told that it leaves', async () => {
    const twins = store();
    const batchOf = (stamp: bigint, zone: string) => [
      kinesisRecord(Number(stamp), encodeObservationRecord([{ ...reading('bus', stamp), zone }])),
    ];
    await resolveRecords(batchOf(1n, 'south'), over(twins));
    const context = over(twins, (topic) => {
      if (topic.startsWith('twin/south/')) throw new Error('no broker');
    });
    const { response, deltasIncomplete } = await resolveRecords(batchOf(2n, 'north'), context);
    expect(response.batchItemFailures).toEqual([]);
    expect(deltasIncomplete).toEqual([{ assetId: 'bus', detail: 'not published: no broker' }]);
    expect(deltasOf(context).map(({ resolved, version }) => [resolved.zone, version])).toEqual([['north', 2]]);
  });

  it('bring an asset back whose departure was announced and then refused by the table', async () => {
    const tables = store();
    const batchOf = (stamp: bigint, zone: string) => [
      kinesisRecord(Number(stamp), encodeObservationRecord([{ ...reading('bus', stamp), zone }])),
    ];
    const first = over(tables);
    await resolveRecords(batchOf(1n, 'south'), first);
    const twins: TwinStore = {
      read: (ids) => tables.read(ids),
      write: async (twin, version) => (twin.zone === 'north' ? { refused: 'too large' } : tables.write(twin, version)),
    };
    const second = over(twins);
    const { response, refused } = await resolveRecords(batchOf(2n, 'north'), second);
    expect(response.batchItemFailures).toEqual([]);
    expect(refused).toMatchObject([{ assetId: 'bus', detail: 'too large' }]);

    const south = createView({ zone: 'south' }, { assetTypes: {} });
    for (const { deltas, departures } of [...messagesOf(first), ...messagesOf(second)]) {
      for (const departure of departures) expect(south.depart(departure)).toBe(true);
      for (const delta of deltas) expect(south.apply(delta)).toBe(true);
    }
    expect(south.twins().get('bus')).toMatchObject({ version: 2, zone: 'south' });
    expect(tables.twins.get('bus')?.version).toBe(2);
  });

  it('pass over what has never been written', async () => {
    const context = over(store());
    const empty = { ...reading('a', 1n), attributes: new Map() };
    const { response } = await resolveRecords([kinesisRecord(1, encodeObservationRecord([empty]))], context);
    expect(response.batchItemFailures).toEqual([]);
    expect(context.published).toEqual([]);
  });
});
