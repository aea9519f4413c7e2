import { packObservations } from '../../core/codec/pack.ts';
import type { Observation } from '../../core/observation.ts';
import type { ObservationLog } from '../../core/ports.ts';
import { problem } from './problem.ts';

/**
 * Appends what an authority says to the log, past the normalizer, which makes readings only. Throws a 503 where the stream
 * has not taken all of it: to ask again, with the same key where there is one, says the same once.
 */
export async function speak(
  observations: readonly Observation[],
  { log, buckets }: { readonly log: ObservationLog; readonly buckets: number },
): Promise<void> {
  const unwritten = await log.append(packObservations(observations, buckets));
  if (unwritten.size > 0)
    throw problem(503, 'the log has not taken it; ask again, with the same Idempotency-Key if there was one');
}
