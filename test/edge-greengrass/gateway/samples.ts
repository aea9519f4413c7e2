import type { AttributeValue } from '../../../core/observation.ts';
import type { GatewayConfig, StreamConfig } from '../../../edge-greengrass/config/gateway-config.ts';
import type { Sample } from '../../../edge-greengrass/ports.ts';

export const IDENTITY: GatewayConfig['identity'] = {
  assetId: 'int-01-traffic',
  assetType: 'TrafficJunction',
  zone: 'downtown_alpha',
  firmwareVersion: '3.2.1',
};

export const LOOP = 'traffic/loop/count';
export const SIREN = 'traffic/signal/emergency';
export const WEATHER = 'environment/weather/highway';

export const STREAMS: Readonly<Record<string, StreamConfig>> = {
  [LOOP]: { priority: 'critical', attributes: { value: 'loopCount' } },
  [SIREN]: { priority: 'critical', attributes: { value: 'emergencyVehicleApproaching' } },
  [WEATHER]: { priority: 'low', attributes: { wind_speed: 'windSpeed' } },
};

export const NOW_MS = Date.UTC(2026, 10, 21, 8);

export function sampleOf(
  stream: string,
  sensor: string,
  values: Readonly<Record<string, AttributeValue>>,
  more: Partial<Sample> = {},
): Sample {
  return { stream, sensor, observedAtMs: NOW_MS, counter: 1, values: new Map(Object.entries(values)), ...more };
}
