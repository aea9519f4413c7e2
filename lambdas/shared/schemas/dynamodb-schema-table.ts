import { type AttributeValue, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { readItems } from '../dynamodb-batch-get.ts';
import type { SchemaEntry } from './schema-entry.ts';

/** Schemas by fingerprint; strongly consistent, so that a redrive right after a registration finds it. */
export async function readSchemas(
  dynamodb: DynamoDBClient,
  tableName: string,
  fingerprints: readonly string[],
): Promise<ReadonlyMap<string, SchemaEntry>> {
  const keys = fingerprints.map((fingerprint) => ({ fingerprint: { S: fingerprint } }));
  const items = keys.length > 0 ? await readItems(dynamodb, tableName, keys, { consistent: true }) : [];
  return new Map(items.map((item) => [item['fingerprint']?.S ?? '', entryOf(item)]));
}

/** Puts a schema in, also over itself: equal fingerprints write equal bytes. */
export async function registerSchema(dynamodb: DynamoDBClient, tableName: string, entry: SchemaEntry): Promise<void> {
  const { fingerprint, name, version, format, schema } = entry;
  await dynamodb.send(
    new PutItemCommand({
      TableName: tableName,
      Item: {
        fingerprint: { S: fingerprint },
        name: { S: name },
        version: { N: String(version) },
        format: { S: format },
        schema: { S: schema },
      },
    }),
  );
}

function entryOf(item: Readonly<Record<string, AttributeValue>>): SchemaEntry {
  return {
    fingerprint: item['fingerprint']?.S ?? '',
    name: item['name']?.S ?? '',
    version: Number(item['version']?.N),
    format: item['format']?.S === 'avro' ? 'avro' : 'protobuf',
    schema: item['schema']?.S ?? '',
  };
}
