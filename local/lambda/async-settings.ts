import type { TemplateResource } from '../cloudformation/resource-provider.ts';
import { readFailureBucket } from './failure-destination.ts';

/** How a function's asynchronous invocations are treated when they fail. */
export interface AsyncSettings {
  readonly retryAttemptsMax: number;
  readonly eventAgeMsMax: number;
  /** Where a record of what is given up goes. */
  readonly failureBucket: string | undefined;
}

const RETRY_ATTEMPTS = { default: 2, min: 0, max: 2 };
const EVENT_AGE_SECONDS = { default: 21_600, min: 60, max: 21_600 };

/** docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
export const DEFAULT_ASYNC_SETTINGS: AsyncSettings = {
  retryAttemptsMax: RETRY_ATTEMPTS.default,
  eventAgeMsMax: 1000 * EVENT_AGE_SECONDS.default,
  failureBucket: undefined,
};

/**
 * Reads an `AWS::Lambda::EventInvokeConfig`. Throws with the property's name when it asks for what is not done.
 * docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html
 */
export function readAsyncSettings({ logicalId, properties }: TemplateResource): AsyncSettings {
  const { Qualifier: qualifier } = properties;
  if (qualifier !== '$LATEST') {
    throw new Error(`event invoke config ${logicalId}: Qualifier is ${String(qualifier)}; only $LATEST runs locally`);
  }
  const readNumber = (property: string, range: { default: number; min: number; max: number }): number => {
    const value = Number(properties[property] ?? range.default);
    if (!Number.isInteger(value) || value < range.min || value > range.max) {
      const given = String(properties[property]);
      throw new Error(
        `event invoke config ${logicalId}: ${property} is ${given}; expected ${range.min} to ${range.max}`,
      );
    }
    return value;
  };
  return {
    retryAttemptsMax: readNumber('MaximumRetryAttempts', RETRY_ATTEMPTS),
    eventAgeMsMax: 1000 * readNumber('MaximumEventAgeInSeconds', EVENT_AGE_SECONDS),
    failureBucket: readFailureBucket(properties),
  };
}
