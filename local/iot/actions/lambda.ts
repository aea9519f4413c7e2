import type { ActionType } from './action.ts';
import { refuseUnknown, requireText } from './properties.ts';

/**
 * Queues an invocation that nobody waits for. Must take its place before it returns, so that events keep their order;
 * resolves when the invocation is safe, rejects when the function is not there or takes no more.
 */
export type InvokeAsync = (functionArn: string, event: unknown) => Promise<unknown>;

const WHERE = 'Lambda action';

/** "Lambda" in the AWS IoT Core developer guide: an asynchronous invocation with the rule's result as the event. */
export function lambdaAction(invokeAsync: InvokeAsync): ActionType {
  return {
    key: 'Lambda',
    create(properties) {
      refuseUnknown(WHERE, properties, ['FunctionArn']);
      const functionArn = requireText(WHERE, properties, 'FunctionArn');
      return {
        name: 'LambdaAction',
        resource: functionArn,
        async run(output) {
          await invokeAsync(functionArn, readEvent(output));
        },
      };
    },
  };
}

/** An event is JSON; a payload that is not, selected as it is, must be encoded by the rule's SQL. */
function readEvent(output: Buffer): unknown {
  try {
    return JSON.parse(output.toString());
  } catch (cause) {
    throw new Error("a function's event is JSON; select anything else as encode(*, 'base64')", { cause });
  }
}
