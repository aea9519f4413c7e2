import { assert } from '../../core/twin/assert.ts';
import type { Reading } from '../../core/calibration/differences.ts';
import { foldWindow } from '../../core/calibration/fold-window.ts';
import { gatherReadings } from '../../core/calibration/gather.ts';
import { type CalibrationRecord, calibrationOf } from '../../core/calibration/record.ts';
import { closedWindowAt, WINDOW_MS } from '../../core/calibration/window.ts';
import type { Observation } from '../../core/observation.ts';
import type { AttributeType } from '../../core/schema/city-config.ts';
import type { Calibration } from '../../core/twin/evidence.ts';
import { mean3Sigma } from '../../core/twin/policies/mean-3-sigma.ts';
import type { Verdict } from '../../core/twin/policies/policy.ts';
import { stampOf } from '../../core/twin/stamp.ts';
import config from '../../cityweave.config.ts';

/** After a window has closed: when the schedule has it folded in. */
const FOLDED_AFTER_MS = 15 * 60_000;
const ASSET_TYPE = 'AirQualityObserved';

export interface Instant {
  readonly atMs: number;
  /** Source → its reading, as old as may still vote. */
  readonly votes: ReadonlyMap<string, Reading>;
  readonly verdict: Verdict;
}

type Attribute = 'pm25' | 'pm10' | 'no2' | 'o3' | 'temperature' | 'relativeHumidity';

/** As the city declares it: one accuracy for all that is measured here. */
function attributeTypeOf(attribute: Attribute): AttributeType {
  const type = config.assetTypes[ASSET_TYPE]?.attributes[attribute];
  assert(type?.policy === 'mean-3-sigma', () => `${ASSET_TYPE}.${attribute} goes by calibration`);
  return type;
}

/**
 * Lets readings happen in the order of their times: at each instant at which a source says something new, the value that
 * the twin would have then, by the record that had been written by then from the windows that had closed.
 */
export function* replay(attribute: Attribute, readings: ReadonlyMap<string, readonly Reading[]>): Generator<Instant> {
  const type = attributeTypeOf(attribute);
  const observations = [...readings].flatMap(([source, ofSource]) =>
    ofSource.map((reading, index) => observationOf(attribute, source, reading, index)),
  );
  const byInstant = [...Map.groupBy(observations, ({ observedAtMs }) => observedAtMs)].sort(([a], [b]) => a - b);
  const byWindow = Map.groupBy(observations, ({ observedAtMs }) => Math.floor(observedAtMs / WINDOW_MS));
  const latest = new Map<string, Reading>();
  let record: CalibrationRecord | undefined;
  let calibration: Calibration | undefined;
  let next = Math.min(...byWindow.keys());
  for (const [atMs, ofInstant] of byInstant) {
    for (; (next + 1) * WINDOW_MS <= closedWindowAt(atMs - FOLDED_AFTER_MS).endMs; next += 1) {
      record = foldOne(record, byWindow.get(next) ?? [], next * WINDOW_MS);
      calibration = record && calibrationOf(record);
    }
    for (const { source, observedAtMs, attributes } of ofInstant) {
      latest.set(source, { observedAtMs, value: Number(attributes.get(attribute)) });
    }
    const votes = new Map([...latest].filter(([, { observedAtMs }]) => atMs - observedAtMs <= type.maxAgeMs));
    const cast = [...votes].map(([source, { value }]) => ({ source, stamp: 0n, value }));
    const circumstances = { attributeType: type, calibration, review: undefined, unheard: false };
    yield { atMs, votes, verdict: mean3Sigma.resolve(cast, circumstances) };
  }
}

function foldOne(before: CalibrationRecord | undefined, observations: readonly Observation[], startMs: number) {
  const window = { startMs, endMs: startMs + WINDOW_MS };
  const gathering = gatherReadings(window, config);
  for (const observation of observations) gathering.add(observation);
  const [ofAttribute] = gathering.windows();
  return ofAttribute ? foldWindow(before, ofAttribute, window) : before;
}

function observationOf(
  attribute: string,
  source: string,
  { observedAtMs, value }: Reading,
  index: number,
): Observation {
  return {
    readingId: `${source}/${index}`,
    count: 1,
    kind: 'reading',
    clientId: source,
    flags: [],
    assetId: 'station',
    assetType: ASSET_TYPE,
    zone: 'centre',
    source,
    stamp: stampOf(observedAtMs, index % 1000),
    seen: new Map(),
    observedAtMs,
    receivedAtMs: observedAtMs,
    attestation: 'none',
    attributes: new Map([[attribute, value]]),
    schema: 0n,
  };
}
