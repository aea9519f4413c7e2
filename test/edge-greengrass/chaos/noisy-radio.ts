import { createRadioSender, type RadioSender } from '../../../edge-greengrass/adapters/radio/sender.ts';
import { reedSolomon } from '../../../edge-greengrass/adapters/radio/protection.ts';
import { createRadioReceiver } from '../../../edge-greengrass/adapters/radio/receiver.ts';
import { exponential } from '../../../edge-greengrass/simulation/random.ts';

const PROTECTION = reedSolomon({ depth: 1 });
const BITS_PER_BYTE = 8;

export interface NoisyRadio {
  /** Resolves to whether the gateway acknowledged it as kept. */
  send(body: Uint8Array): Promise<boolean>;
  /** Of all bits, 0 to 1. */
  setBitErrorRate(rate: number): void;
  /** Does what is due by then. */
  run(nowMs: number): void;
  damaged(): number;
}

/** A node and a gateway's receiver with a channel in between that flips bits both ways, in virtual time. */
export function createNoisyRadio(
  random: () => number,
  take: (body: Uint8Array) => Promise<'kept' | 'later'>,
): NoisyRadio {
  let bitErrorRate = 0;
  let nowMs = 0;
  let damaged = 0;
  let due: { readonly atMs: number; readonly work: () => void }[] = [];

  const noisy = (datagram: Uint8Array): Uint8Array => {
    if (bitErrorRate === 0) return datagram;
    const bytes = Uint8Array.from(datagram);
    const bits = bytes.length * BITS_PER_BYTE;
    const gap = (): number => 1 + Math.floor(exponential(1 / bitErrorRate, random));
    for (let bit = gap() - 1; bit < bits; bit += gap()) {
      const place = Math.floor(bit / BITS_PER_BYTE);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << (bit % BITS_PER_BYTE));
    }
    return bytes;
  };

  const receiver = createRadioReceiver(PROTECTION, {
    handle: ({ body }) => take(body),
    refuse: () => void (damaged += 1),
    duplicate: () => {},
  });
  const sender: RadioSender = createRadioSender({
    node: 'node-1',
    session: 1,
    protection: PROTECTION,
    retransmitsMax: 3,
    backoff: 'exponential',
    transmit: (datagram) => void receiver.receive(noisy(datagram), (answer) => sender.receive(noisy(answer))),
    random,
    after(ms, work) {
      const item = { atMs: nowMs + ms, work };
      due.push(item);
      return () => {
        due = due.filter((each) => each !== item);
      };
    },
  });

  return {
    async send(body) {
      return (await sender.send(body)) === 'kept';
    },
    setBitErrorRate(rate) {
      bitErrorRate = rate;
    },
    run(atMs) {
      nowMs = atMs;
      const ready = due.filter((each) => each.atMs <= atMs);
      due = due.filter((each) => each.atMs > atMs);
      for (const { work } of ready) work();
    },
    damaged: () => damaged,
  };
}
