import { afterEach, describe, expect, it } from 'vitest';
import { readFilterCriteria } from '../../../local/lambda/filter-criteria.ts';
import { eventually, type LocalMapping, startMapping } from './local-mapping.ts';
import { createMemoryStream } from './memory-stream.ts';

function accepts(pattern: object, data: string): boolean {
  return readFilterCriteria({ Filters: [{ Pattern: JSON.stringify(pattern) }] })(Buffer.from(data));
}

describe('a filter of data', () => {
  it.each<[string, object, string, boolean]>([
    ['a value among several', { type: ['buy', 'sell'] }, '{"type":"sell","n":1}', true],
    ['another value', { type: ['buy'] }, '{"type":"sell"}', false],
    ['a number, and not its text', { n: [1] }, '{"n":"1"}', false],
    ['null', { n: [null] }, '{"n":null}', true],
    ['null, and not what is absent', { n: [null] }, '{}', false],
    ['an inner value', { order: { type: ['buy'] } }, '{"order":{"type":"buy"}}', true],
    ['every key', { a: [1], b: [2] }, '{"a":1,"b":3}', false],
    ['one of an array', { tags: ['x'] }, '{"tags":["y","x"]}', true],
    ['a beginning', { topic: [{ prefix: 'dt/' }] }, '{"topic":"dt/a"}', true],
    ['another beginning', { topic: [{ prefix: 'dt/' }] }, '{"topic":"sensors/dt/"}', false],
    ['an end', { topic: [{ suffix: '/frames' }] }, '{"topic":"dt/a/frames"}', true],
    ['another end', { topic: [{ suffix: '/frames' }] }, '{"topic":"dt/a/frames/fec"}', false],
    ['what is there', { n: [{ exists: true }] }, '{"n":null}', true],
    ['what is not there', { n: [{ exists: false }] }, '{"n":1}', false],
    ['anything but', { n: [{ 'anything-but': ['a'] }] }, '{"n":"b"}', true],
    ['nothing but', { n: [{ 'anything-but': ['a'] }] }, '{"n":"a"}', false],
    ['no JSON', { n: [{ exists: false }] }, 'n', false],
  ])('knows %s', (_what, data, text, isAccepted) => {
    expect(accepts({ data }, text)).toBe(isAccepted);
  });

  it('is one of several that are enough', () => {
    const Filters = ['a', 'b'].map((each) => ({ Pattern: JSON.stringify({ data: { n: [each] } }) }));
    const filter = readFilterCriteria({ Filters });
    expect(['a', 'b', 'c'].map((each) => filter(Buffer.from(JSON.stringify({ n: each }))))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('a mapping with a filter', () => {
  const RECORDING = `
    import { appendFileSync } from 'node:fs';
    export const handler = async ({ Records }) => {
      const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
      appendFileSync(process.env.SEEN_FILE, JSON.stringify(texts) + '\\n');
    };`;
  const wanted = (n: number): string => JSON.stringify({ topic: 'a/frames', n });
  const FilterCriteria = { Filters: [{ Pattern: '{"data":{"topic":[{"suffix":"/frames"}]}}' }] };
  let mapping: LocalMapping | undefined;
  afterEach(() => mapping?.close());

  it('fills batches with what it accepts, and is past the rest, also after a restart', async () => {
    const stream = createMemoryStream();
    const data = [wanted(1), '{"topic":"a"}', 'no JSON', wanted(2), ...Array.from({ length: 50 }, () => 'x')];
    stream.append(data.map((each) => ({ data: each })));
    const running = await startMapping(stream, RECORDING, { FilterCriteria, BatchSize: 2 });
    mapping = running;
    const seen = () => running.seen<string[]>();
    await eventually(seen).toEqual([[wanted(1), wanted(2)]]);
    await new Promise((resolve) => setTimeout(resolve, 300));

    // Without its filter it would be given what lies behind its checkpoint.
    await running.restart({});
    stream.append([{ data: 'next' }]);
    await eventually(seen).toEqual([[wanted(1), wanted(2)], ['next']]);
  });
});
