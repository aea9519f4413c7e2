import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatewayCodecs } from '../../../../edge-greengrass/adapters/lorawan/codecs.ts';
import { createLorawanAdapter } from '../../../../edge-greengrass/adapters/lorawan/adapter.ts';
import type { LorawanSensorConfig } from '../../../../edge-greengrass/config/gateway-config.ts';
import { chirpstack } from '../../../core/codec/lorawan/uplinks.ts';
import { adapterContext, counted, createTestIntake, gatewayConfig, WEATHER_STREAM } from '../gateway.ts';
import { type Broker, startBroker } from '../mqtt/broker.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.close());

test('uplinks of a network server in the cabinet are decoded here, by the device’s own codec', async () => {
  const network: LorawanSensorConfig = {
    protocol: 'lorawan',
    id: 'lora-1',
    network: 'chirpstack',
    streams: [WEATHER_STREAM],
    silentMaxMs: 60_000,
    samplesPerSecondMax: 100,
    url: broker.url,
    topic: 'application/+/device/+/event/up',
  };
  const context = adapterContext(gatewayConfig([network]), { codecs: gatewayCodecs() });
  const adapter = createLorawanAdapter(network, context);
  const intake = createTestIntake();
  const subscribed = new Promise<void>((resolve) => void broker.aedes.once('subscribe', () => resolve()));
  await adapter.start(intake);
  await subscribed;
  try {
    const text = JSON.stringify(chirpstack);
    const topic = 'application/1/device/0007ee00000a1b2c/event/up';
    await broker.publish(topic, text);
    await broker.publish(topic, text.replace('0007ee00000a1b2c', '0007ee00000a1b2d'));
    await broker.publish(topic, text.slice(0, -1));
    await broker.publish(topic, '[]');
    await expect.poll(() => counted(context.tally, 'lora-1', 'schema-violation')).toBe(1);
    // What it sent are the two bytes 02 fe: a vehicle has gone, and it is two degrees below zero.
    expect(intake.samples).toMatchObject([
      { sensor: '0007ee00000a1b2c', counter: 4242, asset: { assetId: 'lotA-18', assetType: 'ParkingSpot' } },
    ]);
    expect(intake.samples[0]?.values.get('status')).toBe('free');
    expect(counted(context.tally, '0007ee00000a1b2d', 'unknown-schema')).toBe(1);
    expect(counted(context.tally, 'lora-1', 'malformed')).toBe(1);
    expect(adapter.sensors().map(({ sensor, state }) => [sensor, state])).toEqual([
      ['lora-1', 'ok'],
      ['0007ee00000a1b2c', 'ok'],
      ['0007ee00000a1b2d', 'ok'],
    ]);
  } finally {
    await adapter.stop();
  }
});
