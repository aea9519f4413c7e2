import { setTimeout as delay } from 'node:timers/promises';
import type { RuleAction } from './actions/action.ts';
import { parseBasicIngest } from './limits.ts';
import type { PublishedMessage } from './message.ts';
import type { Rule } from './rule-definition.ts';
import { createTopicIndex } from './topic-index.ts';

/** A failing action is tried again after each of these; AWS documents no number, only that it retries. */
export const ACTION_RETRY_DELAYS_MS: readonly number[] = [100, 400, 1600];

export interface Rules {
  /** Throws where a rule of that name exists. */
  add(rule: Rule): void;
  /**
   * Evaluates every rule that the message reaches and starts their actions before it returns, so that messages given in
   * order stay in order. Resolves when each action is durable or has failed for good; it never rejects, because a
   * failed action is the error action's, or the log's, not the publisher's ("Error handling (error action)").
   */
  evaluate(message: PublishedMessage): Promise<void>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

export interface RulesOptions {
  readonly log: (line: string) => void;
  readonly retryDelaysMs: readonly number[];
}

/** The rules engine: by topic, or for `$aws/rules/{rule}/…` that rule alone, whatever its FROM says. */
export function createRules(options: RulesOptions): Rules {
  const byName = new Map<string, Rule>();
  const byFilter = createTopicIndex<Rule>();
  const underWay = new Set<Promise<void>>();

  const track = (work: Promise<void>): Promise<void> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };

  return {
    add(rule) {
      if (byName.has(rule.name)) {
        throw new Error(`topic rule "${rule.name}" exists already; give each rule a name of its own`);
      }
      byName.set(rule.name, rule);
      if (rule.query.topicFilter !== undefined && !rule.disabled) {
        byFilter.add(rule.query.topicFilter, rule);
      }
    },
    evaluate(message) {
      const basicIngest = parseBasicIngest(message.topic);
      if (basicIngest === undefined) {
        return track(runAll(byFilter.find(message.topic), message, options));
      }
      const rule = byName.get(basicIngest.ruleName);
      if (rule === undefined || rule.disabled) {
        // AWS still acknowledges, writes a log and counts RuleNotFound.
        const why = rule === undefined ? 'does not exist' : 'is disabled';
        options.log(`RuleNotFound: a message on ${message.topic} names a rule that ${why}`);
        return Promise.resolve();
      }
      return track(runRule(rule, { ...message, topic: basicIngest.topic }, options));
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}

async function runAll(rules: readonly Rule[], message: PublishedMessage, options: RulesOptions): Promise<void> {
  await Promise.all(rules.map((rule) => runRule(rule, message, options)));
}

async function runRule(rule: Rule, message: PublishedMessage, options: RulesOptions): Promise<void> {
  const output = evaluateQuery(rule, message, options);
  if (output === undefined) {
    return;
  }
  const outcomes = await Promise.all(rule.actions.map((action) => attempt(action, output, message, options)));
  const failures = outcomes.filter((outcome) => outcome !== undefined);
  if (failures.length > 0) {
    await handleFailures(rule, failures, message, options);
  }
}

/** SQL that fails on a message performs nothing; AWS tells so in its log only, not by the error action. */
function evaluateQuery(rule: Rule, message: PublishedMessage, { log }: RulesOptions): Buffer | undefined {
  try {
    return rule.query.evaluate(message);
  } catch (error) {
    log(`topic rule "${rule.name}" does nothing for a message on ${message.topic}: ${messageOf(error)}`);
    return undefined;
  }
}

/** One entry of `failures` in what an error action receives. */
interface ActionFailure {
  readonly failedAction: string;
  readonly failedResource: string;
  readonly errorMessage: string;
}

async function attempt(
  action: RuleAction,
  output: Buffer,
  message: PublishedMessage,
  { retryDelaysMs }: RulesOptions,
): Promise<ActionFailure | undefined> {
  for (let retries = 0; ; retries += 1) {
    try {
      await action.run(output, message);
      return undefined;
    } catch (error) {
      const delayMs = retryDelaysMs[retries];
      if (delayMs === undefined) {
        return { failedAction: action.name, failedResource: action.resource, errorMessage: messageOf(error) };
      }
      await delay(delayMs);
    }
  }
}

/** The error action runs once per rule and message, with all failures in one message. */
async function handleFailures(
  rule: Rule,
  failures: readonly ActionFailure[],
  message: PublishedMessage,
  options: RulesOptions,
): Promise<void> {
  const { log } = options;
  const failed = failures
    .map(({ failedAction, failedResource, errorMessage }) => `${failedAction} on ${failedResource}: ${errorMessage}`)
    .join('; ');
  if (rule.errorAction === undefined) {
    log(`topic rule "${rule.name}" lost a message on ${message.topic}, and has no error action: ${failed}`);
    return;
  }
  const failure = await attempt(rule.errorAction, errorMessage(rule, failures, message), message, options);
  if (failure !== undefined) {
    log(
      `topic rule "${rule.name}" lost a message on ${message.topic}: ${failed}; ` +
        `then the error action failed, too: ${failure.failedAction} on ${failure.failedResource}: ${failure.errorMessage}`,
    );
  }
}

/** "Error action message format" in the developer guide. */
function errorMessage(rule: Rule, failures: readonly ActionFailure[], message: PublishedMessage): Buffer {
  return Buffer.from(
    JSON.stringify({
      ruleName: rule.name,
      topic: message.topic,
      cloudwatchTraceId: message.traceId,
      clientId: message.clientId,
      base64OriginalPayload: message.payload.toString('base64'),
      failures,
    }),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
