import { Agent, type IncomingMessage, request as coapRequest } from 'coap';
import { createSocket } from 'node:dgram';
import { encode } from 'cborg';
import { afterEach, describe, expect, test } from 'vitest';
import { createCoapAdapter, PAYLOAD_BYTES_MAX } from '../../../../edge-greengrass/adapters/listeners/coap.ts';
import { adapterContext, createTestIntake, gatewayConfig, WEATHER_STREAM } from '../gateway.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start() {
  const context = adapterContext(gatewayConfig([]));
  const adapter = createCoapAdapter({ host: '127.0.0.1', port: 0 }, context);
  const intake = createTestIntake();
  await adapter.start(intake);
  const agent = new Agent({ type: 'udp4' });
  cleanups.push(async () => {
    agent.close();
    await adapter.stop();
  });
  const post = (
    payload: string | Uint8Array,
    { pathname = '/readings', query = '', method = 'POST' as const, confirmable = true } = {},
  ) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const request = coapRequest({
        host: '127.0.0.1',
        port: adapter.port(),
        pathname,
        query,
        method,
        confirmable,
        agent,
      });
      request.on('response', resolve);
      request.on('error', reject);
      // Blocks of 1024 bytes, where one message is not enough.
      if (payload.length > 1024) request.setOption('Block1', Buffer.of(6));
      request.end(Buffer.from(payload));
    });
  return { adapter, intake, context, post };
}

const reading = JSON.stringify({ sensor: 'wx-9', stream: WEATHER_STREAM, attributes: { temperature: 5 } });

describe('POST /readings over CoAP', () => {
  test('takes JSON and SenML in CBOR', async () => {
    const { post, intake, adapter } = await start();
    expect((await post(reading)).code).toBe('2.04');
    const cbor = encode([
      new Map<number, unknown>([
        [0, 'temperature'],
        [2, 6],
      ]),
    ]);
    expect((await post(cbor, { query: `sensor=wx-9&stream=${WEATHER_STREAM}` })).code).toBe('2.04');
    expect((await post(reading, { confirmable: false })).code).toBe('2.04');
    expect(intake.samples.map(({ values }) => values.get('temperature'))).toEqual([5, 6, 5]);
    expect(adapter.state()).toBe('running');
  });

  test('answers when the reading is kept, be it late', async () => {
    const { post, intake } = await start();
    const kept = Promise.withResolvers<'taken'>();
    intake.keep = () => kept.promise;
    let code: string | undefined;
    const answer = post(reading).then((response) => {
      code = response.code;
    });
    // Longer than an answer travels in the acknowledgement: it comes by itself.
    await new Promise((resolve) => void setTimeout(resolve, 1200));
    expect(code).toBeUndefined();
    kept.resolve('taken');
    await answer;
    expect(code).toBe('2.04');
  });

  test('says what is wrong, and when to come again', async () => {
    const { post, intake } = await start();
    const refused = await post('{"sensor": ');
    expect([refused.code, refused.payload.toString()]).toEqual([
      '4.22',
      expect.stringContaining('malformed: not JSON'),
    ]);
    expect((await post(reading, { pathname: '/else' })).code).toBe('4.04');
    intake.closed.add(WEATHER_STREAM);
    const suspended = await post(reading);
    expect([suspended.code, suspended.headers['Max-Age']]).toEqual(['5.03', 60]);
    intake.closed.clear();
    intake.keep = () => Promise.reject(new Error('no space left on device'));
    const busy = await post(reading);
    expect([busy.code, busy.headers['Max-Age']]).toEqual(['5.03', 5]);
  });

  test('takes a payload in blocks', async () => {
    const { post, intake } = await start();
    const long = JSON.stringify(Array(60).fill(JSON.parse(reading)));
    expect(long.length).toBeGreaterThan(4096);
    expect(long.length).toBeLessThan(PAYLOAD_BYTES_MAX);
    expect((await post(long)).code).toBe('2.04');
    expect(intake.samples).toHaveLength(60);
  });

  test('survives packets that are none', async () => {
    const { post, adapter, intake } = await start();
    const socket = createSocket('udp4');
    cleanups.push(() => socket.close());
    const packets = [
      Buffer.alloc(0),
      Buffer.of(0x40),
      Buffer.of(0x40, 2, 0, 1, 0xff),
      Buffer.of(0xff, 0xff, 0xff, 0xff),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ];
    for (const packet of packets) {
      await new Promise<void>((resolve) => socket.send(packet, adapter.port(), '127.0.0.1', () => resolve()));
    }
    expect((await post(reading)).code).toBe('2.04');
    expect(intake.samples).toHaveLength(1);
  });
});
