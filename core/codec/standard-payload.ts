/** Payloads on `sensors/…` that say themselves what they are about: entities of NGSI-LD, and packs of SenML. */

import { refuse, type Refusal } from '../reason.ts';
import type { CityConfig, StandardPayload } from '../schema/city-config.ts';
import { isName, NAME_RULE } from '../schema/names.ts';
import { show } from '../schema/show.ts';
import type { DecodedReading, Decoder } from './decoder.ts';
import { encodeName } from './encode-name.ts';
import { type JsonObject, readJsonPayload } from './json-payload.ts';
import { parseJson } from './json.ts';
import { assetOf, readEntity } from './ngsi-ld.ts';
import { isCborArray, parseCborPack } from './senml/senml-cbor.ts';
import { isSenmlPack, readSenmlPack } from './senml/senml-pack.ts';
import { matchesFilter, type Topic } from './topic.ts';

export const standardPayload: Decoder = {
  name: 'standard-payload',

  accepts(_message, topic, city) {
    return standardOf(topic, city) !== undefined;
  },

  decode({ bytes, receivedAtMs }, topic, city) {
    const [name, standard] = standardOf(topic, city) ?? [];
    if (name === undefined || !standard) return refuse('unknown-schema', 'no standard is read on this topic');
    return standard.format === 'senml'
      ? readPack(bytes, name, standard, receivedAtMs)
      : readJsonPayload(bytes, (object) => readCarried(object, name, standard, city));
  },
};

/** The first standard whose filter matches a topic, with its name. */
export function standardOf(topic: Topic, { standards }: CityConfig): readonly [string, StandardPayload] | undefined {
  if (topic.kind !== 'sensors' || !standards) return undefined;
  return Object.entries(standards).find(([, { topic: filter }]) => matchesFilter(filter, topic.path));
}

/** The sensor of a pack, as a name, is the asset. */
function readPack(
  bytes: Uint8Array,
  name: string,
  { zone, assetType = '' }: StandardPayload,
  receivedAtMs: number,
): readonly DecodedReading[] | Refusal {
  const pack = isCborArray(bytes) ? parseCborPack(bytes) : parseJsonPack(bytes);
  if ('ok' in pack) return pack;
  const speakerOf = (sensor: string) => {
    const assetId = encodeName(sensor.replace(/[/:]+$/, ''));
    return isName(assetId)
      ? { zone, assetType, assetId, thingName: `${name}/${assetId}` }
      : refuse('schema-violation', `sensor ${show(sensor)} does not encode to ${NAME_RULE}`);
  };
  return readSenmlPack(pack, speakerOf, receivedAtMs);
}

function parseJsonPack(bytes: Uint8Array): readonly unknown[] | Refusal {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return parsed;
  return isSenmlPack(parsed.value)
    ? parsed.value
    : refuse('schema-violation', `got ${show(parsed.value)}, expected a pack of SenML`);
}

function readCarried(
  entity: JsonObject,
  name: string,
  { zone }: StandardPayload,
  city: CityConfig,
): readonly DecodedReading[] {
  const asset = assetOf(entity);
  if ('ok' in asset) return [asset];
  const thingName = `${name}/${asset.assetId}`;
  return readEntity(entity, { kind: 'device', zone, ...asset, thingName }, city);
}
