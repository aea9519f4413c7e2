import { createBackoff } from '../backoff.ts';
import { nextSequence, type Outcome, readPacket, writeReport } from './packet.ts';
import type { Protection } from './protection.ts';

/** Until the first retransmit at most; half of that at least. */
const ACKNOWLEDGED_MS_MAX = 400;
const BACKOFF_MS_MAX = 10_000;
/** Reports that wait for their acknowledgement at a time. */
export const IN_FLIGHT_MAX = 16;

/**
 * `given-up`: no acknowledgement came after all retransmits, and it may or may not have arrived; `busy`: too many wait for
 * theirs. Either way it is for the node's own store, and may be sent again, as another report, without harm: a reading of
 * the same time and counter is the same reading.
 */
type Delivery = Outcome | 'given-up' | 'busy' | 'too-large';

interface RadioCounts {
  readonly reports: number;
  readonly retransmits: number;
  readonly bytes: number;
}

export interface RadioSender {
  send(body: Uint8Array): Promise<Delivery>;
  /** A datagram that came back. */
  receive(datagram: Uint8Array): void;
  counts(): RadioCounts;
  /** What waits is given up. */
  close(): void;
}

export interface RadioSenderOptions {
  readonly node: string;
  /** Another one at each start, from 0 to 2³² − 1. */
  readonly session: number;
  readonly protection: Protection;
  readonly retransmitsMax: number;
  readonly backoff: 'exponential' | 'constant';
  readonly transmit: (datagram: Uint8Array) => void;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Calls `work` after so long, unless what it returns is called before. */
  readonly after: (ms: number, work: () => void) => () => void;
}

/** What a sensor node speaks: each report until it is acknowledged, but at most `retransmitsMax` times more. */
export function createRadioSender(options: RadioSenderOptions): RadioSender {
  const { node, session, protection, retransmitsMax, transmit, random, after } = options;
  const waiting = new Map<number, (delivery: Delivery) => void>();
  const counts = { reports: 0, retransmits: 0, bytes: 0 };
  const waitMsMax = options.backoff === 'exponential' ? BACKOFF_MS_MAX : ACKNOWLEDGED_MS_MAX;
  let sequence = 0;

  function transmitUntilKnown(datagram: Uint8Array, own: number): Promise<Delivery> {
    const backoff = createBackoff(ACKNOWLEDGED_MS_MAX, waitMsMax, random);
    let left = retransmitsMax;
    let cancel = (): void => {};
    return new Promise((resolve) => {
      waiting.set(own, (delivery) => {
        waiting.delete(own);
        cancel();
        resolve(delivery);
      });
      const attempt = (): void => {
        counts.bytes += datagram.length;
        cancel = after(backoff.nextMs(), () => {
          if (left === 0) return waiting.get(own)?.('given-up');
          left -= 1;
          counts.retransmits += 1;
          attempt();
        });
        transmit(datagram);
      };
      attempt();
    });
  }

  return {
    async send(body) {
      if (waiting.size >= IN_FLIGHT_MAX) return 'busy';
      const own = sequence;
      const datagram = protection.protect(writeReport({ kind: 'report', node, session, sequence: own, body }));
      if ('ok' in datagram) return 'too-large';
      sequence = nextSequence(own);
      counts.reports += 1;
      return transmitUntilKnown(datagram, own);
    },
    receive(datagram) {
      const bytes = protection.unprotect(datagram);
      if ('ok' in bytes) return;
      const packet = readPacket(bytes);
      if ('ok' in packet || packet.kind !== 'acknowledgement' || packet.session !== session) return;
      waiting.get(packet.sequence)?.(packet.outcome);
    },
    counts: () => counts,
    close() {
      for (const settle of waiting.values()) settle('given-up');
    },
  };
}
