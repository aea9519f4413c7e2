/** What no single key of a configuration can tell: that keys agree with one another. */

import { at, fail } from './check.ts';
import type {
  AssetType,
  AttributeField,
  AttributeType,
  CityConfig,
  Constraint,
  FileFormat,
  Lorawan,
  LorawanDevice,
  PayloadMapping,
  PolicyName,
  StandardPayload,
  TimeField,
} from './city-config.ts';
import { GATEWAY, isColumnName, isName, NAME_RULE, POSITION } from './names.ts';
import { AUTHORITY } from '../twin/authority.ts';
import { areCompatible } from './units.ts';

export function checkReferences(city: CityConfig): void {
  for (const [name, { bounds }] of Object.entries(city.zones)) checkBounds(bounds, `${at('zones', name)}.bounds`);
  checkAssetTypes(city);
  for (const [name, asset] of Object.entries(city.assets)) {
    checkPlace(city, asset, at('assets', name));
    asset.sources?.forEach((source, index) => checkSourcePrefix(source, at(`${at('assets', name)}.sources`, index)));
  }
  city.criticalTopics.forEach((filter, index) => checkCriticalTopic(city, filter, at('criticalTopics', index)));
  for (const [name, mapping] of Object.entries(city.mappings)) {
    checkSourcePrefix(name, at('mappings', name));
    checkMapping(city, mapping, at('mappings', name));
  }
  for (const [name, standard] of Object.entries(city.standards ?? {})) {
    checkSourcePrefix(name, at('standards', name));
    checkStandard(city, name, standard, at('standards', name));
  }
  for (const [source, device] of Object.entries(city.lorawan?.devices ?? {})) {
    checkSourcePrefix(source, at('lorawan.devices', source));
    checkLorawanDevice(city, city.lorawan?.codecs ?? {}, source, device, at('lorawan.devices', source));
  }
}

function checkBounds([west, south, east, north]: CityConfig['zones'][string]['bounds'], path: string): void {
  if (west >= east || south >= north) {
    fail(path, [west, south, east, north], 'west < east and south < north, in degrees');
  }
}

function checkAssetTypes(city: CityConfig): void {
  const kinds = new Map<string, { readonly kind: AttributeType['kind']; readonly path: string }>();
  for (const [name, type] of Object.entries(city.assetTypes)) {
    const path = at('assetTypes', name);
    if (name === GATEWAY) fail(path, name, 'another name: gateways publish under this one');
    for (const [attribute, attributeType] of Object.entries(type.attributes)) {
      const attributePath = at(`${path}.attributes`, attribute);
      checkAttribute(attribute, attributeType, attributePath);
      // History keeps one column a kind, so what an attribute is called must say which.
      const first = kinds.get(attribute);
      if (first && first.kind !== attributeType.kind) {
        fail(`${attributePath}.kind`, attributeType.kind, `${first.kind}, as in ${first.path}`);
      }
      kinds.set(attribute, first ?? { kind: attributeType.kind, path: attributePath });
    }
    type.constraints?.forEach((constraint, index) =>
      checkConstraint(type, constraint, at(`${path}.constraints`, index)),
    );
  }
}

const NUMERIC_POLICIES: ReadonlySet<PolicyName> = new Set(['max', 'min', 'mean-3-sigma']);
const NUMBERS_ONLY = ['unit', 'gas', 'integer', 'range', 'tolerance'] as const;

function checkAttribute(name: string, attribute: AttributeType, path: string): void {
  if (name === POSITION) fail(path, name, 'another name: a twin keeps where it is under this one');
  if (!isColumnName(name)) fail(path, name, 'another name: history or Timestream has a column of this one');
  if (attribute.kind === 'number') {
    if (attribute.unit === undefined) fail(`${path}.unit`, undefined, 'a UN/CEFACT code, C62 for a count or a ratio');
    if (attribute.range && attribute.range[0] > attribute.range[1]) {
      fail(`${path}.range`, attribute.range, 'the smaller limit first');
    }
  } else {
    for (const key of NUMBERS_ONLY) {
      if (attribute[key] !== undefined) fail(`${path}.${key}`, attribute[key], `nothing, for a ${attribute.kind}`);
    }
    if (NUMERIC_POLICIES.has(attribute.policy)) {
      fail(`${path}.policy`, attribute.policy, `another policy: a ${attribute.kind} has no ${attribute.policy}`);
    }
  }
  checkPolicy(attribute, path);
  if (attribute.values && attribute.kind !== 'string') {
    fail(`${path}.values`, attribute.values, `nothing, for a ${attribute.kind}`);
  }
  if (attribute.claim && (attribute.kind !== 'string' || attribute.values)) {
    fail(`${path}.claim`, attribute.claim, 'nothing but for a string without values: it refers to an upload');
  }
}

