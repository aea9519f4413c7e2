import type { AssetType } from '../schema/city-config.ts';
import { distrustsOf } from '../twin/distrust.ts';
import type { Evidence, Review } from '../twin/evidence.ts';
import { attributeTypeOf, bearingOn } from '../twin/resolve.ts';
import type { Register, Twin } from '../twin/twin.ts';
import { type Weighing, weigh } from '../twin/weigh.ts';
import { attributesUnder } from './attributes-under.ts';

/**
 * Where the sources of an attribute stand: `undecided` while an authority's decision or the fail-safe value holds and
 * not all of the sources have been heard since, so that nobody can say whether they agree.
 */
export type Accord = 'agreeing' | 'disagreeing' | 'undecided';

export interface AttributeAccord {
  readonly attribute: string;
  readonly accord: Accord;
  /** Those that vote, authorities too, sorted. */
  readonly voters: readonly string[];
}

/** How the attributes under `manual-review` stand at `nowMs`. One of which nobody says anything has nothing to review. */
export function accordsOf(
  twin: Twin,
  assetType: AssetType,
  nowMs: number,
  evidence: Evidence,
): readonly AttributeAccord[] {
  const attributes = attributesUnder('manual-review', assetType);
  const distrusts = attributes.length > 0 ? distrustsOf(twin) : undefined;
  return attributes.map((attribute) => {
    const register = twin.registers.get(attribute) ?? NO_ENTRIES;
    const bearing = bearingOn(attribute, distrusts?.get(attribute), evidence);
    const weighing = weigh(register, attributeTypeOf(assetType, attribute), nowMs, bearing);
    return { attribute, accord: accordOf(weighing, bearing.review), voters: votersOf(weighing, register) };
  });
}

const NO_ENTRIES: Register = new Map();

function accordOf(weighing: Weighing | undefined, review: Review | undefined): Accord {
  const flags = weighing?.flags ?? [];
  // Without a vote nobody disagrees; but what is open stays so, because silence is no agreement.
  if (weighing?.quality === 'stale' && review?.openedAtMs === undefined) return 'agreeing';
  if (flags.includes('disagreeing')) return 'disagreeing';
  return flags.includes('decided') || flags.includes('fail-safe') ? 'undecided' : 'agreeing';
}

/** What `weigh` says of siblings that have no vote at all. */
const WITHOUT_VOTE: ReadonlySet<string | undefined> = new Set(['stale', 'ended', 'distrusted', 'kind-mismatch']);

function votersOf(weighing: Weighing | undefined, register: Register): readonly string[] {
  const voters: string[] = [];
  for (const [source, { sibling }] of register) {
    if (sibling && !WITHOUT_VOTE.has(weighing?.leftOut.get(source))) voters.push(source);
  }
  return voters.sort();
}
