/** As many decimals as a double tells apart. */
export const DECIMALS_MAX = 15;

/** Where a value has no short decimal form, such as 1/3, it travels as a double. */
const DECIMALS_TRIED_MAX = 6;

/**
 * A number to the decimals that an attribute's tolerance leaves a meaning: an error of a twentieth of the tolerance at
 * most. Without a tolerance every digit has one.
 */
export function quantize(value: number, tolerance: number): number {
  if (tolerance <= 0) return value;
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(tolerance)));
  if (decimals > DECIMALS_MAX) return value;
  const scale = 10 ** decimals;
  const scaled = Math.round(value * scale);
  return Number.isSafeInteger(scaled) ? scaled / scale : value;
}

/** The least decimals with which a number is a whole one divided by a power of ten, exactly; undefined where none do. */
export function decimalsOf(value: number): number | undefined {
  if (Object.is(value, -0)) return undefined;
  for (let decimals = 0; decimals <= DECIMALS_TRIED_MAX; decimals += 1) {
    const scaled = Math.round(value * 10 ** decimals);
    if (!Number.isSafeInteger(scaled)) return undefined;
    if (scaled / 10 ** decimals === value) return decimals;
  }
  return undefined;
}
