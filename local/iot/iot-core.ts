import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import { listen } from '../listen.ts';
import { kinesisAction, type PutRecord } from './actions/kinesis.ts';
import { type InvokeAsync, lambdaAction, type MayInvoke } from './actions/lambda.ts';
import { type PutObject, s3Action } from './actions/s3.ts';
import { type Broker, createBroker, type PublishResult } from './broker.ts';
import type { Authorizer, Invoke } from './authorizers.ts';
import { createControlPlane } from './control-plane/control-plane.ts';
import { createDataPlane } from './data-plane.ts';
import { openDevelopmentCa } from './development-ca.ts';
import { createFleetProvisioning } from './fleet-provisioning.ts';
import { ANYONE } from './identity.ts';
import { createMutualTlsServer } from './mutual-tls.ts';
import { type ProvisioningTemplate, provisioningTemplateProvider } from './provisioning-template.ts';
import { openRegistry } from './registry.ts';
import { authorizerProvider, policyProvider, thingTypeProvider, topicRuleProvider } from './resources.ts';
import { ACTION_RETRY_DELAYS_MS, createRules, type Rules } from './rules.ts';
import { createWebSocketServer } from './web-socket.ts';

/** The actions of unacknowledged messages may be cut off by the end: their publishers send them again. */
export const SETTLE_TIMEOUT_MS = 2000;

export interface IotCoreOptions {
  /** Things, certificates and the development CA are kept in it; made if absent. */
  readonly directory: string;
  /** Asks a custom authorizer or a pre-provisioning hook. */
  readonly invoke: Invoke;
  readonly putRecord: PutRecord;
  readonly invokeAsync: InvokeAsync;
  /** Whether a service, here `iot.amazonaws.com`, may invoke the function for the resource with that ARN. */
  readonly mayInvoke: MayInvoke;
  readonly putObject: PutObject;
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
  /** Takes MQTT over TLS from clients with a certificate, as far as their policies go. */
  listenTls(port: number): Promise<number>;
  /** Takes MQTT over WebSocket (`/mqtt`) from whom an authorizer of the template lets in. */
  listenWebSocket(port: number): Promise<number>;
  /** The certificate by which a client knows the TLS listener. */
  readonly caCertificatePem: string;
  /** Publishes as the cloud does. Resolves when the rules' actions are durable and subscribers have been served. */
  publish(topic: string, payload: Buffer, qos: 0 | 1): Promise<PublishResult>;
  /** Ends all connections, and waits for the actions that are under way, but not longer than `SETTLE_TIMEOUT_MS`. */
  close(): Promise<void>;
}

/** The stand-in for AWS IoT Core: message broker, rules engine and the APIs that publish. */
export async function createIotCore(options: IotCoreOptions): Promise<IotCore> {
  const { nowMs, newTraceId, log, actionRetryDelaysMs = ACTION_RETRY_DELAYS_MS } = options;
  const rules = createRules({ log, retryDelaysMs: actionRetryDelaysMs });
  const actionTypes = [
    kinesisAction(options.putRecord),
    lambdaAction(options.invokeAsync, options.mayInvoke),
    s3Action(options.putObject),
  ];
  const ca = await openDevelopmentCa(options.directory);
  const registry = openRegistry(path.join(options.directory, 'registry.json'));
  const templates = new Map<string, ProvisioningTemplate>();
  const broker = await createBroker({
    evaluate: (message) => rules.evaluate(message),
    answer: createFleetProvisioning({ ca, registry, templates, invoke: options.invoke, nowMs }),
    nowMs,
    newTraceId,
    log,
  });
  registry.onDeactivated((id) => broker.disconnect(id, 'its certificate is no longer active'));
  const authorizers = new Map<string, Authorizer>();
  const accept: Broker['accept'] = (stream, identity) => broker.accept(stream, identity);
  const servers: net.Server[] = [];
  const listenOn = async (server: net.Server, port: number): Promise<number> => {
    const listening = await listen(server, port);
    servers.push(server);
    return listening;
  };

  return {
    rules,
    broker,
    services: [createDataPlane((publish) => broker.publish(publish)), createControlPlane({ registry, ca })],
    providers: [
      topicRuleProvider(rules, actionTypes),
      policyProvider(registry),
      thingTypeProvider(registry),
      authorizerProvider(authorizers),
      provisioningTemplateProvider(templates),
    ],
    caCertificatePem: ca.certificatePem,
    listen: (port) =>
      listenOn(
        net.createServer({ noDelay: true }, (socket) => accept(socket, ANYONE)),
        port,
      ),
    listenTls: async (port) => listenOn(await createMutualTlsServer({ ca, registry, accept, log }), port),
    listenWebSocket: (port) =>
      listenOn(createWebSocketServer({ authorizers, invoke: options.invoke, accept, log }), port),
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
