import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda';
import { city } from '../shared/city.ts';
import { forEachConcurrently } from '../shared/concurrency.ts';
import { seedAsset } from '../shared/dynamodb-asset-registry.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger } from '../shared/observability.ts';
import { ASSET_REGISTRY_VARIABLES } from './environment.ts';

const environment = readEnvironment(ASSET_REGISTRY_VARIABLES);
const dynamodb = new DynamoDBClient({});
const WRITES_IN_FLIGHT_MAX = 16;

/** A CloudFormation custom resource: at each deploy, writes the configuration's assets into the registry. */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  try {
    // The registry goes with its table; a row that an operator added must outlive the configuration.
    if (event.RequestType !== 'Delete') await seed();
    await respond(event, 'SUCCESS');
  } catch (error) {
    logger.error('asset registry not seeded', { error });
    await respond(event, 'FAILED', String(error));
  }
}

async function seed(): Promise<void> {
  const outcomes = { seeded: 0, 'kept-edited': 0 };
  await forEachConcurrently(Object.entries(city.assets), WRITES_IN_FLIGHT_MAX, async ([assetId, asset]) => {
    outcomes[await seedAsset(dynamodb, environment.ASSETS_TABLE, assetId, asset)]++;
  });
  logger.info('asset registry seeded', outcomes);
}

/** CloudFormation waits for this answer, not for the function's return (user guide, "Custom resource response objects"). */
async function respond(
  event: CloudFormationCustomResourceEvent,
  status: CloudFormationCustomResourceResponse['Status'],
  reason = '',
): Promise<void> {
  const response = {
    Status: status,
    Reason: reason,
    PhysicalResourceId: 'cityweave-asset-registry',
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  // The answer goes to a presigned URL, which takes no content type.
  await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(response), headers: { 'content-type': '' } });
}
