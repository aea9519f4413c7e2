/** The whole path, over AWS APIs, MQTT and HTTP only. Every expectation is written by hand. */
import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type City, type Reject, type TwinBody, visit } from './city.ts';
import { fatesOf } from './log.ts';
import { describeTarget, openTarget, type Target } from './target.ts';

const CLIENT_ID = `acceptance-${randomUUID().slice(0, 8)}`;
const MINUTE_MS = 60_000;
let target: Target;
let city: City;

beforeAll(async () => {
  target = await openTarget();
  city = await visit(target, CLIENT_ID);
}, 120_000);
afterAll(async () => {
  await city?.close();
  await target?.close();
});

/** An asset of this run alone, so that the suite can run again on the same target. */
function newAsset(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

function carPark(assetId: string, source: string): string {
  return `dt/centre/OffStreetParking/${assetId}/${source}`;
}

function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}

async function twinWith(assetId: string, attribute: string, value: unknown): Promise<TwinBody> {
  return city.getUntil<TwinBody>(`/v1/twins/${assetId}`, ({ attributes }) => attributes[attribute]?.value === value);
}

describeTarget('a reading', () => {
  it('of a legacy sensor is in the twin that its payload names, as it was sent', async () => {
    const timestamp = Math.floor(Date.now() / 1000);
    await city.publish('sensors/parking/lotA', { sensor_id: 'lotA-17', status: 'occupied', timestamp });
    const twin = await twinWith('lotA-17', 'status', 'occupied');
    expect(twin).toMatchObject({ assetType: 'ParkingSpot', zone: 'eastside', registered: true });
    expect(twin.attributes['status']).toMatchObject({
      observedAt: new Date(timestamp * 1000).toISOString(),
      sources: ['parking-sensor/lotA-17'],
      flags: ['coarse-clock'],
    });
  });

  it('of a device brings its attributes, units, time and position', async () => {
    const assetId = newAsset('garage');
    const observedAt = ago(1000);
    await city.publish(carPark(assetId, 'camera'), {
      observedAt,
      counter: 4711,
      attributes: { occupiedSpotNumber: 61, totalSpotNumber: 577 },
      position: { lat: 52.4773, lon: -1.8931 },
    });
    const twin = await twinWith(assetId, 'occupiedSpotNumber', 61);
    expect(twin.attributes['totalSpotNumber']).toMatchObject({ value: 577, unit: 'C62', observedAt, quality: 'good' });
    expect(twin.position).toMatchObject({ longitude: -1.8931, latitude: 52.4773 });
    expect(twin.context['occupiedSpotNumber']).toEqual({ camera: `${Date.parse(observedAt)}004711` });
  });

  it('without a time counts from its receipt, and says so', async () => {
    const assetId = newAsset('garage');
    await city.publish(carPark(assetId, 'camera'), { attributes: { occupiedSpotNumber: 3 } });
    const twin = await twinWith(assetId, 'occupiedSpotNumber', 3);
    expect(twin.attributes['occupiedSpotNumber']?.flags).toContain('observed-at-missing');
  });

  it('among bad ones in a message goes through, and each bad one is kept with its reason', async () => {
    const assetId = newAsset('garage');
    const topic = carPark(assetId, 'camera');
    await city.publish(topic, [
      { attributes: { occupiedSpotNumber: -5 } },
      { attributes: { occupiedSpotNumber: 17 } },
      { attributes: { spaceships: 1 } },
    ]);
    await twinWith(assetId, 'occupiedSpotNumber', 17);
    const kept = (await city.rejects()).filter((reject) => reject.topic === topic);
    expect(new Map(kept.map(({ readingId, reason }) => [readingId.split('/')[1], reason]))).toEqual(
      new Map([
        ['0', 'out-of-range'],
        ['2', 'schema-violation'],
      ]),
    );
  });
});