/** What a policy needs beside its name; with any other it would be ignored in silence. */
const POLICY_KEYS = [
  { key: 'accuracy', what: "the sensors' standard deviation", policy: 'mean-3-sigma' },
  { key: 'failSafe', what: 'the value that holds until somebody decides', policy: 'manual-review' },
  { key: 'disagreeMaxMs', what: 'how long sources may differ', policy: 'manual-review' },
] as const;

function checkPolicy(attribute: AttributeType, path: string): void {
  for (const { key, what, policy } of POLICY_KEYS) {
    if ((attribute.policy === policy) !== (attribute[key] !== undefined)) {
      fail(`${path}.${key}`, attribute[key], attribute.policy === policy ? what : `nothing, for ${attribute.policy}`);
    }
  }
  if (attribute.safetyCritical && attribute.policy === 'latest') {
    fail(`${path}.policy`, 'latest', 'a policy that loses no concurrent write, for what is safety-critical');
  }
  checkFailSafe(attribute, `${path}.failSafe`);
}

function checkFailSafe({ kind, values, range, integer, failSafe }: AttributeType, path: string): void {
  if (failSafe === undefined) return;
  if (typeof failSafe !== kind) fail(path, failSafe, `a ${kind}, as the attribute is`);
  if (typeof failSafe === 'string' && values && !values.includes(failSafe)) {
    fail(path, failSafe, `one of ${values.join(', ')}`);
  }
  if (typeof failSafe === 'number') {
    if (range && (failSafe < range[0] || failSafe > range[1])) fail(path, failSafe, `${range[0]} to ${range[1]}`);
    if (integer && !Number.isInteger(failSafe)) fail(path, failSafe, 'a whole number');
  }
}

function checkConstraint(type: AssetType, { left, relation, right }: Constraint, path: string): void {
  for (const [side, attribute] of [
    ['left', left],
    ['right', right],
  ] as const) {
    const known = attributeOf(type, attribute, `${path}.${side}`);
    if (known.kind !== 'number' && relation !== '==') {
      fail(`${path}.${side}`, attribute, `a number, to be compared with ${relation}`);
    }
  }
  const [leftType, rightType] = [type.attributes[left], type.attributes[right]];
  if (leftType?.kind !== rightType?.kind || leftType?.unit !== rightType?.unit) {
    fail(`${path}.right`, right, `an attribute of the same kind and unit as ${left}`);
  }
}

function attributeOf(type: AssetType, name: string, path: string): AttributeType {
  const attribute = Object.hasOwn(type.attributes, name) ? type.attributes[name] : undefined;
  return attribute ?? fail(path, name, `one of ${Object.keys(type.attributes).join(', ')}`);
}

/** Type and zone of an asset or of a mapping. */
function checkPlace(
  city: CityConfig,
  { assetType, zone }: { readonly assetType: string; readonly zone: string },
  path: string,
): AssetType {
  if (!Object.hasOwn(city.zones, zone)) {
    fail(`${path}.zone`, zone, `one of ${Object.keys(city.zones).join(', ')}`);
  }
  const type = Object.hasOwn(city.assetTypes, assetType) ? city.assetTypes[assetType] : undefined;
  return type ?? fail(`${path}.assetType`, assetType, `one of ${Object.keys(city.assetTypes).join(', ')}`);
}

const CRITICAL_TOPIC_LEVELS = 5;

/** A filter that matches nothing a device can send would look like a fast lane and be none. */
function checkCriticalTopic(city: CityConfig, filter: string, path: string): void {
  const levels = filter.split('/');
  const [root, zone = '', assetType = '', ...names] = levels;
  if (levels.length !== CRITICAL_TOPIC_LEVELS || root !== 'dt') {
    fail(path, filter, 'dt/{zone}/{assetType}/{assetId}/{thingName}, each of the four a name or +');
  }
  if (zone !== '+' && !Object.hasOwn(city.zones, zone)) {
    fail(path, filter, `as zone + or one of ${Object.keys(city.zones).join(', ')}`);
  }
  if (assetType !== '+' && !Object.hasOwn(city.assetTypes, assetType)) {
    fail(path, filter, `as asset type + or one of ${Object.keys(city.assetTypes).join(', ')}`);
  }
  if (!names.every((name) => name === '+' || isName(name))) fail(path, filter, `at each level + or ${NAME_RULE}`);
}

/** What sources begin with: nobody but an authority may be called so. */
function checkSourcePrefix(name: string, path: string): void {
  if (name.split('/')[0] === AUTHORITY) fail(path, name, `another name: ${AUTHORITY} is for who decides`);
}

function checkMapping(city: CityConfig, mapping: PayloadMapping, path: string): void {
  const type = checkPlace(city, mapping, path);
  if (mapping.topic === undefined && mapping.file === undefined) {
    fail(path, mapping.description, '`topic` for messages, `file` for files, or both');
  }
  if (mapping.topic !== undefined) checkSensorTopic(mapping.topic, `${path}.topic`);
  if (mapping.file) checkFileFormat(mapping.file, `${path}.file`);
  checkTimeField(mapping.observedAt, `${path}.observedAt`);
  for (const [name, field] of Object.entries(mapping.attributes)) {
    const fieldPath = at(`${path}.attributes`, name);
    checkAttributeField(attributeOf(type, name, fieldPath), field, fieldPath);
  }
}

