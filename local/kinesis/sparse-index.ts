/** One entry for so many bytes: a look-up then skips 8 KiB of records on average, and 1 GB of log costs 2 MB. */
const STRIDE_BYTES = 16 * 1024;

/** Finds the place in a segment from which to look for a record. Entries ascend in all three of their parts. */
export class SparseIndex {
  readonly #indexes: number[] = [];
  readonly #arrivals: number[] = [];
  readonly #offsets: number[] = [];

  /** Notes the record if it lies a stride behind the last one noted. */
  add(index: number, arrivalMs: number, offset: number): void {
    const last = this.#offsets.at(-1);
    if (last !== undefined && offset - last < STRIDE_BYTES) return;
    this.#indexes.push(index);
    this.#arrivals.push(arrivalMs);
    this.#offsets.push(offset);
  }

  /** Offset at or before the record of that index. */
  offsetOfIndex(index: number): number {
    return this.#offsets[lastBelow(this.#indexes, index + 1)] ?? 0;
  }

  /** Offset before which every record arrived earlier than that. */
  offsetOfArrival(arrivalMs: number): number {
    return this.#offsets[lastBelow(this.#arrivals, arrivalMs)] ?? 0;
  }
}

/** Position of the last element below `limit` in an ascending array; -1 where there is none. */
export function lastBelow(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
