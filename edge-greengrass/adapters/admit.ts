import type { Refusal } from '../../core/reason.ts';
import type { Sample } from '../ports.ts';
import type { Gate } from './isolation.ts';

/**
 * Everything that one message held, at the pace that its sensor may keep: for senders that wait for the acknowledgement.
 * Rejects where a sample could not be kept now; sending the others again does no harm.
 */
export async function admitPaced(
  gate: Gate,
  { samples, refusals }: { readonly samples: readonly Sample[]; readonly refusals: readonly Refusal[] },
): Promise<void> {
  for (const refusal of refusals) gate.refuse(refusal);
  const admissions: Promise<unknown>[] = [];
  for (const sample of samples) {
    const waitMs = gate.waitMs();
    if (waitMs > 0) {
      gate.delay();
      await new Promise((resolve) => void setTimeout(resolve, waitMs).unref());
    }
    admissions.push(gate.accept(sample));
  }
  await Promise.all(admissions);
}
