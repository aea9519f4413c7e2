import type { Differences } from './compare.ts';
import { LEAF_BYTES } from './digest.ts';
import type { Leaf } from './frame.ts';

/** The same, in parts whose names and fields take at most `bytesMax`, one leaf in any case. */
export function chunkDifferences({ wanted, heard }: Differences, bytesMax: number): readonly Differences[] {
  const tagged = [
    ...wanted.map((leaf) => ({ leaf, isWanted: true })),
    ...heard.map((leaf) => ({ leaf, isWanted: false })),
  ];
  const chunks: { wanted: Leaf[]; heard: Leaf[] }[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { leaf, isWanted } of tagged) {
    const { assetId, attribute, sensor } = leaf;
    const leafBytes = LEAF_BYTES + assetId.length + attribute.length + sensor.length;
    bytes += leafBytes;
    if (bytes > bytesMax) {
      chunks.push({ wanted: [], heard: [] });
      bytes = leafBytes;
    }
    chunks.at(-1)?.[isWanted ? 'wanted' : 'heard'].push(leaf);
  }
  return chunks;
}
