import type { UplinkMemory } from '../core/ports.ts';

/** A confirmed uplink is sent at most eight times, seconds apart (LoRaWAN 1.0.4, section 18.4); later it is another. */
export const SAME_UPLINK_MS_MAX = 2 * 60_000;
/** Above this many the memory starts over: a function's memory is bounded, a city's devices are not. */
const DEVICES_MAX = 100_000;

interface Heard {
  readonly fCnt: number;
  readonly payload: string;
  readonly heardAtMs: number;
}

/** Remembers the last uplink of each device. All of a device's come to one shard, and so to one process. */
export function uplinkMemory(devicesMax = DEVICES_MAX): UplinkMemory {
  const last = new Map<string, Heard>();
  return {
    firstHeardAtMs(source, fCnt, bytes, heardAtMs) {
      const payload = Buffer.from(bytes).toString('latin1');
      const heard = last.get(source);
      const isSame =
        heard?.fCnt === fCnt &&
        heard.payload === payload &&
        Math.abs(heardAtMs - heard.heardAtMs) <= SAME_UPLINK_MS_MAX;
      if (isSame) return heard.heardAtMs;
      if (last.size >= devicesMax && !heard) last.clear();
      last.set(source, { fCnt, payload, heardAtMs });
      return heardAtMs;
    },
  };
}
