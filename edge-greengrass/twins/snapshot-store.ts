import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { within } from '../gateway/within.ts';
import { writeDurably } from '../write-durably.ts';

/** Where the text of a snapshot is kept. */
export interface SnapshotStore {
  /** For people. */
  readonly name: string;
  /** Undefined where there is none. Throws where the store does not answer. */
  read(): Promise<string | undefined>;
  /** The old text or the new one, whatever happens meanwhile. Throws where the store takes nothing. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** What every gateway has: a file beside its spool. */
export function createFileStore(file: string): SnapshotStore {
  return {
    name: 'a file',

    async read() {
      try {
        return await readFile(file, 'utf8');
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
        throw new Error(`${file} cannot be read`, { cause });
      }
    },

    async write(text) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeDurably(file, text);
    },

    close: async () => {},
  };
}

/** How long a Redis may take to connect, to answer, and later to take a snapshot. */
const ANSWER_MAX_MS = 500;

/** Undefined where no Redis answers at the address within a second. */
export async function openRedisStore(url: string, key: string): Promise<SnapshotStore | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_MAX_MS,
    commandTimeout: ANSWER_MAX_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
  // Each command tells its caller; without a listener the client would print what it cannot tell anybody.
  redis.on('error', () => {});
  const answers = async (): Promise<boolean> => {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  };
  // A name that nobody resolves may take longer than any limit of the client.
  if (
    !(await within(
      2 * ANSWER_MAX_MS,
      answers().catch(() => false),
    ))
  ) {
    redis.disconnect();
    return undefined;
  }
  return {
    name: `the Redis at ${new URL(url).host}`,
    read: async () => (await redis.get(key)) ?? undefined,
    async write(text) {
      await redis.set(key, text);
    },
    async close() {
      redis.disconnect();
    },
  };
}
