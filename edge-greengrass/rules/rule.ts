/** What the gateway decides on its own: pure, so that a decision takes microseconds and waits for nothing. */

import type { AttributeValue } from '../../core/observation.ts';
import type { RuleConfig } from '../config/gateway-config.ts';

/** What an actuator is to do, and until when: one that comes later is not to be carried out. */
export interface ActuatorCommand {
  readonly command: string;
  readonly rule: string;
  readonly assetId: string;
  /** The dot of the reading that it follows from; the stamp in decimal. */
  readonly source: string;
  readonly stamp: string;
  readonly issuedAtMs: number;
  readonly validUntilMs: number;
}

interface RuleReading {
  readonly assetId: string;
  readonly source: string;
  readonly stamp: bigint;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export interface Decision {
  readonly topic: string;
  readonly command: ActuatorCommand;
}

/** A condition that flickers gives a command no more often. */
export const RISES_APART_MS = 100;
/** While the condition holds its command is renewed so early, as a share of its validity. */
const RENEWED_AFTER = 1 / 2;

/** What a rule remembers of one asset. */
interface Standing {
  issuedAtMs: number;
  /** The sources for which the condition holds. */
  readonly holding: Set<string>;
}

export interface Rule {
  /** The command that the reading calls for, if any: when the condition begins to hold, and again while it does. */
  see(reading: RuleReading, nowMs: number): Decision | undefined;
}

/**
 * A rule that commands when its condition begins to hold for a source, and renews the command for as long as it holds:
 * where readings cease, so does the command, by itself.
 *
 * @param attribute what the rule's field is called as an attribute
 */
export function createRule(config: RuleConfig, attribute: string): Rule {
  const { name, actuatorTopic, command, validMs } = config;
  const standings = new Map<string, Standing>();

  const standingOf = (assetId: string): Standing => {
    const standing = standings.get(assetId) ?? { issuedAtMs: Number.NEGATIVE_INFINITY, holding: new Set<string>() };
    standings.set(assetId, standing);
    return standing;
  };

  return {
    see({ assetId, source, stamp, attributes }, nowMs) {
      const value = attributes.get(attribute);
      if (value === undefined) return undefined;
      const standing = standingOf(assetId);
      if (!holds(value, config)) {
        standing.holding.delete(source);
        return undefined;
      }
      // A clock that was set back must not keep a command from being issued.
      const sinceMs = nowMs < standing.issuedAtMs ? Number.POSITIVE_INFINITY : nowMs - standing.issuedAtMs;
      const isRise = !standing.holding.has(source) && sinceMs >= RISES_APART_MS;
      standing.holding.add(source);
      if (!isRise && sinceMs < validMs * RENEWED_AFTER) return undefined;
      standing.issuedAtMs = nowMs;
      const dot = { source, stamp: stamp.toString() };
      const times = { issuedAtMs: nowMs, validUntilMs: nowMs + validMs };
      return { topic: actuatorTopic, command: { command, rule: name, assetId, ...dot, ...times } };
    },
  };
}

/** A value of another kind than the rule's stands in no relation to it but `!=`. */
function holds(value: AttributeValue, { relation, value: bound }: RuleConfig): boolean {
  if (relation === '!=') return value !== bound;
  return typeof value === typeof bound && RELATIONS[relation](value, bound);
}

type Relation = Exclude<RuleConfig['relation'], '!='>;

const RELATIONS: Readonly<Record<Relation, (value: AttributeValue, bound: AttributeValue) => boolean>> = {
  '==': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};
