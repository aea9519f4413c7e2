/** What becomes of a good payload on a bad day; one number replays each case. */

export type Random = (below: number) => number;

/** Whole numbers from 0 below `below`: xorshift with 32 bits (Marsaglia 2003) from a mixed seed, which must not be 0. */
export function randomOf(...seeds: readonly number[]): Random {
  let state = 0x9e3779b9;
  for (const seed of seeds) {
    state = Math.imul(state ^ seed, 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35) ^ 0x27d4eb2f;
  }
  state ||= 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Lengths that nothing has, in the ways in which formats write them, and what opens without an end. */
const HOSTILE: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x5b, 0x00, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff],
  [0xbf, 0x9f],
  [0x80, 0x80, 0x80, 0x80, 0x80],
  [0x5b, 0x5b, 0x5b, 0x5b],
  [0x7b, 0x22, 0x22, 0x3a],
  [0x00, 0x00, 0x00, 0x00],
  ...[
    '1e999',
    '-0',
    '1e-400',
    '9007199254740993',
    'null',
    '"\\ud800"',
    '"__proto__"',
    '{}',
    '[[]]',
    '9'.repeat(400),
  ].map((text) => [...Buffer.from(text)]),
];

const REPEATS_MAX = 200;
/** Now and then as much as a message may have. */
const LARGE_BYTES = 128 * 1024;

/** One to four mutations of a payload; `others` are good ones of the same kind. */
export function mutate(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  let mutated = bytes;
  for (let count = 1 + random(random(3) === 0 ? 4 : 1); count > 0; count -= 1) {
    const mutation = MUTATIONS[random(MUTATIONS.length)];
    mutated = mutation?.(mutated, random, others) ?? mutated;
  }
  return mutated.subarray(0, LARGE_BYTES);
}

type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [cut, flip, flip, scramble, insert, overwrite, repeat, duplicate, splice, swell];

function cut(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(0, random(bytes.length + 1));
}

function flip(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let flips = 1 + random(4); flips > 0 && copy.length > 0; flips -= 1) {
    const at = random(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
  }
  return copy;
}

/** Random bytes behind the first few, which tell the format. */
function scramble(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let index = random(Math.min(12, copy.length + 1)); index < copy.length; index += 1) copy[index] = random(256);
  return copy;
}

function insert(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  return joined(bytes.subarray(0, at), hostile(random), bytes.subarray(at));
}

function overwrite(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const written = hostile(random);
  return joined(bytes.subarray(0, at), written, bytes.subarray(at + written.length));
}

function repeat(bytes: Uint8Array, random: Random): Uint8Array {
  const repeated = hostile(random);
  const tail = Array.from({ length: 1 + random(REPEATS_MAX) }, () => repeated);
  return joined(bytes.subarray(0, random(2) * random(bytes.length + 1)), ...tail);
}

/** A piece twice or more, such as a field or a key. */
function duplicate(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random(bytes.length + 1);
  const piece = bytes.subarray(start, start + 1 + random(40));
  return joined(bytes.subarray(0, start), ...Array.from({ length: 1 + random(8) }, () => piece), bytes.subarray(start));
}

function splice(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const other = others[random(others.length)] ?? bytes;
  return joined(bytes.subarray(0, random(bytes.length + 1)), other.subarray(random(other.length + 1)));
}

/** Seldom, for it is slow: the payload over and over, until a message holds no more. */
function swell(bytes: Uint8Array, random: Random): Uint8Array {
  if (random(50) > 0 || bytes.length === 0) return flip(bytes, random);
  return Uint8Array.from(Buffer.alloc(LARGE_BYTES, bytes));
}

function hostile(random: Random): Uint8Array {
  return Uint8Array.from(HOSTILE[random(HOSTILE.length)] ?? []);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
