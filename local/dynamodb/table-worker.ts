/** The worker thread that answers DynamoDB requests: dynalite over LevelDB in a directory. */

import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { listen } from '../listen.ts';

export interface TableWorkerData {
  readonly directory: string;
}

export type TableWorkerMessage = { readonly port: number } | { readonly failure: string };

/** Longer than any client's own idle timeout, so that a connection never closes under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

const { directory }: TableWorkerData = workerData;

/** The package has no types of its own; its readme lists these options. */
const dynalite: (options: {
  readonly path: string;
  readonly createTableMs: number;
  readonly deleteTableMs: number;
  readonly updateTableMs: number;
}) => Server = createRequire(import.meta.url)('dynalite');

// dynalite throws when a request breaks off, as it does when a function is stopped in the middle of one. The table is
// whole then: it acts on complete requests only.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ECONNRESET') {
    throw error;
  }
});

const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
listen(server, 0).then(
  (port) => report({ port }),
  (error: unknown) => report({ failure: String(error) }),
);

parentPort?.once('message', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 500).unref();
});

function report(message: TableWorkerMessage): void {
  parentPort?.postMessage(message, []);
}
