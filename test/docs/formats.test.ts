/** The dumps of docs/formats.md are what they say: each is decoded, and what stands beside its bytes is in the answer. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodePayload } from '../../bin/decode/decode-payload.ts';
import type { Finding, Format } from '../../bin/decode/finding.ts';
import config from '../../cityweave.config.ts';
import { validateCityConfig } from '../../core/schema/validate-config.ts';

const city = validateCityConfig(config);
const page = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8');

/** In the order of the page. */
const DUMPS: readonly (readonly [format: Format, topic?: string])[] = [
  ['fec-frame'],
  ['fec-frame', '$aws/rules/cityweave_ingest/dt/centre/gateway/g/frames/fec'],
  ['fec-datagram'],
  ['json-reading'],
  ['senml-cbor'],
  ['enveloped-reading'],
  ['enveloped-reading'],
  ['sync-frame'],
  ['resync-request', 'cmd/centre/gateway/gw-7/resync'],
  ['ack', 'cmd/centre/gateway/gw-7/ack'],
  ['sync-config', 'cmd/centre/gateway/gw-7/config'],
  ['delta-message'],
  ['observation-record'],
];

interface Line {
  readonly hex: string;
  /** Texts in quotes and numbers that stand beside the bytes, the words of prose left out. */
  readonly said: readonly (string | number)[];
}

const dumps = [...page.matchAll(/```hex\n([^]*?)```/g)].map(([, block = '']) =>
  block
    .trimEnd()
    .split('\n')
    .map((line): Line => {
      const [, hex = '', comment = ''] = /^ *((?:[0-9a-f]{2}(?: |$))*) *(.*)$/.exec(line) ?? [];
      const quoted = [...comment.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text);
      const [, number] = /: (-?\d+(?:\.\d+)?)/.exec(comment.replaceAll(/"[^"]*"/g, '')) ?? [];
      return { hex: hex.replaceAll(' ', ''), said: [...quoted, ...(number === undefined ? [] : [Number(number)])] };
    }),
);

/** Every text and number within a value, the names of its members too. */
function valuesIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(valuesIn);
  if (typeof value !== 'object' || value === null) return [value];
  return Object.entries(value).flatMap(([name, each]) => [name, ...valuesIn(each)]);
}

/** What protobuf leaves out because it is nought, and what only the bytes have. */
const UNSAID: ReadonlySet<unknown> = new Set([0, 1]);

function decode(lines: readonly Line[], topic?: string): Promise<Finding> {
  const bytes = Buffer.from(lines.map(({ hex }) => hex).join(''), 'hex');
  return decodePayload(bytes, { city, nowMs: Date.UTC(2026, 10, 21, 8), ...(topic !== undefined && { topic }) });
}

describe('docs/formats.md', () => {
  it('has a dump of every format that has bytes of its own', () => {
    expect(dumps).toHaveLength(DUMPS.length);
    for (const dump of dumps) expect(dump.every(({ hex, said }) => hex !== '' || said.length > 0)).toBe(true);
  });

  it.each(DUMPS.map(([format, topic], index) => ({ format, topic, index })))(
    'shows a $format as dump $index',
    async ({ format, topic, index }) => {
      const lines = dumps[index] ?? [];
      const finding = await decode(lines, topic);
      expect({ format: finding.format, fault: finding.fault }).toEqual({ format, fault: undefined });
      const known = new Set(valuesIn(finding));
      const unknown = lines.flatMap(({ said }) => said).filter((each) => !known.has(each) && !UNSAID.has(each));
      expect(unknown).toEqual([]);
    },
  );
});
