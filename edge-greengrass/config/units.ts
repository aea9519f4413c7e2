/** Numbers that carry their unit, so that what was written in another unit can be named in the right one. */

/** By dimension: unit → how many of the first unit of its dimension it is. */
const DIMENSIONS = {
  voltage: { mV: 1, uV: 1e-3, V: 1000 },
  time: { s: 1, ms: 1e-3, min: 60, h: 3600, d: 86_400 },
  length: { m: 1, mm: 1e-3, cm: 1e-2, km: 1000 },
  frequency: { Hz: 1, mHz: 1e-3, kHz: 1000, MHz: 1e6 },
  size: { B: 1, kB: 1000, KiB: 1024, MB: 1e6, MiB: 1024 ** 2, GB: 1e9, GiB: 1024 ** 3 },
  temperature: { '°C': 1 },
} as const;

type Factors = Readonly<Record<string, number>>;

export type Unit = { [D in keyof typeof DIMENSIONS]: keyof (typeof DIMENSIONS)[D] }[keyof typeof DIMENSIONS];

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const QUANTITY = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-zµ°]+)$/;

/** A number, or the text of one, as configurations that are delivered as JSON may hold it. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !NUMBER.test(value.trim())) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** `10.8V` in mV is 10800; nothing where it is no number with a unit of that dimension. */
export function quantityOf(value: unknown, unit: Unit): number | undefined {
  const [, digits, written] = QUANTITY.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  if (digits === undefined || written === undefined) return undefined;
  const factors = factorsOf(unit);
  const name = written.replace('µ', 'u');
  if (!Object.hasOwn(factors, name)) return undefined;
  return converted(Number(digits), factors[name], factors[unit]);
}

/** The unit in which a number would be one from `min` to `max` of `unit`: what its writer may have meant. */
export function likelyUnit(
  number: number,
  unit: Unit,
  min: number,
  max: number,
): { readonly unit: string; readonly number: number } | undefined {
  const factors = factorsOf(unit);
  for (const other of Object.keys(factors)) {
    const inUnit = converted(number, factors[other], factors[unit]);
    if (other !== unit && inUnit >= min && inUnit <= max) return { unit: other, number: inUnit };
  }
  return undefined;
}

function factorsOf(unit: Unit): Factors {
  return Object.values(DIMENSIONS).find((factors) => Object.hasOwn(factors, unit)) ?? {};
}

/** 15 digits are exact in a double, so 10.8 V becomes 10800 mV and not 10800.000000000002. */
function converted(number: number, from = 1, to = 1): number {
  return Number(((number * from) / to).toPrecision(15));
}
