import { AUTHORITY } from '../twin/authority.ts';

/** Zones, asset types, assets, things, sensors and attributes: what may stand as one level of a topic. */
const NAME = /^[A-Za-z0-9:_.-]{1,64}$/;

export const NAME_RULE = 'a name of 1 to 64 characters out of A-Z a-z 0-9 : _ . -';

/** Gateways publish at the place of an asset type in a topic, so no asset type may be called so. */
export const GATEWAY = 'gateway';

/** A twin keeps its position in the register of this name, so no attribute may be called so. */
export const POSITION = 'position';

/** What history writes beside the attributes: each column has one meaning. */
const HISTORY_COLUMNS = new Set(['assetId', 'assetType', 'zone', 'source', 'longitude', 'latitude', 'altitude']);

/** Names that Timestream keeps for itself (developer guide, "Naming constraints"; IoT API, `TimestreamDimension`). */
const TIMESTREAM_RESERVED = /^(?:time$|measure_name|measure_value|ts_)|:/;

/** Whether history can keep an attribute of this name: one that it cannot would fail with every reading. */
export function isColumnName(text: string): boolean {
  return !HISTORY_COLUMNS.has(text) && !TIMESTREAM_RESERVED.test(text);
}

/** `__proto__` fits the pattern, but as the key of an object it would not be a key at all. */
export function isName(text: string): boolean {
  return NAME.test(text) && text !== '__proto__';
}

/**
 * Client ids of those that are no things begin so: who holds a claim, and who comes with a token. Two connections of one
 * client id end each other, so whoever could choose any would cut devices off.
 */
export const CLIENT_PREFIXES = { claim: 'claim-', viewer: 'viewer-' } as const;

export const THING_NAME_RULE = `a name of 1 to 64 characters out of A-Z a-z 0-9 : _ - that does not begin with ${Object.values(CLIENT_PREFIXES).join(' or ')}, and not ${AUTHORITY}`;

/** AWS IoT Core allows no dot in the name of a thing ("CreateThing" in the AWS IoT API reference). */
export function isThingName(text: string): boolean {
  const isReserved = text === AUTHORITY || Object.values(CLIENT_PREFIXES).some((each) => text.startsWith(each));
  return isName(text) && !text.includes('.') && !isReserved;
}

export const SOURCE_RULE = 'a thing name, or two names joined by a slash';

/** A thing, `gateway/sensor`, `{mapping}/{sensor id}`, `{network}/{devEui}` or `operator/{subject}`. */
export function isSource(text: string): boolean {
  const names = text.split('/');
  return names.length <= 2 && names.every(isName);
}

export const UPLINK_SOURCE_RULE = 'a network and a DevEUI of 16 hexadecimal digits in lower case, joined by a slash';

export function isUplinkSource(text: string): boolean {
  return isSource(text) && /\/[0-9a-f]{16}$/.test(text);
}
