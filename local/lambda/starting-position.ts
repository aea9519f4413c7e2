import type { StreamReader } from './stream-reader.ts';

/** Where a mapping that is new begins in a shard. */
export type StartingPosition =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  | { readonly kind: 'AT_TIMESTAMP'; readonly atMs: number };

/** The checkpoint of a shard that held nothing to pass over when its mapping began: all that it holds is wanted. */
const BEGINNING = 'BEGINNING';

/** The sequence number that a checkpoint stands for; undefined for the shard's beginning. */
export function positionAt(checkpoint: string): string | undefined {
  return checkpoint === BEGINNING ? undefined : checkpoint;
}

const READ_LIMITS = { recordsMax: 10_000, bytesMax: 4 * 1024 * 1024 };

/** The checkpoint that stands before the first record wanted. */
export async function findStart(
  streams: StreamReader,
  stream: string,
  shardId: string,
  startingPosition: StartingPosition,
): Promise<string> {
  if (startingPosition.kind === 'TRIM_HORIZON') {
    return BEGINNING;
  }
  const untilMs = startingPosition.kind === 'LATEST' ? Number.POSITIVE_INFINITY : startingPosition.atMs;
  let passed: string | undefined;
  for (;;) {
    const records = await streams.readAfter(stream, shardId, passed, READ_LIMITS);
    const wanted = records.findIndex(({ approximateArrivalMs }) => approximateArrivalMs >= untilMs);
    passed = (wanted < 0 ? records : records.slice(0, wanted)).at(-1)?.sequenceNumber ?? passed;
    if (wanted >= 0 || records.length === 0) {
      return passed ?? BEGINNING;
    }
  }
}
