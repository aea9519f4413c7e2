import { expect, test } from 'vitest';
import { createGates, SENSORS_MAX } from '../../../edge-greengrass/adapters/gates.ts';
import { adapterContext, createTestIntake, gatewayConfig } from './gateway.ts';

test('so many sensors have a gate each, and one more has none', () => {
  const common = { streams: [], silentMaxMs: 1000, samplesPerSecondMax: 1 };
  const gates = createGates(common, createTestIntake(), adapterContext(gatewayConfig([])));
  for (let sensor = 0; sensor < SENSORS_MAX; sensor += 1) expect(gates.of(`s-${sensor}`)).toBeDefined();
  expect(gates.of('one-more')).toBeUndefined();
  expect(gates.of('s-0')).toBe(gates.of('s-0'));
  expect(gates.health()).toHaveLength(SENSORS_MAX);
});
