import type { JsonObject } from '../../core/codec/json-payload.ts';
import { isObject } from '../../core/codec/json-payload.ts';
import { readUplinkFrame } from '../../core/codec/lorawan/uplink-frame.ts';
import { fieldsOf, isAbsent } from '../../core/codec/mapping.ts';
import { assetOf, isEntity } from '../../core/codec/ngsi-ld.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { UNSAID } from './readings.ts';

const DEVICE_TOPIC = `dt/${UNSAID}/${UNSAID}/${UNSAID}/${UNSAID}`;
const BASIC_INGEST = /^\$aws\/rules\/[^/]+\//;

/** As a rule sees it: Basic Ingest takes its prefix off. */
export function topicOf(given: string): string {
  return given.replace(BASIC_INGEST, '');
}

/** The topic on which a payload could have been published, as far as it says itself; else a device's that says nothing. */
export function likelyTopic(json: unknown, city: CityConfig): string {
  const [first]: readonly unknown[] = Array.isArray(json) ? json : [json];
  if (!isObject(first)) return DEVICE_TOPIC;
  return uplinkTopic(first, city) ?? entityTopic(first) ?? mappedTopic(first, city) ?? DEVICE_TOPIC;
}

function uplinkTopic(object: JsonObject, { lorawan }: CityConfig): string | undefined {
  const frame = readUplinkFrame(object);
  if (!frame.ok) return undefined;
  const source = Object.keys(lorawan?.devices ?? {}).find((each) => each.endsWith(`/${frame.devEui}`));
  return `lorawan/${source ?? `${UNSAID}/${frame.devEui}`}/up`;
}

function entityTopic(object: JsonObject): string | undefined {
  const asset = isEntity(object) ? assetOf(object) : undefined;
  return asset && 'assetId' in asset ? `dt/${UNSAID}/${asset.assetType}/${asset.assetId}/${UNSAID}` : undefined;
}

function mappedTopic(object: JsonObject, { mappings }: CityConfig): string | undefined {
  const fitting = Object.values(mappings).find(
    (mapping) => mapping.topic !== undefined && fieldsOf(mapping).every((field) => !isAbsent(object, field)),
  );
  return fitting?.topic && `sensors/${fitting.topic.replaceAll(/[+#]/g, UNSAID)}`;
}
