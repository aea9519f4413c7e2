import { keptMessage } from '../shared/kept-message.ts';
import { FAILURE_PREFIXES } from './environment.ts';
import type { Failure, FailureObject } from './failure.ts';

/**
 * What an error action receives: one message per rule and message, with all failed actions.
 * docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html, "Error action message format"
 */
export interface RuleFailure {
  readonly ruleName: string;
  readonly topic: string;
  readonly cloudwatchTraceId: string;
  readonly base64OriginalPayload: string;
  readonly failures: readonly ActionFailure[];
  /** Absent where the message was published over HTTP. */
  readonly clientId?: string;
}

interface ActionFailure {
  readonly failedAction: string;
  readonly failedResource?: string;
  readonly errorMessage?: string;
}

/** The fast lane is a shortcut: its action may fail as long as the same rule's other one has not. */
const FAST_LANE_ACTION = 'LambdaAction';

/** `rules/{receivedAtMs}/{random id}/{principal}.json`, by `RULE_FAILURE_KEY`; the principal is empty where undefined. */
const KEY = new RegExp(`^${FAILURE_PREFIXES.rules}(\\d{1,13})/([^/]*)/(.*)[.]json$`);

export function isRuleFailure(value: unknown): value is RuleFailure {
  const {
    ruleName,
    topic,
    cloudwatchTraceId,
    base64OriginalPayload,
    failures,
    clientId = '',
  } = (value ?? {}) as Partial<RuleFailure>;
  return (
    [ruleName, topic, cloudwatchTraceId, base64OriginalPayload, clientId].every((text) => typeof text === 'string') &&
    Array.isArray(failures) &&
    failures.every((failure: Partial<ActionFailure> | null) => typeof failure?.failedAction === 'string')
  );
}

/**
 * The message that a rule could not deliver; its trace id is what the rule would have stamped it with. What came over
 * HTTP has none and is named by its object's random id.
 */
export function readRuleFailure(failure: RuleFailure, { key, writtenAtMs }: FailureObject): Failure {
  const { ruleName, failures } = failure;
  if (failures.length > 0 && failures.every(({ failedAction }) => failedAction === FAST_LANE_ACTION)) {
    return { kind: 'skipped' };
  }
  const [, receivedAt = String(writtenAtMs), randomId = key, principal = ''] = KEY.exec(key) ?? [];
  const message = {
    messageId: failure.cloudwatchTraceId || randomId,
    topic: withoutBasicIngest(failure),
    bytes: Buffer.from(failure.base64OriginalPayload, 'base64'),
    clientId: failure.clientId ?? '',
    principal: principal === 'undefined' ? '' : principal,
    receivedAtMs: Number(receivedAt),
  };
  const why = failures.map(({ failedAction, errorMessage }) => `${failedAction}: ${errorMessage}`).join('; ');
  return { kind: 'readings', readings: keptMessage(message, 'delivery-failed', `rule ${ruleName}: ${why}`) };
}

/** A rule's `topic()` lacks the prefix by which Basic Ingest reached it; the error message may have it. */
function withoutBasicIngest({ topic, ruleName }: RuleFailure): string {
  const prefix = `$aws/rules/${ruleName}/`;
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : topic;
}
