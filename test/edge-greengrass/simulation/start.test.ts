import { expect, test } from 'vitest';
import config from '../../../cityweave.config.ts';
import { createAdapters } from '../../../edge-greengrass/adapters/create-adapters.ts';
import { exponential, seededRandom } from '../../../edge-greengrass/simulation/random.ts';
import { startSimulation } from '../../../edge-greengrass/simulation/start.ts';
import { parseGatewayConfig } from '../../../edge-greengrass/config/read-config.ts';
import { adapterContext, createTestBus, createTestIntake } from '../adapters/gateway.ts';
import { GIVEN_TEXT } from '../config/given-config.ts';

test('the given configuration, with simulated sensors, is read by adapters of all its protocols', async () => {
  const read = parseGatewayConfig(GIVEN_TEXT, config.assetTypes);
  if (!read.ok) throw new Error('the given configuration is refused');
  const bus = createTestBus();
  const simulation = await startSimulation(read.config, bus, 7);
  const context = adapterContext(simulation.config, { bus });
  const { adapters, lateness, tally } = createAdapters(simulation.config, context);
  const intake = createTestIntake();
  try {
    for (const adapter of adapters) await adapter.start(intake);
    await expect
      .poll(() => new Set(intake.samples.map(({ stream }) => stream)), { timeout: 20_000 })
      .toEqual(
        new Set([
          'traffic/loop/count',
          'environment/weather/highway',
          'occupancy/vehicle/count',
          'traffic/signal/flow',
          'traffic/signal/emergency',
        ]),
      );
    expect(
      adapters
        .flatMap((adapter) => adapter.sensors())
        .map(({ sensor }) => sensor)
        .sort(),
    ).toEqual(['cam-001', 'ev-receiver', 'loop-004', 'wx-01']);
    expect(adapters.map((adapter) => adapter.state())).toEqual(Array(4).fill('running'));
    expect(lateness().get('loop-004')?.ticks).toBeGreaterThan(10);
    expect([...tally.counts().keys()].filter((sensor) => sensor !== 'loop-004')).toEqual([]);
    const weather = intake.samples.find(({ stream }) => stream === 'environment/weather/highway');
    expect([...(weather?.values.keys() ?? [])].sort()).toEqual(['precipitation', 'temperature', 'wind_speed']);
  } finally {
    await Promise.all(adapters.map((adapter) => adapter.stop()));
    await simulation.stop();
  }
});

test('the same seed gives the same traffic', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 5 }, () => random());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('its numbers are spread evenly, and waits have their mean', () => {
  const random = seededRandom(3);
  const numbers = Array.from({ length: 10_000 }, () => random());
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  expect(mean(numbers)).toBeCloseTo(0.5, 1);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(mean(numbers.map(() => exponential(100, random)))).toBeGreaterThan(95);
  expect(mean(numbers.map(() => exponential(100, random)))).toBeLessThan(105);
});
