import type { TemplateResource } from '../cloudformation/resource-provider.ts';

interface KeyPart {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}

interface SecondaryIndex {
  readonly IndexName: string;
  readonly KeySchema: readonly KeyPart[];
  readonly Projection: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] };
}

/** What `CreateTable` takes, and `DescribeTable` gives back with more beside it. */
export interface TableDefinition {
  readonly TableName: string;
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly KeySchema: readonly KeyPart[];
  readonly GlobalSecondaryIndexes?: readonly SecondaryIndex[];
  readonly LocalSecondaryIndexes?: readonly SecondaryIndex[];
}

/** Properties that say something a local table has no need of: no capacity is limited and no copy is made. */
const ACCEPTED = new Set([
  'BillingMode',
  'ContributorInsightsSpecification',
  'DeletionProtectionEnabled',
  'OnDemandThroughput',
  'PointInTimeRecoverySpecification',
  'ProvisionedThroughput',
  'ResourcePolicy',
  'SSESpecification',
  'TableClass',
  'Tags',
  'TimeToLiveSpecification',
  'WarmThroughput',
  'WriteOnDemandThroughputSettings',
  'WriteProvisionedThroughputSettings',
]);

const DEFINING = new Set([
  'TableName',
  'AttributeDefinitions',
  'KeySchema',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
  'Replicas',
]);

/**
 * The table that a template's `AWS::DynamoDB::Table` or `AWS::DynamoDB::GlobalTable` asks for.
 * Throws with the property's name when it asks for a stream, a copy elsewhere, or anything unknown.
 */
export function tableDefinition(resource: TemplateResource): TableDefinition {
  const { stackName, logicalId, properties } = resource;
  for (const name of Object.keys(properties)) {
    if (!ACCEPTED.has(name) && !DEFINING.has(name)) {
      throw new Error(`${stackName}/${logicalId}: ${name} is not supported by the local DynamoDB; leave it out`);
    }
  }
  const replicas = properties.Replicas;
  if (Array.isArray(replicas) && replicas.length > 1) {
    throw new Error(
      `${stackName}/${logicalId}: Replicas names ${replicas.length} regions; the local DynamoDB has one, expected 1`,
    );
  }
  const asked = properties as Partial<TableDefinition>;
  if (asked.KeySchema === undefined || asked.AttributeDefinitions === undefined) {
    throw new Error(`${stackName}/${logicalId}: a table needs KeySchema and AttributeDefinitions`);
  }
  return {
    TableName: asked.TableName ?? `${stackName}-${logicalId}`,
    AttributeDefinitions: asked.AttributeDefinitions,
    KeySchema: asked.KeySchema,
    ...(asked.GlobalSecondaryIndexes && { GlobalSecondaryIndexes: asked.GlobalSecondaryIndexes.map(withoutCapacity) }),
    ...(asked.LocalSecondaryIndexes && { LocalSecondaryIndexes: asked.LocalSecondaryIndexes.map(withoutCapacity) }),
  };
}

function withoutCapacity({ IndexName, KeySchema, Projection }: SecondaryIndex): SecondaryIndex {
  return { IndexName, KeySchema, Projection };
}

/** What `DescribeTable` tells. */
export interface TableDescription extends TableDefinition {
  readonly TableArn: string;
  readonly TableId: string;
  readonly TableStatus: string;
}

/** In words, what differs between a table as the template has it and as an earlier run left it; undefined if nothing. */
export function findDifference(asked: TableDefinition, existing: TableDefinition): string | undefined {
  if (keysInWords(asked, asked.KeySchema) !== keysInWords(existing, existing.KeySchema)) {
    return `key is ${keysInWords(existing, existing.KeySchema)}, the template has ${keysInWords(asked, asked.KeySchema)}`;
  }
  const askedIndexes = indexesInWords(asked);
  const existingIndexes = indexesInWords(existing);
  return askedIndexes === existingIndexes
    ? undefined
    : `indexes are ${existingIndexes || 'none'}, the template has ${askedIndexes || 'none'}`;
}

function indexesInWords(table: TableDefinition): string {
  return [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])]
    .map(({ IndexName, KeySchema, Projection }) => {
      const attributes = [...(Projection.NonKeyAttributes ?? [])].sort().join('+');
      return `${IndexName}(${keysInWords(table, KeySchema)}; ${Projection.ProjectionType ?? 'ALL'}${attributes && ` ${attributes}`})`;
    })
    .sort()
    .join(', ');
}

function keysInWords(table: TableDefinition, keys: readonly KeyPart[]): string {
  return keys
    .map(({ AttributeName }) => {
      const definition = table.AttributeDefinitions.find((candidate) => candidate.AttributeName === AttributeName);
      return `${AttributeName}:${definition?.AttributeType ?? '?'}`;
    })
    .join('/');
}
