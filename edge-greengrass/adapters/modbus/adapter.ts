import type { ModbusSensorConfig } from '../../config/gateway-config.ts';
import type { Adapter, Intake } from '../../ports.ts';
import { createGate } from '../isolation.ts';
import type { Lateness } from '../lateness.ts';
import type { AdapterContext } from '../ports.ts';
import { createTicker, type Ticker } from '../ticker.ts';
import { createModbusConnection, type ModbusConnection } from './connection.ts';
import { createPoll, type Poll } from './poll.ts';
import { createVoice, type Voice } from './voice.ts';

export interface ModbusAdapter extends Adapter {
  /** Sensors of critical streams keep their pace. */
  setSlowDown(factor: number): void;
  /** Of the polls, by sensor. */
  lateness(): ReadonlyMap<string, Lateness>;
}

/** Sensors of one unit and one rate, which are due at the same times. */
interface Group {
  readonly isCritical: boolean;
  readonly voices: readonly Voice[];
  readonly poll: Poll;
  readonly ticker: Ticker;
}

/** All sensors of one device: they share its connection. */
export function createModbusAdapter(
  host: string,
  port: number,
  sensors: readonly ModbusSensorConfig[],
  context: AdapterContext,
): ModbusAdapter {
  const connection = createModbusConnection(host, port, context);
  let groups: readonly Group[] = [];
  let slowDown = 1;
  let isStopped = false;
  const pace = ({ ticker, isCritical }: Group): void => ticker.setSlowDown(isCritical ? 1 : slowDown);

  return {
    name: `modbus-tcp ${host}:${port}`,
    start(intake) {
      groups = groupsOf(sensors, context).map((each) => createGroup(each, connection, intake, context));
      connection.open();
      for (const group of groups) {
        pace(group);
        group.ticker.start();
      }
      return Promise.resolve();
    },
    stop() {
      isStopped = true;
      for (const { ticker } of groups) ticker.stop();
      connection.close();
      return Promise.resolve();
    },
    state() {
      if (isStopped) return 'stopped';
      if (groups.length > 0 && groups.every(({ poll }) => poll.isSuspended())) return 'suspended';
      return connection.isUp() ? 'running' : 'connecting';
    },
    sensors: () => groups.flatMap(({ voices }) => voices.map(({ gate }) => gate.health())),
    setSlowDown(factor) {
      slowDown = factor;
      for (const group of groups) pace(group);
    },
    lateness: () =>
      new Map(groups.flatMap(({ voices, ticker }) => voices.map(({ sensor }) => [sensor.id, ticker.lateness()]))),
  };
}

function isCritical({ streams }: ModbusSensorConfig, { config }: AdapterContext): boolean {
  return streams.some((stream) => config.streams[stream]?.priority === 'critical');
}

function groupsOf(
  sensors: readonly ModbusSensorConfig[],
  context: AdapterContext,
): readonly (readonly ModbusSensorConfig[])[] {
  const keyOf = (sensor: ModbusSensorConfig): string =>
    `${sensor.unitId} ${sensor.samplingHz} ${isCritical(sensor, context)}`;
  return [...Map.groupBy(sensors, keyOf).values()];
}

function createGroup(
  sensors: readonly ModbusSensorConfig[],
  connection: ModbusConnection,
  intake: Intake,
  context: AdapterContext,
): Group {
  const { clock, tally } = context;
  const [first] = sensors;
  const voices = sensors.map((sensor) => createVoice(sensor, createGate(sensor, intake, context), clock));
  const poll = createPoll(first?.unitId ?? 0, voices, connection, intake, context);
  const ticker = createTicker(1000 / (first?.samplingHz ?? 1), clock, {
    work: () => poll.run(),
    overrun() {
      for (const { id } of sensors) tally.count(id, 'overrun', 'a poll was due before the last one was answered');
    },
  });
  return { isCritical: sensors.some((sensor) => isCritical(sensor, context)), voices, poll, ticker };
}
