import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createMqttAdapter } from '../../../../edge-greengrass/adapters/mqtt/adapter.ts';
import type { AdapterContext } from '../../../../edge-greengrass/adapters/ports.ts';
import type { MqttSensorConfig } from '../../../../edge-greengrass/config/gateway-config.ts';
import type { Adapter, Sample } from '../../../../edge-greengrass/ports.ts';
import {
  adapterContext,
  counted,
  createTestIntake,
  gatewayConfig,
  type TestIntake,
  WEATHER_STREAM,
} from '../gateway.ts';
import { type Broker, startBroker } from './broker.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.close());

const adapters: Adapter[] = [];
afterEach(async () => {
  for (const adapter of adapters.splice(0)) await adapter.stop();
});

let names = 0;

interface Started {
  readonly sensor: MqttSensorConfig;
  readonly adapter: Adapter;
  readonly intake: TestIntake;
  readonly context: AdapterContext;
  readonly publish: (payload: unknown) => Promise<void>;
}

async function start(changes: Partial<MqttSensorConfig> = {}, intake = createTestIntake()): Promise<Started> {
  names += 1;
  const id = `wx-${names}`;
  const sensor: MqttSensorConfig = {
    protocol: 'mqtt',
    id,
    streams: [WEATHER_STREAM],
    silentMaxMs: 60_000,
    samplesPerSecondMax: 100,
    url: broker.url,
    topic: `sensors/${id}`,
    fields: ['temperature', 'precipitation', 'wind_speed'],
    ...changes,
  };
  const context = adapterContext(gatewayConfig([sensor]));
  const adapter = await startAdapter(sensor, intake, context);
  return {
    sensor,
    adapter,
    intake,
    context,
    publish: (payload) => broker.publish(sensor.topic, typeof payload === 'string' ? payload : JSON.stringify(payload)),
  };
}

async function startAdapter(sensor: MqttSensorConfig, intake: TestIntake, context: AdapterContext): Promise<Adapter> {
  const subscribed = new Promise<void>((resolve) => void broker.aedes.once('subscribe', () => resolve()));
  const adapter = createMqttAdapter(sensor, context);
  adapters.push(adapter);
  await adapter.start(intake);
  await subscribed;
  return adapter;
}

function valuesOf(samples: readonly Sample[]): unknown[] {
  return samples.map(({ values }) => Object.fromEntries(values));
}

