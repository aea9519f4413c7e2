/** Objects too large for a message: asked for, uploaded and referred to, over AWS APIs, MQTT and HTTP only. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeFrame } from '../../core/sync/encode-frame.ts';
import { type City, type Reject, type TwinBody, visit } from './city.ts';
import { describeTarget, openTarget, type Target } from './target.ts';

/** More than one message may have, and less than the 64 MiB that the platform takes: those take their time. */
const BYTES = Number(process.env.CITYWEAVE_UPLOAD_BYTES ?? 3 * 1024 * 1024);

let target: Target;
let city: City;
const gateway = `gw-${randomUUID().slice(0, 8)}`;
const asset = `junction-${randomUUID().slice(0, 8)}`;

beforeAll(async () => {
  target = await openTarget();
  city = await visit(target, gateway);
  await city.mqtt.subscribeAsync(`cmd/centre/gateway/${gateway}/uploads/reply`, { qos: 1 });
}, 120_000);
afterAll(async () => {
  await city?.close();
  await target?.close();
});

interface Reply {
  readonly requestId: string;
  readonly ok: boolean;
  readonly reason?: string;
  readonly reference: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function askFor(object: Uint8Array, changes: object = {}): Promise<Reply> {
  const sha256 = createHash('sha256').update(object).digest('hex');
  const request = { requestId: randomUUID(), bytes: object.length, sha256, contentType: 'image/jpeg', ...changes };
  const replied = new Promise<Buffer>((resolve) => city.mqtt.once('message', (_, payload) => resolve(payload)));
  await city.publish(`cmd/centre/gateway/${gateway}/uploads/request`, request);
  const reply = JSON.parse((await replied).toString()) as Reply;
  expect(reply.requestId).toBe(request.requestId);
  return reply;
}

/** The length is the client's own to say. */
async function put({ url, headers }: Reply, object: Uint8Array, changes: Readonly<Record<string, string>> = {}) {
  const { 'content-length': _, ...signed } = headers;
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { ...signed, ...changes },
    body: Uint8Array.from(object),
  });
  return { status: answer.status, code: /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1] };
}

let sequence = 0;

async function report(cameraFrame: string, from = gateway): Promise<void> {
  const sentAtMs = Date.now();
  sequence += 1;
  const frame = encodeFrame({
    gateway: from,
    lane: 'bulk',
    epoch: 1,
    sequence,
    sentAtMs,
    kind: 'delta',
    readings: [
      {
        assetId: asset,
        assetType: 'TrafficJunction',
        sensor: 'camera',
        stamp: BigInt(sentAtMs) * 1_000_000n,
        attributes: new Map([['cameraFrame', cameraFrame]]),
        seen: new Map(),
      },
    ],
  });
  const topic = `$aws/rules/cityweave_ingest/dt/centre/gateway/${from}/frames`;
  await city.mqtt.publishAsync(topic, Buffer.from(frame), { qos: 1 });
}

async function kept(reason: string, reference: string): Promise<Reject> {
  const isOurs = ({ topic, status }: Reject & { status?: string }): boolean =>
    topic.includes(gateway.slice(3)) && status === 'kept';
  const { rejects } = await city.getUntil<{ rejects: Reject[] }>(`/v1/rejects?reason=${reason}`, (body) =>
    body.rejects.some(isOurs),
  );
  const reject = rejects.find(isOurs) ?? expect.fail('none');
  expect(Buffer.from(reject.payload, 'base64').includes(reference)).toBe(true);
  return reject;
}

async function twinShows(reference: string): Promise<TwinBody> {
  return city.getUntil<TwinBody>(
    `/v1/twins/${asset}`,
    ({ attributes }) => attributes['cameraFrame']?.value === reference,
  );
}

describeTarget('an object that a gateway uploads', () => {
  it('is in the twin of what it shows, by its reference', async () => {
    const object = randomBytes(BYTES);
    const reply = await askFor(object);
    const sha256 = createHash('sha256').update(object).digest('hex');
    expect(reply).toMatchObject({ ok: true, reference: `uploads/centre/${gateway}/${sha256}-${BYTES}` });
    expect(await put(reply, object)).toEqual({ status: 200 });
    await report(reply.reference);
    expect((await twinShows(reply.reference)).attributes['cameraFrame']?.sources).toEqual([`${gateway}/camera`]);
  });

  it('is taken with the bytes, the length, the type and the name that were asked for, and no others', async () => {
    const [object, other] = [randomBytes(5000), randomBytes(5000)];
    const reply = await askFor(object);
    expect(await put(reply, other)).toEqual({ status: 400, code: 'BadDigest' });
    const theirs = { 'x-amz-checksum-sha256': createHash('sha256').update(other).digest('base64') };
    expect(await put(reply, other, theirs)).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(await put(reply, object.subarray(1))).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(await put(reply, object, { 'content-type': 'text/html' })).toMatchObject({ status: 403 });
    const foreign = { ...reply, url: reply.url.replace(`/centre/${gateway}/`, '/centre/gw-other/') };
    expect(await put(foreign, object)).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(await put(reply, object)).toEqual({ status: 200 });
  });

  it('may not be larger than 64 MiB, nor be what no attribute takes', async () => {
    const object = randomBytes(10);
    expect(await askFor(object, { bytes: 64 * 1024 * 1024 + 1 })).toMatchObject({ ok: false, reason: 'too-large' });
    expect(await askFor(object, { contentType: 'text/html' })).toMatchObject({ ok: false, reason: 'schema-violation' });
  });

  it('is referred to by who uploaded it only', async () => {
    const object = randomBytes(5000);
    const reply = await askFor(object);
    expect(await put(reply, object)).toEqual({ status: 200 });
    await report(reply.reference, `${gateway}-b`);
    await kept('not-authorized', reply.reference);
  });

  it('that comes after its reading is found by a redrive', async () => {
    const object = randomBytes(5000);
    const reply = await askFor(object);
    await report(reply.reference);
    const { id } = await kept('processing-failed', reply.reference);
    expect(await put(reply, object)).toEqual({ status: 200 });
    expect((await city.post(`/v1/rejects/${encodeURIComponent(id)}/redrive`, '')).status).toBe(202);
    await twinShows(reply.reference);
  });
});
