/*
 * A sequence number has 186 bits, 56 decimal digits, and is laid out such that the Kinesis Client Library, which
 * takes the version and the shard from one, accepts it:
 *
 *   bits 184–185  version, 2
 *   bits 140–183  creation of the stream, epoch milliseconds: a stream created anew under an old name numbers differently
 *   bits  36–139  index of the record in its shard; 0 is the shard's starting sequence number
 *   bits   4–35   number of the shard
 *   bits   0–3    version, 2
 */
const VERSION = 2n;
const VERSION_SHIFT = 184n;
const CREATED_SHIFT = 140n;
const INDEX_SHIFT = 36n;
const SHARD_SHIFT = 4n;

/** What tells one shard's sequence numbers from those of all others. */
export interface Numbering {
  /** The sequence number of index 0. */
  readonly first: bigint;
}

export function numberingOf(createdAtMs: number, shardNumber: number): Numbering {
  const first =
    (VERSION << VERSION_SHIFT) |
    (BigInt(createdAtMs) << CREATED_SHIFT) |
    (BigInt(shardNumber) << SHARD_SHIFT) |
    VERSION;
  return { first };
}

export function sequenceNumber(numbering: Numbering, index: number): string {
  return (numbering.first + (BigInt(index) << INDEX_SHIFT)).toString();
}

/** Index of the record that a sequence number names; undefined where it is not one of this shard. */
export function indexOfSequenceNumber(numbering: Numbering, text: string): number | undefined {
  if (!/^\d{1,60}$/.test(text)) return undefined;
  const index = Number((BigInt(text) - numbering.first) >> INDEX_SHIFT);
  const isOfThisShard = Number.isSafeInteger(index) && index >= 0 && sequenceNumber(numbering, index) === text;
  return isOfThisShard ? index : undefined;
}
