/** Numbers in [0, 1) from a seed: the same seed gives the same traffic. A linear congruential generator, well mixed (PCG). */
export function seededRandom(seed: number): () => number {
  let state = BigInt.asUintN(64, BigInt(seed) + 1n);
  return () => {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    const word = Number(BigInt.asUintN(32, (state >> 18n) ^ (state >> 45n)));
    return word / 2 ** 32;
  };
}

/** Waits between events that know nothing of one another. */
export function exponential(mean: number, random: () => number): number {
  return -mean * Math.log(1 - random());
}
