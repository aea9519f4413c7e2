import type { Item } from '../cloud/expression.ts';
import type { World } from '../world.ts';

/** As long as a claim holds, less what the clocks of two functions may differ. */
const CLAIM_HOLDS_MS = 60_000 - 200;

/** Looks at every mark of the rejects table: nobody claims what is claimed, or is back in already. */
export function checkClaim({ violated }: World, before: Item | undefined, after: Item): void {
  if (!after['reason']?.S?.startsWith('redrive:') || !before || after['status']?.S !== 'redriving') return;
  const heldMs = Number(after['at']?.N) - Number(before['at']?.N);
  if (before['status']?.S === 'redriven' || heldMs < CLAIM_HOLDS_MS) {
    violated(
      'of two operators one puts a reading back in',
      `${after['packId']?.S}: ${before['status']?.S} for ${heldMs} ms`,
    );
  }
}
