import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import { listen } from '../listen.ts';
import { kinesisAction, type PutRecord } from './actions/kinesis.ts';
import { type Broker, createBroker, type PublishResult } from './broker.ts';
import { createControlPlane, createDataPlane } from './data-plane.ts';
import { topicRuleProvider } from './resources.ts';
import { ACTION_RETRY_DELAYS_MS, createRules, type Rules } from './rules.ts';

/** The actions of unacknowledged messages may be cut off by the end: their publishers send them again. */
export const SETTLE_TIMEOUT_MS = 2000;

export interface IotCoreOptions {
  readonly putRecord: PutRecord;
  readonly nowMs: () => number;
  /** A UUID, new at each call. */
  readonly newTraceId: () => string;
  readonly log: (line: string) => void;
  /** `ACTION_RETRY_DELAYS_MS` by default. */
  readonly actionRetryDelaysMs?: readonly number[];
}

export interface IotCore {
  readonly rules: Rules;
  readonly broker: Broker;
  /** The data plane and the control plane, for the gateway. */
  readonly services: readonly AwsService[];
  readonly providers: readonly ResourceProvider[];
  /** Takes MQTT from any client, without authentication, on a loopback port; 0 takes a free one. Returns the port. */
  listen(port: number): Promise<number>;
  /** Publishes as the cloud does. Resolves when the rules' actions are durable and subscribers have been served. */
  publish(topic: string, payload: Buffer, qos: 0 | 1): Promise<PublishResult>;
  /** Ends all connections, and waits for the actions that are under way, but not longer than `SETTLE_TIMEOUT_MS`. */
  close(): Promise<void>;
}

/** The stand-in for AWS IoT Core: message broker, rules engine and the APIs that publish. */
export async function createIotCore(options: IotCoreOptions): Promise<IotCore> {
  const { putRecord, nowMs, newTraceId, log, actionRetryDelaysMs = ACTION_RETRY_DELAYS_MS } = options;
  const rules = createRules({ log, retryDelaysMs: actionRetryDelaysMs });
  const actionTypes = [kinesisAction(putRecord)];
  const broker = await createBroker({ evaluate: (message) => rules.evaluate(message), nowMs, newTraceId, log });
  const servers: net.Server[] = [];

  return {
    rules,
    broker,
    services: [createDataPlane((publish) => broker.publish(publish)), createControlPlane()],
    providers: [topicRuleProvider(rules, actionTypes)],
    async listen(port) {
      // Without authentication there is no principal.
      const server = net.createServer({ noDelay: true }, (socket) => broker.accept(socket, ''));
      const listening = await listen(server, port);
      servers.push(server);
      return listening;
    },
    publish: (topic, payload, qos) => broker.publish({ topic, payload, qos, retain: false }),
    async close() {
      const closed = servers.map((server) => once(server, 'close'));
      servers.forEach((server) => server.close());
      await broker.close();
      await Promise.all(closed);
      await Promise.race([rules.settled(), delay(SETTLE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}
