import { refuse, type Refusal } from '../reason.ts';
import type { CityConfig } from '../schema/city-config.ts';
import { show } from '../schema/show.ts';
import type { DecodedReading, DecoderPorts } from './decoder.ts';
import { DECODERS } from './decoders.ts';
import type { Message } from './message.ts';
import { parseTopic } from './topic.ts';

/** IoT Core's own limit of a payload. */
export const PAYLOAD_BYTES_MAX = 128 * 1024;

export interface DecodedMessage {
  readonly message: Message;
  /**
   * What stands at each place of the message. A message that cannot be read as a whole is one refusal, so that it
   * counts as one reading.
   */
  readonly readings: readonly DecodedReading[];
}

/** For who reads formats only that ask nothing of the world. */
export const NO_PORTS: DecoderPorts = {
  codecs: { run: () => refuse('processing-failed', 'no codecs are run here') },
  schemas: { find: () => undefined },
  uplinks: { firstHeardAtMs: (_source, _fCnt, _bytes, heardAtMs) => heardAtMs },
};

/** Finds a message's format and reads it: drafts of readings, and refusals of those that cannot be read. */
export function decodeMessage(message: Message, city: CityConfig, ports = NO_PORTS): DecodedMessage {
  const decoded = decodeReadings(message, city, ports);
  return { message, readings: 'ok' in decoded ? [decoded] : decoded };
}

function decodeReadings(message: Message, city: CityConfig, ports: DecoderPorts): readonly DecodedReading[] | Refusal {
  if (message.bytes.length > PAYLOAD_BYTES_MAX) {
    return refuse('too-large', `got ${message.bytes.length} bytes, expected at most ${PAYLOAD_BYTES_MAX}`);
  }
  const topic = parseTopic(message.topic);
  const decoder = DECODERS.find((candidate) => candidate.accepts(message, topic, city));
  if (!decoder) {
    const known = DECODERS.map(({ name }) => name).join(', ');
    return refuse('unknown-schema', `no format reads a message on ${show(message.topic)}; known are ${known}`);
  }
  return decoder.decode(message, topic, city, ports);
}
