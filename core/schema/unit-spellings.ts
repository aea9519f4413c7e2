/** What devices and people write for a unit; in lower case, and without spaces, `^` and a plural's or degree's dress. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  C62: ['1', 'count', 'ratio'],
  P1: ['%', 'percent', 'pct', '%rh'],
  CEL: ['°c', '℃', 'c', 'degc', 'celsius'],
  KEL: ['k', 'kelvin'],
  FAH: ['°f', '℉', 'f', 'degf', 'fahrenheit'],
  MTS: ['m/s', 'mps', 'm·s⁻¹'],
  KMH: ['km/h', 'kmh', 'kph', 'kmph'],
  HM: ['mph', 'mi/h'],
  KNT: ['kn', 'kt', 'kts', 'knot', 'knots'],
  PAL: ['pa', 'pascal'],
  A97: ['hpa'],
  MBR: ['mbar', 'mb'],
  KPA: ['kpa'],
  BAR: ['bar'],
  MMT: ['mm'],
  CMT: ['cm'],
  MTR: ['m', 'metre', 'meter', 'metres', 'meters'],
  KMT: ['km'],
  INH: ['in', 'inch', 'inches', '"'],
  FOT: ['ft', 'feet', 'foot'],
  GQ: ['µg/m³', 'µg/m3', 'ug/m3', 'ug/m³', 'µg·m⁻³'],
  GP: ['mg/m³', 'mg/m3'],
  A93: ['g/m³', 'g/m3'],
  M1: ['mg/l'],
  '59': ['ppm'],
  '61': ['ppb'],
  C26: ['ms'],
  SEC: ['s', 'sec', 'second', 'seconds'],
  MIN: ['min', 'minute', 'minutes'],
  HUR: ['h', 'hr', 'hour', 'hours'],
  WTT: ['w', 'watt'],
  KWT: ['kw'],
  WHR: ['wh'],
  KWH: ['kwh'],
  VLT: ['v', 'volt', 'volts'],
  '2Z': ['mv'],
  AMP: ['a', 'ampere', 'amp'],
  '4K': ['ma'],
  GRM: ['g'],
  KGM: ['kg'],
  TNE: ['t', 'tonne', 'tonnes'],
  MQH: ['m³/h', 'm3/h'],
  G51: ['l/s'],
  MQS: ['m³/s', 'm3/s'],
  D10: ['s/m'],
  G42: ['µs/cm', 'us/cm'],
  '2N': ['db', 'dba', 'db(a)'],
  DD: ['°', 'deg', 'degree', 'degrees'],
  LUX: ['lx', 'lux'],
  D54: ['w/m²', 'w/m2'],
  Q30: ['ph'],
};

const CODES: ReadonlyMap<string, string> = new Map(
  Object.entries(SPELLINGS).flatMap(([code, spellings]) => spellings.map((spelling) => [spelling, code] as const)),
);

/** The UN/CEFACT code of a common spelling, such as `°F` or `mph`; what is none stays as it is. */
export function unitCodeOf(text: string): string {
  // The micro sign and the Greek letter look the same and are two characters.
  const plain = text
    .toLowerCase()
    .replaceAll('μ', 'µ')
    .replaceAll(/[\s^_]/g, '');
  return CODES.get(plain) ?? CODES.get(plain.replace(/^(?:°|deg(?:ree)?s?)(?=[cf])/, '')) ?? text;
}
