import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type _Record as KinesisRecord,
} from '@aws-sdk/client-kinesis';
import { decodeObservationRecord } from '../../core/codec/observation-record.ts';
import { SOURCE } from '../support/workload.ts';
import { acknowledged, type Ledger, READINGS_MAX, stampOf } from './ledger.ts';

const STREAM = 'cityweave-observations';

export interface LogFindings {
  readonly records: number;
  readonly observations: number;
  /** Acknowledged readings whose stamp is not in the log. */
  readonly lost: number;
  /** Readings that stand in it more than once: handlers run at least once. */
  readonly repeated: number;
  /** From when each reading was due to its arrival in the log. */
  readonly latenciesMs: readonly number[];
}

/** Compares the stamps in the log with those that were acknowledged. */
export async function compareLog(kinesis: KinesisClient, ledger: Ledger): Promise<LogFindings> {
  const arrivals = new Map<number, number>();
  let records = 0;
  let observations = 0;
  let repeated = 0;
  for await (const { Data: data, ApproximateArrivalTimestamp: arrivedAt } of recordsOf(kinesis, STREAM)) {
    const decoded = decodeObservationRecord(data ?? new Uint8Array());
    if (!decoded.ok) throw new Error(`the log holds a record that is none: ${decoded.detail}`);
    records++;
    for (const { source, stamp } of decoded.observations) {
      const number = Number(stamp % BigInt(READINGS_MAX));
      if (source !== SOURCE || stamp !== stampOf(ledger, number)) continue;
      observations++;
      if (arrivals.has(number)) repeated++;
      else arrivals.set(number, arrivedAt?.getTime() ?? Number.NaN);
    }
  }
  const lost = acknowledged(ledger).filter((number) => !arrivals.has(number)).length;
  const latenciesMs = [...arrivals].map(([number, atMs]) => atMs - (ledger.dueAtMs[number] ?? Number.NaN));
  return { records, observations, lost, repeated, latenciesMs };
}

/** Every record of a stream, oldest first, shard after shard. */
async function* recordsOf(kinesis: KinesisClient, stream: string): AsyncGenerator<KinesisRecord> {
  const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: stream }));
  for (const { ShardId } of shards) {
    let { ShardIterator: iterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    for (let isEmpty = false; iterator && !isEmpty; ) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }));
      yield* page.Records ?? [];
      isEmpty = (page.Records ?? []).length === 0;
      iterator = page.NextShardIterator;
    }
  }
}
