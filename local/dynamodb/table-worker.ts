/** The worker thread that answers DynamoDB requests: dynalite over LevelDB in a directory. */

import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';
import { listen } from '../listen.ts';

export interface TableWorkerData {
  readonly directory: string;
}

export type TableWorkerMessage = { readonly port: number } | { readonly failure: string };

/** Longer than any client's own idle timeout, so that a connection never closes under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** When the tables close, requests that still run get this long. */
const DRAIN_TIMEOUT_MS = 500;

const { directory }: TableWorkerData = workerData;

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
  setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS).unref();
});

function report(message: TableWorkerMessage): void {
  parentPort?.postMessage(message, []);
}