describe('a sensor on the broker in the cabinet', () => {
  test('may send an object of fields, our reading, SenML or NGSI-LD', async () => {
    const { intake, adapter, publish } = await start();
    expect(adapter.state()).toBe('running');
    await publish({ temperature: 7.5, wind_speed: 3, battery: 88, observedAt: '2026-11-21T08:00:00.000Z' });
    await publish({
      observedAt: 1_795_248_000_000,
      counter: 9,
      attributes: { temperature: { value: 300, unitCode: 'KEL' } },
    });
    await publish([{ bn: 'mast/', n: 'wind_speed', u: 'km/h', v: 36 }]);
    await publish({
      id: 'urn:ngsi-ld:TrafficJunction:int-01',
      type: 'TrafficJunction',
      temperature: { type: 'Property', value: 8, observedAt: '2026-11-21T08:00:01Z' },
    });
    await expect.poll(() => intake.samples.length).toBe(4);
    expect(valuesOf(intake.samples)).toEqual([
      { temperature: 7.5, wind_speed: 3 },
      { temperature: 26.85 },
      { wind_speed: 10 },
      { temperature: 8 },
    ]);
    expect(intake.samples[0]?.observedAtMs).toBe(Date.UTC(2026, 10, 21, 8));
    expect(intake.samples[1]?.counter).toBe(9);
    expect(Math.abs((intake.samples[2]?.observedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('may send a bare number, where its stream has one value', async () => {
    const { intake, publish } = await start({ streams: ['occupancy/vehicle/count'], fields: ['value'] });
    await publish('17');
    await expect.poll(() => valuesOf(intake.samples)).toEqual([{ value: 17 }]);
    expect(intake.samples[0]?.stream).toBe('occupancy/vehicle/count');
  });

  test('has what is bad counted by its reason, and the good beside it taken', async () => {
    const { intake, context, sensor, publish } = await start();
    await publish('{"temperature": 7');
    await publish('NaN');
    await publish('');
    await publish([]);
    await publish({ humidity: 3 });
    await publish({ temperature: [7], wind_speed: 4 });
    await publish([{ attributes: { temperature: 5 } }, { attributes: { temperature: {} } }]);
    await publish(`"${'x'.repeat(129 * 1024)}"`);
    await publish({ temperature: 1 });
    await expect
      .poll(() => valuesOf(intake.samples))
      .toEqual([{ wind_speed: 4 }, { temperature: 5 }, { temperature: 1 }]);
    expect(Object.fromEntries(context.tally.counts().get(sensor.id) ?? [])).toEqual({
      malformed: 3,
      'schema-violation': 4,
      'too-large': 1,
    });
  });

  test('is not acknowledged before its reading is kept: what was not comes again after the connection broke', async () => {
    const intake = createTestIntake();
    const tried: unknown[] = [];
    intake.keep = (sample) => {
      tried.push(sample.values.get('temperature'));
      return new Promise(() => {});
    };
    const { publish, context, sensor, adapter } = await start({}, intake);
    await publish({ temperature: 1, counter: 1 });
    await publish({ temperature: 2, counter: 2 });
    await expect.poll(() => tried).toEqual([1]);
    // The process dies; another one takes the session over.
    await adapter.stop();
    const successor = createTestIntake();
    await startAdapter(sensor, successor, context);
    await expect.poll(() => valuesOf(successor.samples)).toEqual([{ temperature: 1 }, { temperature: 2 }]);
  });

  test('waits while nothing can be kept, and is taken when it can', async () => {
    const intake = createTestIntake();
    let isFull = true;
    intake.keep = async (sample) => {
      if (isFull) throw new Error('no space left on device');
      intake.samples.push(sample);
      return 'taken';
    };
    const { publish } = await start({}, intake);
    await publish({ temperature: 1 });
    isFull = false;
    await expect.poll(() => intake.samples.length).toBe(1);
  });

  test('comes again where the connection broke while it waited, and then no more', async () => {
    const intake = createTestIntake();
    const kept = Promise.withResolvers<void>();
    intake.keep = async (sample) => {
      await kept.promise;
      intake.samples.push(sample);
      return 'taken';
    };
    const { publish, adapter, sensor, context } = await start({}, intake);
    await publish({ temperature: 1 });
    broker.cut();
    await expect.poll(() => adapter.state()).toBe('connecting');
    await expect.poll(() => adapter.state()).toBe('running');
    kept.resolve();
    await publish({ temperature: 2 });
    await expect.poll(() => valuesOf(intake.samples).at(-1)).toEqual({ temperature: 2 });
    expect(valuesOf(intake.samples)).toEqual([{ temperature: 1 }, { temperature: 1 }, { temperature: 2 }]);
    await adapter.stop();
    const successor = createTestIntake();
    await startAdapter(sensor, successor, context);
    await publish({ temperature: 3 });
    await expect.poll(() => valuesOf(successor.samples)).toEqual([{ temperature: 3 }]);
  });

  test('is unsubscribed while its stream is closed, and subscribed again', async () => {
    const { publish, intake, adapter } = await start();
    intake.closed.add(WEATHER_STREAM);
    await new Promise<void>((resolve) => void broker.aedes.once('unsubscribe', () => resolve()));
    expect(adapter.state()).toBe('suspended');
    await publish({ temperature: 1 });
    intake.closed.clear();
    await new Promise<void>((resolve) => void broker.aedes.once('subscribe', () => resolve()));
    await publish({ temperature: 2 });
    await expect.poll(() => valuesOf(intake.samples)).toEqual([{ temperature: 2 }]);
  });

  test('connects again after the broker was away', async () => {
    const { publish, intake, adapter } = await start();
    broker.cut();
    await expect.poll(() => adapter.state()).toBe('connecting');
    await expect.poll(() => adapter.state()).toBe('running');
    await publish({ temperature: 3 });
    await expect.poll(() => valuesOf(intake.samples)).toEqual([{ temperature: 3 }]);
  });

  test('does not pass a retained value of unknown age for a fresh one', async () => {
    await broker.publish('sensors/old', '{"temperature": 30}', { qos: 1, retain: true });
    const { intake, context, sensor } = await start({ topic: 'sensors/old' });
    await expect.poll(() => counted(context.tally, sensor.id, 'time-in-past')).toBe(1);
    expect(intake.samples).toEqual([]);
  });

  test('is made to wait when it babbles, and holds up nobody else', async () => {
    const babbler = await start({ samplesPerSecondMax: 1 });
    const other = await start();
    for (let index = 0; index < 11; index += 1) await babbler.publish({ temperature: index });
    await other.publish({ temperature: 99 });
    await expect.poll(() => other.intake.samples.length).toBe(1);
    await expect.poll(() => babbler.adapter.sensors()[0]?.state).toBe('babbling');
    await expect.poll(() => babbler.intake.samples.length).toBe(11);
    expect(counted(babbler.context.tally, babbler.sensor.id, 'babbling')).toBeGreaterThan(0);
    expect(other.adapter.sensors()[0]?.state).toBe('ok');
  });
});
