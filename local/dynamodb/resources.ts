import { setTimeout as delay } from 'node:timers/promises';
import type { CreatedResource, ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';
import { isRecord } from '../is-record.ts';
import type { AwsService } from '../gateway/aws-service.ts';
import { callDynamoDb, DynamoDbError } from './call.ts';
import { findDifference, tableDefinition, type TableDescription } from './table-definition.ts';

/** A table becomes active within milliseconds; one that does not was cut off while it was being made. */
const ACTIVE_TIMEOUT_MS = 2000;
const ACTIVE_POLL_MS = 2;

/** Tables by either of their CloudFormation types; the CDK's `TableV2` writes the second one. */
export function tableProviders(service: AwsService, log: (line: string) => void): readonly ResourceProvider[] {
  return ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'].map((type) => ({
    type,
    create: (resource) => createTable(service, resource, log),
  }));
}

async function createTable(
  service: AwsService,
  resource: TemplateResource,
  log: (line: string) => void,
): Promise<CreatedResource> {
  const asked = tableDefinition(resource);
  const existing = await describeTable(service, asked.TableName);
  if (existing === undefined) {
    await callDynamoDb(service, 'CreateTable', { ...asked, BillingMode: 'PAY_PER_REQUEST' });
  } else {
    const difference = findDifference(asked, existing);
    if (difference !== undefined) {
      throw new Error(
        `table ${asked.TableName} of an earlier run does not fit: its ${difference}; start with --fresh to make it anew`,
      );
    }
  }
  const { TableArn, TableId } = await becomeActive(service, asked.TableName);
  noteTimeToLive(resource, asked.TableName, log);
  return { ref: asked.TableName, attributes: { Arn: TableArn, TableId } };
}

async function describeTable(service: AwsService, tableName: string): Promise<TableDescription | undefined> {
  try {
    return (await callDynamoDb(service, 'DescribeTable', { TableName: tableName })).Table;
  } catch (error) {
    if (error instanceof DynamoDbError && error.code === 'ResourceNotFoundException') {
      return undefined;
    }
    throw error;
  }
}

async function becomeActive(service: AwsService, tableName: string): Promise<TableDescription> {
  const deadlineMs = performance.now() + ACTIVE_TIMEOUT_MS;
  for (;;) {
    const table = await describeTable(service, tableName);
    if (table?.TableStatus === 'ACTIVE') {
      return table;
    }
    if (performance.now() > deadlineMs) {
      throw new Error(
        `table ${tableName} is ${table?.TableStatus ?? 'absent'} instead of ACTIVE; start with --fresh to make it anew`,
      );
    }
    await delay(ACTIVE_POLL_MS);
  }
}

function noteTimeToLive({ properties }: TemplateResource, tableName: string, log: (line: string) => void): void {
  const timeToLive = properties.TimeToLiveSpecification;
  if (isRecord(timeToLive) && timeToLive.Enabled === true) {
    log(`table ${tableName}: items do not expire locally (time to live by ${String(timeToLive.AttributeName)})`);
  }
}
