/** `streams`: what becomes of what arrives on each of them. */

import { isName, NAME_RULE } from '../../core/schema/names.ts';
import type { Priority } from '../ports.ts';
import type { SensorConfig, StreamConfig } from './gateway-config.ts';
import { mapped, name, object, oneOf, optional, type Read, record, required } from './read.ts';
import { stream } from './stream-name.ts';

/** Of asset type `TrafficJunction`. A stream of one value has the one field `value`. */
const KNOWN: Readonly<Record<string, StreamConfig['attributes']>> = {
  'occupancy/vehicle/count': { value: 'vehicleCount' },
  'traffic/signal/flow': { value: 'trafficFlow' },
  'traffic/loop/count': { value: 'loopCount' },
  'traffic/signal/emergency': { value: 'emergencyVehicleApproaching' },
  'environment/weather/highway': {
    temperature: 'temperature',
    precipitation: 'precipitation',
    wind_speed: 'windSpeed',
  },
};

export interface SaidStream {
  readonly stream: string;
  readonly priority: Priority | undefined;
  readonly attributes: StreamConfig['attributes'] | undefined;
}

export const saidStream: Read<SaidStream> = mapped(
  object({
    topic: required(stream),
    priority: optional(oneOf('critical', 'normal', 'low')),
    attributes: optional(record(isName, NAME_RULE, name)),
  }),
  ({ topic, ...said }) => ({ stream: topic, ...said }),
);

/**
 * Every stream that is known, named or written to. What the supply's section calls critical is so, whatever `streams` says.
 * A stream that nobody gave attributes has those that its sensors' fields sound like.
 */
export function streamsOf(
  said: readonly SaidStream[],
  sensors: readonly SensorConfig[],
  critical: readonly string[],
): Readonly<Record<string, StreamConfig>> {
  const saidOf = new Map(said.map((each) => [each.stream, each]));
  const names = new Set([
    ...Object.keys(KNOWN),
    ...saidOf.keys(),
    ...critical,
    ...sensors.flatMap(({ streams }) => streams),
  ]);
  return Object.fromEntries(
    [...names].map((each): [string, StreamConfig] => {
      const { priority = 'normal', attributes } = saidOf.get(each) ?? {};
      return [
        each,
        {
          priority: critical.includes(each) ? 'critical' : priority,
          attributes: attributes ?? attributesOf(each, sensors),
        },
      ];
    }),
  );
}

/** Whether a stream has attributes by its name alone. */
export function isKnownStream(name: string): boolean {
  return Object.hasOwn(KNOWN, name);
}

function attributesOf(name: string, sensors: readonly SensorConfig[]): StreamConfig['attributes'] {
  if (Object.hasOwn(KNOWN, name)) return KNOWN[name] ?? {};
  const fields = sensors.flatMap((sensor) => (sensor.streams.includes(name) ? fieldsOf(sensor, name) : []));
  const lastLevel = name.slice(name.lastIndexOf('/') + 1);
  return Object.fromEntries(fields.map((field) => [field, inCamelCase(field === 'value' ? lastLevel : field)]));
}

/** What a sensor sends on a stream, as far as its configuration tells. */
function fieldsOf(sensor: SensorConfig, name: string): readonly string[] {
  if (sensor.protocol === 'modbus-tcp') {
    return sensor.registers.filter((register) => register.stream === name).map(({ field }) => field);
  }
  if (sensor.protocol === 'mqtt') return sensor.fields;
  return sensor.protocol === 'rtsp' ? ['value'] : [];
}

function inCamelCase(words: string): string {
  return words.replaceAll(/[_.-]+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
