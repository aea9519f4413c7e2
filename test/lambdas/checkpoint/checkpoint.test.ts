import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { StoredTwin } from '../../../core/ports.ts';
import { emptyTwinFor, merge } from '../../../core/twin/join.ts';
import { type CheckpointContext, PART_BYTES_MAX, writeCheckpoint } from '../../../lambdas/checkpoint/checkpoint.ts';
import { observationOf } from '../../core/codec/factories.ts';

/** 2026-11-21T08:00:00.000Z, as `date -u -d @1795248000` has it. */
const NOW_MS = 1_795_248_000_000;
const MARGIN_MS = 86_400_000;

/** `bytes` of text make its line as much longer. */
function stored(assetId: string, bytes = 0): StoredTwin {
  const observation = observationOf({ assetId, attributes: new Map([['note', 'x'.repeat(bytes)]]) });
  return { twin: merge(emptyTwinFor(observation), [observation]).twin, version: 1 };
}

async function* pages(...all: readonly (readonly StoredTwin[])[]) {
  yield* all;
}

function contextOf(segments: CheckpointContext['segments'], given: Partial<CheckpointContext> = {}) {
  const objects = new Map<string, Uint8Array>();
  let nowMs = NOW_MS;
  const context: CheckpointContext = {
    segments,
    putObject: async (key, bytes) => void objects.set(key, bytes),
    logMarginMs: MARGIN_MS,
    nowMs: () => nowMs++,
    remainingMs: () => 900_000,
    ...given,
  };
  return { context, objects };
}

const linesOf = (bytes: Uint8Array | undefined): { assetId: string }[] =>
  gunzipSync(bytes ?? new Uint8Array())
    .toString('utf8')
    .split('\n')
    .map((line) => JSON.parse(line) as { assetId: string });

describe('a checkpoint', () => {
  it('holds each twin of every segment once, and its manifest comes last', async () => {
    const { context, objects } = contextOf([
      pages([stored('a'), stored('b')], [], [stored('c')]),
      pages([]),
      pages([stored('d')]),
    ]);
    const manifest = await writeCheckpoint(context);
    expect(manifest).toMatchObject({ format: 1, beganAtMs: NOW_MS, logFromMs: NOW_MS - MARGIN_MS, twins: 4 });
    expect(manifest.completedAtMs).toBeGreaterThan(NOW_MS);
    const keys = [...objects.keys()];
    expect(keys.at(-1)).toBe('checkpoints/2026/11/21/08-00/manifest.json');
    expect(JSON.parse(Buffer.from(objects.get(keys.at(-1) ?? '') ?? []).toString())).toEqual(manifest);
    expect(manifest.parts.map(({ key }) => key).toSorted()).toEqual(keys.slice(0, -1).toSorted());
    const assets = manifest.parts.flatMap(({ key }) => linesOf(objects.get(key)).map(({ assetId }) => assetId));
    expect(assets.toSorted()).toEqual(['a', 'b', 'c', 'd']);
    for (const { key, twins, bytes } of manifest.parts) {
      expect([linesOf(objects.get(key)).length, objects.get(key)?.length]).toEqual([twins, bytes]);
    }
  });

  it('is whole without a twin', async () => {
    const { context, objects } = contextOf([pages([])]);
    expect(await writeCheckpoint(context)).toMatchObject({ twins: 0, parts: [] });
    expect(objects.size).toBe(1);
  });

  it('fills a part to its limit, and begins another one byte beyond it', async () => {
    const empty = JSON.stringify(linesOfTwin(stored('a'))).length + 1;
    const half = PART_BYTES_MAX / 2 - empty;
    for (const [more, parts] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const { context } = contextOf([pages([stored('a', half), stored('b', half + more)])]);
      expect((await writeCheckpoint(context)).parts).toHaveLength(parts);
    }
  });

  it('has no manifest where the time ends, or a part cannot be written', async () => {
    const late = contextOf([pages([stored('a')], [stored('b')])], { remainingMs: () => 14_999 });
    await expect(writeCheckpoint(late.context)).rejects.toThrow('no time is left after 0 twins');
    expect(late.objects.size).toBe(0);
    const inTime = contextOf([pages([stored('a')])], { remainingMs: () => 15_000 });
    await writeCheckpoint(inTime.context);

    const failing = contextOf([pages([stored('a')])], {
      putObject: async (key) => {
        if (key.includes('part')) throw new Error('the bucket does not answer');
      },
    });
    await expect(writeCheckpoint(failing.context)).rejects.toThrow('the bucket does not answer');
  });
});

/** The line of a twin, as its published layout has it. */
function linesOfTwin({ twin, version }: StoredTwin): object {
  const [[name = '', register] = []] = twin.registers;
  const [[source = '', entry] = []] = register ?? [];
  const { assetId, assetType, zone, registered } = twin;
  const registers = { [name]: { [source]: { stamp: String(entry?.stamp), sibling: entry?.sibling } } };
  return { assetId, assetType, zone, registered, version, registers, floors: {} };
}
