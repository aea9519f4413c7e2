import { localArn } from '../aws.ts';
import { isAllowed, type PolicyVariables } from './policy/evaluate.ts';
import type { PolicyDocument } from './policy/document.ts';

/** What AWS IoT Core asks a policy before it lets a connection do it ("AWS IoT Core policy actions"). */
export type IotAction = 'Connect' | 'Publish' | 'RetainPublish' | 'Subscribe' | 'Receive';

/** Who a connection belongs to, and what that one may do. */
export interface Identity {
  /** As `principal()` gives it; empty where nothing authenticated the connection. */
  readonly principal: string;
  /** `name` is the client id, topic or topic filter that the action is about. Asked each time, so it may change. */
  permits(action: IotAction, name: string, clientId: string): boolean;
}

/** The connection of a listener without authentication. */
export const ANYONE: Identity = { principal: '', permits: () => true };

const RESOURCES: Readonly<Record<IotAction, string>> = {
  Connect: 'client',
  Publish: 'topic',
  RetainPublish: 'topic',
  Subscribe: 'topicfilter',
  Receive: 'topic',
};

/** Whether the policies allow the action, each on the kind of resource that the action is about. */
export function policiesPermit(
  policies: readonly PolicyDocument[],
  variables: PolicyVariables,
  action: IotAction,
  name: string,
): boolean {
  const resource = localArn('iot', `${RESOURCES[action]}/${name}`);
  return isAllowed(policies, { action: `iot:${action}`, resource, variables });
}
