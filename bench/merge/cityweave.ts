import { emptyTwinFor, merge } from '../../core/twin/join.ts';
import type { Observation } from '../../core/observation.ts';
import { show } from '../../core/schema/show.ts';
import type { Twin } from '../../core/twin/twin.ts';
import type { Contender } from './contender.ts';
import { type AssetBatches, decoded, lastWords, recordsOf } from './readings.ts';

/** From records of the log, so that it decodes what it merges as the others do. */
export function cityweaveContender(assets: readonly AssetBatches[]): Contender {
  const records = recordsOf(assets);
  return {
    verify: () => {
      for (const [index, batches] of assets.entries()) {
        verifySiblings(mergedRecords(records[index] ?? []), batches);
        verifySiblings(mergedBatches(batches), batches);
      }
    },
    ways: [{ name: 'cityweave: decode and merge records', work: () => records.map(mergedRecords) }],
  };
}

/** The twin of an asset after all its batches. */
export function mergedBatches(batches: AssetBatches): Twin | undefined {
  let twin: Twin | undefined;
  for (const batch of batches) twin = mergedBatch(twin, batch);
  return twin;
}

function mergedRecords(records: readonly Uint8Array[]): Twin | undefined {
  let twin: Twin | undefined;
  for (const record of records) twin = mergedBatch(twin, decoded(record));
  return twin;
}

function mergedBatch(twin: Twin | undefined, batch: readonly Observation[]): Twin | undefined {
  const [first] = batch;
  return first && merge(twin ?? emptyTwinFor(first), batch).twin;
}

function verifySiblings(twin: Twin | undefined, batches: AssetBatches): void {
  for (const [source, registers] of lastWords(batches)) {
    for (const [name, value] of Object.entries(registers)) {
      const register = twin?.registers.get(name);
      const own = register?.get(source)?.sibling?.value;
      if (register?.size !== lastWords(batches).size || own !== value) {
        throw new Error(`cityweave: ${name} of ${source}: got ${show(own)}, expected ${show(value)}`);
      }
    }
  }
}
