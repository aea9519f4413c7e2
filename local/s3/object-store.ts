import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type BlobStore, openBlobStore } from './blob-store.ts';
import { notificationsOf, type EventName, type Subscription } from './notifications.ts';
import {
  type Headers,
  type Notification,
  type ObjectIndex,
  openObjectIndex,
  type S3Object,
  type Stored,
  type Upload,
} from './object-index.ts';
import { refuseKey } from './object-key.ts';
import { Refusal } from './refusal.ts';

export interface ObjectStoreOptions {
  readonly directory: string;
  readonly nowMs: () => number;
  /** Called when something waits for delivery. */
  readonly onNotification: () => void;
}

interface NewObject {
  readonly key: string;
  readonly headers: Headers;
  readonly event: EventName;
}

/** Buckets with their objects, on the disk. */
export interface ObjectStore {
  readonly index: ObjectIndex;
  readonly blobs: BlobStore;
  readonly nowMs: () => number;
  /** What the bucket tells to functions from now on. */
  subscribe(bucket: string, subscriptions: readonly Subscription[]): void;
  /**
   * Takes a blob as the object of that key, unless `refuse` says no to what is there. The notifications are in the same
   * transaction, so an object that is acknowledged is one that will be told of.
   */
  commit(
    bucket: string,
    object: NewObject,
    stored: Stored,
    options?: { readonly upload?: Upload; readonly refuse?: (existing: S3Object | undefined) => Refusal | undefined },
  ): S3Object | Refusal;
  remove(bucket: string, key: string): void;
  close(): Promise<void>;
}

/** Takes up what an earlier run left. Rejects when it cannot be read or written. */
export async function openObjectStore({ directory, nowMs, onNotification }: ObjectStoreOptions): Promise<ObjectStore> {
  await mkdir(directory, { recursive: true });
  const index = openObjectIndex(path.join(directory, 'index.sqlite'));
  const used = index.blobs();
  const blobs = await openBlobStore(path.join(directory, 'blobs'), (blob) => used.has(blob));
  const subscriptions = new Map<string, readonly Subscription[]>();

  function tell(notifications: readonly Notification[]): void {
    if (notifications.length > 0) onNotification();
  }

  return {
    index,
    blobs,
    nowMs,
    subscribe: (bucket, wanted) => void subscriptions.set(bucket, wanted),
    commit(bucket, { key, headers, event }, stored, { upload, refuse } = {}) {
      const refused =
        refuseKey(key) ??
        (index.hasBucket(bucket) ? undefined : noSuchBucket(bucket)) ??
        refuse?.(index.object(bucket, key));
      if (refused) {
        blobs.remove([stored.blob]);
        return refused;
      }
      const occurredAtMs = nowMs();
      const object: S3Object = { ...stored, key, headers, modifiedAtMs: occurredAtMs };
      const occurred = { name: event, bucket, key, stored, occurredAtMs };
      const notifications = notificationsOf(subscriptions.get(bucket) ?? [], occurred);
      const replaced = upload
        ? index.completeUpload(upload, object, notifications)
        : index.putObject(bucket, object, notifications);
      blobs.remove(replaced);
      tell(notifications);
      return object;
    },
    remove(bucket, key) {
      if (index.object(bucket, key) === undefined) return;
      const occurred = { name: 'ObjectRemoved:Delete', bucket, key, occurredAtMs: nowMs() } as const;
      const notifications = notificationsOf(subscriptions.get(bucket) ?? [], occurred);
      blobs.remove(index.removeObject(bucket, key, notifications));
      tell(notifications);
    },
    async close() {
      await blobs.close();
      index.close();
    },
  };
}

export function noSuchBucket(bucket: string): Refusal {
  return new Refusal('NoSuchBucket', `The specified bucket does not exist: ${bucket}`);
}
