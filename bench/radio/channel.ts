/** Channels that flip bits, each by its own random numbers. */

export type Channel = (datagram: Uint8Array) => Uint8Array;

/** Every bit is wrong with the same probability, whatever became of the others. */
export function noisy(bitErrorRate: number, random: () => number): Channel {
  return (datagram) => {
    const bytes = datagram.slice();
    const bits = 8 * bytes.length;
    // Between two errors lies a geometric number of good bits; drawing those is faster than asking every bit.
    for (let bit = gap(bitErrorRate, random); bit < bits; bit += 1 + gap(bitErrorRate, random)) flip(bytes, bit);
    return bytes;
  };
}

export interface Bursts {
  /** Mean length, in bits, of a burst, in which every other bit is wrong. */
  readonly bits: number;
  /** Mean number of good bits between two of them. */
  readonly gapBits: number;
}

/** Gilbert's channel (1960): it is either clear or jammed, and what comes through while it is jammed is chance. */
export function bursty({ bits: burstBits, gapBits }: Bursts, random: () => number): Channel {
  return (datagram) => {
    const bytes = datagram.slice();
    const bits = 8 * bytes.length;
    let bit = gap(1 / gapBits, random);
    while (bit < bits) {
      const end = Math.min(bits, bit + 1 + gap(1 / burstBits, random));
      for (; bit < end; bit += 1) if (random() < 0.5) flip(bytes, bit);
      bit += gap(1 / gapBits, random);
    }
    return bytes;
  };
}

/** How many tries of that probability fail before one succeeds. */
function gap(probability: number, random: () => number): number {
  return Math.floor(Math.log(1 - random()) / Math.log(1 - probability));
}

function flip(bytes: Uint8Array, bit: number): void {
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
}
