import type { World } from '../world.ts';
import type { Publication } from './publication.ts';

const RESEND_MS = 5_000;

/**
 * The way from a device to the broker, at QoS 1: what is not acknowledged is sent again, so that a lost acknowledgement
 * brings the same message twice. While it is cut off, a device sends nothing; afterwards everything, in any order.
 */
export function createDeviceNetwork({ scheduler, chance, faults, trace }: World, deliver: (p: Publication) => void) {
  let [cutFromMs, cutUntilMs] = [0, 0];
  const send = (publication: Publication): void => {
    const nowMs = scheduler.nowMs();
    const heldMs = nowMs >= cutFromMs && nowMs < cutUntilMs ? cutUntilMs - nowMs : 0;
    scheduler.after(heldMs + chance.integer(5, 50 + faults.deviceLateMs), () => {
      if (chance.happens(faults.publishLost)) {
        trace(() => `${publication.clientId}: publication lost`);
        return scheduler.after(RESEND_MS, () => send(publication));
      }
      deliver(publication);
      if (chance.happens(faults.acknowledgementLost)) {
        trace(() => `${publication.clientId}: acknowledgement lost`);
        scheduler.after(RESEND_MS, () => send(publication));
      }
    });
  };
  return {
    send,
    cut(fromMs: number, untilMs: number): void {
      [cutFromMs, cutUntilMs] = [fromMs, untilMs];
    },
  };
}
