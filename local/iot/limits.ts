/**
 * Limits of the message broker, after "AWS IoT Core message broker and protocol limits and quotas"
 * (https://docs.aws.amazon.com/general/latest/gr/iot-core.html#limits_iot). Not kept: the throttles (100 publishes and
 * 512 KiB a second per connection), which would hide how fast the rest is.
 */

import { isProvisioningAnswer, isProvisioningRequest } from './provisioning-topics.ts';
import { hasWildcard } from './topic-filter.ts';

const TOPIC_BYTES_MAX = 256;
const TOPIC_SLASHES_MAX = 7;
export const PAYLOAD_BYTES_MAX = 128 * 1024;
const CLIENT_ID_BYTES_MAX = 128;
export const SUBSCRIPTIONS_MAX = 50;
export const FILTERS_PER_SUBSCRIBE_MAX = 8;
const QOS_MAX = 1;
/** Publishes of one connection that are not acknowledged yet; the next ones wait, unread. */
export const UNACKNOWLEDGED_PUBLISHES_MAX = 100;

const KEEP_ALIVE_MIN_S = 30;
const KEEP_ALIVE_MAX_S = 1200;

/** A rule's name has at most this many characters ("CreateTopicRule" in the AWS IoT API reference). */
export const RULE_NAME_LENGTH_MAX = 128;

const BASIC_INGEST_PREFIX = '$aws/rules/';

/**
 * The largest packet in which every part keeps its limit: a PUBLISH by Basic Ingest, with the length of its topic and
 * its packet identifier.
 */
export const PACKET_BYTES_MAX =
  2 + BASIC_INGEST_PREFIX.length + RULE_NAME_LENGTH_MAX + 1 + TOPIC_BYTES_MAX + 2 + PAYLOAD_BYTES_MAX;

/** What a client did that the broker does not allow. */
export interface Violation {
  readonly what: string;
  readonly got: string | number;
  readonly limit: string | number;
}

/** A client may send up to 64 KiB of topic; a line of the log shows this much. */
const SHOWN_CHARACTERS_MAX = 300;

export function describeViolation({ what, got, limit }: Violation): string {
  return `${what} is ${String(got).slice(0, SHOWN_CHARACTERS_MAX)}; the limit is ${limit}`;
}

export interface BasicIngest {
  readonly ruleName: string;
  /** What the rule sees as the topic. */
  readonly topic: string;
}

/** `$aws/rules/{rule}/{topic}` goes to that rule alone. */
export function parseBasicIngest(topic: string): BasicIngest | undefined {
  if (!topic.startsWith(BASIC_INGEST_PREFIX)) {
    return undefined;
  }
  const rest = topic.slice(BASIC_INGEST_PREFIX.length);
  const slash = rest.indexOf('/');
  return slash === -1
    ? { ruleName: rest, topic: '' }
    : { ruleName: rest.slice(0, slash), topic: rest.slice(slash + 1) };
}

export interface Publish {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
}

export function findPublishViolation({ topic, payload, qos, retain }: Publish): Violation | undefined {
  if (qos > QOS_MAX) {
    return { what: 'quality of service of a publish', got: qos, limit: QOS_MAX };
  }
  if (payload.length > PAYLOAD_BYTES_MAX) {
    return { what: 'payload in bytes', got: payload.length, limit: PAYLOAD_BYTES_MAX };
  }
  if (retain && topic.startsWith('$')) {
    return { what: 'RETAIN on a reserved topic', got: topic, limit: 'topics that do not begin with $' };
  }
  return findTopicNameViolation(topic);
}

function findTopicNameViolation(topic: string): Violation | undefined {
  const basicIngest = parseBasicIngest(topic);
  if (basicIngest === undefined && topic.startsWith('$') && !isProvisioningRequest(topic)) {
    return { what: 'reserved topic of a publish', got: topic, limit: `${BASIC_INGEST_PREFIX}{rule}/… or provisioning` };
  }
  if (topic === '' || hasWildcard(topic) || topic.includes('\0')) {
    return { what: 'topic of a publish', got: JSON.stringify(topic), limit: 'a name without +, # and U+0000' };
  }
  // The first three levels of Basic Ingest count toward neither limit ("Reducing messaging costs with Basic Ingest").
  return findLengthViolation('topic', basicIngest?.topic ?? topic);
}

export function findFilterViolation(filter: string, qos: number): Violation | undefined {
  if (qos > QOS_MAX) {
    return { what: 'quality of service of a subscription', got: qos, limit: QOS_MAX };
  }
  if (filter.startsWith('$') && !isProvisioningAnswer(filter)) {
    return {
      what: 'reserved topic filter',
      got: filter,
      limit: 'filters that do not begin with $, and the answers of provisioning',
    };
  }
  return findLengthViolation('topic filter', filter);
}

function findLengthViolation(what: string, topic: string): Violation | undefined {
  const bytes = Buffer.byteLength(topic, 'utf8');
  if (bytes > TOPIC_BYTES_MAX) {
    return { what: `${what} in bytes`, got: bytes, limit: TOPIC_BYTES_MAX };
  }
  const slashes = countSlashes(topic);
  return slashes > TOPIC_SLASHES_MAX
    ? { what: `number of slashes in ${what} ${topic}`, got: slashes, limit: TOPIC_SLASHES_MAX }
    : undefined;
}

function countSlashes(topic: string): number {
  let slashes = 0;
  for (let at = topic.indexOf('/'); at !== -1; at = topic.indexOf('/', at + 1)) {
    slashes += 1;
  }
  return slashes;
}

export function findClientIdViolation(clientId: string): Violation | undefined {
  const bytes = Buffer.byteLength(clientId, 'utf8');
  if (bytes > CLIENT_ID_BYTES_MAX) {
    return { what: 'client id in bytes', got: bytes, limit: CLIENT_ID_BYTES_MAX };
  }
  return clientId.startsWith('$')
    ? { what: 'client id', got: clientId, limit: 'ids that do not begin with $' }
    : undefined;
}

/** What the broker takes the client's wish for: 0 is the default, everything else is brought into range. */
export function keepAliveSeconds(askedSeconds: number): number {
  return askedSeconds === 0 ? KEEP_ALIVE_MAX_S : Math.min(Math.max(askedSeconds, KEEP_ALIVE_MIN_S), KEEP_ALIVE_MAX_S);
}
