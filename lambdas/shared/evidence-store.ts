import type { CalibrationStore, EvidenceStore, ReviewKey, ReviewStore } from '../../core/ports.ts';
import { attributesUnder } from '../../core/reviews/attributes-under.ts';
import type { AssetType, CityConfig, PolicyName } from '../../core/schema/city-config.ts';
import type { Calibration, Evidence, Review } from '../../core/twin/evidence.ts';
import type { Twin } from '../../core/twin/twin.ts';

type Subject = Pick<Twin, 'assetId' | 'assetType'>;

export interface EvidenceSources {
  readonly city: Pick<CityConfig, 'assetTypes'>;
  readonly calibrations: CalibrationStore;
  readonly reviews: Pick<ReviewStore, 'read'>;
}

/** The policies that go by more than what stands in a twin's registers. */
const POLICIES_BY_EVIDENCE: readonly PolicyName[] = ['manual-review', 'mean-3-sigma'];

/** The stores of what is known beside the twins, asked together, and for no more than the policies go by. */
export function evidenceStore({ city, calibrations, reviews }: EvidenceSources): EvidenceStore {
  return {
    async read(twins) {
      const [calibrated, reviewed] = await Promise.all([
        readUnder('mean-3-sigma', twins, city, (keys) => calibrations.read(keys)),
        readUnder('manual-review', twins, city, (keys) => reviews.read(keys)),
      ]);
      const gathered = new Map<string, Gathered>();
      for (const { assetId, attribute, calibration } of calibrated) {
        gatheredOf(assetId, gathered).calibrations.set(attribute, calibration);
      }
      for (const { assetId, attribute, id, onsetMs, openedAtMs } of reviewed) {
        const review: Review = openedAtMs === undefined ? { id, onsetMs } : { id, onsetMs, openedAtMs };
        gatheredOf(assetId, gathered).reviews.set(attribute, review);
      }
      return gathered;
    },
  };
}

/** Whether a twin of this type comes to something else by what is known beside it. */
export function goesByEvidence({ assetType }: Pick<Twin, 'assetType'>, city: Pick<CityConfig, 'assetTypes'>): boolean {
  const type = assetTypeOf(assetType, city);
  return type !== undefined && POLICIES_BY_EVIDENCE.some((policy) => attributesUnder(policy, type).length > 0);
}

/** The declaration of a type, unless the configuration has dropped it. */
export function assetTypeOf(name: string, { assetTypes }: Pick<CityConfig, 'assetTypes'>): AssetType | undefined {
  return Object.hasOwn(assetTypes, name) ? assetTypes[name] : undefined;
}

interface Gathered extends Evidence {
  readonly calibrations: Map<string, Calibration>;
  readonly reviews: Map<string, Review>;
}

function gatheredOf(assetId: string, gathered: Map<string, Gathered>): Gathered {
  const known = gathered.get(assetId) ?? { calibrations: new Map(), reviews: new Map() };
  gathered.set(assetId, known);
  return known;
}

/** Asks for the attributes that the policy resolves; where there are none, nobody is asked. */
async function readUnder<Found>(
  policy: PolicyName,
  twins: readonly Subject[],
  city: EvidenceSources['city'],
  read: (keys: readonly ReviewKey[]) => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  const keys = twins.flatMap(({ assetId, assetType }) => {
    const type = assetTypeOf(assetType, city);
    const attributes = type ? attributesUnder(policy, type) : [];
    return attributes.map((attribute) => ({ assetId, attribute }));
  });
  return keys.length > 0 ? await read(keys) : [];
}
