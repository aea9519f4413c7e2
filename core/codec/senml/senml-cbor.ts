/** SenML in CBOR (RFC 8428 section 6), on a device's topic: known by its first byte, which no JSON begins with. */

import { decode } from 'cborg';
import { refuse, type Refusal } from '../../reason.ts';
import { show } from '../../schema/show.ts';
import type { Decoder } from '../decoder.ts';
import type { JsonObject } from '../json-payload.ts';
import { isSenmlPack, readSenmlPack } from './senml-pack.ts';

/** Table 4 and, of the texts, section 4.3. */
const LABELS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [-1, 'bver'],
  [-2, 'bn'],
  [-3, 'bt'],
  [-4, 'bu'],
  [-5, 'bv'],
  [-6, 'bs'],
  [0, 'n'],
  [1, 'u'],
  [2, 'v'],
  [3, 'vs'],
  [4, 'vb'],
  [5, 's'],
  [6, 't'],
  [7, 'ut'],
  [8, 'vd'],
]);

/** Major type 4, an array: of a length in the byte itself, in those that follow, or open (RFC 8949 section 3). */
const ARRAY_FIRST = 0x80;
const ARRAY_LAST = 0x9f;

export const senmlCbor: Decoder = {
  name: 'senml-cbor',

  accepts({ bytes }, topic) {
    return topic.kind === 'device' && isCborArray(bytes);
  },

  decode({ bytes, receivedAtMs }, topic) {
    if (topic.kind !== 'device') return refuse('unknown-schema', 'SenML is published on dt/…');
    const pack = parseCborPack(bytes);
    return 'ok' in pack ? pack : readSenmlPack(pack, topic, receivedAtMs);
  },
};

export function isCborArray([first = 0]: Uint8Array): boolean {
  return first >= ARRAY_FIRST && first <= ARRAY_LAST;
}

/** `malformed` for what is no CBOR, `schema-violation` for what is no pack. */
export function parseCborPack(bytes: Uint8Array): readonly unknown[] | Refusal {
  const pack = parsePack(bytes);
  if ('ok' in pack || isSenmlPack(pack)) return pack;
  return refuse('schema-violation', `got ${show(pack)}, expected a pack of SenML`);
}

/** The pack with the labels that it has in JSON. What nests deeper than a record's fields is refused and not walked. */
function parsePack(bytes: Uint8Array): readonly unknown[] | Refusal {
  let value: unknown;
  try {
    value = decode(bytes, { useMaps: true, allowBigInt: false, rejectDuplicateMapKeys: true });
  } catch (error) {
    return refuse('malformed', `not CBOR: ${error instanceof Error ? show(error.message) : 'it does not parse'}`);
  }
  const pack: JsonObject[] = [];
  for (const record of value as readonly unknown[]) {
    if (!(record instanceof Map)) return refuse('schema-violation', 'expected an array of maps, as SenML has it');
    const fields: [label: string, field: unknown][] = [];
    for (const [label, field] of record as ReadonlyMap<unknown, unknown>) {
      const name = LABELS.get(label) ?? (typeof label === 'string' ? label : 'unknown');
      if (typeof field === 'object' && name !== 'vd') {
        return refuse('schema-violation', `${name}: expected a number, a text, true or false`);
      }
      if (typeof field === 'number' && !Number.isFinite(field)) {
        return refuse('malformed', `${name}: ${field} is no finite number`);
      }
      fields.push([name, name === 'vd' ? '' : field]);
    }
    pack.push(Object.fromEntries(fields));
  }
  return pack;
}
