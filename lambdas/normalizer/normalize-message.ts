import { type DecodedMessage, decodeMessage } from '../../core/codec/decode.ts';
import type { DecoderPorts } from '../../core/codec/decoder.ts';
import { type NormalizeContext, type NormalizedMessage, validateMessage } from '../../core/codec/normalize.ts';
import { refuse } from '../../core/reason.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import type { IngestMessage, Redrive } from '../shared/ingest-record.ts';
import { keptMessage } from '../shared/kept-message.ts';
import { placeOf } from '../shared/reading-id.ts';

/** A message of the `ingest` stream, decoded. */
export interface DecodedIngest extends DecodedMessage {
  readonly message: IngestMessage;
}

/** Decodes one message; a fault of ours that it brings to light costs this message its processing, and no other. */
export function decodeAlone(message: IngestMessage, city: CityConfig, ports?: DecoderPorts): DecodedIngest {
  try {
    return { message, readings: decodeMessage(message, city, ports).readings };
  } catch (error) {
    return { message, readings: [refuse('processing-failed', describe(error))] };
  }
}

/** Validates one message, likewise; of one that was put back in, only what was asked for comes out. */
export function validateAlone(decoded: DecodedIngest, context: NormalizeContext): NormalizedMessage {
  const { message, readings } = decoded;
  const outcome = validateOrKeep(decoded, context);
  return message.redrive ? onlyRedriven(outcome, message, message.redrive, readings.length) : outcome;
}

function validateOrKeep(decoded: DecodedIngest, context: NormalizeContext): NormalizedMessage {
  try {
    return validateMessage(decoded, context);
  } catch (error) {
    return { observations: [], kept: keptMessage(decoded.message, 'processing-failed', describe(error)) };
  }
}

/**
 * The readings at the places that were put back in: the others of the message have fates of their own. A reading whose
 * message no longer holds as many as when it was kept, because a decoder has changed, is kept again: its place may be
 * another's now.
 */
function onlyRedriven(
  outcome: NormalizedMessage,
  message: IngestMessage,
  { places, count, times }: Redrive,
  heldNow: number,
): NormalizedMessage {
  const keptAgain = outcome.kept.map((reading) => ({ ...reading, redrives: times }));
  if (!places) return { observations: outcome.observations, kept: keptAgain };
  if (heldNow !== count) {
    const { reason = 'processing-failed', detail = 'its place is not certain' } = outcome.kept[0] ?? {};
    const why = `${detail}; the message held ${count} readings when this one was kept, and ${heldNow} now`;
    return { observations: [], kept: keptMessage(message, reason, why) };
  }
  const wanted = new Set(places);
  return {
    observations: outcome.observations.filter(({ readingId }) => wanted.has(placeOf(readingId))),
    kept: keptAgain.filter(({ readingId }) => wanted.has(placeOf(readingId))),
  };
}

function describe(error: unknown): string {
  return `our fault: ${error instanceof Error ? error.message : String(error)}`;
}
