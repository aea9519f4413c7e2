/** `rules`: what the gateway decides on its own. */

import type { AttributeValue } from '../../core/observation.ts';
import { refuse, within } from './finding.ts';
import type { RuleConfig } from './gateway-config.ts';
import { mapped, name, number, object, oneOf, optional, type Read, required, textThat } from './read.ts';
import { stream } from './stream-name.ts';
import { numberOf } from './units.ts';

const VALID_MS = { min: 1, max: 600_000 };

/** That an emergency vehicle comes the signal controller is told whether or not anybody wrote a rule. */
const PREEMPTION: RuleConfig = {
  name: 'emergency-preemption',
  stream: 'traffic/signal/emergency',
  field: 'value',
  relation: '==',
  value: true,
  actuatorTopic: 'cityweave/actuators/{asset}/preempt',
  command: 'preempt',
  validMs: 2000,
};

/** The rules of a gateway; `{asset}` in an actuator's topic stands for its own asset. */
export function rulesOf(said: readonly RuleConfig[] | undefined, assetId: string): readonly RuleConfig[] {
  return (said ?? [PREEMPTION]).map((each) => ({
    ...each,
    actuatorTopic: each.actuatorTopic.replaceAll('{asset}', assetId),
  }));
}

/** A number or a flag may have become text on its way. */
const value: Read<AttributeValue> = (said, place) => {
  if (typeof said === 'boolean') return said;
  if (said === 'true' || said === 'false') return said === 'true';
  if (typeof said === 'string' || typeof said === 'number') return numberOf(said) ?? String(said);
  return refuse(place, said, 'a number, a text, true or false');
};

export const rule: Read<RuleConfig> = mapped(
  object({
    name: required(name),
    topic: required(stream),
    field: optional(name, 'value'),
    relation: optional(oneOf('==', '!=', '>', '>=', '<', '<='), '=='),
    value: required(value),
    actuator_topic: required(
      textThat((topic) => /^[^#+\0]{1,256}$/u.test(topic), 'a topic of 1 to 256 characters, without + and #'),
    ),
    command: required(name),
    valid_ms: optional(number({ ...VALID_MS, unit: 'ms' }), 2000),
  }),
  (said, place): RuleConfig | undefined => {
    if (/[<>]/.test(said.relation) && typeof said.value !== 'number') {
      return refuse(within(place, 'value'), said.value, `a number, to be compared with ${said.relation}`);
    }
    const { topic, actuator_topic: actuatorTopic, valid_ms: validMs, ...rest } = said;
    return { ...rest, stream: topic, actuatorTopic, validMs };
  },
);
