import { refuse, type Refusal } from '../reason.ts';
import { show } from './show.ts';
import { unitCodeOf } from './unit-spellings.ts';

/**
 * A unit as an exact ratio to its quantity's base: base = (value − zero) × times ÷ over, all three exact in binary or
 * given by definition, so that the only rounding is that of the result.
 */
interface Unit {
  readonly quantity: string;
  readonly symbol: string;
  readonly times: number;
  readonly over: number;
  readonly zero: number;
}

function unit(quantity: string, symbol: string, times = 1, over = 1, zero = 0): Unit {
  return { quantity, symbol, times, over, zero };
}

/** UN/CEFACT Recommendation 20 common codes, the same that NGSI-LD's `unitCode` takes. */
const UNITS: ReadonlyMap<string, Unit> = new Map([
  ['C62', unit('ratio or count', '1')],
  ['P1', unit('ratio or count', '%', 1, 100)],

  ['CEL', unit('temperature', '°C')],
  ['KEL', unit('temperature', 'K', 1, 1, 273.15)],
  ['FAH', unit('temperature', '°F', 5, 9, 32)],

  ['MTS', unit('speed', 'm/s')],
  ['KMH', unit('speed', 'km/h', 5, 18)],
  ['HM', unit('speed', 'mph', 1397, 3125)],
  ['KNT', unit('speed', 'kn', 463, 900)],

  ['PAL', unit('pressure', 'Pa')],
  ['A97', unit('pressure', 'hPa', 100)],
  ['MBR', unit('pressure', 'mbar', 100)],
  ['KPA', unit('pressure', 'kPa', 1000)],
  ['BAR', unit('pressure', 'bar', 100_000)],

  ['MMT', unit('length', 'mm', 1, 1000)],
  ['CMT', unit('length', 'cm', 1, 100)],
  ['MTR', unit('length', 'm')],
  ['KMT', unit('length', 'km', 1000)],
  ['INH', unit('length', 'in', 127, 5000)],
  ['FOT', unit('length', 'ft', 381, 1250)],

  ['GQ', unit('concentration', 'µg/m³')],
  ['GP', unit('concentration', 'mg/m³', 1000)],
  ['A93', unit('concentration', 'g/m³', 1_000_000)],
  ['M1', unit('concentration', 'mg/l', 1_000_000)],
  ['59', unit('mixing ratio', 'ppm', 1000)],
  ['61', unit('mixing ratio', 'ppb')],

  ['C26', unit('duration', 'ms', 1, 1000)],
  ['SEC', unit('duration', 's')],
  ['MIN', unit('duration', 'min', 60)],
  ['HUR', unit('duration', 'h', 3600)],

  ['WTT', unit('power', 'W')],
  ['KWT', unit('power', 'kW', 1000)],
  ['WHR', unit('energy', 'Wh')],
  ['KWH', unit('energy', 'kWh', 1000)],
  ['VLT', unit('voltage', 'V')],
  ['2Z', unit('voltage', 'mV', 1, 1000)],
  ['AMP', unit('current', 'A')],
  ['4K', unit('current', 'mA', 1, 1000)],

  ['GRM', unit('mass', 'g', 1, 1000)],
  ['KGM', unit('mass', 'kg')],
  ['TNE', unit('mass', 't', 1000)],

  ['MQH', unit('flow', 'm³/h')],
  ['G51', unit('flow', 'l/s', 18, 5)],
  ['MQS', unit('flow', 'm³/s', 3600)],

  ['D10', unit('conductivity', 'S/m')],
  ['G42', unit('conductivity', 'µS/cm', 1, 10_000)],

  ['2N', unit('level', 'dB')],
  ['DD', unit('angle', '°')],
  ['LUX', unit('illuminance', 'lx')],
  ['D54', unit('irradiance', 'W/m²')],
  ['Q30', unit('acidity', 'pH')],
]);

export const UNIT_CODES: readonly string[] = [...UNITS.keys()];

/** As people write it behind a number: nothing for a count or a ratio, the code itself where it is not known. */
export function unitSymbol(code: string): string {
  const { symbol = code } = UNITS.get(code) ?? {};
  return symbol === '1' ? '' : symbol;
}

/** Grams a mole (IUPAC 2021, abridged). */
const MOLAR_MASSES = {
  CO: 28.01,
  CO2: 44.009,
  H2S: 34.08,
  NH3: 17.031,
  NO: 30.006,
  NO2: 46.005,
  O3: 47.997,
  SO2: 64.06,
};

/** What a mixing ratio must be known of before it is a concentration. */
export type Gas = keyof typeof MOLAR_MASSES;
export const GASES = Object.keys(MOLAR_MASSES) as readonly Gas[];

/**
 * Litres a mole of a gas takes at 20 °C and 101.3 kPa, to which the European Union has gaseous pollutants reported
 * (Directive (EU) 2024/2881, as 2008/50/EC before it): 8.31446 × 293.15 ÷ 101.325.
 */
const MOLAR_VOLUME_L = 24.0551;

/** Whether both units are known and measure the same quantity, or what is a mixing ratio of a gas and its concentration. */
export function areCompatible(from: string, to: string, gas?: Gas): boolean {
  const [source, target] = [UNITS.get(from) ?? UNITS.get(unitCodeOf(from)), UNITS.get(to)];
  return source !== undefined && target !== undefined && gasFactor(source, target, gas) !== undefined;
}

/** By what a base value is multiplied: 1 within a quantity, µg/m³ a ppb between these two. */
function gasFactor(source: Unit, target: Unit, gas: Gas | undefined): number | undefined {
  if (source.quantity === target.quantity) return 1;
  if (gas === undefined) return undefined;
  const perPpb = MOLAR_MASSES[gas] / MOLAR_VOLUME_L;
  if (source.quantity === 'mixing ratio' && target.quantity === 'concentration') return perPpb;
  return source.quantity === 'concentration' && target.quantity === 'mixing ratio' ? 1 / perPpb : undefined;
}

/**
 * `value` in unit `to`, a UN/CEFACT code, given in unit `from`, such a code or a common spelling. Refuses
 * (`schema-violation`) a unit that is not known and two of different quantities; a ppb and a µg/m³ are such, unless the gas
 * is known.
 */
export function convertUnit(value: number, from: string, to: string, gas?: Gas): number | Refusal {
  if (from === to) return value;
  const source = UNITS.get(from) ?? UNITS.get(unitCodeOf(from));
  const target = UNITS.get(to);
  if (!source) return refuse('schema-violation', `unit ${show(from)} is not a UN/CEFACT code known here`);
  if (!target) return refuse('schema-violation', `unit ${show(to)} is not a UN/CEFACT code known here`);
  const factor = gasFactor(source, target, gas);
  if (factor === undefined) {
    return refuse(
      'schema-violation',
      `unit ${from} (${source.symbol}) measures ${source.quantity}, expected ${target.quantity}, in ${to} (${target.symbol})`,
    );
  }
  return round(
    ((value - source.zero) * source.times * target.over * factor) / (source.over * target.times) + target.zero,
    source.zero !== target.zero,
  );
}

const SIGNIFICANT_DIGITS = 12;
/** Subtracting 273.15 leaves an absolute error, whatever the size of what remains. */
const TEMPERATURE_DECIMALS = 9;

/** What arithmetic in binary adds beyond any sensor's precision must not push a reading over its range's limit. */
function round(value: number, shifted: boolean): number {
  return Number(shifted ? value.toFixed(TEMPERATURE_DECIMALS) : value.toPrecision(SIGNIFICANT_DIGITS));
}
