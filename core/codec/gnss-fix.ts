import type { GnssFix } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import { show } from '../schema/show.ts';

/** Receivers say 99.99 where they have no idea. */
const HDOP_MAX = 100;
/** More than all systems together have in the sky. */
const SATELLITES_MAX = 255;

/** What is said of a fix beside the position, checked; undefined where nothing is. */
export function readFix(
  fixedAtMs: number | undefined,
  hdop: unknown,
  satellites: unknown,
): GnssFix | Refusal | undefined {
  if (fixedAtMs === undefined && hdop === undefined && satellites === undefined) return undefined;
  if (hdop !== undefined && !(typeof hdop === 'number' && hdop >= 0 && hdop <= HDOP_MAX)) {
    return refuse('schema-violation', `hdop: got ${show(hdop)}, expected a number from 0 to ${HDOP_MAX}`);
  }
  if (satellites !== undefined && !isCount(satellites)) {
    return refuse(
      'schema-violation',
      `satellites: got ${show(satellites)}, expected a whole number from 0 to ${SATELLITES_MAX}`,
    );
  }
  return {
    ...(fixedAtMs !== undefined && { fixedAtMs }),
    ...(hdop !== undefined && { hdop }),
    ...(satellites !== undefined && { satellites }),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= SATELLITES_MAX;
}
