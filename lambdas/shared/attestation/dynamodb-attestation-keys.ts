import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AttestationKey, AttestationKeyId, AttestationKeys } from '../../../core/ports.ts';
import { readItems } from '../dynamodb-batch-get.ts';

type Item = Record<string, AttributeValue>;

/** Keys are read for each batch, and nothing is remembered of them: one that is revoked is no good from then on. */
export function dynamodbAttestationKeys(dynamodb: DynamoDBClient, tableName: string): AttestationKeys {
  return {
    async find(ids) {
      const wanted = new Map(ids.map((id) => [nameOf(id), keyOf(id)]));
      const items = await readItems(dynamodb, tableName, [...wanted.values()], { consistent: true });
      const found = new Map(items.map((item) => [nameOf(idOf(item)), attestationKeyOf(item)]));
      return ids.map((id) => found.get(nameOf(id)));
    },
  };
}

/** What the table has of a key: `device`, `keyId`, `publicKey`, `status` and `notBeforeMs`; and since when. */
export function keyItem(id: AttestationKeyId, { publicKey, status, notBeforeMs }: AttestationKey): Item {
  return {
    ...keyOf(id),
    publicKey: { B: publicKey },
    status: { S: status },
    notBeforeMs: { N: String(notBeforeMs) },
  };
}

export function keyOf({ device, keyId }: AttestationKeyId): Item {
  return { device: { S: device }, keyId: { S: keyId } };
}

export function idOf(item: Item): AttestationKeyId {
  return { device: item['device']?.S ?? '', keyId: item['keyId']?.S ?? '' };
}

/** A status that is not `active` is as good as revoked. */
export function attestationKeyOf(item: Item): AttestationKey {
  return {
    publicKey: item['publicKey']?.B ?? new Uint8Array(),
    status: item['status']?.S === 'active' ? 'active' : 'revoked',
    notBeforeMs: Number(item['notBeforeMs']?.N ?? 0),
  };
}

function nameOf({ device, keyId }: AttestationKeyId): string {
  return `${device}/${keyId}`;
}
