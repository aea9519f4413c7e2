import type { DecodedReading, DecoderPorts } from '../../../core/codec/decoder.ts';
import { isObject } from '../../../core/codec/json-payload.ts';
import { parseJson } from '../../../core/codec/json.ts';
import { lorawanUplink } from '../../../core/codec/lorawan/lorawan-uplink.ts';
import { readUplinkFrame } from '../../../core/codec/lorawan/uplink-frame.ts';
import { refuse, type Refusal } from '../../../core/reason.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { show } from '../../../core/schema/show.ts';

/** As it came from a network server. */
export interface UplinkMessage {
  readonly bytes: Uint8Array;
  readonly network: string;
  readonly receivedAtMs: number;
}

export interface DeviceReadings {
  readonly ok: true;
  /** Sixteen hexadecimal digits, in lower case. */
  readonly devEui: string;
  readonly readings: readonly DecodedReading[];
}

/** Which device it is of, and its readings; a refusal where not even the device can be told. */
export function readUplink(
  { bytes, network, receivedAtMs }: UplinkMessage,
  city: CityConfig,
  ports: DecoderPorts,
): DeviceReadings | Refusal {
  const devEui = devEuiOf(bytes);
  if (typeof devEui !== 'string') return devEui;
  const message = { messageId: '', topic: '', bytes, clientId: network, principal: '', receivedAtMs };
  const decoded = lorawanUplink.decode(message, { kind: 'lorawan', network, devEui }, city, ports);
  return { ok: true, devEui, readings: 'ok' in decoded ? [decoded] : decoded };
}

function devEuiOf(bytes: Uint8Array): string | Refusal {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return parsed;
  if (!isObject(parsed.value)) {
    return refuse('schema-violation', `got ${show(parsed.value)}, expected the object of one uplink`);
  }
  const frame = readUplinkFrame(parsed.value);
  if (!frame.ok) return frame;
  return /^[0-9a-f]{16}$/.test(frame.devEui)
    ? frame.devEui
    : refuse('schema-violation', `device ${show(frame.devEui)}, expected an EUI of 16 hexadecimal digits`);
}
