/** What one sensor's registers say, turned into samples: what changed, and now and then all of it. */

import type { AttributeValue } from '../../../core/observation.ts';
import type { ModbusSensorConfig, RegisterConfig } from '../../config/gateway-config.ts';
import type { Sample } from '../../ports.ts';
import type { Gate } from '../isolation.ts';
import type { AdapterClock } from '../ports.ts';

/** What stays the same is said again this often, so that it is not taken for silence. */
export const REPEAT_MS = 10_000;
/** What was not taken is offered again after this. */
const RETRY_MS = 1000;

interface StreamState {
  readonly fields: Map<string, AttributeValue>;
  readonly changed: Set<string>;
  repeatAtMs: number;
}

export interface Voice {
  readonly sensor: ModbusSensorConfig;
  readonly gate: Gate;
  /** What one of its registers says. */
  take(register: RegisterConfig, value: number | boolean): void;
  /** Offers what there is to say on a stream, if anything. */
  speak(stream: string, observedAtMs: number): void;
}

/**
 * A detector's bit counts upwards from 0 at the start, one a vehicle that came, so that a sample that is lost loses no
 * vehicle. A vehicle that stands there at the first look is not counted.
 */
export function createVoice(sensor: ModbusSensorConfig, gate: Gate, clock: AdapterClock): Voice {
  const streams = new Map<string, StreamState>();
  const presences = new Map<RegisterConfig, { isPresent: boolean; count: number }>();
  let counter = 0;

  function meaningOf(register: RegisterConfig, value: number | boolean): AttributeValue {
    if (register.meaning === 'value') return value;
    const isPresent = value !== false && value !== 0;
    const known = presences.get(register) ?? { isPresent, count: 0 };
    presences.set(register, known);
    if (isPresent && !known.isPresent) known.count += 1;
    known.isPresent = isPresent;
    return known.count;
  }

  return {
    sensor,
    gate,
    take(register, value) {
      const state = streams.get(register.stream) ?? { fields: new Map(), changed: new Set(), repeatAtMs: 0 };
      streams.set(register.stream, state);
      const meaning = meaningOf(register, value);
      if (state.fields.get(register.field) === meaning) return;
      state.fields.set(register.field, meaning);
      state.changed.add(register.field);
    },
    speak(stream, observedAtMs) {
      const state = streams.get(stream);
      const nowMs = clock.monotonicMs();
      if (!state || (state.changed.size === 0 && nowMs < state.repeatAtMs)) return;
      const isRepeat = nowMs >= state.repeatAtMs;
      const values = isRepeat ? new Map(state.fields) : pick(state.fields, state.changed);
      counter += 1;
      const sample: Sample = { sensor: sensor.id, stream, observedAtMs, counter, values };
      const admission = gate.offer(sample);
      state.changed.clear();
      if (admission !== 'taken') state.repeatAtMs = nowMs + RETRY_MS;
      else if (isRepeat) state.repeatAtMs = nowMs + REPEAT_MS;
    },
  };
}

function pick(fields: ReadonlyMap<string, AttributeValue>, names: ReadonlySet<string>): Map<string, AttributeValue> {
  return new Map([...fields].filter(([name]) => names.has(name)));
}
