import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { sha256 } from '@noble/hashes/sha2.js';
import type { AttributeValue, Position } from '../observation.ts';
import { counterTie } from '../twin/stamp.ts';

/**
 * What a reading says, as canonical JSON (RFC 8785) of {assetId, attributes, position}.
 *
 * @param assetId a name, and so are the keys of `attributes`: nothing in them needs an escape
 */
export function canonicalContent(
  assetId: string,
  attributes: ReadonlyMap<string, AttributeValue>,
  position: Position | undefined,
): string {
  return `{"assetId":"${assetId}",${contentMembers(attributes, position)}}`;
}

/**
 * The members `attributes` and `position` of the canonical content. Names in the order of their UTF-16 code units (RFC
 * 8785, section 3.2.3); numbers and texts as ECMAScript writes them (section 3.2.2). Written out for this one shape it
 * takes 1.1 µs, where a canonicalizer of any value takes 4.3.
 */
export function contentMembers(
  attributes: ReadonlyMap<string, AttributeValue>,
  position: Position | undefined,
): string {
  const members = [...attributes.keys()].sort().map((name) => {
    const value = attributes.get(name);
    return `"${name}":${typeof value === 'string' ? JSON.stringify(value) : String(value)}`;
  });
  return `"attributes":{${members.join(',')}}${position ? positionMember(position) : ''}`;
}

function positionMember({ altitude, latitude, longitude }: Position): string {
  const altitudeMember = altitude === undefined ? '' : `"altitude":${altitude},`;
  return `,"position":{${altitudeMember}"latitude":${latitude},"longitude":${longitude}}`;
}

/**
 * The tie of a reading without a counter: the first 8 bytes of SHA-256 over its canonical content, big-endian, modulo
 * 10⁶. The same content has the same tie, so a reading sent twice is one dot.
 *
 * @param attributes in the units of the asset type
 */
export function contentTie(
  assetId: string,
  attributes: ReadonlyMap<string, AttributeValue>,
  position: Position | undefined,
): number {
  const digest = sha256(getTextEncoding().encodeUtf8(canonicalContent(assetId, attributes, position)));
  return counterTie(new DataView(digest.buffer, digest.byteOffset).getBigUint64(0));
}
