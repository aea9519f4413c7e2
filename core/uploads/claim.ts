import { isName } from '../schema/names.ts';

/** Of one upload: a camera's frame, a tile of a LiDAR. */
export const UPLOAD_BYTES_MAX = 64 * 1024 * 1024;

const PREFIX = 'uploads';
const REFERENCE = /^uploads\/([^/]+)\/([^/]+)\/([0-9a-f]{64})-([1-9]\d{0,8})$/;

/** What a reading says that its gateway has uploaded. */
export interface Claim {
  readonly zone: string;
  readonly gateway: string;
  /** Of the object; hexadecimal, in lower case. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * `uploads/{zone}/{gateway}/{sha256}-{bytes}`: the object's key, and the value of the attribute that refers to it. It holds
 * all that there is to verify, so that two readings never disagree about one object.
 */
export function referenceOf({ zone, gateway, sha256, bytes }: Claim): string {
  return `${PREFIX}/${zone}/${gateway}/${sha256}-${bytes}`;
}

/** The claim in a reference; undefined where it is none, or is of more bytes than an upload has. */
export function parseReference(reference: string): Claim | undefined {
  const [, zone = '', gateway = '', sha256 = '', digits = ''] = REFERENCE.exec(reference) ?? [];
  const bytes = Number(digits);
  if (!isName(zone) || !isName(gateway) || !isUploadSize(bytes)) return undefined;
  return { zone, gateway, sha256, bytes };
}

export function isUploadSize(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= 1 && bytes <= UPLOAD_BYTES_MAX;
}
