import type { Line } from './line.ts';
import { TransportError } from './transport-error.ts';

interface GateOptions {
  readonly line: Line;
  readonly payloadBytesMax: number;
  /** Asked anew for each payload. */
  readonly inFlightMax: () => number;
}

/** What stands before a line that keeps nothing: it refuses at once what the line would refuse, or would have to keep. */
export interface Gate {
  /** Throws {@link TransportError} without a call of `send` where the payload cannot go now; what `send` throws goes on. */
  pass(topic: string, payload: Uint8Array, send: () => Promise<void>): Promise<void>;
}

export function createGate({ line, payloadBytesMax, inFlightMax }: GateOptions): Gate {
  let inFlight = 0;
  return {
    async pass(topic, payload, send) {
      if (payload.length > payloadBytesMax) {
        const got = `got ${payload.length} bytes, expected at most ${payloadBytesMax}`;
        throw new TransportError('too-large', `the payload for ${topic} is too large: ${got}`);
      }
      if (!line.isUp()) {
        throw new TransportError('line-down', `nothing goes to ${topic}: the line to the cloud is down`);
      }
      const max = inFlightMax();
      if (inFlight >= max) {
        throw new TransportError('in-flight-full', `${inFlight} of ${max} payloads wait for their acknowledgement`);
      }
      inFlight += 1;
      try {
        await send();
      } finally {
        inFlight -= 1;
      }
    },
  };
}
