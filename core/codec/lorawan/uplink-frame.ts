import { refuse, type Refusal } from '../../reason.ts';
import { show } from '../../schema/show.ts';
import { decodeBase64 } from '../base64.ts';
import { isObject, type JsonObject } from '../json-payload.ts';
import { type ObservedAt, parseIso } from '../observed-at.ts';

/** What every network server says of an uplink, each in its own words. */
export interface UplinkFrame {
  readonly ok: true;
  readonly devEui: string;
  readonly fPort: number;
  readonly fCnt: number;
  readonly bytes: Uint8Array;
  /** When the network heard it. */
  readonly receivedAt: ObservedAt | undefined;
}

interface Dialect {
  readonly name: string;
  /** The field that tells it from the others. */
  readonly mark: string;
  /** Where the words stand, as names joined by dots; of several times the first that is there. */
  readonly devEui: string;
  readonly fPort: string;
  readonly fCnt: string;
  readonly payload: string;
  readonly times: readonly string[];
}

const DIALECTS: readonly Dialect[] = [
  {
    name: 'The Things Stack v3',
    mark: 'uplink_message',
    devEui: 'end_device_ids.dev_eui',
    fPort: 'uplink_message.f_port',
    fCnt: 'uplink_message.f_cnt',
    payload: 'uplink_message.frm_payload',
    times: ['uplink_message.received_at', 'received_at'],
  },
  {
    name: 'ChirpStack v4',
    mark: 'deviceInfo',
    devEui: 'deviceInfo.devEui',
    fPort: 'fPort',
    fCnt: 'fCnt',
    payload: 'data',
    times: ['time'],
  },
  {
    name: 'AWS IoT Wireless',
    mark: 'WirelessMetadata',
    devEui: 'WirelessMetadata.LoRaWAN.DevEui',
    fPort: 'WirelessMetadata.LoRaWAN.FPort',
    fCnt: 'WirelessMetadata.LoRaWAN.FCnt',
    payload: 'PayloadData',
    times: ['WirelessMetadata.LoRaWAN.Timestamp'],
  },
];

const FRAME_PORT_MAX = 255;
const FRAME_COUNTER_MAX = 2 ** 32 - 1;

/**
 * Reads the uplink of whichever network server wrote it. Letter case and underscores of names do not count: AWS writes
 * both `FPort` and `Fport`, and protobuf's JSON may be `f_port` or `fPort`. A port or a counter that is not there is 0, for
 * protobuf leaves zeros out. Refuses what none of the three writes as `schema-violation`.
 */
export function readUplinkFrame(object: JsonObject): UplinkFrame | Refusal {
  const dialect = DIALECTS.find(({ mark }) => isObject(lookUp(object, mark)));
  if (!dialect) {
    const known = DIALECTS.map(({ name, mark }) => `${mark} (${name})`).join(', ');
    return refuse('schema-violation', `no uplink of a network server known here; expected one of ${known}`);
  }
  const devEui = lookUp(object, dialect.devEui);
  if (typeof devEui !== 'string') {
    return refuse('schema-violation', `${dialect.devEui}: got ${show(devEui)}, expected a text`);
  }
  const fPort = readCount(lookUp(object, dialect.fPort), dialect.fPort, FRAME_PORT_MAX);
  if (typeof fPort !== 'number') return fPort;
  const fCnt = readCount(lookUp(object, dialect.fCnt), dialect.fCnt, FRAME_COUNTER_MAX);
  if (typeof fCnt !== 'number') return fCnt;
  const payload = lookUp(object, dialect.payload);
  const bytes = typeof payload === 'string' ? decodeBase64(payload) : undefined;
  if (!bytes || bytes.length === 0) {
    return refuse('schema-violation', `${dialect.payload}: got ${show(payload)}, expected a payload in base64`);
  }
  const time = dialect.times.map((path) => lookUp(object, path)).find((value) => value !== undefined);
  const receivedAt = time === undefined ? undefined : parseIso(time);
  if (receivedAt && !receivedAt.ok) return receivedAt;
  return { ok: true, devEui: devEui.toLowerCase(), fPort, fCnt, bytes, receivedAt };
}

function readCount(value: unknown, path: string, max: number): number | Refusal {
  if (value === undefined || value === null) return 0;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
    ? value
    : refuse('schema-violation', `${path}: got ${show(value)}, expected a whole number from 0 to ${max}`);
}

function lookUp(object: JsonObject, path: string): unknown {
  let value: unknown = object;
  for (const name of path.split('.')) value = isObject(value) ? fieldOf(value, name) : undefined;
  return value;
}

function fieldOf(object: JsonObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const plain = plainly(name);
  const key = Object.keys(object).find((each) => plainly(each) === plain);
  return key === undefined ? undefined : object[key];
}

function plainly(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
