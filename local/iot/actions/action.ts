import type { PublishedMessage } from '../message.ts';

/** What a rule does with its result. A new kind of action is a file beside this one and a line in `iot-core.ts`. */
export interface ActionType {
  /** Its key in `TopicRulePayload.Actions[]`, such as `Kinesis`. */
  readonly key: string;
  /** Throws, with the property's name, where it asks for what the local cloud does not do. */
  create(properties: Readonly<Record<string, unknown>>, ruleArn: string): RuleAction;
}

/** One action of one rule. */
export interface RuleAction {
  /** As error messages name it, such as `KinesisAction`. */
  readonly name: string;
  /** What it acts on, such as the stream's name. */
  readonly resource: string;
  /**
   * Starts before it returns, so that actions keep the order of the messages; resolves when the effect is durable,
   * rejects when it failed.
   */
  run(output: Buffer, message: PublishedMessage): Promise<unknown>;
}
