const NIBBLES = 16;

/**
 * A map from bytes to vectors of bytes that is linear over GF(2), as everything is that multiplies bytes by constants of
 * the field and adds. A byte's image is the sum of those of its two halves, so tables of 2 × 16 images do for each byte.
 */
export interface LinearMap {
  /** For each byte, each half and each value of that half, the image; four bytes to a word, in the machine's order. */
  readonly images: Int32Array;
  /** Of an image. */
  readonly words: number;
}

/** `imageOf` gives one byte of the image of a byte of which that bit is set, while all other bytes are zero. */
export function linearMap(
  inputBytes: number,
  imageBytes: number,
  imageOf: (input: number, bit: number, output: number) => number,
): LinearMap {
  const words = imageBytes / 4;
  const images = new Int32Array(inputBytes * 2 * NIBBLES * words);
  const bytes = new Uint8Array(images.buffer);
  for (let half = 0; half < 2 * inputBytes; half += 1) {
    const table = half * NIBBLES * words;
    for (let nibble = 1; nibble < NIBBLES; nibble += 1) {
      const lowest = nibble & -nibble;
      const rest = nibble - lowest;
      const image = table + nibble * words;
      if (rest === 0) {
        const bit = half % 2 === 0 ? nibble : nibble * NIBBLES;
        for (let output = 0; output < imageBytes; output += 1)
          bytes[4 * image + output] = imageOf(half >> 1, bit, output);
      } else {
        for (let word = 0; word < words; word += 1) {
          images[image + word] =
            (images[table + rest * words + word] ?? 0) ^ (images[table + lowest * words + word] ?? 0);
        }
      }
    }
  }
  return { images, words };
}

/** Adds the image of the first `count` bytes, rounded up to even, to `sum`, which has as many words as an image. */
export function addImage({ images, words }: LinearMap, bytes: Uint8Array, count: number, sum: Int32Array): void {
  // Two bytes at a time, so that each word of the sum is fetched and stored half as often.
  for (let input = 0; input < count; input += 2) {
    const first = bytes[input] ?? 0;
    const second = bytes[input + 1] ?? 0;
    const row = input * 2 * NIBBLES;
    const a = (row + (first & 0xf)) * words;
    const b = (row + NIBBLES + (first >>> 4)) * words;
    const c = (row + 2 * NIBBLES + (second & 0xf)) * words;
    const d = (row + 3 * NIBBLES + (second >>> 4)) * words;
    for (let word = 0; word < words; word += 1) {
      sum[word] =
        (sum[word] ?? 0) ^
        (images[a + word] ?? 0) ^
        (images[b + word] ?? 0) ^
        (images[c + word] ?? 0) ^
        (images[d + word] ?? 0);
    }
  }
}