describeTarget('bad input', () => {
  const assetId = newAsset('bad');
  const topic = carPark(assetId, 'camera');
  it.each([
    ['malformed', topic, '{"attributes": {"occupiedSpotNumber": 6'],
    ['malformed', topic, ''],
    ['unknown-schema', `dt/centre/Spaceport/${assetId}/camera`, '{"attributes": {"landed": true}}'],
    ['unknown-schema', 'sensors/unheard-of/somewhere', '{"x": 1}'],
    ['schema-violation', topic, '{"attributes": {"occupiedSpotNumber": "many"}}'],
    ['out-of-range', topic, '{"attributes": {"occupiedSpotNumber": 5001}}'],
    ['out-of-range', topic, '{"attributes": {"occupiedSpotNumber": 12, "totalSpotNumber": 11}}'],
    ['time-in-future', topic, `{"observedAt": ${Date.now() + 6 * MINUTE_MS}, "attributes": {"occupiedSpotNumber": 1}}`],
    ['not-authorized', 'dt/centre/OffStreetParking/market-hall/impostor', '{"attributes": {"occupiedSpotNumber": 1}}'],
  ])('is kept as %s with its bytes, topic, sender and time (%s %s)', async (reason, sentTopic, payload) => {
    const beforeMs = Date.now();
    await city.publish(sentTopic, payload);
    const isOurs = (reject: Reject) =>
      reject.topic === sentTopic && reject.payload === Buffer.from(payload).toString('base64');
    const { rejects } = await city.getUntil<{ readonly rejects: readonly Reject[] }>(
      `/v1/rejects?reason=${reason}&from=${beforeMs - MINUTE_MS}&limit=200`,
      (body) => body.rejects.some(isOurs),
    );
    const kept = rejects.find(isOurs);
    expect(kept).toMatchObject({ clientId: CLIENT_ID });
    expect(Date.parse(kept?.receivedAt ?? '')).toBeGreaterThan(beforeMs - MINUTE_MS);
    expect(kept?.detail).not.toBe('');
  });
});

describeTarget('what became of a reading', () => {
  it('is applied, duplicate or superseded, one fate each', async () => {
    const assetId = newAsset('garage');
    const topic = carPark(assetId, 'camera');
    const first = { observedAt: ago(3000), attributes: { occupiedSpotNumber: 10 } };
    const newer = { observedAt: ago(1000), attributes: { occupiedSpotNumber: 12 } };
    const older = { observedAt: ago(2000), attributes: { occupiedSpotNumber: 11 } };
    for (const reading of [first, newer, older, first, newer]) await city.publish(topic, reading);
    await city.publish(topic, { attributes: { occupiedSpotNumber: 13 } });
    await twinWith(assetId, 'occupiedSpotNumber', 13);
    const logged = (await city.observations()).filter((observation) => observation.assetId === assetId);
    expect(fatesOf(logged)).toEqual(['applied', 'applied', 'superseded', 'duplicate', 'duplicate', 'applied']);
  });
});

describeTarget('sources that disagree', () => {
  it('resolve to the most occupied and the fewest free spaces, whatever comes last', async () => {
    const assetId = newAsset('garage');
    const report = (source: string, occupied: number, available: number) =>
      city.publish(carPark(assetId, source), {
        observedAt: ago(1000),
        attributes: { occupiedSpotNumber: occupied, availableSpotNumber: available },
      });
    await report('gate-a', 40, 60);
    await report('gate-b', 55, 70);
    await report('gate-c', 50, 45);
    const twin = await city.getUntil<TwinBody>(
      `/v1/twins/${assetId}`,
      ({ context }) => Object.keys(context['occupiedSpotNumber'] ?? {}).length === 3,
    );
    expect(twin.attributes['occupiedSpotNumber']).toMatchObject({ value: 55, sources: ['gate-b'] });
    expect(twin.attributes['availableSpotNumber']).toMatchObject({ value: 45, sources: ['gate-c'] });
    expect(twin.attributes['occupiedSpotNumber']?.flags).toContain('disagreeing');
  });

  it('resolve to the latest observation, not the latest arrival, where the policy is latest', async () => {
    const assetId = newAsset('air');
    const topic = (source: string) => `dt/centre/AirQualityObserved/${assetId}/${source}`;
    await city.publish(topic('a'), { observedAt: ago(1000), attributes: { airQualityIndex: 20 } });
    await city.publish(topic('b'), { observedAt: ago(9000), attributes: { airQualityIndex: 90 } });
    const twin = await city.getUntil<TwinBody>(
      `/v1/twins/${assetId}`,
      ({ context }) => Object.keys(context['airQualityIndex'] ?? {}).length === 2,
    );
    expect(twin.attributes['airQualityIndex']).toMatchObject({ value: 20, unit: 'C62', sources: ['a'] });
  });

  it('resolve to the mean of what agrees within what instruments are declared to err, where nothing more is known', async () => {
    const assetId = newAsset('air');
    for (const [source, pm25] of Object.entries({ a: 20, b: 30, c: 90 })) {
      await city.publish(`dt/centre/AirQualityObserved/${assetId}/${source}`, {
        observedAt: ago(1000),
        attributes: { pm25 },
      });
    }
    const twin = await city.getUntil<TwinBody>(
      `/v1/twins/${assetId}`,
      ({ context }) => Object.keys(context['pm25'] ?? {}).length === 3,
    );
    expect(twin.attributes['pm25']).toMatchObject({ value: 25, unit: 'GQ', sources: ['a', 'b'] });
    expect(twin.attributes['pm25']?.flags).toContain('calibrate');
  });

  it('are explained: who said what, what counted and what did not', async () => {
    const assetId = newAsset('garage');
    await city.publish(carPark(assetId, 'gate-a'), { observedAt: ago(1000), attributes: { occupiedSpotNumber: 40 } });
    await city.publish(carPark(assetId, 'gate-b'), { observedAt: ago(2000), attributes: { occupiedSpotNumber: 44 } });
    await twinWith(assetId, 'occupiedSpotNumber', 44);
    await city.getUntil<TwinBody>(
      `/v1/twins/${assetId}`,
      ({ context }) => Object.keys(context['occupiedSpotNumber'] ?? {}).length === 2,
    );
    const { body } = await city.get<{
      attributes: Record<string, { policy: string; siblings: readonly Record<string, unknown>[] }>;
    }>(`/v1/twins/${assetId}/explain?attribute=occupiedSpotNumber`);
    const explained = body.attributes['occupiedSpotNumber'];
    expect(explained?.policy).toBe('max');
    expect(explained?.siblings).toMatchObject([
      { source: 'gate-a', value: 40, counted: false, outcome: 'lower' },
      { source: 'gate-b', value: 44, counted: true },
    ]);
    expect((await city.get(`/v1/twins/${assetId}/explain?attribute=spaceships`)).status).toBe(404);
  });
});

