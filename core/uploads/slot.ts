/** How a gateway asks for a place to upload to: `cmd/{zone}/gateway/{gateway}/uploads/{request,reply}`, JSON both. */

import { isObject } from '../codec/json-payload.ts';
import { parseJson } from '../codec/json.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { CityConfig } from '../schema/city-config.ts';
import { isName } from '../schema/names.ts';
import { show } from '../schema/show.ts';
import { type Claim, isUploadSize, UPLOAD_BYTES_MAX } from './claim.ts';

const TOPIC = /^cmd\/([^/]+)\/gateway\/([^/]+)\/uploads\/request$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;
const KEYS = ['requestId', 'bytes', 'sha256', 'contentType'];
/** A reply repeats it. */
const REQUEST_ID_LENGTH_MAX = 64;

export interface SlotRequest extends Claim {
  readonly ok: true;
  /** The gateway's own, so that it knows which of its requests a reply is to. */
  readonly requestId: string;
  readonly contentType: string;
}

/** To be uploaded with exactly these headers, by a PUT to the URL, before it expires. */
export interface Slot {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAtMs: number;
}

export interface Requester {
  readonly zone: string;
  readonly gateway: string;
}

/** Whose request it is: the broker has checked the topic against the certificate. */
export function requesterOf(topic: string): Requester | undefined {
  const [, zone = '', gateway = ''] = TOPIC.exec(topic) ?? [];
  return isName(zone) && isName(gateway) ? { zone, gateway } : undefined;
}

export function replyTopic({ zone, gateway }: Requester): string {
  return `cmd/${zone}/gateway/${gateway}/uploads/reply`;
}

/** `malformed`, `schema-violation`, or `too-large`; the id of a request that has one is in `requestIdOf`. */
export function readSlotRequest(bytes: Uint8Array, requester: Requester, city: CityConfig): SlotRequest | Refusal {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return parsed;
  if (!isObject(parsed.value)) return refuse('schema-violation', `got ${show(parsed.value)}, expected an object`);
  const request = parsed.value;
  const other = Object.keys(request).find((key) => !KEYS.includes(key));
  if (other !== undefined) {
    return refuse('schema-violation', `no such key ${show(other)}; known are ${KEYS.join(', ')}`);
  }
  const { bytes: size, sha256, contentType } = request;
  const requestId = requestIdOf(bytes);
  if (requestId === undefined) {
    const expected = `a text of 1 to ${REQUEST_ID_LENGTH_MAX} characters`;
    return refuse('schema-violation', `requestId: got ${show(request['requestId'])}, expected ${expected}`);
  }
  if (typeof size === 'number' && size > UPLOAD_BYTES_MAX) {
    return refuse('too-large', `bytes: got ${size}, expected at most ${UPLOAD_BYTES_MAX}`);
  }
  if (typeof size !== 'number' || !isUploadSize(size)) {
    return refuse(
      'schema-violation',
      `bytes: got ${show(size)}, expected a whole number from 1 to ${UPLOAD_BYTES_MAX}`,
    );
  }
  if (typeof sha256 !== 'string' || !SHA256_HEX.test(sha256)) {
    return refuse('schema-violation', `sha256: got ${show(sha256)}, expected 64 hexadecimal digits in lower case`);
  }
  const allowed = contentTypesOf(city);
  if (typeof contentType !== 'string' || !allowed.includes(contentType)) {
    return refuse('schema-violation', `contentType: got ${show(contentType)}, expected one of ${allowed.join(', ')}`);
  }
  if (!Object.hasOwn(city.zones, requester.zone)) {
    return refuse('schema-violation', `zone ${show(requester.zone)} is not in the configuration`);
  }
  return { ok: true, requestId, contentType, sha256, bytes: size, ...requester };
}

/** Of a request that may be wrong in all else, so that its sender hears of it. */
export function requestIdOf(bytes: Uint8Array): string | undefined {
  const parsed = parseJson(bytes);
  const id = parsed.ok && isObject(parsed.value) ? parsed.value['requestId'] : undefined;
  return typeof id === 'string' && id.length >= 1 && id.length <= REQUEST_ID_LENGTH_MAX ? id : undefined;
}

/** What any attribute of the city takes. */
function contentTypesOf({ assetTypes }: CityConfig): readonly string[] {
  const attributes = Object.values(assetTypes).flatMap((type) => Object.values(type.attributes));
  return [...new Set(attributes.flatMap(({ claim }) => claim?.contentTypes ?? []))].sort();
}
