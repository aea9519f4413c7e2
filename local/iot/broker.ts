import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import {
  Aedes,
  type AedesOptions,
  type AedesPublishPacket,
  type Client,
  type ConnectPacket,
  type Subscription,
} from 'aedes';
import { type Connection, type Connections, createConnections, findDenial } from './connections.ts';
import type { ReservedAnswer, ReservedRequest } from './fleet-provisioning.ts';
import type { Identity } from './identity.ts';
import {
  findClientIdViolation,
  findFilterViolation,
  findPublishViolation,
  keepAliveSeconds,
  parseBasicIngest,
  type Publish,
  SUBSCRIPTIONS_MAX,
  type Violation,
} from './limits.ts';
import { NO_CLIENT_ID, type PublishedMessage } from './message.ts';
import { isProvisioningRequest } from './provisioning-topics.ts';
import { findFilterFault, matchesTopicFilter } from './topic-filter.ts';

/** Client ids that the service makes for clients without one begin like this; clients may not choose such. */
const GENERATED_CLIENT_ID_PREFIX = '$GEN/';

export interface BrokerOptions {
  /** The rules engine: resolves when the actions for the message are durable or have failed for good. */
  readonly evaluate: (message: PublishedMessage) => Promise<void>;
  /** The service behind reserved topics; its answer goes to the client that asked. */
  readonly answer: (request: ReservedRequest) => Promise<ReservedAnswer>;
  readonly nowMs: () => number;
  readonly newTraceId: () => string;
  readonly log: (line: string) => void;
}

export type PublishResult = { readonly accepted: true } | { readonly accepted: false; readonly violation: Violation };

/**
 * The message broker of AWS IoT Core on a broker library: MQTT 3.1.1 with QoS 0 and 1.
 *
 * A client that breaks a limit is disconnected, with one line in the log. A PUBACK is sent when the rules' actions are
 * durable or have failed for good, so an acknowledged message survives the process, unless its rule lost it and said so.
 * Messages of one connection reach the rules in the order in which they were sent.
 *
 * Kept in memory only, so lost at a restart: persistent sessions (subscriptions and queued messages), retained messages
 * and wills. Not done: MQTT 5, shared subscriptions, the expiry of sessions after an hour, shadows, jobs, lifecycle events.
 */
export interface Broker {
  /** Serves the connection of whom it belongs to. */
  accept(stream: Duplex, identity: Identity): void;
  /** Ends all connections of a principal that may no longer have any. */
  disconnect(principal: string, why: string): void;
  /** Publishes as the cloud does, not over MQTT: evaluates the rules, then delivers to subscribers. */
  publish(publish: Publish): Promise<PublishResult>;
  close(): Promise<void>;
}

export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const connections = createConnections(options.log);
  const aedes = await Aedes.createBroker(createHooks(options, connections));
  aedes.on('unsubscribe', (filters, client) => {
    filters.forEach((filter) => connections.of(client).filters.delete(filter));
  });
  aedes.on('clientError', (client, error) => connections.noteError(client, error));
  aedes.on('connectionError', (client, error) => connections.noteError(client, error));

  return {
    accept(stream, identity) {
      aedes.handle(connections.open(stream, identity));
    },
    disconnect: (principal, why) => connections.endAllOf(principal, why),
    async publish(publish) {
      const violation = findPublishViolation(publish);
      if (violation !== undefined) {
        return { accepted: false, violation };
      }
      const { topic, payload } = publish;
      await options.evaluate({
        topic,
        payload,
        clientId: NO_CLIENT_ID,
        principal: '',
        receivedAtMs: options.nowMs(),
      });
      if (parseBasicIngest(topic) === undefined) {
        await deliver(aedes, publish);
      }
      return { accepted: true };
    },
    async close() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      connections.closeAll();
    },
  };
}

