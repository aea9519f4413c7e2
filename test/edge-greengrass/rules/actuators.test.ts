import { afterEach, describe, expect, it } from 'vitest';
import type { LocalBus } from '../../../edge-greengrass/ports.ts';
import { type Actuators, createActuators, UNANSWERED_MAX } from '../../../edge-greengrass/rules/actuators.ts';
import type { Decision } from '../../../edge-greengrass/rules/rule.ts';
import { serveActuator } from '../../../edge-greengrass/rules/serve-actuator.ts';
import { busWithin } from './bus.ts';

const TOPIC = 'signals/preempt';
let actuators: Actuators | undefined;
let lines: string[] = [];
afterEach(() => {
  actuators?.close();
  lines = [];
});

function decision(stamp: number, validMs = 10_000): Decision {
  const issuedAtMs = Date.now();
  const times = { issuedAtMs, validUntilMs: issuedAtMs + validMs };
  const command = { command: 'preempt', rule: 'r', assetId: 'a', source: 'gw/s', stamp: String(stamp), ...times };
  return { topic: TOPIC, command };
}

function open(bus: LocalBus): Actuators {
  actuators = createActuators(bus, Date.now, (line) => lines.push(line));
  actuators.listen([TOPIC, TOPIC]);
  return actuators;
}

describe('a command to an actuator', () => {
  it('is carried out and acknowledged', async () => {
    const bus = busWithin();
    const done: string[] = [];
    await serveActuator(bus, TOPIC, ({ command }) => done.push(command), Date.now);
    const sender = open(bus);
    sender.send(decision(1));
    await expect.poll(() => sender.counts()).toEqual({ sent: 1, carriedOut: 1, refused: 0, unanswered: 0 });
    expect(done).toEqual(['preempt']);
  });

  it('is sent again where it or its answer is lost, and carried out once', async () => {
    let losses = 2;
    const bus = busWithin((topic) => topic.endsWith('/ack') && losses-- > 0);
    const done: string[] = [];
    await serveActuator(bus, TOPIC, ({ command }) => done.push(command), Date.now);
    const sender = open(bus);
    sender.send(decision(1));
    await expect.poll(() => sender.counts().carriedOut).toBe(1);
    expect(done).toEqual(['preempt']);
  });

  it('that comes late is refused, and that is told', async () => {
    const bus = busWithin();
    const done: string[] = [];
    await serveActuator(bus, TOPIC, ({ command }) => done.push(command), Date.now);
    const sender = open(bus);
    sender.send(decision(1, -1));
    await expect.poll(() => sender.counts()).toEqual({ sent: 1, carriedOut: 0, refused: 1, unanswered: 0 });
    expect(done).toEqual([]);
  });

  it('that nobody answers is given up when it expires', async () => {
    const sender = open(busWithin());
    sender.send(decision(1, 100));
    await expect.poll(() => sender.counts().unanswered).toBe(1);
  });

  it('waits for its answer with so many others, and then the oldest is given up', async () => {
    const sender = open(busWithin());
    for (let stamp = 0; stamp < UNANSWERED_MAX; stamp++) sender.send(decision(stamp));
    expect(sender.counts().unanswered).toBe(0);
    sender.send(decision(UNANSWERED_MAX));
    expect(sender.counts().unanswered).toBe(1);
  });

  it('survives whatever else is said on its topics, and a bus that is away', async () => {
    const bus = busWithin();
    await serveActuator(bus, TOPIC, () => {}, Date.now);
    const sender = open({
      ...bus,
      publish: (topic, payload) => (topic === TOPIC ? Promise.reject(new Error('away')) : bus.publish(topic, payload)),
    });
    for (const noise of ['', 'null', '[]', '{"id":1}', '{"id":"x","command":"y"}']) {
      await bus.publish(TOPIC, new TextEncoder().encode(noise));
      await bus.publish(`${TOPIC}/ack`, new TextEncoder().encode(noise));
    }
    sender.send(decision(1, 10));
    await expect.poll(() => sender.counts().unanswered).toBe(1);
  });

  it('goes out though its answer cannot be heard, and that is told', async () => {
    const bus = busWithin();
    const done: string[] = [];
    await serveActuator(bus, TOPIC, ({ command }) => done.push(command), Date.now);
    const sender = open({ ...bus, subscribe: () => Promise.reject(new Error('not-authorized')) });
    sender.send(decision(1));
    await expect.poll(() => done).toEqual(['preempt']);
    expect(lines).toEqual([`nobody hears the answers of ${TOPIC}: not-authorized`]);
  });
});
