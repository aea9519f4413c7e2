import assert from 'node:assert/strict';

/** A fault put into our own code, to see whether the simulator finds it. */
export interface Mutation {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Pairs of what stands in the file, exactly once, and what shall stand there instead. */
  readonly edits: readonly (readonly [text: string, replacement: string])[];
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a twin is written whatever its version',
    file: 'lambdas/shared/dynamodb-twin-store.ts',
    edits: [
      ['WHERE "assetId"=? AND "version"=?', 'WHERE "assetId"=?'],
      [', { N: String(version) }],', '],'],
    ],
  },
  {
    name: 'a lost race is not run again',
    file: 'lambdas/shared/merge-twins.ts',
    edits: [['lost.push(assetId);', '']],
  },
  {
    name: 'only what has changed is published',
    file: 'lambdas/shared/merge-twins.ts',
    edits: [['settled.push(twin);', 'if (twin.version > (before?.version ?? 0)) settled.push(twin);']],
  },
  {
    name: 'nobody is told of a departure',
    file: 'lambdas/shared/merge-twins.ts',
    edits: [['if (leaves) {', 'if (false) {']],
  },
  {
    name: 'what a writer has seen is ignored',
    file: 'core/twin/draft.ts',
    edits: [['of observation.seen.get(name) ?? []', 'of []']],
  },
  {
    name: 'a superseded dot stands again',
    file: 'core/twin/register.ts',
    edits: [['return a.sibling === undefined ? a : b;', 'return a.sibling === undefined ? b : a;']],
  },
  {
    name: 'floors are ignored',
    file: 'core/twin/draft.ts',
    edits: [['if (floor !== undefined && entry.stamp <= floor) {', 'if (false) {']],
  },
  {
    name: 'the later receipt of a dot counts',
    file: 'core/twin/sibling.ts',
    edits: [['Math.min(a.receivedAtMs, b.receivedAtMs)', 'Math.max(a.receivedAtMs, b.receivedAtMs)']],
  },
  {
    name: 'of two values under one dot the first to come counts',
    file: 'core/twin/sibling.ts',
    edits: [['if (sameValue(a, b)) {', 'if (a !== undefined) {']],
  },
  {
    name: 'a duplicate is counted twice',
    file: 'core/twin/fold.ts',
    edits: [["if (novelty === 'same-content') {", 'if (false) {']],
  },
  {
    name: 'a batch is retried from its highest failed record on',
    file: 'lambdas/shared/kinesis-batch.ts',
    edits: [['BigInt(kinesis.sequenceNumber) < BigInt(lowest)', 'BigInt(kinesis.sequenceNumber) > BigInt(lowest)']],
  },
  {
    name: 'records that the log refused are taken for written',
    file: 'lambdas/shared/kinesis-observation-log.ts',
    edits: [['failed.add(index);', '']],
  },
  {
    name: 'keys that a read left out are taken for absent',
    file: 'lambdas/shared/dynamodb-batch-get.ts',
    edits: [['pending = unprocessed?.[tableName]?.Keys ?? [];', 'pending = [];']],
  },
  {
    name: 'items that a write left out are taken for written',
    file: 'lambdas/shared/dynamodb-batch-write.ts',
    edits: [['pending = (unprocessed[tableName] ?? [])', 'pending = (unprocessed[tableName]?.slice(1, 1) ?? [])']],
  },
  {
    name: 'two operators put the same reading back in',
    file: 'lambdas/shared/redrive-marks.ts',
    edits: [
      ["'attribute_not_exists(packId) OR (#status = :redriving AND #at < :lapsed)'", "'attribute_not_exists(nothing)'"],
    ],
  },
  {
    name: 'a redrive puts back what was not asked for',
    file: 'lambdas/normalizer/normalize-message.ts',
    edits: [['kept: keptAgain.filter(({ readingId }) => wanted.has(placeOf(readingId))),', 'kept: keptAgain,']],
  },
  {
    name: 'of authorities who contradict each other the newest decides',
    file: 'core/twin/policies/manual-review.ts',
    edits: [['if (decision && !isContradicted) {', 'if (decision) {']],
  },
  {
    name: 'who begins to disagree is not noted',
    file: 'lambdas/shared/watch-reviews.ts',
    edits: [["if (accord.accord === 'disagreeing') {", 'if (false) {']],
  },
  {
    name: 'a result that has ended is shown as it was',
    file: 'core/delta/view.ts',
    edits: [['const resolved = resolve(twin, type, nowMs', 'const resolved = resolve(twin, type, order.resolvedAtMs']],
  },
  {
    name: 'a view takes what is older than what it knows',
    file: 'core/delta/view.ts',
    edits: [['if (order < 0 || (order === 0 && before?.content)) return false;', '']],
  },
];

/** The file's text with the fault in it. Asserts that what it replaces stands there exactly once. */
export function mutated(source: string, { name, file, edits }: Mutation): string {
  let text = source;
  for (const [before, after] of edits) {
    const places = text.split(before).length - 1;
    assert(places === 1, `mutation "${name}": ${file} holds ${JSON.stringify(before)} ${places} times, expected once`);
    text = text.replace(before, () => after);
  }
  return text;
}
