import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeThingCommand, type IoTClient, ResourceNotFoundException } from '@aws-sdk/client-iot';
import { keyIdOf } from '../../core/attestation/key-id.ts';
import type { AttestationKeyId } from '../../core/ports.ts';
import { attestationKeyOf, idOf, keyItem, keyOf } from '../../lambdas/shared/attestation/dynamodb-attestation-keys.ts';
import { readP256 } from '../../lambdas/shared/attestation/p256-verifier.ts';
import { KEYS_TABLE } from '../../lib/names.ts';
import { thingKindName } from '../../lib/thing-kinds.ts';
import { CommandError } from '../command-error.ts';

/** DER of the public key in a PEM file. Throws one line where it holds none, or none on P-256. */
export function readPublicKey(file: string): Uint8Array {
  const text = readFileSync(file, 'utf8');
  try {
    const spki = createPublicKey(text).export({ type: 'spki', format: 'der' });
    if (readP256(spki)) return spki;
  } catch (cause) {
    throw new CommandError(`${file} holds no key in PEM`, { cause });
  }
  throw new CommandError(`${file} holds another key, expected one on P-256 (prime256v1)`);
}

/** Throws one line where no such gateway has been provisioned. */
export async function expectGateway(iot: IoTClient, device: string): Promise<void> {
  const make = `npx cityweave device ${device} --kind gateway --zone ZONE`;
  try {
    const { thingTypeName } = await iot.send(new DescribeThingCommand({ thingName: device }));
    if (thingTypeName === thingKindName('gateway')) return;
    throw new CommandError(`${device} is a ${thingTypeName}; only gateways sign readings`);
  } catch (cause) {
    if (!(cause instanceof ResourceNotFoundException)) throw cause;
    throw new CommandError(`there is no thing ${device}: make it with ${make}`, { cause });
  }
}

/**
 * Lets a gateway sign with a key, and returns its id; doing it again changes nothing. Throws one line where the key was
 * revoked: who had it may have it still.
 */
export async function registerKey(
  dynamodb: DynamoDBClient,
  device: string,
  { publicKey, notBeforeMs }: { readonly publicKey: Uint8Array; readonly notBeforeMs: number },
): Promise<string> {
  const keyId = keyIdOf(publicKey);
  const registeredAtMs = { N: String(Date.now()) };
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: KEYS_TABLE,
        Item: { ...keyItem({ device, keyId }, { publicKey, status: 'active', notBeforeMs }), registeredAtMs },
        ConditionExpression: 'attribute_not_exists(device) OR #status = :active',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':active': { S: 'active' } },
      }),
    );
    return keyId;
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    throw new CommandError(`key ${keyId} of ${device} was revoked, and stays so: make another`, { cause });
  }
}

/** From now on, whatever the key has signed, and whenever, is quarantined. Throws one line where there is no such key. */
export async function revokeKey(dynamodb: DynamoDBClient, id: AttestationKeyId): Promise<void> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: KEYS_TABLE,
        Key: keyOf(id),
        UpdateExpression: 'SET #status = :revoked, revokedAtMs = if_not_exists(revokedAtMs, :now)',
        ConditionExpression: 'attribute_exists(device)',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':revoked': { S: 'revoked' }, ':now': { N: String(Date.now()) } },
      }),
    );
  } catch (cause) {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    throw new CommandError(`${id.device} has no key ${id.keyId}: npx cityweave key list ${id.device} names them`, {
      cause,
    });
  }
}

export interface ListedKey {
  readonly keyId: string;
  readonly status: string;
  readonly notBefore: string;
  readonly registeredAt: string;
  readonly revokedAt: string;
}

/** All keys of a gateway, those that were revoked too. */
export async function listKeys(dynamodb: DynamoDBClient, device: string): Promise<readonly ListedKey[]> {
  const { Items: items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: KEYS_TABLE,
      KeyConditionExpression: 'device = :device',
      ExpressionAttributeValues: { ':device': { S: device } },
      ConsistentRead: true,
    }),
  );
  return items.map((item) => {
    const { status, notBeforeMs } = attestationKeyOf(item);
    return {
      keyId: idOf(item).keyId,
      status,
      notBefore: new Date(notBeforeMs).toISOString(),
      registeredAt: timeOf(item['registeredAtMs']),
      revokedAt: timeOf(item['revokedAtMs']),
    };
  });
}

function timeOf(value: AttributeValue | undefined): string {
  return value?.N === undefined ? '' : new Date(Number(value.N)).toISOString();
}
