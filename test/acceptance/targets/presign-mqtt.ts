import { createHash, createHmac } from 'node:crypto';

export interface MqttAddress {
  /** `aws iot describe-endpoint --endpoint-type iot:Data-ATS`. */
  readonly host: string;
  readonly region: string;
  readonly identity: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  };
  readonly atMs: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'iotdevicegateway';

/**
 * The address of MQTT over WebSocket on AWS IoT Core, signed with IAM credentials (Signature Version 4, in the query).
 * docs.aws.amazon.com/iot/latest/developerguide/protocols.html; a session token is appended after the signature there.
 */
export function presignMqtt({ host, region, identity, atMs }: MqttAddress): string {
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${SERVICE}/aws4_request`;
  const query = new URLSearchParams({
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${identity.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-SignedHeaders': 'host',
  }).toString();
  const request = ['GET', '/mqtt', query, `host:${host}\n`, 'host', sha256('')].join('\n');
  const key = [date, region, SERVICE, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    `AWS4${identity.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key)
    .update([ALGORITHM, time, scope, sha256(request)].join('\n'))
    .digest('hex');
  const token = identity.sessionToken ? `&X-Amz-Security-Token=${encodeURIComponent(identity.sessionToken)}` : '';
  return `wss://${host}/mqtt?${query}&X-Amz-Signature=${signature}${token}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
