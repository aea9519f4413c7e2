import * as Automerge from '@automerge/automerge';
import { show } from '../../core/schema/show.ts';
import type { Contender } from './contender.ts';
import { type AssetBatches, batchesOf, lastWords } from './readings.ts';

type Registers = Record<string, unknown>;

/**
 * A document an asset, an actor a source, a change a reading: the keys of the document's map are multi-value registers,
 * and `getConflicts` gives their siblings. Sources know only their own changes, as sensors do. The documents stay in
 * memory and are neither saved nor loaded, and making the changes is not measured.
 */
export function automergeContender(assets: readonly AssetBatches[]): Contender {
  const changes = assets.map((batches) => batchesOf(changesOf(batches)));
  const chunks = changes.map((batches) => batches.map((batch) => Buffer.concat(batch)));
  return {
    verify: () => {
      for (const [index, batches] of assets.entries()) {
        for (const merged of [applied(changes[index] ?? []), loaded(chunks[index] ?? [])]) {
          verifySiblings(merged, batches);
          Automerge.free(merged);
        }
      }
    },
    ways: [
      { name: 'Automerge: applyChanges', work: () => changes.forEach((batches) => Automerge.free(applied(batches))) },
      { name: 'Automerge: loadIncremental', work: () => chunks.forEach((batches) => Automerge.free(loaded(batches))) },
    ],
  };
}

function changesOf(batches: AssetBatches): readonly Automerge.Change[] {
  const documents = new Map<string, Automerge.Doc<Registers>>();
  return batches.flat().map(({ source, attributes }) => {
    const before = documents.get(source) ?? Automerge.init<Registers>({ actor: actorOf(source) });
    // Without a time of its own, which would be that of the benchmark.
    const after = Automerge.change(before, { time: 0 }, (registers) => {
      for (const [name, value] of attributes) registers[name] = value;
    });
    documents.set(source, after);
    const change = Automerge.getLastLocalChange(after);
    if (!change) throw new Error('Automerge made no change of a reading');
    return change;
  });
}

function applied(batches: readonly (readonly Automerge.Change[])[]): Automerge.Doc<Registers> {
  let document = Automerge.init<Registers>();
  for (const batch of batches) [document] = Automerge.applyChanges(document, [...batch]);
  return document;
}

function loaded(chunks: readonly Uint8Array[]): Automerge.Doc<Registers> {
  let document = Automerge.init<Registers>();
  for (const chunk of chunks) document = Automerge.loadIncremental(document, chunk);
  return document;
}

function verifySiblings(document: Automerge.Doc<Registers>, batches: AssetBatches): void {
  for (const [source, registers] of lastWords(batches)) {
    for (const [name, value] of Object.entries(registers)) {
      const siblings = Object.entries(Automerge.getConflicts(document, name) ?? {});
      const own = siblings.find(([operation]) => operation.endsWith(`@${actorOf(source)}`))?.[1];
      if (siblings.length !== lastWords(batches).size || own !== value) {
        throw new Error(`Automerge: ${name} of ${source}: got ${show(own)}, expected ${show(value)}`);
      }
    }
  }
}

/** An actor is named by bytes in hexadecimal. */
function actorOf(source: string): string {
  return Buffer.from(source).toString('hex');
}
