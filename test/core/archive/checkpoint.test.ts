import { describe, expect, it } from 'vitest';
import { isManifestKey, manifestKey, parseManifest, partKey } from '../../../core/archive/checkpoint.ts';

/** 2026-11-21T08:00:00.000Z, as `date -u -d @1795248000` has it. */
const BEGAN_AT_MS = 1_795_248_000_000;

describe('a checkpoint', () => {
  it('lies below the minute in which it began, its parts by number and by the millisecond', () => {
    expect(partKey(BEGAN_AT_MS, 0)).toBe('checkpoints/2026/11/21/08-00/part-0000-1795248000000.ndjson.gz');
    expect(partKey(BEGAN_AT_MS + 59_999, 12_345)).toBe(
      'checkpoints/2026/11/21/08-00/part-12345-1795248059999.ndjson.gz',
    );
    expect(manifestKey(BEGAN_AT_MS)).toBe('checkpoints/2026/11/21/08-00/manifest.json');
    expect(isManifestKey(manifestKey(BEGAN_AT_MS))).toBe(true);
    expect(isManifestKey(partKey(BEGAN_AT_MS, 0))).toBe(false);
  });

  it('of another format is refused', () => {
    expect(parseManifest('{"format":1,"parts":[]}')).toEqual({ format: 1, parts: [] });
    expect(() => parseManifest('{"format":2,"parts":[]}')).toThrow('format 2, expected 1');
  });
});
