import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city } from '../shared/city.ts';
import { forEachConcurrently } from '../shared/concurrency.ts';
import { seedAsset } from '../shared/dynamodb-asset-registry.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger } from '../shared/observability.ts';
import { ASSET_REGISTRY_VARIABLES } from './environment.ts';

const environment = readEnvironment(ASSET_REGISTRY_VARIABLES);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const WRITES_IN_FLIGHT_MAX = 16;

/** What may stand in an answer of 4,096 bytes beside the ids, were every character escaped. */
const REASON_CHARACTERS_MAX = 300;

type Answer = Pick<CloudFormationCustomResourceResponse, 'Status' | 'Reason'>;

/**
 * A CloudFormation custom resource: at each deploy, writes the configuration's assets into the registry. Throws when the
 * answer is not taken: Lambda then runs the function again, and seeding twice is seeding once.
 */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  await respond(event, await answerTo(event));
}

async function answerTo({ RequestType }: CloudFormationCustomResourceEvent): Promise<Answer> {
  try {
    // The registry goes with its table; a row that an operator added must outlive the configuration.
    if (RequestType !== 'Delete') await seed();
    return { Status: 'SUCCESS', Reason: '' };
  } catch (error) {
    logger.error('asset registry not seeded', { error });
    return { Status: 'FAILED', Reason: String(error).slice(0, REASON_CHARACTERS_MAX) };
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
async function respond(event: CloudFormationCustomResourceEvent, answer: Answer): Promise<void> {
  const body = {
    ...answer,
    PhysicalResourceId: 'cityweave-asset-registry',
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  // The answer goes to a presigned URL, which takes no content type.
  const response = await fetch(event.ResponseURL, {
    method: 'PUT',
    body: JSON.stringify(body),
    headers: { 'content-type': '' },
  });
  if (!response.ok) {
    throw new Error(`CloudFormation's address for answers: got ${response.status} to ${answer.Status}, expected 200`);
  }
}
