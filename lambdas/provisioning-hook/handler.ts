import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city, stageOf } from '../shared/city.ts';
import { dynamodbAssetRegistry } from '../shared/dynamodb-asset-registry.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger } from '../shared/observability.ts';
import { dynamodbProvisioningList } from './dynamodb-provisioning-list.ts';
import { PROVISIONING_HOOK_VARIABLES } from './environment.ts';
import { answerOf, decideProvisioning, type HookAnswer, type HookEvent } from './provision.ts';

const environment = readEnvironment(PROVISIONING_HOOK_VARIABLES);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const nowMs = (): number => Date.now();

const context = {
  city,
  stage: stageOf(environment.STAGE),
  registry: dynamodbAssetRegistry(dynamodb, { tableName: environment.ASSETS_TABLE, nowMs }),
  expected: dynamodbProvisioningList(dynamodb, { tableName: environment.PROVISIONING_TABLE, nowMs }),
};

export async function handler(event: HookEvent): Promise<HookAnswer> {
  const decision = await decideProvisioning(event, context);
  const { certificateId } = event;
  if (decision.allowed) logger.info('device provisioned', { certificateId, ...decision.device });
  else logger.warn('device not provisioned', { certificateId, reason: decision.reason });
  return answerOf(decision);
}
