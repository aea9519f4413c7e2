import type { GatewayConfig, PowerConfig, ThermalConfig } from '../../../edge-greengrass/config/gateway-config.ts';

export const POWER: PowerConfig = {
  voltageUnit: 'mV',
  pollIntervalMs: 10,
  undervoltageMillivolts: 10_800,
  confirmReadings: 2,
  recoveryMillivolts: 300,
  recoveryMs: 100,
  timerFactor: 4,
  retentionMode: 'critical_queue_only',
  criticalStreams: ['traffic/loop/count'],
};

export const THERMAL: ThermalConfig = { throttleCelsius: 85, recoveryCelsius: 75, recoveryMs: 100 };

export const STREAMS: GatewayConfig['streams'] = {
  'traffic/loop/count': { priority: 'critical', attributes: {} },
  'traffic/signal/flow': { priority: 'normal', attributes: {} },
  'environment/weather/highway': { priority: 'low', attributes: {} },
};
