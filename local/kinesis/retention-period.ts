import { integer, readInput, required } from './input.ts';
import type { Operation } from './operation.ts';
import { locateStream, streamReference } from './parameters.ts';
import { Refusal } from './refusal.ts';

export const RETENTION_HOURS_MIN = 24;
/** A year. */
export const RETENTION_HOURS_MAX = 8760;

const fields = {
  ...streamReference,
  RetentionPeriodHours: required(integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
};

/** The operation that sets a stream's retention to hours that `isAllowed` from what it has. */
export function changeRetention(
  isAllowed: (hours: number, currentHours: number) => boolean,
  expectation: string,
): Operation {
  return async (streams, input) => {
    const read = readInput(input, fields);
    if (read instanceof Refusal) return read;
    const stream = locateStream(streams, read);
    if (stream instanceof Refusal) return stream;

    const { RetentionPeriodHours: hours } = read;
    if (hours < RETENTION_HOURS_MIN || hours > RETENTION_HOURS_MAX) {
      const range = `${RETENTION_HOURS_MIN} to ${RETENTION_HOURS_MAX} hours`;
      return new Refusal('InvalidArgumentException', `A retention of ${hours} hours is not within ${range}.`);
    }
    const currentHours = stream.description.retentionHours;
    if (!isAllowed(hours, currentHours)) {
      const asked = `a retention of ${hours} hours, the stream has ${currentHours}`;
      return new Refusal('InvalidArgumentException', `Asked for ${asked}; ${expectation}.`);
    }
    await streams.change(stream, { retentionHours: hours });
    return {};
  };
}
