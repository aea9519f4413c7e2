/** What an event-source mapping needs of a Kinesis stream, without going through its HTTP API. */
export interface StreamReader {
  /** Ids of the stream's shards. Throws when there is no such stream. */
  shardIds(stream: string): MaybePromise<readonly string[]>;
  /**
   * Records behind `sequenceNumber` in sequence order; from the oldest that is kept when it is undefined, or when it
   * has been trimmed. Empty at the tip. Stops before a limit would be passed, but gives at least one record if there is
   * one.
   */
  readAfter(
    stream: string,
    shardId: string,
    sequenceNumber: string | undefined,
    limits: ReadLimits,
  ): MaybePromise<readonly StreamRecord[]>;
  /** Calls `listener` after each append to the shard, once the records can be read. Gives what ends it. */
  onAppend(stream: string, shardId: string, listener: () => void): () => void;
}

interface ReadLimits {
  readonly recordsMax: number;
  /** Of `data`, before base64. */
  readonly bytesMax: number;
}

export interface StreamRecord {
  /** Decimal, as Kinesis gives it. */
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  readonly approximateArrivalMs: number;
}

type MaybePromise<T> = T | Promise<T>;
