import type { ActionType } from './action.ts';
import { refuseUnknown, requireText } from '../../cloudformation/properties.ts';

/**
 * Queues an invocation that nobody waits for. Must take its place before it returns, so that events keep their order;
 * resolves when the invocation is safe, rejects when the function is not there or takes no more.
 */
export type InvokeAsync = (functionArn: string, event: unknown) => Promise<unknown>;

/** Whether the function's permissions let that service invoke it on behalf of that resource. */
export type MayInvoke = (functionArn: string, principal: string, sourceArn: string) => boolean;

const WHERE = 'Lambda action';
const PRINCIPAL = 'iot.amazonaws.com';

/**
 * "Lambda" in the AWS IoT Core developer guide: an asynchronous invocation with the rule's result as the event. It has
 * no role: the function's own permissions name the rule, and are looked at with each message, as they may come later.
 */
export function lambdaAction(invokeAsync: InvokeAsync, mayInvoke: MayInvoke): ActionType {
  return {
    key: 'Lambda',
    create(properties, ruleArn) {
      refuseUnknown(WHERE, properties, ['FunctionArn']);
      const functionArn = requireText(WHERE, properties, 'FunctionArn');
      return {
        name: 'LambdaAction',
        resource: functionArn,
        async run(output) {
          if (!mayInvoke(functionArn, PRINCIPAL, ruleArn)) {
            throw new Error(`${PRINCIPAL} may not invoke it for ${ruleArn}; give it an AWS::Lambda::Permission`);
          }
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
