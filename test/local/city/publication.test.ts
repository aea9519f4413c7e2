import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { type Device, populate } from '../../../local/city/population.ts';
import { publicationsOf } from '../../../local/city/publication.ts';

const SEED = 7;
const NOON_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 60 * 60 * 1000;
const devices = populate(config, SEED);
const assetTypes: Readonly<Record<string, { attributes: Readonly<Record<string, AttributeRange>> }>> =
  config.assetTypes;

interface AttributeRange {
  readonly kind: string;
  readonly integer?: boolean;
  readonly range?: readonly [number, number];
  readonly values?: readonly string[];
}

function withFault(fault: Device['fault']): Device {
  const device = devices.find((each) => each.fault === fault && each.payload === 'reading');
  if (!device) throw new Error(`no device with the fault ${fault}`);
  return device;
}

/** What a device with a fault sends at the first ticks at which it misbehaves, and what it sends otherwise. */
function sent(device: Device): string[][] {
  const ticks = Array.from({ length: 40 }, (_, tick) => tick);
  return ticks.map((tick) => publicationsOf(device, tick, NOON_MS, SEED).map(({ payload }) => payload));
}

function observedAtMs(payload: string | undefined): number {
  return Date.parse((JSON.parse(payload ?? '') as { observedAt: string }).observedAt);
}

describe('what devices send', () => {
  it('keeps to the declared types, ranges and values over a whole day, for devices without a fault', () => {
    for (const device of devices.filter(({ fault, payload }) => !fault && payload === 'reading')) {
      for (let hour = 0; hour < 24; hour++) {
        const [publication] = publicationsOf(device, hour, NOON_MS + hour * HOUR_MS, SEED);
        const { attributes } = JSON.parse(publication?.payload ?? '') as { attributes: Record<string, unknown> };
        for (const [name, value] of Object.entries(attributes)) {
          const declared = assetTypes[device.assetType]?.attributes[name];
          expect(declared, `${device.assetType}.${name}`).toBeDefined();
          expect(typeof value).toBe(declared?.kind);
          if (declared?.range) {
            expect(value).toBeGreaterThanOrEqual(declared.range[0]);
            expect(value).toBeLessThanOrEqual(declared.range[1]);
          }
          if (declared?.integer) expect(Number.isInteger(value)).toBe(true);
          if (declared?.values) expect(declared.values).toContain(value);
        }
      }
    }
  });

  it('is the same for the same seed and tick', () => {
    const device = withFault(undefined);
    expect(publicationsOf(device, 5, NOON_MS, SEED)).toEqual(publicationsOf(device, 5, NOON_MS, SEED));
    expect(publicationsOf(device, 5, NOON_MS, SEED)).not.toEqual(publicationsOf(device, 5, NOON_MS, SEED + 1));
  });

  it('lets sources of one asset disagree', () => {
    const seen = devices.filter(({ assetId }) => assetId === 'air-colmore-row');
    const values = seen.map((device) => publicationsOf({ ...device, fault: undefined }, 1, NOON_MS, SEED)[0]?.payload);
    expect(new Set(values).size).toBe(3);
  });

  it.each([
    ['duplicate', (payloads: string[]) => payloads.length === 2 && payloads[0] === payloads[1]],
    ['late', ([payload]: string[]) => observedAtMs(payload) < NOON_MS],
    ['future', ([payload]: string[]) => observedAtMs(payload) > NOON_MS + 5 * 60_000],
    ['out-of-range', ([payload]: string[]) => /:-\d{3,}/.test(payload ?? '')],
    ['broken', ([payload]: string[]) => !payload?.endsWith('}')],
  ] as const)('sends some readings %s, and good ones between them', (fault, isBad) => {
    const outcomes = sent(withFault(fault)).map((payloads) => isBad(payloads));
    expect(outcomes).toContain(true);
    expect(outcomes).toContain(false);
  });

  it('sends the legacy sensors’ payload with its three keys', () => {
    const legacy = devices.find(({ assetId }) => assetId === 'lotA-17');
    const [publication] = legacy ? publicationsOf(legacy, 0, NOON_MS, SEED) : [];
    expect(publication?.topic).toBe('sensors/parking/lotA');
    expect(JSON.parse(publication?.payload ?? '')).toEqual({
      sensor_id: 'lotA-17',
      status: expect.stringMatching(/^(occupied|vacant)$/),
      timestamp: NOON_MS / 1000,
    });
  });

  it('has the sources of a signal agree again sooner than a disagreement is opened', () => {
    const signals = Map.groupBy(
      devices.filter(({ assetType }) => assetType === 'TrafficSignal'),
      ({ assetId }) => assetId,
    );
    expect(signals.size).toBe(16);
    let disagreements = 0;
    for (const sources of signals.values()) {
      const lastSaid = new Map<string, string>();
      let onsetMs: number | undefined;
      for (let timeMs = NOON_MS; timeMs < NOON_MS + HOUR_MS / 6; timeMs += 100) {
        for (const [place, device] of sources.entries()) {
          // Each at its own moment of the interval.
          if ((timeMs + 1700 * place) % device.intervalMs !== 0) continue;
          const [publication] = publicationsOf(device, timeMs / device.intervalMs, timeMs, SEED);
          const { attributes } = JSON.parse(publication?.payload ?? '') as { attributes: { signalState: string } };
          lastSaid.set(device.thing, attributes.signalState);
        }
        if (new Set(lastSaid.values()).size < 2) onsetMs = undefined;
        else if (onsetMs === undefined) disagreements += 1;
        if (new Set(lastSaid.values()).size > 1) onsetMs ??= timeMs;
        const declared = config.assetTypes['TrafficSignal']?.attributes['signalState'];
        expect(timeMs - (onsetMs ?? timeMs)).toBeLessThan(declared?.disagreeMaxMs ?? 0);
      }
    }
    // Otherwise nothing would have been looked at.
    expect(disagreements).toBeGreaterThan(100);
  });
});