/** Where the library asks what a client may do. Publishing is held until the rules have taken the message. */
function createHooks(options: BrokerOptions, connections: Connections): AedesOptions {
  const { evaluate, nowMs, newTraceId } = options;
  const evaluateThen = callbackify(evaluate);
  return {
    preConnect(client, packet, done) {
      const connection = connections.of(client);
      const choice = findClientIdViolation(packet.clientId);
      completeConnect(packet);
      const violation = choice ?? findConnectDenial(connection, packet);
      connection.clientId = packet.clientId;
      done(violation === undefined ? null : connections.refuse(connection, violation), violation === undefined);
    },
    authorizePublish(client, packet, done) {
      const connection = connections.of(client);
      const publish = { ...packet, payload: bytesOf(packet.payload) };
      const { clientId, identity } = connection;
      const violation = findPublishViolation(publish) ?? findPublishDenial(connection, publish, clientId);
      if (violation !== undefined) {
        done(connections.refuse(connection, violation));
        return;
      }
      const { principal } = identity;
      const { topic, payload } = publish;
      if (client !== null && isProvisioningRequest(topic)) {
        done(null);
        void answerClient(client, connection, publish, options);
        return;
      }
      // QoS 0 waits in the same line, though nobody acknowledges it, so that it does not overtake.
      connection.publishWindow.enter((end) => {
        const message = { topic, payload, clientId, principal, receivedAtMs: nowMs(), traceId: newTraceId() };
        evaluateThen(message, (error) => {
          done(error);
          end();
        });
      });
    },
    authorizeSubscribe(client, subscription, done) {
      const connection = connections.of(client);
      const violation = findSubscriptionViolation(connection, subscription);
      if (violation !== undefined) {
        done(connections.refuse(connection, violation));
        return;
      }
      connection.filters.add(subscription.topic);
      done(null, subscription);
    },
    authorizeForward(client, packet) {
      const { filters, identity, clientId } = connections.of(client);
      // Asked for each message, so that a permission that is taken back counts for subscriptions that exist.
      const isReceived = isForwarded(filters, packet) && identity.permits('Receive', packet.topic, clientId);
      return isReceived ? packet : null;
    },
  };
}

/** The answer is for whoever asked, even where others have subscribed to its topic: it may hold a private key. */
async function answerClient(
  client: Client,
  { identity, clientId, filters }: Connection,
  { topic, payload }: Publish,
  { answer, log }: BrokerOptions,
): Promise<void> {
  try {
    const answered = await answer({ topic, payload, clientId, principal: identity.principal });
    if (filters.has(answered.topic) && identity.permits('Receive', answered.topic, clientId)) {
      client.publish({ cmd: 'publish', ...answered, qos: 0, retain: false, dup: false }, () => {});
    }
  } catch (error) {
    log(`a request on ${topic} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What the service decides for the client: an id where it sent none, and the keep-alive interval. */
function completeConnect(packet: ConnectPacket): void {
  packet.clientId ||= `${GENERATED_CLIENT_ID_PREFIX}${randomUUID()}`;
  packet.keepalive = keepAliveSeconds(packet.keepalive ?? 0);
}

function findConnectDenial(connection: Connection, packet: ConnectPacket): Violation | undefined {
  const { clientId } = packet;
  return findDenial(connection, 'Connect', clientId, clientId) ?? findWillViolation(connection, packet);
}

/** A will is refused when it is given, not when it is due. */
function findWillViolation(connection: Connection, { will, clientId }: ConnectPacket): Violation | undefined {
  if (will === undefined) {
    return undefined;
  }
  const { topic, qos = 0, retain = false } = will;
  const publish = { topic, payload: bytesOf(will.payload), qos, retain };
  return findPublishViolation(publish) ?? findPublishDenial(connection, publish, clientId);
}

function findPublishDenial(
  connection: Connection,
  { topic, retain }: Publish,
  clientId: string,
): Violation | undefined {
  return (
    findDenial(connection, 'Publish', topic, clientId) ??
    (retain ? findDenial(connection, 'RetainPublish', topic, clientId) : undefined)
  );
}

function findSubscriptionViolation(connection: Connection, { topic, qos }: Subscription): Violation | undefined {
  const { filters, clientId } = connection;
  const fault = findFilterFault(topic);
  if (fault !== undefined) {
    return { what: 'topic filter', got: topic, limit: `a valid filter (${fault})` };
  }
  const violation = findFilterViolation(topic, qos) ?? findDenial(connection, 'Subscribe', topic, clientId);
  if (violation !== undefined) {
    return violation;
  }
  const subscriptions = filters.has(topic) ? filters.size : filters.size + 1;
  return subscriptions > SUBSCRIPTIONS_MAX
    ? { what: 'number of subscriptions of one connection', got: subscriptions, limit: SUBSCRIPTIONS_MAX }
    : undefined;
}

/**
 * The library matches as MQTT says; AWS IoT differs twice: `sensor/#` does not take `sensor`, and a retained message
 * comes only to a filter that is its very topic.
 */
function isForwarded(filters: ReadonlySet<string>, { topic, retain, brokerId }: AedesPublishPacket): boolean {
  // Only a message from the store of retained ones comes without a broker's id.
  const wildcardsCount = !(retain && !brokerId);
  return filters.has(topic) || (wildcardsCount && [...filters].some((filter) => matchesTopicFilter(filter, topic)));
}

function deliver(aedes: Aedes, { topic, payload, qos, retain }: Publish): Promise<void> {
  return new Promise((resolve, reject) => {
    aedes.publish({ cmd: 'publish', topic, payload, qos: qos === 1 ? 1 : 0, retain, dup: false }, (error) => {
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    });
  });
}

function bytesOf(payload: Buffer | string): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
}
