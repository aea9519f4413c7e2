import { describe, expect, it } from 'vitest';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { StoredTwin, TwinStore } from '../../../core/ports.ts';
import { deltaOf, join } from '../../../core/twin/join.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { resolveRecords } from '../../../lambdas/conflict-resolver/resolver.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';
import { kinesisRecord } from '../kinesis-records.ts';

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
    const { response, observations } = await resolveRecords(records, twins);
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
    await resolveRecords(records, twins);
    await resolveRecords(records, twins);
    expect(twins.writes).toBe(1);
  });

  it('loses no update when another resolver writes in between', async () => {
    const theirs = deltaOf(reading('a', 9n, 'loop-1'));
    let interferences = 0;
    const twins = store((_, put) => {
      if (interferences++ === 0) put(theirs);
    });
    const ours = reading('a', 5n);
    const { response, racesLost } = await resolveRecords([kinesisRecord(1, encodeObservationRecord([ours]))], twins);
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
    const { response, racesLost, twinsWritten } = await resolveRecords(records, twins);
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
    const { response, writeErrors } = await resolveRecords(records, twins);
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: records[1]?.kinesis.sequenceNumber }]);
    expect(writeErrors).toMatchObject([{ assetId: 'sick' }]);
    expect(twins.twins.has('well')).toBe(true);
  });

  it('fails as a whole when the twins cannot be read', async () => {
    const twins = { ...store(), read: () => Promise.reject(new Error('unreachable')) };
    const records = [kinesisRecord(1, encodeObservationRecord([reading('a', 1n)]))];
    await expect(resolveRecords(records, twins)).rejects.toThrow('unreachable');
  });

  it('names a record that holds no observations, and merges those around it', async () => {
    const twins = store();
    const records = [
      kinesisRecord(1, encodeObservationRecord([reading('a', 1n)])),
      kinesisRecord(2, Buffer.from('garbage')),
      kinesisRecord(3, encodeObservationRecord([reading('b', 1n)])),
    ];
    const { response, undecodable } = await resolveRecords(records, twins);
    expect(response.batchItemFailures).toEqual([]);
    expect(undecodable.map(({ sequenceNumber }) => sequenceNumber)).toEqual([records[1]?.kinesis.sequenceNumber]);
    expect([...twins.twins.keys()].toSorted()).toEqual(['a', 'b']);
  });
});
