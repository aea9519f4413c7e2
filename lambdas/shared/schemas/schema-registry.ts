import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { fingerprintOf, formatFingerprint, isEnveloped } from '../../../core/codec/envelope/envelope.ts';
import type { SchemaBook, WriterSchema } from '../../../core/ports.ts';
import type { IngestMessage } from '../ingest-record.ts';
import { readSchemas } from './dynamodb-schema-table.ts';
import type { SchemaEntry } from './schema-entry.ts';

/** How long the lack of a schema is believed. */
const LACK_MAX_AGE_MS = 10_000;
/** Random bytes in envelopes must not fill the memory: above this many the cache of lacks starts over. */
const LACKS_MAX = 10_000;

type SchemaUser = Pick<IngestMessage, 'bytes' | 'redrive'>;

export interface SchemaRegistry extends SchemaBook {
  /**
   * Gets what these messages were written with, so that `find` has it; for one that an operator has put back in, it asks
   * again at once. Throws when the table does not answer.
   */
  prepare(messages: Iterable<SchemaUser>): Promise<void>;
}

/** The schemas that came with the release, and those of a table where somebody has registered more since. */
export function schemaRegistry({
  released,
  dynamodb,
  tableName,
  nowMs,
}: {
  readonly released: readonly SchemaEntry[];
  readonly dynamodb: DynamoDBClient;
  readonly tableName: string;
  readonly nowMs: () => number;
}): SchemaRegistry {
  const bundled = new Map(released.map((entry) => [entry.fingerprint, entry]));
  const schemas = new Map<string, WriterSchema>();
  const lacks = new Map<string, number>();
  return {
    find: (fingerprint) => schemas.get(formatFingerprint(fingerprint)),

    async prepare(messages) {
      const now = nowMs();
      const isMissed = (fingerprint: string): boolean => now - (lacks.get(fingerprint) ?? -Infinity) <= LACK_MAX_AGE_MS;
      const wanted = wantedFingerprints(messages, schemas, isMissed);
      if (wanted.length === 0) return;
      const registered = await readSchemas(
        dynamodb,
        tableName,
        wanted.filter((fingerprint) => !bundled.has(fingerprint)),
      );
      // Who has no binary readings does not load what reads them.
      const { compileSchema } = await import('./compile-schema.ts');
      for (const fingerprint of wanted) {
        const ours = bundled.get(fingerprint);
        const theirs = registered.get(fingerprint);
        const schema = ours ? compileSchema(ours) : theirs && compileOrNothing(theirs, compileSchema);
        if (schema) {
          schemas.set(fingerprint, schema);
        } else {
          if (lacks.size >= LACKS_MAX) lacks.clear();
          lacks.set(fingerprint, now);
        }
      }
    },
  };
}

function wantedFingerprints(
  messages: Iterable<SchemaUser>,
  schemas: ReadonlyMap<string, WriterSchema>,
  isMissed: (fingerprint: string) => boolean,
): string[] {
  const wanted = new Set<string>();
  for (const { bytes, redrive } of messages) {
    const fingerprint = isEnveloped(bytes) ? fingerprintOf(bytes) : undefined;
    if (fingerprint === undefined) continue;
    const name = formatFingerprint(fingerprint);
    if (!schemas.has(name) && (redrive || !isMissed(name))) wanted.add(name);
  }
  return [...wanted];
}

/** Somebody may have written anything into the table, and one bad schema must not hold up every other message. */
function compileOrNothing(entry: SchemaEntry, compile: (entry: SchemaEntry) => WriterSchema): WriterSchema | undefined {
  try {
    return compile(entry);
  } catch {
    return undefined;
  }
}
