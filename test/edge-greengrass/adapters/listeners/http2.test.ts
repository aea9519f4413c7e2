import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { encode } from 'cborg';
import { afterEach, describe, expect, test } from 'vitest';
import { BODY_BYTES_MAX, createHttp2Adapter } from '../../../../edge-greengrass/adapters/listeners/http2.ts';
import { WAITING_MAX } from '../../../../edge-greengrass/adapters/listeners/door.ts';
import type { AdapterContext } from '../../../../edge-greengrass/adapters/ports.ts';
import type { ListenerAdapter } from '../../../../edge-greengrass/adapters/listeners/listener-adapter.ts';
import {
  adapterContext,
  createTestIntake,
  gatewayConfig,
  LOOP_STREAM,
  type TestIntake,
  WEATHER_STREAM,
} from '../gateway.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started {
  readonly adapter: ListenerAdapter;
  readonly intake: TestIntake;
  readonly context: AdapterContext;
  readonly session: ClientHttp2Session;
  readonly post: (
    body: string | Uint8Array,
    more?: { path?: string; method?: string; type?: string },
  ) => Promise<Response>;
}

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

async function start(changes: Partial<AdapterContext> = {}): Promise<Started> {
  const context = adapterContext(
    gatewayConfig([
      {
        protocol: 'mqtt',
        id: 'wx-01',
        streams: [WEATHER_STREAM],
        silentMaxMs: 1,
        samplesPerSecondMax: 1,
        url: 'mqtt://127.0.0.1',
        topic: 't',
        fields: [],
      },
    ]),
    changes,
  );
  const adapter = createHttp2Adapter({ host: '127.0.0.1', port: 0 }, context);
  const intake = createTestIntake();
  await adapter.start(intake);
  const session = connect(`http://127.0.0.1:${adapter.port()}`);
  session.on('error', () => {});
  cleanups.push(async () => {
    session.destroy();
    await adapter.stop();
  });
  return {
    adapter,
    intake,
    context,
    session,
    async post(body, { path = '/readings', method = 'POST', type = 'application/json' } = {}) {
      const request = session.request({ ':path': path, ':method': method, 'content-type': type });
      request.on('error', () => {});
      request.end(body);
      const [headers] = (await once(request, 'response')) as [Record<string, unknown>];
      const chunks: Buffer[] = [];
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
        chunks.push(chunk);
      return {
        status: Number(headers[':status']),
        headers,
        body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
      };
    },
  };
}

const reading = (temperature: number, more: object = {}) => ({
  sensor: 'wx-9',
  stream: WEATHER_STREAM,
  attributes: { temperature },
  ...more,
});

