import { cityweaveContender, mergedBatches } from './merge/cityweave.ts';
import type { Contender } from './merge/contender.ts';
import { type AssetBatches, BATCH, concurrentReadings, MERGED_ASSETS, READINGS_PER_ASSET } from './merge/readings.ts';
import { type Benchmark, spreadCells, type Table } from './support/report.ts';
import { spreadOf } from './support/statistics.ts';
import { measureRates, throughputTable } from './support/throughput.ts';

const READINGS = MERGED_ASSETS * READINGS_PER_ASSET;
/** How many times as fast as Automerge the merge must be at the same job, decoding included. */
const RATIO_MIN = 5;
/** Of one core, from memory; a machine may miss it, a ratio may not. */
const AIM_PER_SECOND = 300_000;
const PACKAGES_MISSING =
  'nothing to compare with: the development packages @automerge/automerge and yjs are not installed; run npm ci';

/**
 * The merge beside general CRDT libraries: a map of registers with two concurrent writers an asset, the same readings,
 * the same batches, by turns in one process. All must come to what the readings say before anything is measured.
 */
export const merge: Benchmark = async ({ runs }, progress) => {
  const assets = concurrentReadings();
  const own = cityweaveContender(assets);
  const libraries = await contendersOf(assets);
  if (!libraries) return [{ title: 'Merge', rows: [], unmet: PACKAGES_MISSING }];
  const { automerge, yjs } = libraries;
  for (const contender of [own, automerge, yjs]) contender.verify();

  const alone = {
    name: `cityweave: merge alone, from memory (aim: ${AIM_PER_SECOND.toLocaleString('en')})`,
    work: () => assets.map(mergedBatches),
  };
  const ways = [alone, ...own.ways, ...automerge.ways, ...yjs.ways];
  const tasks = ways.map((way) => ({ ...way, unit: 'readings', unitsPerCall: READINGS }));
  const title = `Merge, 2 concurrent sources an asset, ${BATCH} readings of an asset at a time, one thread, ${runs} runs`;
  const rates = await measureRates(title, tasks, runs, progress);

  const fastest = ({ ways: ofContender }: Contender, run: number): number =>
    Math.max(...ways.map((way, index) => (ofContender.includes(way) ? (rates[index]?.[run] ?? 0) : 0)));
  const ratios = (other: Contender) =>
    Array.from({ length: runs }, (_, run) => fastest(own, run) / fastest(other, run));
  return [throughputTable(title, tasks, rates), ratioTable(ratios(automerge), ratios(yjs))];
};

function ratioTable(toAutomerge: readonly number[], toYjs: readonly number[]): Table {
  const { median } = spreadOf(toAutomerge);
  return {
    title: 'How many times as fast as the fastest way of each, decoding included, run by run',
    rows: [
      { to: 'Automerge', ...spreadCells(spreadOf(toAutomerge), 1), 'at least': RATIO_MIN },
      { to: 'Yjs, which keeps one value', ...spreadCells(spreadOf(toYjs), 1), 'at least': '' },
    ],
    ...(median < RATIO_MIN && { unmet: `${median.toFixed(1)} times Automerge, expected at least ${RATIO_MIN}` }),
  };
}

/** Imported late, because nothing else that is measured needs their packages; `undefined` where they are absent. */
async function contendersOf(
  assets: readonly AssetBatches[],
): Promise<Record<'automerge' | 'yjs', Contender> | undefined> {
  try {
    const { automergeContender } = await import('./merge/automerge.ts');
    const { yjsContender } = await import('./merge/yjs.ts');
    return { automerge: automergeContender(assets), yjs: yjsContender(assets) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
