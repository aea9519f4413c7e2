import * as Y from 'yjs';
import { show } from '../../core/schema/show.ts';
import type { Contender } from './contender.ts';
import { type AssetBatches, batchesOf, lastWords } from './readings.ts';

const MAP = 'registers';

/**
 * A document an asset, a client a source, an update a reading. Its map keeps one of concurrent values and gives no
 * access to the others, so it does less than the job: its winner must be some source's last word, whatever the order.
 */
export function yjsContender(assets: readonly AssetBatches[]): Contender {
  const updates = assets.map((batches) => batchesOf(updatesOf(batches)));
  const each = (merge: (batches: readonly Uint8Array[][]) => Y.Doc) => () =>
    updates.forEach((batches) => merge(batches.map((batch) => [...batch])).destroy());
  return {
    verify: () => {
      for (const [index, batches] of assets.entries()) {
        const ofAsset = (updates[index] ?? []).map((batch) => [...batch]);
        const reversed = ofAsset.map((batch) => batch.toReversed()).toReversed();
        const [winners, ...others] = [applied(ofAsset), mergedFirst(ofAsset), applied(reversed)].map(registersOf);
        verifyWinners(winners ?? {}, others, batches);
      }
    },
    ways: [
      { name: 'Yjs: applyUpdate, a transaction a batch', work: each(applied) },
      { name: 'Yjs: mergeUpdates, applyUpdate', work: each(mergedFirst) },
    ],
  };
}

function updatesOf(batches: AssetBatches): readonly Uint8Array[] {
  const documents = new Map<string, Y.Doc>();
  const updates: Uint8Array[] = [];
  for (const { source, attributes } of batches.flat()) {
    let document = documents.get(source);
    if (!document) {
      document = new Y.Doc();
      // Else drawn at random.
      document.clientID = documents.size + 1;
      document.on('update', (update: Uint8Array) => updates.push(update));
      documents.set(source, document);
    }
    const registers = document.getMap(MAP);
    document.transact(() => attributes.forEach((value, name) => registers.set(name, value)));
  }
  return updates;
}

function applied(batches: readonly (readonly Uint8Array[])[]): Y.Doc {
  const document = new Y.Doc();
  for (const batch of batches) document.transact(() => batch.forEach((update) => Y.applyUpdate(document, update)));
  return document;
}

function mergedFirst(batches: readonly Uint8Array[][]): Y.Doc {
  const document = new Y.Doc();
  for (const batch of batches) Y.applyUpdate(document, Y.mergeUpdates(batch));
  return document;
}

function registersOf(document: Y.Doc): Readonly<Record<string, unknown>> {
  return document.getMap(MAP).toJSON();
}

function verifyWinners(
  winners: Readonly<Record<string, unknown>>,
  others: readonly Readonly<Record<string, unknown>>[],
  batches: AssetBatches,
): void {
  const words = [...lastWords(batches).values()];
  for (const name of Object.keys(words[0] ?? {})) {
    const winner = winners[name];
    if (words.every((word) => word[name] !== winner) || others.some((other) => other[name] !== winner)) {
      throw new Error(`Yjs: ${name}: got ${show(winner)}, expected some source's last word on every replica`);
    }
  }
}
