import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createRadioAdapter,
  protectionOf,
  type RadioAdapter,
} from '../../../../edge-greengrass/adapters/radio/adapter.ts';
import {
  createRadioSender,
  IN_FLIGHT_MAX,
  type RadioSender,
} from '../../../../edge-greengrass/adapters/radio/sender.ts';
import type { AdapterContext } from '../../../../edge-greengrass/adapters/ports.ts';
import type { RadioLinkConfig } from '../../../../edge-greengrass/config/gateway-config.ts';
import {
  adapterContext,
  counted,
  createTestIntake,
  gatewayConfig,
  type TestIntake,
  WEATHER_STREAM,
} from '../gateway.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const LINK: RadioLinkConfig = {
  protocol: 'udp-radio',
  id: 'modem-1',
  streams: [WEATHER_STREAM],
  silentMaxMs: 60_000,
  samplesPerSecondMax: 100,
  host: '127.0.0.1',
  port: 0,
  interleavingDepth: 5,
};

interface Started {
  readonly adapter: RadioAdapter;
  readonly intake: TestIntake;
  readonly context: AdapterContext;
}

async function start(isFecEnabled = true): Promise<Started> {
  const context = adapterContext(
    gatewayConfig([LINK, { ...LINK, id: 'wx-other' }], {
      radio: { isFecEnabled, retransmitsMax: 3, backoff: 'exponential' },
    }),
  );
  const adapter = createRadioAdapter(LINK, context);
  const intake = createTestIntake();
  await adapter.start(intake);
  cleanups.push(() => adapter.stop());
  return { adapter, intake, context };
}

interface Node extends RadioSender {
  readonly socket: Socket;
  /** What it sent, undamaged. */
  readonly sent: Uint8Array[];
}

/** A node whose modem changes what it sends, or loses it where `damage` gives nothing. */
async function startNode(
  { adapter, context }: Started,
  damage: (datagram: Uint8Array, index: number) => Uint8Array | undefined = (datagram) => datagram,
  { node = 'wx-7', speed = 1 } = {},
): Promise<Node> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const sent: Uint8Array[] = [];
  const sender = createRadioSender({
    node,
    session: 4711,
    protection: protectionOf(context.config, LINK),
    retransmitsMax: 3,
    backoff: 'exponential',
    transmit(datagram) {
      sent.push(datagram);
      const damaged = damage(datagram, sent.length - 1);
      if (damaged) socket.send(damaged, adapter.port(), '127.0.0.1');
    },
    random: () => 0,
    after(ms, work) {
      const timer = setTimeout(work, ms / speed);
      return () => clearTimeout(timer);
    },
  });
  socket.on('message', (datagram) => sender.receive(datagram));
  cleanups.push(() => {
    sender.close();
    socket.close();
  });
  return { ...sender, socket, sent };
}

const body = (reading: unknown): Uint8Array => Buffer.from(JSON.stringify(reading));

/** So many bytes in a row are wrong. */
function burst(datagram: Uint8Array, from: number, bytes: number): Uint8Array {
  return datagram.map((byte, at) => (at >= from && at < from + bytes ? byte ^ 0xa5 : byte));
}

