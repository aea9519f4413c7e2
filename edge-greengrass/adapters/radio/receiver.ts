import { refuse, type Refusal } from '../../../core/reason.ts';
import { type Outcome, readPacket, type Report, writeAcknowledgement } from './packet.ts';
import type { Protection } from './protection.ts';

/** Reports of a node that are remembered; a sender has far fewer on their way. */
export const REMEMBERED_MAX = 256;
/** Nodes on a link. */
export const NODES_MAX = 64;

export interface RadioReceiverPorts {
  /** Resolves once it is known what becomes of it; rejects where it could not be kept now, and is to come again. */
  handle(report: Report): Promise<Outcome>;
  /** Nothing of a node: noise, or another link's. */
  refuse(refusal: Refusal): void;
  duplicate(node: string): void;
}

interface NodeMemory {
  readonly session: number;
  /** By sequence; without an outcome as long as it is not known. */
  readonly outcomes: Map<number, Outcome | undefined>;
}

/**
 * The gateway's end of a link: each report is handled once, however often it comes, and acknowledged when that is done. A
 * report that comes again is acknowledged again, because it was the acknowledgement that got lost.
 */
export function createRadioReceiver(protection: Protection, ports: RadioReceiverPorts) {
  const nodes = new Map<string, NodeMemory>();

  function memoryOf({ node, session }: Report): NodeMemory | undefined {
    const known = nodes.get(node);
    if (known?.session === session) return known;
    if (!known && nodes.size >= NODES_MAX) return undefined;
    const memory = { session, outcomes: new Map<number, Outcome | undefined>() };
    nodes.set(node, memory);
    return memory;
  }

  async function handle(report: Report, { outcomes }: NodeMemory): Promise<Outcome | undefined> {
    const { node, sequence } = report;
    if (outcomes.has(sequence)) {
      ports.duplicate(node);
      return outcomes.get(sequence);
    }
    outcomes.set(sequence, undefined);
    const [oldest] = outcomes.keys();
    if (outcomes.size > REMEMBERED_MAX && oldest !== undefined) outcomes.delete(oldest);
    try {
      const outcome = await ports.handle(report);
      // What is for later is not done, and handled anew when it comes again.
      if (outcome === 'later') outcomes.delete(sequence);
      else outcomes.set(sequence, outcome);
      return outcome;
    } catch {
      outcomes.delete(sequence);
      return undefined;
    }
  }

  return {
    /** Calls `reply` with the acknowledgement, if there is one. Never rejects. */
    async receive(datagram: Uint8Array, reply: (datagram: Uint8Array) => void): Promise<void> {
      const bytes = protection.unprotect(datagram);
      if ('ok' in bytes) return ports.refuse(bytes);
      const packet = readPacket(bytes);
      if ('ok' in packet) return ports.refuse(packet);
      // Our own acknowledgements, thrown back by a repeater.
      if (packet.kind === 'acknowledgement') return;
      const memory = memoryOf(packet);
      if (!memory) {
        return ports.refuse(refuse('not-authorized', `node ${packet.node} is one more than ${NODES_MAX} of this link`));
      }
      const outcome = await handle(packet, memory);
      if (outcome === undefined) return;
      const { session, sequence } = packet;
      const answer = protection.protect(writeAcknowledgement({ kind: 'acknowledgement', session, sequence, outcome }));
      if (!('ok' in answer)) reply(answer);
    },
  };
}
