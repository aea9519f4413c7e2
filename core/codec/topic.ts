import { GATEWAY, isName } from '../schema/names.ts';

/** What a topic says of the message on it. */
export type Topic =
  | {
      readonly kind: 'device';
      readonly zone: string;
      readonly assetType: string;
      readonly assetId: string;
      /** The authenticated publisher: its policy lets it publish under no other name. */
      readonly thingName: string;
    }
  | {
      readonly kind: 'sensors';
      /** What follows `sensors/`. */
      readonly path: string;
    }
  | {
      readonly kind: 'lorawan';
      /** Whose bridge carries it; its policy lets it publish for no other. */
      readonly network: string;
      /** Sixteen hexadecimal digits, in lower case. */
      readonly devEui: string;
    }
  | {
      readonly kind: 'frames';
      readonly zone: string;
      /** The authenticated publisher, as a device's thing is. */
      readonly gatewayId: string;
      /** Of a link without TCP: each frame stands in an FEC frame. */
      readonly isFec: boolean;
    }
  | { readonly kind: 'other' };

export type DeviceTopic = Topic & { kind: 'device' };
export type FramesTopic = Topic & { kind: 'frames' };

const OTHER: Topic = { kind: 'other' };
const DEVICE_LEVELS = 5;
/** The place of a thing in a gateway's topic. */
const FRAMES = 'frames';
/** What follows it where frames come over a link on which bytes flip. */
const FEC = 'fec';
const SENSORS_PREFIX = 'sensors/';
const LORAWAN = /^lorawan\/([^/]+)\/([0-9A-Fa-f]{16})\/up$/;

/**
 * Reads `dt/{zone}/{assetType}/{assetId}/{thingName}` of exactly five levels, each a name, a gateway's
 * `dt/{zone}/gateway/{gatewayId}/frames` and `…/frames/fec`, `sensors/…`, and `lorawan/{network}/{devEui}/up`. Anything
 * else is `other`: one level more must not be taken for a device that it is not.
 */
export function parseTopic(topic: string): Topic {
  const known = knownTopics.get(topic);
  if (known) return known;
  const parsed = readTopic(topic);
  if (knownTopics.size === KNOWN_TOPICS_MAX) knownTopics.clear();
  knownTopics.set(topic, parsed);
  return parsed;
}

/** A device publishes on one topic again and again. What is known saves time, and never changes an answer. */
const knownTopics = new Map<string, Topic>();
const KNOWN_TOPICS_MAX = 4096;

function readTopic(topic: string): Topic {
  if (topic.startsWith(SENSORS_PREFIX) && topic.length > SENSORS_PREFIX.length) {
    return { kind: 'sensors', path: topic.slice(SENSORS_PREFIX.length) };
  }
  const [, network = '', devEui = ''] = LORAWAN.exec(topic) ?? [];
  if (isName(network)) return { kind: 'lorawan', network, devEui: devEui.toLowerCase() };
  if (!topic.startsWith('dt/')) return OTHER;
  const levels = topic.split('/');
  const [, zone = '', assetType = '', assetId = '', thingName = '', more] = levels;
  if (!isName(zone) || !isName(assetType) || !isName(assetId) || !isName(thingName)) return OTHER;
  const isFec = levels.length === DEVICE_LEVELS + 1 && more === FEC;
  if (levels.length !== DEVICE_LEVELS && !isFec) return OTHER;
  if (assetType === GATEWAY) return thingName === FRAMES ? { kind: 'frames', zone, gatewayId: assetId, isFec } : OTHER;
  if (isFec) return OTHER;
  return { kind: 'device', zone, assetType, assetId, thingName };
}

/**
 * Whether an MQTT filter matches a topic, level by level: `+` is any one level, a last `#` any number, none among them
 * (MQTT 3.1.1, section 4.7.1).
 */
export function matchesFilter(filter: string, topic: string): boolean {
  const pattern = filter.split('/');
  const levels = topic.split('/');
  for (const [index, level] of pattern.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return pattern.length === levels.length;
}
