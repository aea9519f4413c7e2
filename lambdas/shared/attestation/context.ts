import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Stage } from '../../../core/schema/city-config.ts';
import { dynamodbAttestationKeys } from './dynamodb-attestation-keys.ts';
import { dynamodbCounterWindow } from './dynamodb-counter-window.ts';
import { dynamodbSightings } from './dynamodb-sightings.ts';
import type { AttestationContext } from './judge-attestations.ts';
import { p256Verifier } from './p256-verifier.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Where a stage takes readings of any age, signed ones are no older. */
const AGE_MAX_MS = 30 * DAY_MS;

interface AttestationTables {
  readonly KEYS_TABLE: string;
  readonly ATTESTATIONS_TABLE: string;
}

/** A day more than a reading may be old when it comes: a counter is remembered as long as a retry may take. */
export function attestationContext(
  dynamodb: DynamoDBClient,
  { KEYS_TABLE, ATTESTATIONS_TABLE: tableName }: AttestationTables,
  { lateMaxMs }: Pick<Stage, 'lateMaxMs'>,
): AttestationContext {
  const lifeMs = (lateMaxMs ?? AGE_MAX_MS) + DAY_MS;
  return {
    keys: dynamodbAttestationKeys(dynamodb, KEYS_TABLE),
    window: dynamodbCounterWindow(dynamodb, { tableName, lifeMs }),
    sightings: dynamodbSightings(dynamodb, { tableName, lifeMs }),
    verify: p256Verifier(),
    lifeMs,
  };
}
