import type { CalibrationRecord, SourceRecord } from '../../../core/calibration/record.ts';
import { toCalibrationItem } from '../../../lambdas/shared/calibration-item.ts';
import type { Chance } from '../chance.ts';
import type { Tables } from '../cloud/tables.ts';
import { CABINET } from './config.ts';

/** What is known of some thermometers from before the run: one reads too much, another is noisy, or nothing at all. */
export function writeCalibrations(tables: Tables, chance: Chance, windowEndMs: number): void {
  if (chance.happens(0.5)) return;
  const sources = ['gate', 'camera', CABINET.radar].map((source): [string, SourceRecord] => {
    const [bias, level] = [chance.integer(-4, 4) / 2, chance.integer(-3, 3)];
    const sigma = chance.integer(1, 8) / 4;
    const spread = chance.happens(0.5) ? { spread: sigma } : {};
    return [source, { bias, sigma, level, ...spread, before: { bias, level }, weight: 1, heardMs: windowEndMs }];
  });
  const record: CalibrationRecord = {
    assetId: 'garage',
    attribute: 'temperature',
    windowEndMs,
    sources: new Map(sources.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
  tables.put('calibrations', toCalibrationItem(record));
  // Long ago: nobody reads a time before it any more.
  tables.put('calibrations', toCalibrationItem(record));
}
