import { createAccumulator } from '../../../core/archive/accumulator.ts';
import type { Observation } from '../../../core/observation.ts';
import type { StoredTwin } from '../../../core/ports.ts';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import { createFold, type Fate } from '../../../core/twin/fold.ts';
import { emptyTwinFor, join, merge } from '../../../core/twin/join.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { oracleBytes, oracleFates } from '../../core/twin/oracle.ts';
import type { World } from '../world.ts';

/** The slow model looks at every pair of readings for every reading: so many at most are asked for their fates. */
const FATES_MAX = 16;

/** Table, fold and replicas that heard of the same log in other orders hold, byte for byte, what the slow model says. */
export function checkReplicas(
  world: World,
  log: readonly Observation[],
  stored: ReadonlyMap<string, StoredTwin>,
): void {
  const { violated } = world;
  const [fold, rebuilt] = [createFold(), createAccumulator()];
  for (const observation of log) {
    fold.add(observation);
    rebuilt.add(observation);
  }
  const rebuiltTwins = new Map([...rebuilt.twins()].map(({ twin }) => [twin.assetId, twin]));
  const byAsset = Map.groupBy(log, ({ assetId }) => assetId);
  for (const [assetId, observations] of byAsset) {
    const replicas = {
      table: stored.get(assetId)?.twin,
      'the rebuild': rebuiltTwins.get(assetId),
      'another order': inAnotherOrder(world, observations),
      'two halves joined': inHalves(world, observations),
    };
    for (const [name, twin] of Object.entries(replicas)) compare(world, `${assetId}, ${name}`, twin, observations);
    // A retry may find more in the registry than the first try did; the fold goes by the first record of a reading.
    compare(world, `${assetId}, the fold`, fold.twins().get(assetId), firstOfEach(observations));
  }
  for (const assetId of stored.keys()) {
    if (!byAsset.has(assetId)) violated('every replica equals the model', `${assetId} is in no log`);
  }
  checkFates(world, byAsset, fold.fates());
}

function compare(
  { violated }: World,
  name: string,
  twin: Twin | undefined,
  observations: readonly Observation[],
): void {
  const [bytes, expected] = [twin && Buffer.from(encodeTwin(twin)), oracleBytes(observations)];
  if (bytes?.equals(expected)) return;
  const [got, model] = [bytes, expected].map((each) => each?.subarray(1).toString());
  violated('every replica equals the model', `${name}: got ${got}, expected ${model}`);
}

function firstOfEach(observations: readonly Observation[]): readonly Observation[] {
  const seen = new Set<string>();
  return observations.filter(({ readingId }) => !seen.has(readingId) && seen.add(readingId));
}

/** By the model, of one asset. */
function checkFates(
  { chance, violated }: World,
  byAsset: ReadonlyMap<string, readonly Observation[]>,
  fates: ReadonlyMap<string, Fate>,
): void {
  const [observations = []] = chance.shuffled([...byAsset.values()]);
  for (const [readingId, fate] of oracleFates(observations.slice(0, FATES_MAX))) {
    const got = fates.get(readingId);
    if (got !== fate) violated('the fold says what became of each', `${readingId}: got ${got}, expected ${fate}`);
  }
}

function inAnotherOrder({ chance }: World, observations: readonly Observation[]): Twin | undefined {
  return replicaOf(chance.shuffled(observations));
}

function inHalves({ chance }: World, observations: readonly Observation[]): Twin | undefined {
  const shuffled = chance.shuffled(observations);
  const middle = chance.integer(0, shuffled.length);
  // Some are heard of on both sides.
  const [left, right] = [replicaOf(shuffled.slice(0, middle)), replicaOf(shuffled.slice(Math.max(0, middle - 5)))];
  return left && right ? join(left, right) : (left ?? right);
}

function replicaOf(observations: readonly Observation[]): Twin | undefined {
  const [first] = observations;
  return first && merge(emptyTwinFor(first), observations).twin;
}
