/** Formats that are not our own JSON, over AWS APIs, MQTT and HTTP only. Every expectation is written by hand. */
import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeFrame as wrap } from '../../core/fec/encode-frame.ts';
import { encodeFrame } from '../../core/sync/encode-frame.ts';
import { type City, type Reject, type TwinBody, visit } from './city.ts';
import { describeTarget, openTarget, type Target } from './target.ts';

let target: Target;
let city: City;

beforeAll(async () => {
  target = await openTarget();
  city = await visit(target, `acceptance-${randomUUID().slice(0, 8)}`);
}, 120_000);
afterAll(async () => {
  await city?.close();
  await target?.close();
});

function newAsset(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

async function publishBytes(topic: string, hex: string): Promise<void> {
  await city.mqtt.publishAsync(topic, Buffer.from(hex.replaceAll(' ', ''), 'hex'), { qos: 1 });
}

async function twinWith(assetId: string, attribute: string, value: unknown): Promise<TwinBody> {
  return city.getUntil<TwinBody>(`/v1/twins/${assetId}`, ({ attributes }) => attributes[attribute]?.value === value);
}

describeTarget('a message', () => {
  it('of a LoRaWAN is decoded by its vendor’s codec, and duplicates of it are one dot', async () => {
    const time = new Date().toISOString();
    const fCnt = Math.floor(Math.random() * 1_000_000);
    const uplink = { time, deviceInfo: { devEui: '0007ee00000a1b2c' }, fCnt, fPort: 2, data: 'Afs=' };
    for (const [index, gatewayId] of ['roof', 'tower', 'roof'].entries()) {
      const later = new Date(Date.parse(time) + index * 700).toISOString();
      await city.publish('lorawan/chirpstack/0007ee00000a1b2c/up', { ...uplink, time: later, rxInfo: [{ gatewayId }] });
    }
    const { attributes, context } = await twinWith('lotA-18', 'temperature', -5);
    expect(attributes['status']).toMatchObject({
      value: 'occupied',
      observedAt: time,
      sources: ['chirpstack/0007ee00000a1b2c'],
    });
    const stamp = BigInt(Date.parse(time)) * 1_000_000n + BigInt(fCnt);
    expect(context['status']).toEqual({ 'chirpstack/0007ee00000a1b2c': String(stamp) });
  });

  it('in SenML, JSON or CBOR, is in the twin that its topic names', async () => {
    const [json, cbor] = [newAsset('roof'), newAsset('mast')];
    await city.publish(`dt/edgbaston/WeatherObserved/${json}/sensor`, [
      { bn: 'urn:dev:mac:0024befffe804ff1/', n: 'temperature', u: 'Cel', v: 21.5 },
      { n: 'relativeHumidity', u: '%RH', v: 40 },
    ]);
    // [{0: "temperature", 1: "K", 2: 273.15}]
    await publishBytes(
      `dt/edgbaston/WeatherObserved/${cbor}/sensor`,
      '81 a3 00 6b 74656d7065726174757265 01 61 4b 02 fb 4071126666666666',
    );
    expect((await twinWith(json, 'temperature', 21.5)).attributes['relativeHumidity']).toMatchObject({ value: 0.4 });
    await twinWith(cbor, 'temperature', 0);
  });

  it('that is an NGSI-LD entity is in the twin that its topic names, in the attributes’ units', async () => {
    const assetId = newAsset('station');
    await city.publish(`dt/centre/AirQualityObserved/${assetId}/analyser`, {
      id: `urn:ngsi-ld:AirQualityObserved:${assetId}`,
      type: 'AirQualityObserved',
      temperature: { type: 'Property', value: 50, unitCode: '°F' },
    });
    await twinWith(assetId, 'temperature', 10);
  });

  it('in Avro or protobuf is read by its writer’s schema', async () => {
    const [spot, loop] = [newAsset('spot'), newAsset('loop')];
    await publishBytes(`dt/eastside/ParkingSpot/${spot}/sensor`, 'c301 52a857cda910a767 00 ce49 02 02 00409143');
    await publishBytes(
      `dt/centre/TrafficFlowObserved/${loop}/detector`,
      'c301 f417e64cb7d0bd67 1005 188407 2500004242',
    );
    expect((await twinWith(spot, 'status', 'occupied')).attributes['temperature']).toMatchObject({ value: 17.35 });
    expect((await twinWith(loop, 'intensity', 900)).attributes['averageVehicleSpeed']).toMatchObject({ value: 48.5 });
  });

  it('of a link on which bytes flip is mended; beyond mending it is kept with its bytes', async () => {
    const [gateway, assetId] = [newAsset('gw'), newAsset('garage')];
    const topic = `$aws/rules/cityweave_ingest/dt/centre/gateway/${gateway}/frames/fec`;
    const frame = fecFrame(gateway, assetId, { occupiedSpotNumber: 61 });
    for (const at of [0, 17, 60, 61, 62]) frame[at] = (frame[at] ?? 0) ^ 0x5a;
    await city.mqtt.publishAsync(topic, frame, { qos: 1 });
    const { attributes } = await twinWith(assetId, 'occupiedSpotNumber', 61);
    expect(attributes['occupiedSpotNumber']?.sources).toEqual([`${gateway}/loop`]);

    const lost = Buffer.from(frame).fill(0, 100, 200);
    await city.mqtt.publishAsync(topic, lost, { qos: 1 });
    const { rejects } = await city.getUntil<{ rejects: Reject[] }>('/v1/rejects?reason=fec-uncorrectable', (body) =>
      body.rejects.some((each) => each.topic.includes(gateway)),
    );
    const kept = rejects.find((each) => each.topic.includes(gateway));
    expect(kept?.payload).toBe(lost.toString('base64'));
  });

  it('of a schema that nobody knows is kept, and decoded by a redrive once it is registered', async () => {
    const assetId = newAsset('spot');
    const name = `R${randomUUID().replaceAll('-', '')}`;
    const canonical = `{"name":"${name}","type":"record","fields":[{"name":"status","type":"string"}]}`;
    const fingerprint = rabin(canonical);
    const header = `c301 ${Buffer.from(fingerprint, 'hex').reverse().toString('hex')}`;
    // Six characters, zigzag: "closed".
    await publishBytes(
      `dt/eastside/ParkingSpot/${assetId}/sensor`,
      `${header} 0c ${Buffer.from('closed').toString('hex')}`,
    );
    const isOurs = ({ topic, status }: { topic: string; status: string }): boolean =>
      topic.includes(assetId) && status === 'kept';
    const { rejects } = await city.getUntil<{ rejects: { id: string; topic: string; status: string }[] }>(
      '/v1/rejects?reason=unknown-schema',
      (body) => body.rejects.some(isOurs),
    );
    const item = { fingerprint, name: 'acceptance', version: '1', format: 'avro', schema: canonical };
    const Item = Object.fromEntries(
      Object.entries(item).map(([key, value]) => [key, key === 'version' ? { N: value } : { S: value }]),
    );
    await city.dynamodb.send(new PutItemCommand({ TableName: 'cityweave-schemas', Item }));
    const { status } = await city.post(`/v1/rejects/${encodeURIComponent(rejects.find(isOurs)?.id ?? '')}/redrive`, '');
    expect(status).toBe(202);
    await twinWith(assetId, 'status', 'closed');
  });
});

/** A gateway's frame of one reading, observed now, as a link of depth 3 wraps it. */
function fecFrame(gateway: string, assetId: string, attributes: Readonly<Record<string, number>>): Buffer {
  const sentAtMs = Date.now();
  const payload = encodeFrame({
    gateway,
    lane: 'bulk',
    epoch: sentAtMs,
    sequence: 1,
    sentAtMs,
    kind: 'delta',
    readings: [
      {
        assetId,
        assetType: 'OffStreetParking',
        sensor: 'loop',
        stamp: BigInt(sentAtMs) * 1_000_000n,
        attributes: new Map(Object.entries(attributes)),
        seen: new Map(),
      },
    ],
  });
  const wrapped = wrap(payload, { depth: 3 });
  return wrapped.ok ? Buffer.from(wrapped.frame) : expect.fail(wrapped.detail);
}

/** CRC-64-AVRO, bit by bit. */
function rabin(text: string): string {
  let remainder = 0xc15d213aa4d7a795n;
  for (const byte of Buffer.from(text)) {
    remainder ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >> 1n) ^ (remainder & 1n ? 0xc15d213aa4d7a795n : 0n);
  }
  return remainder.toString(16).padStart(16, '0');
}