describeTarget('history', () => {
  it('has every reading of every source, superseded ones too, and bins with the policy applied', async () => {
    const assetId = newAsset('garage');
    const startMs = Math.floor(Date.now() / (10 * MINUTE_MS)) * 10 * MINUTE_MS - 20 * MINUTE_MS;
    const report = (source: string, minute: number, occupied: number) =>
      city.publish(carPark(assetId, source), {
        observedAt: startMs + minute * MINUTE_MS,
        counter: 1,
        attributes: { occupiedSpotNumber: occupied },
      });
    // Two sources over two bins of ten minutes; the last one comes late and is superseded.
    await report('gate-a', 1, 10);
    await report('gate-a', 3, 20);
    await report('gate-b', 2, 18);
    await report('gate-b', 12, 30);
    await report('gate-b', 4, 22);

    interface History {
      readonly points: readonly { readonly source: string; readonly value: number; readonly stamp: string }[];
      readonly bins: readonly Record<string, unknown>[];
      readonly cursor: string | null;
    }
    const period = `attribute=occupiedSpotNumber&from=${startMs}&to=${startMs + 20 * MINUTE_MS}`;
    const raw = await city.getUntil<History>(
      `/v1/twins/${assetId}/history?${period}`,
      ({ points }) => points.length === 5,
    );
    expect(raw.points.map(({ source, value }) => [source, value])).toEqual([
      ['gate-a', 10],
      ['gate-b', 18],
      ['gate-a', 20],
      ['gate-b', 22],
      ['gate-b', 30],
    ]);
    expect(raw.points[0]?.stamp).toBe(`${startMs + MINUTE_MS}000001`);

    const one = await city.get<History>(`/v1/twins/${assetId}/history?${period}&source=gate-a`);
    expect(one.body.points).toHaveLength(2);

    const { body } = await city.get<History>(`/v1/twins/${assetId}/history?${period}&bin=10m`);
    // gate-a's mean is 15, gate-b's 20: the policy of occupied spaces takes the higher.
    expect(body.bins).toMatchObject([
      { start: new Date(startMs).toISOString(), count: 4, min: 10, max: 22, mean: 17.5, value: 20 },
      { start: new Date(startMs + 10 * MINUTE_MS).toISOString(), count: 1, min: 30, max: 30, mean: 30, value: 30 },
    ]);

    const pages: string[] = [];
    let cursor = '';
    do {
      const page = await city.get<History>(
        `/v1/twins/${assetId}/history?${period}&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      pages.push(...page.body.points.map(({ stamp }) => stamp));
      cursor = page.body.cursor ?? '';
    } while (cursor);
    expect(pages).toEqual(raw.points.map(({ stamp }) => stamp));

    // Without a period the first page fixes it, though time goes on between the pages.
    const recent = `/v1/twins/${assetId}/history?attribute=occupiedSpotNumber&limit=3`;
    const first = await city.get<History>(recent);
    const second = await city.get<History>(`${recent}&cursor=${first.body.cursor}`);
    expect([...first.body.points, ...second.body.points].map(({ stamp }) => stamp)).toEqual(pages);
  });

  it.each([
    ['attribute=spaceships', 'attribute: got "spaceships"'],
    ['', 'attribute: missing'],
    ['attribute=status&from=yesterday', 'from: got "yesterday"'],
    ['attribute=status&bin=never', 'bin: got "never"'],
    ['attribute=status&bin=1s&from=2020-01-01T00:00:00Z', 'bin: got "1s"'],
    ['attribute=status&limit=0', 'limit: got "0"'],
    ['attribute=status&cursor=forged', 'cursor: got "forged"'],
  ])('refuses %s and says how to mend it', async (query, detail) => {
    await city.publish('sensors/parking/lotA', {
      sensor_id: 'lotA-17',
      status: 'vacant',
      timestamp: Math.floor(Date.now() / 1000),
    });
    await city.getUntil<TwinBody>('/v1/twins/lotA-17', () => true);
    const { status, body } = await city.get<{ detail: string; status: number }>(`/v1/twins/lotA-17/history?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400 });
    expect(body.detail).toContain(detail);
  });
});

