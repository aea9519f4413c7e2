import type { Observation } from '../../core/observation.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { LocalBus } from '../ports.ts';
import { type ActuatorCounts, createActuators } from './actuators.ts';
import { createRule, type Rule } from './rule.ts';

type RulesConfig = Pick<GatewayConfig, 'rules' | 'streams'>;

/** What the gateway decides, from the reading to the actuator's answer. Needs no cloud and no disk. */
export interface Decider {
  isWatched(stream: string): boolean;
  /** Returns at once; what it commands is on its way. */
  decide(stream: string, observation: Observation): void;
  /** Other rules from now on; commands that are on their way stay. */
  configure(config: RulesConfig): void;
  counts(): ActuatorCounts;
  close(): void;
}

export function createDecider(
  config: RulesConfig,
  bus: LocalBus,
  nowMs: () => number,
  log: (line: string) => void,
): Decider {
  const actuators = createActuators(bus, nowMs, log);
  let rules = rulesByStream(config);
  const listen = (of: RulesConfig): void => actuators.listen(of.rules.map(({ actuatorTopic }) => actuatorTopic));
  listen(config);

  return {
    isWatched: (stream) => rules.has(stream),
    decide(stream, observation) {
      for (const rule of rules.get(stream) ?? []) {
        const decision = rule.see(observation, nowMs());
        if (decision) actuators.send(decision);
      }
    },
    configure(next) {
      rules = rulesByStream(next);
      listen(next);
    },
    counts: () => actuators.counts(),
    close: () => actuators.close(),
  };
}

function rulesByStream({ rules, streams }: RulesConfig): ReadonlyMap<string, readonly Rule[]> {
  const byStream = new Map<string, Rule[]>();
  for (const rule of rules) {
    const attribute = streams[rule.stream]?.attributes[rule.field] ?? rule.field;
    byStream.set(rule.stream, [...(byStream.get(rule.stream) ?? []), createRule(rule, attribute)]);
  }
  return byStream;
}
