import type { AttributeValue } from '../../core/observation.ts';
import type { CountsSoFar } from '../gateway/counts.ts';
import type { Priority, SensorHealth, SpoolState } from '../ports.ts';
import type { ActuatorCounts } from '../rules/actuators.ts';

/** How the gateway does, as its parts tell. */
export interface GatewayHealth {
  readonly firmwareVersion: string;
  readonly operatingMode: string;
  /** Absent where no sensor answers. */
  readonly supplyMillivolts: number | undefined;
  readonly celsius: number | undefined;
  readonly spool: Readonly<Record<Priority, SpoolState>>;
  readonly counts: CountsSoFar;
  readonly sensors: readonly SensorHealth[];
  readonly actuators: ActuatorCounts;
  /** Share of the latest publications that the next hop took, 0 to 1; absent before the first. */
  readonly linkQuality: number | undefined;
  /** When the cloud last acknowledged anything; absent before it first did. */
  readonly lastSyncAtMs: number | undefined;
}

const NO_FAULT = 'none';

/** As attributes of the asset type `EdgeGateway`, in its units. */
export function healthValues(health: GatewayHealth, nowMs: number): ReadonlyMap<string, AttributeValue> {
  const { spool, counts, sensors, actuators } = health;
  const states = Object.values(spool);
  const dropped = states.map(({ dropped: { full, expired, damaged } }) => full + expired + damaged);
  const inState = (state: SensorHealth['state']): number => sensors.filter((each) => each.state === state).length;
  const values: readonly (readonly [string, AttributeValue | undefined])[] = [
    ['operatingMode', health.operatingMode],
    ['supplyVoltage', health.supplyMillivolts === undefined ? undefined : health.supplyMillivolts / 1000],
    ['temperature', health.celsius],
    ['linkQuality', health.linkQuality],
    ['lastSyncAge', health.lastSyncAtMs === undefined ? undefined : Math.max(0, nowMs - health.lastSyncAtMs) / 1000],
    ['spooledCritical', spool.critical.records],
    ['spooledNormal', spool.normal.records],
    ['spooledLow', spool.low.records],
    ['droppedReadings', sum(dropped) + counts.unkept],
    ['refusedReadings', sum(Object.values(counts.refused))],
    ['suspendedReadings', counts.suspended],
    ['spoolFault', states.find(({ fault }) => fault !== undefined)?.fault ?? NO_FAULT],
    ['sensors', sensors.length],
    ['sensorsDead', inState('dead')],
    ['sensorsBabbling', inState('babbling')],
    ['commandsUnanswered', actuators.unanswered],
    ['firmwareVersion', health.firmwareVersion],
  ];
  return new Map(values.filter((each): each is [string, AttributeValue] => each[1] !== undefined));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
