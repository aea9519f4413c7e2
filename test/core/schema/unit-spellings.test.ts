import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { normalize } from '../../../core/codec/normalize.ts';
import { unitCodeOf } from '../../../core/schema/unit-spellings.ts';
import { areCompatible, convertUnit, GASES, UNIT_CODES } from '../../../core/schema/units.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { messageOf } from '../codec/factories.ts';

describe('unitCodeOf', () => {
  it.each([
    ['°F', 'FAH'],
    ['F', 'FAH'],
    ['deg F', 'FAH'],
    ['Degrees Celsius', 'CEL'],
    ['℃', 'CEL'],
    ['degC', 'CEL'],
    ['mph', 'HM'],
    ['km/h', 'KMH'],
    ['KPH', 'KMH'],
    ['μg/m^3', 'GQ'],
    ['µg/m³', 'GQ'],
    ['ug/m3', 'GQ'],
    ['ppb', '61'],
    ['hPa', 'A97'],
    ['%', 'P1'],
    ['m3/h', 'MQH'],
    ['dB(A)', '2N'],
    ['W/m2', 'D54'],
    ['furlong', 'furlong'],
    ['toString', 'toString'],
  ])('of %s is %s', (text, code) => {
    expect(unitCodeOf(text)).toBe(code);
  });

  it('has a spelling for every code that is known here', () => {
    const symbols = [
      '1',
      '%',
      '°C',
      'K',
      '°F',
      'm/s',
      'km/h',
      'mph',
      'kn',
      'Pa',
      'hPa',
      'mbar',
      'kPa',
      'bar',
      'mm',
      'cm',
      'm',
      'km',
    ];
    symbols.push(
      'in',
      'ft',
      'µg/m³',
      'mg/m³',
      'g/m³',
      'mg/l',
      'ppm',
      'ppb',
      'ms',
      's',
      'min',
      'h',
      'W',
      'kW',
      'Wh',
      'kWh',
      'V',
      'mV',
      'A',
    );
    symbols.push('mA', 'g', 'kg', 't', 'm³/h', 'l/s', 'm³/s', 'S/m', 'µS/cm', 'dB', '°', 'lx', 'W/m²', 'pH');
    expect(symbols.map(unitCodeOf).sort()).toEqual([...UNIT_CODES].sort());
  });
});

describe('a gas', () => {
  /** µg/m³ a ppb at 20 °C and 1013 mb, as the United Kingdom's air quality network states them. */
  it.each([
    ['NO2', 1.9125],
    ['NO', 1.2474],
    ['O3', 1.9957],
    ['SO2', 2.6609],
    ['CO', 1.1642],
  ] as const)('%s has %d µg/m³ a ppb', (gas, expected) => {
    const converted = convertUnit(100, 'ppb', 'GQ', gas);
    expect(Math.abs(Number(converted) / 100 / expected - 1)).toBeLessThan(0.002);
    expect(convertUnit(Number(converted), 'GQ', '61', gas)).toBeCloseTo(100, 9);
    expect(convertUnit(0.1, 'ppm', 'GQ', gas)).toBeCloseTo(Number(converted), 9);
    expect(areCompatible('61', 'GQ', gas)).toBe(true);
  });

  it('must be known, and turns nothing else', () => {
    expect(convertUnit(1, 'ppb', 'GQ')).toMatchObject({ reason: 'schema-violation' });
    expect(areCompatible('61', 'GQ')).toBe(false);
    expect(GASES.map((gas) => convertUnit(1, 'CEL', 'GQ', gas))).toEqual(
      GASES.map(() => expect.objectContaining({ ok: false })),
    );
  });
});

describe('a reading', () => {
  const city = validateCityConfig(config);

  it.each([
    ['AirQualityObserved', { no2: { value: 20, unitCode: 'ppb' } }, 'no2', 38.2],
    ['AirQualityObserved', { temperature: { value: 212, unitCode: '°F' } }, undefined, 0],
    ['AirQualityObserved', { temperature: { value: 68, unitCode: '°F' } }, 'temperature', 20],
    ['TrafficFlowObserved', { averageVehicleSpeed: { value: 30, unitCode: 'mph' } }, 'averageVehicleSpeed', 48.28],
  ] as const)('of %s in %j is converted', (type, attributes, name, expected) => {
    const message = messageOf({ attributes }, { topic: `dt/centre/${type}/a/b` });
    const { observations, kept } = normalize(message, { city, stage: city.stages.dev, assets: new Map() });
    if (name === undefined) expect(kept).toMatchObject([{ reason: 'out-of-range' }]);
    else expect(observations[0]?.attributes.get(name)).toBeCloseTo(expected, 1);
  });
});
