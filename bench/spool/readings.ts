import type { AttributeValue } from '../../core/observation.ts';
import type { FrameReading } from '../../core/sync/frame.ts';
import { stampOf } from '../../core/twin/stamp.ts';

const NOON_MS = Date.UTC(2026, 10, 21, 12);

/** What the sensors of the given gateway say, one reading each. */
export const TYPICAL_READINGS: readonly { readonly what: string; readonly reading: FrameReading }[] = [
  { what: 'loop: one count', reading: readingOf('loop-004', { loopCount: 48_211 }) },
  { what: 'camera: count and flow', reading: readingOf('cam-001', { vehicleCount: 17, trafficFlow: 840 }) },
  {
    what: 'weather mast: three values',
    reading: readingOf('wx-01', { temperature: 21.4, precipitation: 0.2, windSpeed: 3.7 }),
  },
  {
    what: 'bus with a position, signed',
    reading: {
      ...readingOf('bus-217', { averageVehicleSpeed: 31.5 }),
      position: { longitude: -1.8904301, latitude: 52.4862433, altitude: 141.25 },
      attestation: {
        keyId: 'gateway-int-01-2026',
        bootId: 0x1234_5678_9abc_def0n,
        counter: 48_211n,
        gnssAtMs: NOON_MS,
        hdop: 0.9,
        satellites: 11,
        previousHash: new Uint8Array(32),
        signature: new Uint8Array(64),
      },
    },
  },
];

function readingOf(sensor: string, attributes: Readonly<Record<string, AttributeValue>>): FrameReading {
  return {
    assetId: 'int-01-traffic',
    assetType: 'TrafficJunction',
    sensor,
    stamp: stampOf(NOON_MS, 1),
    attributes: new Map(Object.entries(attributes)),
    seen: new Map(),
  };
}
