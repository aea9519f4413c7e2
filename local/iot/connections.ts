import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import { ANYONE, type Identity, type IotAction } from './identity.ts';
import { describeViolation, UNACKNOWLEDGED_PUBLISHES_MAX, type Violation } from './limits.ts';
import { guardPackets } from './packet-guard.ts';
import { createPublishWindow, type PublishWindow } from './publish-window.ts';

/** What the broker knows of one connection beside the library's own state. */
export interface Connection {
  readonly identity: Identity;
  /** Empty until CONNECT. */
  clientId: string;
  /** Topic filters that it is subscribed to. */
  readonly filters: Set<string>;
  readonly publishWindow: PublishWindow;
}

export interface Connections {
  /** Begins a connection; the library serves the stream that is returned. */
  open(stream: Duplex, identity: Identity): Duplex;
  of(client: Client | null): Connection;
  /** Tells the log why a connection ends. The error is for the library, which ends it. */
  refuse(connection: Connection, violation: Violation): Error;
  /** Tells the log of errors that the library found by itself, such as a malformed packet. */
  noteError(client: Client, error: Error): void;
  /** Ends the connections of one principal, and tells the log why. */
  endAllOf(principal: string, why: string): void;
  /** Ends what is still open, such as connections without a CONNECT, of which the library keeps no list. */
  closeAll(): void;
}

export function createConnections(log: (line: string) => void): Connections {
  const byStream = new WeakMap<object, Connection>();
  const open = new Map<Duplex, Connection>();
  const noted = new WeakSet<Error>();

  const note = ({ clientId }: Connection, error: Error): Error => {
    noted.add(error);
    log(`MQTT client "${clientId}" is disconnected: ${error.message}`);
    return error;
  };
  const refuse = (connection: Connection, violation: Violation): Error =>
    note(connection, new Error(describeViolation(violation)));
  const of = (client: Client | null): Connection =>
    byStream.get(client?.conn ?? {}) ?? createConnection(ANYONE, client?.id ?? '');

  return {
    open(stream, identity) {
      const connection = createConnection(identity, '');
      const guarded = guardPackets(stream, (violation) => refuse(connection, violation));
      byStream.set(guarded, connection);
      open.set(guarded, connection);
      guarded.once('close', () => open.delete(guarded));
      return guarded;
    },
    of,
    refuse,
    noteError(client, error) {
      if (!noted.has(error) && !isEndOfConnection(error)) {
        note(of(client), error);
      }
    },
    endAllOf(principal, why) {
      for (const [stream, connection] of open) {
        if (connection.identity.principal === principal) {
          note(connection, new Error(why));
          stream.destroy();
        }
      }
    },
    closeAll: () => open.forEach((_, stream) => stream.destroy()),
  };
}

/** What a policy does not allow ends the connection, as whatever breaks a limit does. */
export function findDenial(
  { identity }: Connection,
  action: IotAction,
  name: string,
  clientId: string,
): Violation | undefined {
  return identity.permits(action, name, clientId)
    ? undefined
    : { what: `iot:${action} of ${name}`, got: 'not allowed', limit: 'what the policies of its principal allow' };
}

function createConnection(identity: Identity, clientId: string): Connection {
  return {
    identity,
    clientId,
    filters: new Set(),
    publishWindow: createPublishWindow(UNACKNOWLEDGED_PUBLISHES_MAX),
  };
}

/** A connection that just ended is no news: system errors carry a code, and writes to a closed client fail. */
function isEndOfConnection(error: Error): boolean {
  return 'code' in error || error.message === 'connection closed';
}