describeTarget('lists', () => {
  it('page through the twins of a zone and type, neither repeating nor skipping', async () => {
    const assetIds = Array.from({ length: 23 }, () => newAsset('pump'));
    for (const assetId of assetIds) {
      await city.publish(`dt/edgbaston/PumpingStation/${assetId}/plc`, { attributes: { flow: 1 } });
    }
    for (const assetId of assetIds) await twinWith(assetId, 'flow', 1);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await city.get<{ twins: readonly TwinBody[]; cursor: string | null }>(
        `/v1/twins?type=PumpingStation&zone=edgbaston&limit=10${cursor && `&cursor=${cursor}`}`,
      );
      expect(body.twins.length).toBeLessThanOrEqual(10);
      seen.push(...body.twins.map(({ assetId }) => assetId));
      cursor = body.cursor ?? '';
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(assetIds));
  });
});

describeTarget('conservation', () => {
  it('has every reading that came in either in the log or kept, each once, and none beside', async () => {
    const assetId = newAsset('last');
    const topic = carPark(assetId, 'camera');
    await city.publish(topic, [{ attributes: { occupiedSpotNumber: 2 } }, { attributes: { occupiedSpotNumber: -1 } }]);
    await city.publish(topic, { attributes: { occupiedSpotNumber: 1 } });
    await twinWith(assetId, 'occupiedSpotNumber', 1);
    const messageIds = (await city.records('cityweave-ingest')).map(
      (data) => (JSON.parse(Buffer.from(data).toString()) as { messageId: string }).messageId,
    );
    const settled = [...(await city.observations()), ...(await city.rejects())];
    const countOf = new Map(settled.map(({ readingId, count }) => [messageIdOf(readingId), count]));
    const cameIn = messageIds.flatMap((messageId) =>
      Array.from({ length: countOf.get(messageId) ?? 1 }, (_, index) => `${messageId}/${index}`),
    );
    expect(settled.map(({ readingId }) => readingId).toSorted()).toEqual(cameIn.toSorted());
  });
});

function messageIdOf(readingId: string): string {
  return readingId.slice(0, readingId.lastIndexOf('/'));
}

describeTarget('any AWS client', () => {
  it('reads a twin from its table, its stamps with every digit', async () => {
    const assetId = newAsset('garage');
    const observedAtMs = Date.now() - 1000;
    await city.publish(carPark(assetId, 'camera'), {
      observedAt: observedAtMs,
      counter: 999_999,
      attributes: { occupiedSpotNumber: 8 },
    });
    await twinWith(assetId, 'occupiedSpotNumber', 8);
    const { Item: item } = await city.dynamodb.send(
      new GetItemCommand({ TableName: 'cityweave-twins', Key: { assetId: { S: assetId } } }),
    );
    expect(item?.['registers']?.M?.['occupiedSpotNumber']?.M?.['camera']?.M?.['t']).toEqual({
      N: `${observedAtMs}999999`,
    });
  });
});
