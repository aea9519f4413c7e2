/** JSON that is not ours, on `sensors/…`, read as the configuration's mappings say. */

import { refuse } from '../reason.ts';
import type { CityConfig, PayloadMapping } from '../schema/city-config.ts';
import type { DecodedReading, Decoder } from './decoder.ts';
import { type JsonObject, readJsonPayload } from './json-payload.ts';
import { applyMapping, fieldsOf, isAbsent } from './mapping.ts';
import { matchesFilter, type Topic } from './topic.ts';

export const mappedJson: Decoder = {
  name: 'mapped-json',

  accepts(_message, topic, city) {
    return mappingsOf(topic, city).length > 0;
  },

  decode({ bytes }, topic, city) {
    const mappings = mappingsOf(topic, city);
    return readJsonPayload(bytes, (object) => readMapped(object, mappings, city));
  },
};

type NamedMapping = readonly [name: string, mapping: PayloadMapping];

function mappingsOf(topic: Topic, { mappings }: CityConfig): readonly NamedMapping[] {
  if (topic.kind !== 'sensors') return [];
  return Object.entries(mappings).filter(
    ([, { topic: filter }]) => filter !== undefined && matchesFilter(filter, topic.path),
  );
}

/** Where several mappings share a topic, the first whose fields are all there reads the payload. */
function readMapped(object: JsonObject, mappings: readonly NamedMapping[], { assetTypes }: CityConfig): DecodedReading {
  const fitting = mappings.find(([, mapping]) => fieldsOf(mapping).every((field) => !isAbsent(object, field)));
  const [name, mapping] = fitting ?? mappings[0] ?? [];
  const assetType = mapping && assetTypes[mapping.assetType];
  if (name === undefined || !mapping || !assetType) return refuse('unknown-schema', 'no mapping reads this topic');
  return applyMapping(mapping, name, object, assetType);
}
