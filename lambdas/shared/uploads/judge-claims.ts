import type { DecodedMessage } from '../../../core/codec/decode.ts';
import type { DraftReading } from '../../../core/codec/decoder.ts';
import type { ClaimVerdict } from '../../../core/codec/normalize.ts';
import type { StoredUpload, Uploads } from '../../../core/ports.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { type Claim, referenceOf } from '../../../core/uploads/claim.ts';
import { breachOfClaim, type ClaimAttribute, claimsIn, readClaim } from '../../../core/uploads/judge-claim.ts';
import { forEachConcurrently } from '../concurrency.ts';

/** Requests to S3 at a time. */
const LOOKUPS_MAX = 16;

interface PendingClaim {
  readonly draft: DraftReading;
  readonly attribute: ClaimAttribute;
  readonly claim: Claim;
}

/** What becomes of every draft that refers to uploads; the others are not in it. Throws where S3 does not answer. */
export async function judgeClaims(
  messages: readonly DecodedMessage[],
  city: CityConfig,
  uploads: Uploads,
): Promise<ReadonlyMap<DraftReading, ClaimVerdict>> {
  const verdicts = new Map<DraftReading, ClaimVerdict>();
  const pending: PendingClaim[] = [];
  for (const draft of messages.flatMap(({ readings }) => readings)) {
    if (!draft.ok) continue;
    for (const attribute of claimsIn(draft, city)) {
      const claim = readClaim(attribute, draft);
      if (claim.ok) pending.push({ draft, attribute, claim });
      verdicts.set(draft, claim.ok ? (verdicts.get(draft) ?? 'founded') : claim);
    }
  }
  const stored = await findAll(new Set(pending.map(({ claim }) => referenceOf(claim))), uploads);
  for (const { draft, attribute, claim } of pending) {
    const refusal = breachOfClaim(attribute, claim, stored.get(referenceOf(claim)));
    if (refusal && verdicts.get(draft) === 'founded') verdicts.set(draft, refusal);
  }
  return verdicts;
}

async function findAll(keys: ReadonlySet<string>, uploads: Uploads): Promise<ReadonlyMap<string, StoredUpload>> {
  const stored = new Map<string, StoredUpload>();
  await forEachConcurrently([...keys], LOOKUPS_MAX, async (key) => {
    const found = await uploads.find(key);
    if (found) stored.set(key, found);
  });
  return stored;
}
