import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type ClientDuplexStream, credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { type ReportReply, ReportRequestSchema, Verdict } from '../../../../core/codec/generated/edge_pb.ts';
import { createGrpcAdapter } from '../../../../edge-greengrass/adapters/listeners/grpc.ts';
import { MESSAGE_BYTES_MAX, reportService } from '../../../../edge-greengrass/adapters/listeners/report-service.ts';
import { adapterContext, createTestIntake, gatewayConfig, WEATHER_STREAM } from '../gateway.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const Client = makeGenericClientConstructor(reportService, 'EdgeGateway');

async function start() {
  const context = adapterContext(gatewayConfig([]));
  const adapter = createGrpcAdapter({ host: '127.0.0.1', port: 0 }, context);
  const intake = createTestIntake();
  await adapter.start(intake);
  const client = new Client(`127.0.0.1:${adapter.port()}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': 2 * MESSAGE_BYTES_MAX,
  });
  cleanups.push(async () => {
    client.close();
    await adapter.stop();
  });
  const report = client['report']?.bind(client) as unknown as () => ClientDuplexStream<Buffer, ReportReply>;
  const call = report();
  const replies: ReportReply[] = [];
  let failure: string | undefined;
  call.on('data', (reply: ReportReply) => replies.push(reply));
  call.on('error', ({ message }) => {
    failure = message;
  });
  const write = (request: Buffer) => call.write(request);
  const send = (request: MessageInitShape<typeof ReportRequestSchema>) =>
    write(Buffer.from(toBinary(ReportRequestSchema, create(ReportRequestSchema, request))));
  return { adapter, intake, context, call, replies, send, write, failure: () => failure };
}

/** So many bytes: the id 9, and a field 15 that nobody knows (its tag, and its length in four bytes). */
function requestOf(bytes: number): Buffer {
  const request = Buffer.alloc(bytes);
  const length = bytes - 7;
  const varint = [length & 0x7f, (length >> 7) & 0x7f, (length >> 14) & 0x7f].map((each) => each | 0x80);
  request.set([0x08, 9, 0x7a, ...varint, length >> 21]);
  return request;
}

const reading = (number: number, more = {}) => ({
  sensor: 'wx-9',
  stream: WEATHER_STREAM,
  values: { temperature: { kind: { case: 'number', value: number } as const } },
  ...more,
});

describe('EdgeGateway.Report', () => {
  test('answers each request when its readings are kept, in order', async () => {
    const { send, replies, intake, call } = await start();
    send({ id: 1n, readings: [reading(1, { observedAtMs: 1_795_248_000_000n, counter: 7n }), reading(2)] });
    send({ id: 2n, readings: [reading(3, { position: { longitude: 1, latitude: 2 } })] });
    await expect
      .poll(() => replies.map(({ id, verdict, taken }) => [id, verdict, taken]))
      .toEqual([
        [1n, Verdict.TAKEN, 2],
        [2n, Verdict.TAKEN, 1],
      ]);
    expect(intake.samples).toMatchObject([
      { observedAtMs: 1_795_248_000_000, counter: 7 },
      {},
      { position: { longitude: 1, latitude: 2 } },
    ]);
    const ended = new Promise((resolve) => void call.on('end', resolve));
    call.end();
    await ended;
  });

  test('takes what is good beside what is bad, and says what that is', async () => {
    const { send, replies, intake } = await start();
    send({
      id: 1n,
      readings: [
        reading(1),
        reading(Number.NaN),
        reading(2, { sensor: '' }),
        reading(3, { counter: 2n ** 60n }),
        { sensor: 'wx-9', stream: WEATHER_STREAM },
        { sensor: 'wx-9', stream: WEATHER_STREAM, values: { temperature: {} } },
      ],
    });
    await expect.poll(() => replies.length).toBe(1);
    expect(replies[0]).toMatchObject({ verdict: Verdict.REFUSED, taken: 1 });
    expect(replies[0]?.refusals.map(({ reason }) => reason)).toEqual([
      'malformed',
      ...Array<string>(4).fill('schema-violation'),
    ]);
    expect(intake.samples).toHaveLength(1);
  });

  test('reads no further request while one waits to be kept', async () => {
    const { send, replies, intake } = await start();
    const tried: number[] = [];
    const kept = Promise.withResolvers<'taken'>();
    intake.keep = (sample) => {
      tried.push(Number(sample.values.get('temperature')));
      return kept.promise;
    };
    send({ id: 1n, readings: [reading(1)] });
    send({ id: 2n, readings: [reading(2)] });
    await expect.poll(() => tried).toEqual([1]);
    await new Promise((resolve) => void setTimeout(resolve, 100));
    expect(tried).toEqual([1]);
    expect(replies).toEqual([]);
    kept.resolve('taken');
    await expect.poll(() => replies.length).toBe(2);
  });

  test('says when to come again where a stream is closed', async () => {
    const { send, replies, intake } = await start();
    intake.closed.add(WEATHER_STREAM);
    send({ id: 1n, readings: [reading(1)] });
    await expect.poll(() => replies).toMatchObject([{ verdict: Verdict.SUSPENDED, taken: 0, retryAfterS: 60 }]);
  });

  test('takes messages of up to 32 MB, and no larger ones', async () => {
    const { write, replies, failure } = await start();
    write(requestOf(MESSAGE_BYTES_MAX));
    await expect.poll(() => replies).toMatchObject([{ id: 9n, verdict: Verdict.TAKEN, taken: 0 }]);
    write(requestOf(MESSAGE_BYTES_MAX + 1));
    await expect.poll(failure).toContain('RESOURCE_EXHAUSTED');
  });
});
