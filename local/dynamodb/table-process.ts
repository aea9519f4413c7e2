/**
 * The process that answers DynamoDB requests: dynalite over LevelDB in a directory, which is its one argument. A process
 * and not a thread, because LevelDB is native: a thread that ended while LevelDB still worked took the whole local cloud
 * with it.
 */

import { listen } from '../listen.ts';
import { openDynalite } from './dynalite.ts';
import { servePartiQl } from './partiql/serve.ts';

export type TableMessage = { readonly port: number } | { readonly failure: string };

/** Longer than any client's own idle timeout, so that a connection never closes under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** When the tables close, requests that still run get this long. */
const DRAIN_TIMEOUT_MS = 500;

const [, , directory = ''] = process.argv;

// dynalite throws when a request breaks off, as it does when a function is stopped in the middle of one. The table is
// whole then: it acts on complete requests only.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ECONNRESET') {
    throw error;
  }
});

const dynalite = openDynalite(directory);
const { server } = dynalite;
servePartiQl(dynalite);
server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
listen(server, 0).then(
  (port) => report({ port }),
  (error: unknown) => report({ failure: String(error) }),
);

process.once('message', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS).unref();
});

// Ctrl-C reaches the whole group, but requests still come until the local cloud says that it is done.
process.on('SIGINT', () => {});
// Whoever ends without a word, as by kill -9, takes its tables along.
process.once('disconnect', () => process.exit(0));

function report(message: TableMessage): void {
  process.send?.(message);
}
