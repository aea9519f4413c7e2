import { setImmediate } from 'node:timers/promises';
import type { Protection } from '../../edge-greengrass/adapters/radio/protection.ts';
import { createRadioReceiver } from '../../edge-greengrass/adapters/radio/receiver.ts';
import { createRadioSender } from '../../edge-greengrass/adapters/radio/sender.ts';
import type { Channel } from './channel.ts';

export const RETRANSMITS_MAX = 3;
const NODE = 'wx-7';

export interface LinkResult {
  /** Reports of which the node knows that they are kept. */
  readonly acknowledged: number;
  /** Reports that are kept, acknowledged or not. */
  readonly kept: number;
  readonly retransmits: number;
  /** Of what the node sent, retransmits included. */
  readonly bytes: number;
}

/** The node's and the gateway's own programs over a channel of both ways, in a time that stands until nothing else happens. */
export async function runLink(
  protection: Protection,
  channel: Channel,
  body: Uint8Array,
  reports: number,
  random: () => number,
): Promise<LinkResult> {
  const timers = new Set<() => void>();
  let kept = 0;
  const receiver = createRadioReceiver(protection, {
    handle() {
      kept += 1;
      return Promise.resolve('kept');
    },
    refuse: () => {},
    duplicate: () => {},
  });
  const sender = createRadioSender({
    node: NODE,
    session: 1,
    protection,
    retransmitsMax: RETRANSMITS_MAX,
    backoff: 'exponential',
    transmit(datagram) {
      void receiver.receive(channel(datagram), (answer) => sender.receive(channel(answer)));
    },
    random,
    after(_ms, work) {
      timers.add(work);
      return () => timers.delete(work);
    },
  });

  let acknowledged = 0;
  for (let report = 0; report < reports; report += 1) {
    let isKnown = false;
    const delivery = sender.send(body).then((outcome) => {
      isKnown = true;
      if (outcome === 'kept') acknowledged += 1;
    });
    for (;;) {
      await setImmediate();
      if (isKnown) break;
      const [next] = timers;
      if (!next) throw new Error('the sender waits for nothing');
      timers.delete(next);
      next();
    }
    await delivery;
  }
  const { retransmits, bytes } = sender.counts();
  return { acknowledged, kept, retransmits, bytes };
}
