import { KEY_BYTES_MAX } from './limits.ts';
import { Refusal } from './refusal.ts';

export function refuseKey(key: string): Refusal | undefined {
  return Buffer.byteLength(key) > KEY_BYTES_MAX
    ? new Refusal('KeyTooLongError', `Your key is too long: at most ${KEY_BYTES_MAX} bytes in UTF-8.`)
    : undefined;
}
