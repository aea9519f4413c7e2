import { randomBytes } from 'node:crypto';
import { LOCAL_REGION } from '../aws.ts';
import { isRecord } from '../is-record.ts';
import { refuseUnknown, requireText } from '../cloudformation/properties.ts';
import type { Notification, Stored } from './object-index.ts';

/** One `LambdaConfiguration` of a bucket. */
export interface Subscription {
  readonly id: string;
  readonly functionArn: string;
  /** Such as `s3:ObjectCreated:*`. */
  readonly event: string;
  readonly prefix: string;
  readonly suffix: string;
}

export type EventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Copy'
  | 'ObjectCreated:CompleteMultipartUpload'
  | 'ObjectRemoved:Delete';

const EVENTS: readonly string[] = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
];

export interface ObjectEvent {
  readonly name: EventName;
  readonly bucket: string;
  readonly key: string;
  /** None for a removal. */
  readonly stored?: Stored;
  readonly occurredAtMs: number;
}

/**
 * What a bucket's `NotificationConfiguration` wants. Throws with the property's name for a destination or an event that
 * the local cloud does not know.
 */
export function readSubscriptions(where: string, configuration: unknown): Subscription[] {
  if (configuration === undefined) return [];
  if (!isRecord(configuration)) throw new Error(`${where}: NotificationConfiguration must be an object`);
  refuseUnknown(`${where}: NotificationConfiguration`, configuration, ['LambdaConfigurations']);
  const lambdas = configuration.LambdaConfigurations ?? [];
  if (!Array.isArray(lambdas)) throw new Error(`${where}: LambdaConfigurations must be a list`);
  return lambdas.map((each: unknown, index) => readSubscription(`${where}: LambdaConfigurations[${index}]`, each));
}

function readSubscription(where: string, configuration: unknown): Subscription {
  if (!isRecord(configuration)) throw new Error(`${where} must be an object`);
  refuseUnknown(where, configuration, ['Event', 'Filter', 'Function']);
  const event = requireText(where, configuration, 'Event');
  if (!EVENTS.includes(event)) throw new Error(`${where}: Event is ${event}; expected one of ${EVENTS.join(', ')}`);
  const functionArn = requireText(where, configuration, 'Function');
  return { id: where, functionArn, event, ...readFilter(where, configuration.Filter) };
}

function readFilter(where: string, filter: unknown): Pick<Subscription, 'prefix' | 'suffix'> {
  const s3Key: unknown = isRecord(filter) ? filter.S3Key : undefined;
  const rules: unknown = isRecord(s3Key) ? s3Key.Rules : [];
  if (!Array.isArray(rules)) throw new Error(`${where}: Filter.S3Key.Rules must be a list`);
  const read = { prefix: '', suffix: '' };
  for (const rule of rules as unknown[]) {
    const { Name: name, Value: value } = isRecord(rule) ? rule : {};
    const kind = String(name).toLowerCase();
    if ((kind !== 'prefix' && kind !== 'suffix') || typeof value !== 'string') {
      throw new Error(`${where}: a filter rule is ${JSON.stringify(rule)}; expected Name prefix or suffix, and Value`);
    }
    read[kind] = value;
  }
  return read;
}

/** What the functions that want to know of it are to be told. */
export function notificationsOf(subscriptions: readonly Subscription[], event: ObjectEvent): Notification[] {
  const { name, key } = event;
  const [kind] = name.split(':');
  return subscriptions
    .filter((wanted) => wanted.event === `s3:${name}` || wanted.event === `s3:${kind}:*`)
    .filter(({ prefix, suffix }) => key.startsWith(prefix) && key.endsWith(suffix))
    .map(({ id, functionArn }) => ({ functionArn, event: { Records: [recordOf(id, event)] } }));
}

/** docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function recordOf(configurationId: string, { name, bucket, key, stored, occurredAtMs }: ObjectEvent): object {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: LOCAL_REGION,
    eventTime: new Date(occurredAtMs).toISOString(),
    eventName: name,
    userIdentity: { principalId: 'AWS:LOCAL' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase(), 'x-amz-id-2': 'local' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: { name: bucket, ownerIdentity: { principalId: 'LOCAL' }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeKey(key),
        ...(stored && { size: stored.bytes, eTag: stored.etag }),
        sequencer: nextSequencer(occurredAtMs),
      },
    },
  };
}

/** As in a form: a space is a plus, a slash stays. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
}

let events = 0;

/** Hexadecimal, later events of a key are greater when compared as text. */
function nextSequencer(occurredAtMs: number): string {
  events = (events + 1) % 0x1_00_00_00;
  return (occurredAtMs.toString(16).padStart(12, '0') + events.toString(16).padStart(6, '0')).toUpperCase();
}
