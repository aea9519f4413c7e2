import type { ModbusSensorConfig, SensorConfig } from '../config/gateway-config.ts';
import type { Adapter } from '../ports.ts';
import { createCameraAdapter } from './camera.ts';
import type { Lateness } from './lateness.ts';
import { createCoapAdapter } from './listeners/coap.ts';
import { createGrpcAdapter } from './listeners/grpc.ts';
import { createHttp2Adapter } from './listeners/http2.ts';
import { createLorawanAdapter } from './lorawan/adapter.ts';
import { createModbusAdapter, type ModbusAdapter } from './modbus/adapter.ts';
import { createMqttAdapter } from './mqtt/adapter.ts';
import type { AdapterConfig, AdapterContext, AdapterPorts } from './ports.ts';
import { createRadioAdapter } from './radio/adapter.ts';
import { createTally, type Tally } from './tally.ts';

/** Everything that reads sensors, as the configuration has it. */
export interface Adapters {
  readonly adapters: readonly Adapter[];
  readonly tally: Tally;
  /** Polls come so many times slower; 1 is as configured. */
  setSlowDown(factor: number): void;
  /** Of polls, by sensor. */
  readonly lateness: () => ReadonlyMap<string, Lateness>;
}

/** None of them is started. */
export function createAdapters(config: AdapterConfig, ports: AdapterPorts): Adapters {
  const context: AdapterContext = { ...ports, config, tally: createTally() };
  const modbus = modbusAdapters(config.sensors, context);
  const others = config.sensors.flatMap((sensor) => adapterOf(sensor, context) ?? []);
  return {
    adapters: [...modbus, ...others, ...listenersOf(context)],
    tally: context.tally,
    setSlowDown(factor) {
      for (const adapter of modbus) adapter.setSlowDown(factor);
    },
    lateness: () => new Map(modbus.flatMap((adapter) => [...adapter.lateness()])),
  };
}

function listenersOf(context: AdapterContext): readonly Adapter[] {
  const { http2, coap, grpc } = context.config.listeners;
  return [
    ...(http2 ? [createHttp2Adapter(http2, context)] : []),
    ...(coap ? [createCoapAdapter(coap, context)] : []),
    ...(grpc ? [createGrpcAdapter(grpc, context)] : []),
  ];
}

/** One a device, however many sensors are on it: some serve a single connection only. */
function modbusAdapters(sensors: readonly SensorConfig[], context: AdapterContext): readonly ModbusAdapter[] {
  const devices = new Map<string, [ModbusSensorConfig, ...ModbusSensorConfig[]]>();
  for (const sensor of sensors) {
    if (sensor.protocol !== 'modbus-tcp') continue;
    const key = `${sensor.host}:${sensor.port}`;
    const known = devices.get(key);
    if (known) known.push(sensor);
    else devices.set(key, [sensor]);
  }
  return [...devices.values()].map((each) => createModbusAdapter(each[0].host, each[0].port, each, context));
}

/** `undefined` of one that is polled. */
function adapterOf(sensor: SensorConfig, context: AdapterContext): Adapter | undefined {
  if (sensor.protocol === 'mqtt') return createMqttAdapter(sensor, context);
  if (sensor.protocol === 'udp-radio') return createRadioAdapter(sensor, context);
  if (sensor.protocol === 'lorawan') return createLorawanAdapter(sensor, context);
  return sensor.protocol === 'rtsp' ? createCameraAdapter(sensor, context) : undefined;
}
