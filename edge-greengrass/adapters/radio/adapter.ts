import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { RadioLinkConfig } from '../../config/gateway-config.ts';
import type { Adapter, Intake } from '../../ports.ts';
import { createGates, type Gates } from '../gates.ts';
import type { GateAdmission } from '../isolation.ts';
import type { AdapterConfig, AdapterContext } from '../ports.ts';
import { readSamples } from '../read-samples.ts';
import type { Outcome, Report } from './packet.ts';
import { checkOnly, type Protection, reedSolomon } from './protection.ts';
import { createRadioReceiver } from './receiver.ts';

/** What both ends of a link have agreed on. */
export function protectionOf({ radio }: Pick<AdapterConfig, 'radio'>, link: RadioLinkConfig): Protection {
  return radio.isFecEnabled ? reedSolomon({ depth: link.interleavingDepth }) : checkOnly;
}

export interface RadioAdapter extends Adapter {
  /** Where it listens, once it has started; another one than configured where that is 0. */
  port(): number;
}

/**
 * The nodes on one radio modem, which hands on whatever it hears, damaged or not, in UDP datagrams. A node is a sensor by
 * the name that it sends: on such a link nothing proves it, so it must not be the name of any other sensor.
 */
export function createRadioAdapter(link: RadioLinkConfig, context: AdapterContext): RadioAdapter {
  const { clock, config, tally } = context;
  const others = new Set(config.sensors.map(({ id }) => id).filter((id) => id !== link.id));
  let socket: Socket | undefined;
  let gates: Gates | undefined;
  let intake: Intake | undefined;

  async function handle({ node, sequence, body }: Report): Promise<Outcome> {
    gates?.of(link.id)?.heard();
    if (others.has(node)) {
      tally.count(link.id, 'not-authorized', `a node calls itself ${node}, as a sensor of another link does`);
      return 'refused';
    }
    const gate = gates?.of(node);
    if (!gate) return 'later';
    const { samples, refusals } = readSamples(body, { sensor: node, streams: link.streams }, context, clock.nowMs());
    for (const refusal of refusals) gate.refuse(refusal);
    const admissions = await Promise.all(
      samples.map((sample) => gate.accept(sample.counter === undefined ? { ...sample, counter: sequence } : sample)),
    );
    return outcomeOf(admissions);
  }

  const receiver = createRadioReceiver(protectionOf(config, link), {
    handle,
    refuse: ({ reason, detail }) => tally.count(link.id, reason, detail),
    duplicate: (node) => tally.count(node, 'duplicate', 'a report that had come before'),
  });

  return {
    name: `udp-radio ${link.id}`,
    async start(given) {
      intake = given;
      gates = createGates(link, given, context);
      gates.of(link.id);
      const own = createSocket('udp4');
      own.on('message', (datagram, { address, port }) => {
        // An acknowledgement that cannot be sent is one that got lost: the report comes again.
        void receiver.receive(datagram, (answer) => own.send(answer, port, address, () => {}));
      });
      own.bind(link.port, link.host);
      await once(own, 'listening');
      own.on('error', (error) => tally.count(link.id, 'unreachable', error.message));
      socket = own;
    },
    async stop() {
      const own = socket;
      socket = undefined;
      if (own) await new Promise<void>((resolve) => own.close(resolve));
    },
    state() {
      if (!socket) return intake ? 'stopped' : 'connecting';
      return link.streams.some((stream) => intake?.isOpen(stream)) ? 'running' : 'suspended';
    },
    sensors: () => gates?.health() ?? [],
    port: () => socket?.address().port ?? 0,
  };
}

/** A report of several samples comes again as a whole: those that were kept are known by their time and counter. */
function outcomeOf(admissions: readonly GateAdmission[]): Outcome {
  if (admissions.some((each) => each === 'suspended' || each === 'shut')) return 'later';
  return admissions.includes('taken') ? 'kept' : 'refused';
}