function checkLorawanDevice(
  city: CityConfig,
  codecs: Lorawan['codecs'],
  source: string,
  device: LorawanDevice,
  path: string,
): void {
  const asset = Object.hasOwn(city.assets, device.asset) ? city.assets[device.asset] : undefined;
  if (!asset) return fail(`${path}.asset`, device.asset, `one of ${Object.keys(city.assets).join(', ')}`);
  if (asset.sources && !asset.sources.includes(source)) {
    fail(`${path}.asset`, device.asset, `an asset whose sources name ${source}`);
  }
  const codec = Object.hasOwn(codecs, device.codec) ? codecs[device.codec] : undefined;
  if (!codec) return fail(`${path}.codec`, device.codec, `one of ${Object.keys(codecs).join(', ')}`);
  const type = city.assetTypes[asset.assetType];
  for (const [name, field] of Object.entries(codec.attributes)) {
    const fieldPath = at(`${at('lorawan.codecs', device.codec)}.attributes`, name);
    if (type) checkAttributeField(attributeOf(type, name, fieldPath), field, fieldPath);
  }
}

function checkStandard(
  city: CityConfig,
  name: string,
  { format, topic, zone, assetType }: StandardPayload,
  path: string,
): void {
  if (Object.hasOwn(city.mappings, name)) fail(path, name, 'another name: a mapping has it, and sources begin with it');
  checkSensorTopic(topic, `${path}.topic`);
  if (!Object.hasOwn(city.zones, zone)) fail(`${path}.zone`, zone, `one of ${Object.keys(city.zones).join(', ')}`);
  if (format === 'senml' && (assetType === undefined || !Object.hasOwn(city.assetTypes, assetType))) {
    fail(`${path}.assetType`, assetType, `one of ${Object.keys(city.assetTypes).join(', ')}`);
  }
  if (format === 'ngsi-ld' && assetType !== undefined) fail(`${path}.assetType`, assetType, 'nothing: entities say it');
}

function checkSensorTopic(filter: string, path: string): void {
  const levels = filter.split('/');
  const wellFormed = levels.every(
    (level, index) =>
      level === '+' ||
      (level === '#' && index === levels.length - 1) ||
      (level !== '' && !level.includes('+') && !level.includes('#')),
  );
  if (!wellFormed || levels[0] === 'sensors') {
    fail(path, filter, 'an MQTT filter of what follows `sensors/`, such as parking/+');
  }
}

const CSV_KEYS = ['delimiter', 'skipLines'] as const;

function checkFileFormat(file: FileFormat, path: string): void {
  for (const key of CSV_KEYS) {
    if (file.format !== 'csv' && file[key] !== undefined)
      fail(`${path}.${key}`, file[key], `nothing, for ${file.format}`);
  }
  if ((file.format === 'lines') !== (file.pattern !== undefined)) {
    fail(
      `${path}.pattern`,
      file.pattern,
      file.format === 'lines' ? 'a regular expression' : `nothing, for ${file.format}`,
    );
  }
}

/** What a time needs beside its format; with any other format it would be ignored in silence. */
const TIME_KEYS = [
  { key: 'timeZone', what: 'time zone', expected: 'an IANA time zone', formats: ['local', 'local-us'] },
  { key: 'startsAt', what: 'start', expected: 'the ISO 8601 time of count 0', formats: ['count'] },
  { key: 'intervalMs', what: 'interval', expected: 'the milliseconds from one count to the next', formats: ['count'] },
] as const;

function checkTimeField(time: TimeField, path: string): void {
  for (const { key, what, expected, formats } of TIME_KEYS) {
    const isNeeded = formats.some((format) => format === time.format);
    if (isNeeded && time[key] === undefined) fail(`${path}.${key}`, undefined, `${expected}, for ${time.format}`);
    if (!isNeeded && time[key] !== undefined) {
      fail(`${path}.${key}`, time[key], `nothing: ${time.format} needs no ${what}`);
    }
  }
}

function checkAttributeField(attribute: AttributeType, field: AttributeField, path: string): void {
  if (field.unit !== undefined && !areCompatible(field.unit, attribute.unit ?? '', attribute.gas)) {
    fail(`${path}.unit`, field.unit, `a unit that converts to ${attribute.unit ?? `nothing: a ${attribute.kind}`}`);
  }
  for (const [raw, value] of Object.entries(field.values ?? {})) {
    const valuePath = at(`${path}.values`, raw);
    if (typeof value !== attribute.kind) fail(valuePath, value, `a ${attribute.kind}`);
    if (attribute.values && !attribute.values.some((known) => known === value)) {
      fail(valuePath, value, `one of ${attribute.values.join(', ')}`);
    }
  }
}
