import { afterEach, describe, expect, test } from 'vitest';
import { COUNTS_BYTES_MAX, createCameraAdapter } from '../../../edge-greengrass/adapters/camera.ts';
import type { CameraConfig } from '../../../edge-greengrass/config/gateway-config.ts';
import type { Adapter } from '../../../edge-greengrass/ports.ts';
import { adapterContext, counted, createTestIntake, gatewayConfig } from './gateway.ts';

const CAMERA: CameraConfig = {
  protocol: 'rtsp',
  id: 'cam-001',
  streams: ['occupancy/vehicle/count', 'traffic/signal/flow'],
  silentMaxMs: 60_000,
  samplesPerSecondMax: 500,
  pipeline: 'vehicle_tracking:v2',
  framesPerSecond: 30,
  topic: 'cameras/cam-001/counts',
};

let adapter: Adapter | undefined;
afterEach(() => adapter?.stop());

async function start() {
  const context = adapterContext(gatewayConfig([CAMERA]));
  const intake = createTestIntake();
  adapter = createCameraAdapter(CAMERA, context);
  await adapter.start(intake);
  const controls: string[] = [];
  await context.bus.subscribe(`${CAMERA.topic}/control`, (payload) => controls.push(Buffer.from(payload).toString()));
  const publish = (text: string) => context.bus.publish(CAMERA.topic, Buffer.from(text));
  return { adapter, context, intake, controls, publish };
}

describe('a camera’s counts on the local bus', () => {
  test('go to the streams that they name', async () => {
    const { intake, publish } = await start();
    await publish('{"observedAt": 1795248000000, "occupancy/vehicle/count": 12, "traffic/signal/flow": 850.5}');
    await publish('{"observedAt": "2026-11-21T08:00:01.000Z", "occupancy/vehicle/count": 13, "model": "v2"}');
    expect(
      intake.samples.map(({ stream, values, observedAtMs }) => [stream, values.get('value'), observedAtMs]),
    ).toEqual([
      ['occupancy/vehicle/count', 12, 1_795_248_000_000],
      ['traffic/signal/flow', 850.5, 1_795_248_000_000],
      ['occupancy/vehicle/count', 13, Date.UTC(2026, 10, 21, 8, 0, 1)],
    ]);
  });

  test.each([
    ['{"occupancy/vehicle/count": -1}', 'out-of-range'],
    ['{"occupancy/vehicle/count": "12"}', 'out-of-range'],
    ['{"occupancy/vehicle/count": 1e999}', 'malformed'],
    ['{"count": 12}', 'schema-violation'],
    ['{"observedAt": "now", "occupancy/vehicle/count": 1}', 'schema-violation'],
    ['12', 'schema-violation'],
    ['{', 'malformed'],
    [`{"occupancy/vehicle/count": 1}${' '.repeat(COUNTS_BYTES_MAX)}`, 'too-large'],
  ] as const)('are counted, not taken: %j', async (text, reason) => {
    const { intake, context, publish } = await start();
    await publish(text);
    expect(intake.samples).toEqual([]);
    expect(counted(context.tally, CAMERA.id, reason)).toBe(1);
  });

  test('of two, the good one is taken', async () => {
    const { intake, publish } = await start();
    await publish('{"occupancy/vehicle/count": null, "traffic/signal/flow": 1}');
    expect(intake.samples.map(({ stream }) => stream)).toEqual(['traffic/signal/flow']);
  });

  test('end when nobody wants them, and come back', async () => {
    const { intake, controls, adapter } = await start();
    for (const stream of CAMERA.streams) intake.closed.add(stream);
    await expect.poll(() => controls).toEqual(['{"run":false}']);
    expect(adapter.state()).toBe('suspended');
    intake.closed.clear();
    await expect.poll(() => controls).toEqual(['{"run":false}', '{"run":true}']);
    expect(adapter.state()).toBe('running');
  });
});
