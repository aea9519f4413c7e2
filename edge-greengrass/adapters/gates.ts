import type { Intake, SensorHealth } from '../ports.ts';
import { createGate, type Gate, type GateConfig } from './isolation.ts';
import type { AdapterContext } from './ports.ts';

/** Names that senders on one link or listener may come up with: more are not told from an attack on memory. */
export const SENSORS_MAX = 256;

/** The gates of sensors that are known by what they say of themselves. */
export interface Gates {
  /** Made at the first time; `undefined` where there are too many. */
  of(sensor: string): Gate | undefined;
  health(): readonly SensorHealth[];
}

/** Each of them may do what `common` says. */
export function createGates(common: Omit<GateConfig, 'id'>, intake: Intake, context: AdapterContext): Gates {
  const gates = new Map<string, Gate>();
  return {
    of(sensor) {
      const known = gates.get(sensor);
      if (known) return known;
      if (gates.size >= SENSORS_MAX) return undefined;
      const gate = createGate({ ...common, id: sensor }, intake, context);
      gates.set(sensor, gate);
      return gate;
    },
    health: () => [...gates.values()].map((gate) => gate.health()),
  };
}
