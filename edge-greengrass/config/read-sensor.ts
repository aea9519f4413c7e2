/** What sensors of all protocols have in common. */

import { type Place, refuse } from './finding.ts';
import { list, name, number, optional, type Read, required, textThat, whole } from './read.ts';
import { stream } from './stream-name.ts';

const SILENCE_SECONDS_MAX = 30 * 24 * 3600;
const SAMPLES_PER_SECOND_MAX = 100_000;
const TOPIC_LENGTH_MAX = 256;

export const port: Read<number> = whole(1, 65_535);

export const host: Read<string> = textThat(
  (value) => /^[A-Za-z0-9._:-]{1,253}$/.test(value),
  'the name or address of a host',
);

export const brokerUrl: Read<string> = textThat(
  (value) => /^mqtts?:\/\/./.test(value) && URL.canParse(value),
  'the address of a broker such as mqtt://127.0.0.1:1883',
);

/** An MQTT topic, or a filter of topics. */
export const filter: Read<string> = textThat(
  (value) => value !== '' && value.length <= TOPIC_LENGTH_MAX && !value.includes('\0'),
  `a topic of 1 to ${TOPIC_LENGTH_MAX} characters`,
);

/** The keys of every sensor, with what holds for one that does not say. */
export function sensorFields(defaults: { readonly maxSilenceSeconds: number; readonly maxSamplesPerSecond: number }) {
  return {
    id: required(name),
    output_topic: optional(stream),
    output_topics: optional(list(stream, { min: 1 })),
    max_silence_seconds: optional(
      number({ min: 0.1, max: SILENCE_SECONDS_MAX, unit: 's' }),
      defaults.maxSilenceSeconds,
    ),
    max_samples_per_second: optional(number({ min: 0.01, max: SAMPLES_PER_SECOND_MAX }), defaults.maxSamplesPerSecond),
  };
}

interface SaidBySensor {
  readonly id: string;
  readonly output_topic: string | undefined;
  readonly output_topics: readonly string[] | undefined;
  readonly max_silence_seconds: number;
  readonly max_samples_per_second: number;
}

interface Common {
  readonly id: string;
  /** At least one. */
  readonly streams: readonly [string, ...string[]];
  readonly silentMaxMs: number;
  readonly samplesPerSecondMax: number;
}

/** The sensor that `become` makes of what is common; a sensor whose samples go nowhere is refused. */
export function withCommon<T>(said: SaidBySensor, place: Place, become: (common: Common) => T): T | undefined {
  const { output_topic: one, output_topics: many = [] } = said;
  const [first, ...others] = new Set([...(one === undefined ? [] : [one]), ...many]);
  if (first === undefined) return refuse(place, said.id, 'an output_topic', 'add output_topic: "dlt://…"');
  return become({
    id: said.id,
    streams: [first, ...others],
    silentMaxMs: said.max_silence_seconds * 1000,
    samplesPerSecondMax: said.max_samples_per_second,
  });
}
