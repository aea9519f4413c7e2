import type { Snapshot } from './snapshot.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import { createFileStore, openRedisStore, type SnapshotStore } from './snapshot-store.ts';

export interface TwinKeeperOptions {
  readonly file: string;
  /** Used where it answers; beside it the file stays as what there always is. */
  readonly redisUrl: string | undefined;
  /** Of the twins in Redis: gateways may share one. */
  readonly thing: string;
  readonly log: (line: string) => void;
}

/** Keeps snapshots of the local twins: in Redis where one answers, else in a file. */
export interface TwinKeeper {
  /** Where the snapshots go, for people. */
  storeName(): string;
  /** What was kept, newest store first: twins join, so it does no harm to join them all. */
  recover(): Promise<readonly Snapshot[]>;
  /** Throws where no store takes it. */
  keep(snapshot: Snapshot): Promise<void>;
  close(): Promise<void>;
}

export async function openTwinKeeper({ file, redisUrl, thing, log }: TwinKeeperOptions): Promise<TwinKeeper> {
  const fileStore = createFileStore(file);
  const redis = redisUrl === undefined ? undefined : await openRedisStore(redisUrl, `cityweave:twins:${thing}`);
  if (redisUrl !== undefined && !redis)
    log(`no Redis answers at ${redisUrl}: local twins are kept in ${fileStore.name}`);
  let store = redis ?? fileStore;

  const recoverFrom = async (each: SnapshotStore): Promise<Snapshot | undefined> => {
    try {
      const text = await each.read();
      const snapshot = text === undefined ? undefined : decodeSnapshot(text);
      if (text !== undefined && !snapshot) log(`local twins kept in ${each.name} are not readable and begin anew`);
      return snapshot;
    } catch (error) {
      log(`local twins kept in ${each.name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };

  return {
    storeName: () => store.name,

    async recover() {
      const snapshots = await Promise.all((redis ? [redis, fileStore] : [fileStore]).map(recoverFrom));
      return snapshots.filter((each) => each !== undefined);
    },

    async keep(snapshot) {
      const text = encodeSnapshot(snapshot);
      try {
        await (redis ?? fileStore).write(text);
        store = redis ?? fileStore;
      } catch (cause) {
        if (!redis) throw new Error(`local twins cannot be kept in ${fileStore.name}`, { cause });
        if (store === redis) log(`${redis.name} no longer answers: local twins are kept in ${fileStore.name}`);
        store = fileStore;
        await fileStore.write(text);
      }
    },

    async close() {
      await redis?.close();
    },
  };
}
