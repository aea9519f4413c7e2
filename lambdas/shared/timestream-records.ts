import {
  MeasureValueType,
  type MeasureValue,
  type _Record as TimestreamRecord,
} from '@aws-sdk/client-timestream-write';
import type { AttributeValue, Observation } from '../../core/observation.ts';

/** WriteRecords takes at most 100 records. */
const WRITE_RECORDS_MAX = 100;

export const MEASURE_NAME = 'reading';

/** One WriteRecords request: what its records share is sent, and metered, once. */
export interface WriteBatch {
  readonly common: TimestreamRecord;
  readonly records: readonly TimestreamRecord[];
  /** The observation that each record came from, by index. */
  readonly observations: readonly Observation[];
}

/**
 * One record per dot, its time the stamp in nanoseconds, so that readings of one millisecond do not collide. It holds
 * nothing but what the reading says: a duplicate delivered later is the same record, and so a no-op for Timestream.
 */
export function writeBatches(observations: readonly Observation[]): WriteBatch[] {
  const byTypeAndZone = Map.groupBy(observations.filter(hasMeasures), ({ assetType, zone }) => `${assetType}/${zone}`);
  return [...byTypeAndZone.values()].flatMap((group) => {
    const batches: WriteBatch[] = [];
    for (const run of withoutRepeats(group))
      batches.push({ common: commonOf(run), records: run.map(recordOf), observations: run });
    return batches;
  });
}

/** Timestream takes no empty record; and whom an authority distrusts was not measured. */
function hasMeasures({ kind, attributes, position }: Observation): boolean {
  return kind !== 'distrust' && (attributes.size > 0 || position !== undefined);
}

/** Runs of at most `WRITE_RECORDS_MAX` in which no dot stands twice: one request may not write a record twice. */
function withoutRepeats(observations: readonly Observation[]): Observation[][] {
  const runs: Observation[][] = [];
  let dots = new Set<string>();
  for (const observation of observations) {
    const dot = `${observation.assetId} ${observation.source} ${observation.stamp}`;
    const run = runs.at(-1);
    if (!run || run.length === WRITE_RECORDS_MAX || dots.has(dot)) {
      runs.push([observation]);
      dots = new Set([dot]);
    } else {
      run.push(observation);
      dots.add(dot);
    }
  }
  return runs;
}

function commonOf(observations: readonly Observation[]): TimestreamRecord {
  const [first] = observations;
  return {
    Dimensions: [
      { Name: 'assetType', Value: first?.assetType },
      { Name: 'zone', Value: first?.zone },
    ],
    MeasureName: MEASURE_NAME,
    MeasureValueType: MeasureValueType.MULTI,
    TimeUnit: 'NANOSECONDS',
  };
}

function recordOf({ assetId, source, stamp, attributes, position }: Observation): TimestreamRecord {
  const measures = [...attributes].map(([name, value]) => measureOf(name, value));
  for (const [name, degrees] of Object.entries(position ?? {})) measures.push(measureOf(name, degrees));
  return {
    Dimensions: [
      { Name: 'assetId', Value: assetId },
      { Name: 'source', Value: source },
    ],
    Time: String(stamp),
    MeasureValues: measures,
  };
}

function measureOf(name: string, value: AttributeValue): MeasureValue {
  const type = { number: MeasureValueType.DOUBLE, boolean: MeasureValueType.BOOLEAN, string: MeasureValueType.VARCHAR };
  return { Name: name, Value: String(value), Type: type[typeof value as keyof typeof type] };
}
