import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { KNOWN_HASH_BYTES, type WindowEntry } from '../../../core/attestation/window.ts';
import type { CounterWindow, SignerRun } from '../../../core/ports.ts';
import { forEachConcurrently } from '../concurrency.ts';
import { readItems } from '../dynamodb-batch-get.ts';

/** Counters of one item. A full one takes 0.9 KB, so one write unit. */
const BLOCK_COUNTERS = 16;
const BLOCK = BigInt(BLOCK_COUNTERS);
const BLOCK_MAX = (2n ** 64n - 1n) / BLOCK;
const ENTRY_BYTES = 2 * KNOWN_HASH_BYTES + 8;
const WRITES_IN_FLIGHT_MAX = 8;

type Item = Record<string, AttributeValue>;

export interface WindowOptions {
  readonly tableName: string;
  /** How long after its receipt a counter is remembered. */
  readonly lifeMs: number;
}

/**
 * Items of `signer` and `part`: one for 16 counters of a start, so that a frame of readings that were signed one after the
 * other takes a write or two.
 */
export function dynamodbCounterWindow(dynamodb: DynamoDBClient, { tableName, lifeMs }: WindowOptions): CounterWindow {
  const query = async (run: SignerRun, [first, last]: readonly [bigint, bigint], forward: boolean) => {
    if (first > last) return [];
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'signer = :signer AND part BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':signer': { S: signerOf(run) },
          ':first': { S: partOf(first) },
          ':last': { S: partOf(last) },
        },
        ScanIndexForward: forward,
        Limit: 1,
        ConsistentRead: true,
      }),
    );
    return Items.flatMap(entriesIn);
  };

  const putBlock = async (run: SignerRun, entries: readonly WindowEntry[], expiresAt: number): Promise<boolean> => {
    const [first] = entries;
    if (!first) return true;
    const names = entries.map(({ counter }) => placeOf(counter));
    const values = entries.map((entry) => [`:${placeOf(entry.counter)}`, { B: bytesOf(entry) }] as const);
    try {
      await dynamodb.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: blockKey(run, first.counter / BLOCK),
          UpdateExpression: `SET expiresAt = :expiresAt, ${names.map((name) => `${name} = :${name}`).join(', ')}`,
          ConditionExpression: names.map((name) => `attribute_not_exists(${name})`).join(' AND '),
          ExpressionAttributeValues: { ':expiresAt': { N: String(expiresAt) }, ...Object.fromEntries(values) },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async around(run, counters) {
      const blocks = new Set(
        counters.flatMap((counter) => [counter - 1n, counter, counter + 1n].map((c) => c / BLOCK)),
      );
      const keys = [...blocks].map((block) => blockKey(run, block));
      return (await readItems(dynamodb, tableName, keys, { consistent: true })).flatMap(entriesIn);
    },

    async nearest(run, counter) {
      const below = query(run, [0n, (counter - 1n) / BLOCK - 1n], false);
      const above = query(run, [(counter + 1n) / BLOCK + 1n, BLOCK_MAX], true);
      return (await Promise.all([below, above])).flat();
    },

    async put(run, entries, receivedAtMs) {
      const expiresAt = Math.ceil((receivedAtMs + lifeMs) / 1000);
      const blocks = [...Map.groupBy(entries, ({ counter }) => counter / BLOCK).values()];
      let isFirst = true;
      await forEachConcurrently(blocks, WRITES_IN_FLIGHT_MAX, async (block) => {
        if (!(await putBlock(run, block, expiresAt))) isFirst = false;
      });
      return isFirst;
    },
  };
}

function signerOf({ device, keyId, bootId }: SignerRun): string {
  return `${device}/${keyId}/${bootId}`;
}

function blockKey(run: SignerRun, block: bigint): Item {
  return { signer: { S: signerOf(run) }, part: { S: partOf(block) } };
}

/** In the order of their numbers. */
function partOf(block: bigint): string {
  return `counters/${block.toString(16).padStart(15, '0')}`;
}

function placeOf(counter: bigint): string {
  return `c${counter % BLOCK}`;
}

/** Both hashes, then the time, big-endian. */
function bytesOf({ hash, previousHash, observedAtMs }: WindowEntry): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES);
  bytes.set(hash);
  bytes.set(previousHash, KNOWN_HASH_BYTES);
  new DataView(bytes.buffer).setBigUint64(2 * KNOWN_HASH_BYTES, BigInt(observedAtMs));
  return bytes;
}

function entriesIn(item: Item): WindowEntry[] {
  const block = BigInt(`0x${item['part']?.S?.split('/')[1] ?? '0'}`);
  const entries: WindowEntry[] = [];
  for (let place = 0n; place < BLOCK; place += 1n) {
    const bytes = item[`c${place}`]?.B;
    if (!bytes) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    entries.push({
      counter: block * BLOCK + place,
      hash: bytes.subarray(0, KNOWN_HASH_BYTES),
      previousHash: bytes.subarray(KNOWN_HASH_BYTES, 2 * KNOWN_HASH_BYTES),
      observedAtMs: Number(view.getBigUint64(2 * KNOWN_HASH_BYTES)),
    });
  }
  return entries;
}
