import { isName } from '../../core/schema/names.ts';
import { mapped, type Read, textThat } from './read.ts';

const SCHEME = 'dlt://';
const LEVELS_MAX = 7;

/** Such as `dlt://traffic/loop/count`. */
export const streamAddress: Read<string> = textThat(
  isStreamAddress,
  `${SCHEME} and 1 to ${LEVELS_MAX} names joined by slashes, such as dlt://traffic/loop/count`,
);

/** `dlt://traffic/loop/count` is the stream `traffic/loop/count`. */
export const stream: Read<string> = mapped(streamAddress, (address) => address.slice(SCHEME.length));

/** As the configuration writes it. */
export function addressOf(stream: string): string {
  return SCHEME + stream;
}

function isStreamAddress(value: string): boolean {
  const levels = value.slice(SCHEME.length).split('/');
  return value.startsWith(SCHEME) && levels.length <= LEVELS_MAX && levels.every(isName);
}
