import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import { describeViolation, UNACKNOWLEDGED_PUBLISHES_MAX, type Violation } from './limits.ts';
import { guardPackets } from './packet-guard.ts';
import { createPublishWindow, type PublishWindow } from './publish-window.ts';

/** What the broker knows of one connection beside the library's own state. */
export interface Connection {
  /** What authenticated it; empty where nothing did. */
  readonly principal: string;
  /** Empty until CONNECT. */
  clientId: string;
  /** Topic filters that it is subscribed to. */
  readonly filters: Set<string>;
  readonly publishWindow: PublishWindow;
}

export interface Connections {
  /** Begins a connection; the library serves the stream that is returned. */
  open(stream: Duplex, principal: string): Duplex;
  of(client: Client | null): Connection;
  /** Tells the log why a connection ends. The error is for the library, which ends it. */
  refuse(connection: Connection, violation: Violation): Error;
  /** Tells the log of errors that the library found by itself, such as a malformed packet. */
  noteError(client: Client, error: Error): void;
  /** Ends what is still open, such as connections without a CONNECT, of which the library keeps no list. */
  closeAll(): void;
}

export function createConnections(log: (line: string) => void): Connections {
  const byStream = new WeakMap<object, Connection>();
  const open = new Set<Duplex>();
  const noted = new WeakSet<Error>();

  const note = ({ clientId }: Connection, error: Error): Error => {
    noted.add(error);
    log(`MQTT client "${clientId}" is disconnected: ${error.message}`);
    return error;
  };
  const refuse = (connection: Connection, violation: Violation): Error =>
    note(connection, new Error(describeViolation(violation)));
  const of = (client: Client | null): Connection =>
    byStream.get(client?.conn ?? {}) ?? createConnection('', client?.id ?? '');

  return {
    open(stream, principal) {
      const connection = createConnection(principal, '');
      const guarded = guardPackets(stream, (violation) => refuse(connection, violation));
      byStream.set(guarded, connection);
      open.add(guarded);
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
    closeAll: () => open.forEach((stream) => stream.destroy()),
  };
}

function createConnection(principal: string, clientId: string): Connection {
  return {
    principal,
    clientId,
    filters: new Set(),
    publishWindow: createPublishWindow(UNACKNOWLEDGED_PUBLISHES_MAX),
  };
}

/** A connection that just ended is no news: system errors carry a code, and writes to a closed client fail. */
function isEndOfConnection(error: Error): boolean {
  return 'code' in error || error.message === 'connection closed';
}
