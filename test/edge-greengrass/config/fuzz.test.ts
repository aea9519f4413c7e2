import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeFinding } from '../../../edge-greengrass/config/finding.ts';
import { parseGatewayConfig, type ReadConfig, readGatewayConfig } from '../../../edge-greengrass/config/read-config.ts';
import { GIVEN_TEXT, givenTree, replaced } from './given-config.ts';

/** Whatever is read, it is a configuration or at least one error, each in one line of bounded length; else what it is. */
function faultOf(said: ReadConfig): string | undefined {
  const findings = said.ok ? said.warnings : said.findings;
  if (findings.some(({ severity }) => severity === 'error') === said.ok) return `${said.ok} with ${findings.length}`;
  return findings.map(describeFinding).find((line) => line.length > 3000 || /[\n\r]/.test(line));
}

function expectAnAnswer(said: ReadConfig): void {
  const fault = faultOf(said);
  if (fault !== undefined) expect.fail(fault);
}

/** Of every key and every entry of a list. */
function* pathsOf(tree: unknown, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  yield path;
  if (typeof tree !== 'object' || tree === null) return;
  for (const [key, value] of Object.entries(tree)) {
    yield* pathsOf(value, [...path, Array.isArray(tree) ? Number(key) : key]);
  }
}

const PATHS = [...pathsOf(givenTree())];
const SECTIONS_OF_THEIR_OWN = ['streams', 'rules', 'listeners', 'spool'].map((key) => ['edge_gateway_v3', key]);

/** What hangs, hangs for good; a machine that is busy elsewhere may take its time. */
const READ_ALL_MS_MAX = 120_000;

describe('whatever is read', { timeout: READ_ALL_MS_MAX }, () => {
  it('cut off after any byte, there is an answer', () => {
    const bytes = Buffer.from(GIVEN_TEXT);
    for (let length = 0; length <= bytes.length; length += 1) {
      expectAnAnswer(parseGatewayConfig(bytes.toString('utf8', 0, length)));
    }
  });

  it('cut off before the supply is said, it is no configuration', () => {
    const end = GIVEN_TEXT.indexOf('undervoltage_threshold_mv');
    for (let length = 0; length < end; length += 7) {
      expect(parseGatewayConfig(GIVEN_TEXT.slice(0, length)).ok).toBe(false);
    }
  });

  it('with any value at any key, there is an answer', () => {
    const path = fc.constantFrom(...PATHS, ...SECTIONS_OF_THEIR_OWN);
    fc.assert(
      fc.property(path, fc.jsonValue({ maxDepth: 4 }), (keys, value) => {
        expectAnAnswer(readGatewayConfig(replaced(givenTree(), keys, value)));
      }),
      { numRuns: 400 },
    );
  });

  it('without any one key, and with any one key too many, there is an answer', () => {
    for (const keys of PATHS) {
      expectAnAnswer(readGatewayConfig(replaced(givenTree(), keys, undefined)));
      expectAnAnswer(readGatewayConfig(replaced(givenTree(), [...keys, 'toString'], 1)));
    }
  });

  it('with any edits of the text, there is an answer', () => {
    const edit = fc.record({
      at: fc.nat(GIVEN_TEXT.length),
      drop: fc.nat(40),
      put: fc.oneof(
        fc.string({ maxLength: 20, unit: 'binary' }),
        fc.constantFrom('\t', '\n', ': ', '- ', '&a ', '*a', '[', '{', '"', '|\n', '? ', '!!set ', '---\n'),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        const text = edits.reduce(
          (said, { at, drop, put }) => said.slice(0, at) + put + said.slice(at + drop),
          GIVEN_TEXT,
        );
        expectAnAnswer(parseGatewayConfig(text));
      }),
      { numRuns: 200 },
    );
  });

  it('deep beyond measure, there is an answer', () => {
    let deep: unknown = [];
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expectAnAnswer(readGatewayConfig(deep));
    expectAnAnswer(readGatewayConfig(replaced(givenTree(), ['edge_gateway_v3', 'rules'], deep)));
    for (const opening of ['[', '{a: ', '- ', '? ', '{? ', '!a ', '&a ', ']', '} ', '-\t', 'a:\n ']) {
      expectAnAnswer(parseGatewayConfig(opening.repeat(4000)));
    }
    const long = 'x'.repeat(60_000);
    for (const text of [`${long}: 1`, `a: |${long}`, `a: !${long} 1`, `a: *${long}`, `"${long}`, `a: ${long}`]) {
      expectAnAnswer(parseGatewayConfig(text));
    }
    const stairs = Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
    expectAnAnswer(parseGatewayConfig(`${stairs}\nb: 1`));
  });
});