describe('nodes on a radio link', () => {
  test('are heard through a burst of 16 bytes a codeword, but no more', async () => {
    const started = await start();
    // Depth 5: five codewords, of which each can do with 16 wrong bytes.
    const node = await startNode(started, (datagram, index) => burst(datagram, 10, index === 0 ? 81 : 80));
    await expect(node.send(body({ attributes: { temperature: 7 } }))).resolves.toBe('kept');
    expect(node.counts().retransmits).toBe(1);
    expect(counted(started.context.tally, LINK.id, 'fec-uncorrectable')).toBe(1);
    expect(started.intake.samples).toMatchObject([{ sensor: 'wx-7', stream: WEATHER_STREAM, counter: 0 }]);
    expect(Object.fromEntries(started.intake.samples[0]?.values ?? [])).toEqual({ temperature: 7 });
    expect(started.adapter.sensors().map(({ sensor, state }) => [sensor, state])).toEqual([
      ['modem-1', 'ok'],
      ['wx-7', 'ok'],
    ]);
  });

  test('without FEC send again what one wrong bit has spoilt', async () => {
    const started = await start(false);
    const node = await startNode(started, (datagram, index) => (index === 0 ? burst(datagram, 3, 1) : datagram));
    await expect(node.send(body({ attributes: { temperature: 7 } }))).resolves.toBe('kept');
    expect(node.counts()).toMatchObject({ reports: 1, retransmits: 1 });
    expect(started.intake.samples).toHaveLength(1);
  });

  test('send at most three times more, each after a longer wait, and keep the report for later', async () => {
    const started = await start();
    const atMs: number[] = [];
    const node = await startNode(
      started,
      () => {
        atMs.push(performance.now());
        return undefined;
      },
      { speed: 10 },
    );
    await expect(node.send(body({ attributes: { temperature: 7 } }))).resolves.toBe('given-up');
    expect(node.sent).toHaveLength(4);
    const waitsMs = atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0));
    for (const [index, wait] of waitsMs.entries()) expect(wait).toBeGreaterThan(20 * 2 ** index - 2);
  });

  test('are heard once, however often a report comes', async () => {
    const started = await start();
    let duplicated: Uint8Array | undefined;
    const node = await startNode(started, (datagram) => {
      duplicated = datagram;
      return datagram;
    });
    await node.send(body({ attributes: { temperature: 7 } }));
    node.socket.send(duplicated ?? '', started.adapter.port(), '127.0.0.1');
    await expect.poll(() => counted(started.context.tally, 'wx-7', 'duplicate')).toBe(1);
    expect(started.intake.samples).toHaveLength(1);
  });

  test('are acknowledged only when the reading is kept', async () => {
    const started = await start();
    let isFull = true;
    started.intake.keep = async (sample) => {
      if (isFull) throw new Error('no space left on device');
      started.intake.samples.push(sample);
      return 'taken';
    };
    const node = await startNode(started, (datagram, index) => {
      isFull = index < 2;
      return datagram;
    });
    await expect(node.send(body({ attributes: { temperature: 7 } }))).resolves.toBe('kept');
    expect(node.sent).toHaveLength(3);
  });

  test('are told what is for later, what is bad, and what is too large', async () => {
    const started = await start();
    const node = await startNode(started);
    await expect(node.send(Buffer.from('{"attributes": '))).resolves.toBe('refused');
    expect(counted(started.context.tally, 'wx-7', 'malformed')).toBe(1);
    await expect(node.send(new Uint8Array(1200))).resolves.toBe('too-large');
    started.intake.closed.add(WEATHER_STREAM);
    expect(started.adapter.state()).toBe('suspended');
    await expect(node.send(body({ attributes: { temperature: 7 } }))).resolves.toBe('later');
    const impostor = await startNode(started, undefined, { node: 'wx-other' });
    await expect(impostor.send(body({ attributes: { temperature: 7 } }))).resolves.toBe('refused');
    expect(counted(started.context.tally, LINK.id, 'not-authorized')).toBe(1);
  });

  test('have no more than so many reports on their way', async () => {
    const started = await start();
    const node = await startNode(started, () => undefined);
    const deliveries = Array.from({ length: IN_FLIGHT_MAX + 1 }, () => node.send(body({ attributes: {} })));
    await expect(deliveries[IN_FLIGHT_MAX]).resolves.toBe('busy');
    node.close();
    await expect(Promise.all(deliveries.slice(0, IN_FLIGHT_MAX))).resolves.toEqual(
      Array(IN_FLIGHT_MAX).fill('given-up'),
    );
  });

  test('that are cut short anywhere, or are noise, are counted and do no harm', async () => {
    const started = await start();
    const node = await startNode(started, () => undefined);
    void node.send(body({ attributes: { temperature: 7 } }));
    await expect.poll(() => node.sent.length).toBe(1);
    const [whole = new Uint8Array()] = node.sent;
    const { port } = { port: started.adapter.port() };
    for (let length = 0; length < whole.length; length += 1) {
      await new Promise<void>((resolve) =>
        node.socket.send(whole.subarray(0, length), port, '127.0.0.1', () => resolve()),
      );
    }
    const counts = () => [...(started.context.tally.counts().get(LINK.id)?.values() ?? [])].reduce((a, b) => a + b, 0);
    await expect.poll(counts).toBe(whole.length);
    expect(started.intake.samples).toEqual([]);
    node.socket.send(whole, port, '127.0.0.1');
    await expect.poll(() => started.intake.samples.length).toBe(1);
  });
});