describe('POST /readings over HTTP/2', () => {
  test('takes one, an array, one a line, and SenML', async () => {
    const { post, intake, adapter } = await start();
    expect(adapter.state()).toBe('running');
    expect(await post(JSON.stringify(reading(1)))).toMatchObject({ status: 200, body: { taken: 1 } });
    expect(await post(JSON.stringify([reading(2), reading(3)]))).toMatchObject({ status: 200, body: { taken: 2 } });
    const lines = `${JSON.stringify(reading(4))}\n\n${JSON.stringify(reading(5))}\n`;
    expect(await post(lines, { type: 'application/x-ndjson' })).toMatchObject({ status: 200, body: { taken: 2 } });
    const path = `/readings?sensor=wx-9&stream=dlt://${WEATHER_STREAM}`;
    expect(await post(JSON.stringify([{ n: 'temperature', u: 'K', v: 279.15 }]), { path })).toMatchObject({
      status: 200,
    });
    const cbor = encode([
      new Map<number, unknown>([
        [0, 'temperature'],
        [1, 'Cel'],
        [2, 7],
      ]),
    ]);
    expect(await post(cbor, { path, type: 'application/senml+cbor' })).toMatchObject({ status: 200 });
    expect(intake.samples.map(({ values }) => values.get('temperature'))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(adapter.sensors()).toEqual([{ sensor: 'wx-9', state: 'ok' }]);
  });

  test('takes what is good beside what is bad, and says what that is', async () => {
    const { post, intake } = await start();
    const bad = [
      reading(1),
      { ...reading(2), sensor: 'no name' },
      { ...reading(3), stream: 'traffic/elsewhere' },
      { ...reading(4), attributes: { temperature: {} } },
      { ...reading(5), sensor: 'wx-01' },
      { ...reading(6), asset: { assetId: 'x' } },
      7,
      reading(8, { asset: { assetId: 'ambulance-1', assetType: 'Vehicle' }, attributes: { speed: 40 } }),
    ];
    const { status, headers, body } = await post(JSON.stringify(bad));
    expect(status).toBe(422);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(body).toMatchObject({ type: 'about:blank', title: 'Unprocessable Content', status: 422, taken: 2 });
    expect((body['errors'] as { reason: string }[]).map(({ reason }) => reason).sort()).toEqual(
      ['not-authorized', ...Array<string>(5).fill('schema-violation')].sort(),
    );
    expect(intake.samples.map(({ asset }) => asset?.assetId)).toEqual([undefined, 'ambulance-1']);
  });

  test.each([
    ['', 422],
    ['{', 422],
    ['[]', 422],
    ['null', 422],
    [`[${'['.repeat(5000)}${']'.repeat(5000)}]`, 422],
    [JSON.stringify(Array(1001).fill(reading(1))), 422],
  ])('refuses %j', async (body, status) => {
    const { post, intake } = await start();
    expect(await post(body.slice(0, BODY_BYTES_MAX))).toMatchObject({ status });
    expect(intake.samples).toEqual([]);
  });

  test('takes a body up to its limit and no byte more, and lives on', async () => {
    const { post } = await start();
    const body = JSON.stringify(reading(1)).padEnd(BODY_BYTES_MAX, ' ');
    expect(await post(body)).toMatchObject({ status: 200 });
    expect(await post(`${body} `)).toMatchObject({ status: 413 });
    expect(await post(JSON.stringify(reading(2)))).toMatchObject({ status: 200 });
  });

  test('knows one path and one method', async () => {
    const { post } = await start();
    expect(await post('{}', { path: '/' })).toMatchObject({ status: 404 });
    expect(await post('{}', { method: 'PUT' })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  test('answers 200 only when the reading is kept', async () => {
    const { post, intake } = await start();
    const kept = Promise.withResolvers<'taken'>();
    intake.keep = () => kept.promise;
    let isAnswered = false;
    const answer = post(JSON.stringify(reading(1))).finally(() => {
      isAnswered = true;
    });
    await new Promise((resolve) => void setTimeout(resolve, 100));
    expect(isAnswered).toBe(false);
    kept.resolve('taken');
    await expect(answer).resolves.toMatchObject({ status: 200 });
  });

  test('answers 503 with Retry-After where nothing can be kept, too many wait, or the stream is closed', async () => {
    const { post, intake } = await start();
    intake.keep = () => Promise.reject(new Error('no space left on device'));
    expect(await post(JSON.stringify(reading(1)))).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    intake.keep = () => new Promise(() => {});
    const thousand = JSON.stringify(
      Array.from({ length: 512 }, (_, index) => ({ ...reading(index), sensor: `s-${index % 8}` })),
    );
    for (let sent = 0; sent + 512 <= WAITING_MAX; sent += 512) void post(thousand).catch(() => {});
    await expect
      .poll(() => post(JSON.stringify(reading(1))).then(({ body }) => body['detail']))
      .toBe('no room for more now');
    intake.keep = undefined;
    intake.closed.add(WEATHER_STREAM);
    const other = await start();
    other.intake.closed.add(LOOP_STREAM);
    expect(await other.post(JSON.stringify({ ...reading(1), stream: LOOP_STREAM }))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '60' },
    });
  });

  test('answers 429 to a sensor that babbles, and takes the others', async () => {
    const { post, adapter } = await start();
    const many = JSON.stringify(Array.from({ length: 1000 }, (_, index) => reading(index)));
    const statuses: number[] = [];
    for (let request = 0; request < 12; request += 1) {
      const { status, headers } = await post(many);
      statuses.push(status);
      if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    expect(statuses).toContain(429);
    expect(adapter.sensors()).toMatchObject([{ sensor: 'wx-9', state: 'babbling' }]);
    expect(await post(JSON.stringify({ ...reading(1), sensor: 'wx-10' }))).toMatchObject({ status: 200 });
  });
});
