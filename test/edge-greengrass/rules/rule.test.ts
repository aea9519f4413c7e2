import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import type { RuleConfig } from '../../../edge-greengrass/config/gateway-config.ts';
import { createRule, RISES_APART_MS } from '../../../edge-greengrass/rules/rule.ts';

const VALID_MS = 10_000;
const T0 = Date.UTC(2026, 10, 21, 8);
const PREEMPT: RuleConfig = {
  name: 'clear-the-way',
  stream: 'traffic/signal/emergency',
  field: 'value',
  relation: '==',
  value: true,
  actuatorTopic: 'signals/preempt',
  command: 'preempt',
  validMs: VALID_MS,
};

function reading(value: AttributeValue, source = 'gw/siren-1') {
  return { assetId: 'int-01', source, stamp: 7n, attributes: new Map([['siren', value]]) };
}

/** When a rule commands, given what a detector says when. */
function commandsOf(says: readonly (readonly [atMs: number, value: AttributeValue, source?: string])[]): number[] {
  const rule = createRule(PREEMPT, 'siren');
  return says.flatMap(([atMs, value, source]) => (rule.see(reading(value, source), T0 + atMs) ? [atMs] : []));
}

describe('a rule', () => {
  it('commands with the dot of what it goes by, and says until when', () => {
    expect(createRule(PREEMPT, 'siren').see(reading(true), T0)).toEqual({
      topic: 'signals/preempt',
      command: {
        command: 'preempt',
        rule: 'clear-the-way',
        assetId: 'int-01',
        source: 'gw/siren-1',
        stamp: '7',
        issuedAtMs: T0,
        validUntilMs: T0 + VALID_MS,
      },
    });
  });

  it('commands when its condition begins to hold, renews at half the validity, and is silent when it ends', () => {
    const held = Array.from({ length: 120 }, (_, index) => [index * 100, true] as const);
    expect(commandsOf([[-100, false], ...held, [12_000, false], [12_100, false]])).toEqual([0, 5000, 10_000]);
  });

  it('commands again when the condition holds anew, but a flickering one no more often than ten times a second', () => {
    expect(
      commandsOf([
        [0, true],
        [200, false],
        [300, true],
      ]),
    ).toEqual([0, 300]);
    const flicker = Array.from({ length: 1000 }, (_, atMs) => [atMs, atMs % 2 === 0] as const);
    expect(commandsOf(flicker)).toHaveLength(1000 / RISES_APART_MS);
  });

  it('hears each detector by itself', () => {
    const pulse = [
      [0, true, 'gw/a'],
      [200, true, 'gw/b'],
      [250, false, 'gw/b'],
      [300, true, 'gw/a'],
    ] as const;
    expect(commandsOf(pulse)).toEqual([0, 200]);
  });

  it('commands though the clock was set back', () => {
    expect(
      commandsOf([
        [0, true],
        [-60_000, true],
      ]),
    ).toEqual([0, -60_000]);
  });

  it('says nothing of a reading without its attribute', () => {
    expect(createRule(PREEMPT, 'other').see(reading(true), T0)).toBeUndefined();
  });

  it.each<[RuleConfig['relation'], AttributeValue, AttributeValue, AttributeValue]>([
    ['==', 3, 3, 4],
    ['!=', 3, 4, 3],
    ['>', 3, 3.1, 3],
    ['>=', 3, 3, 2.9],
    ['<', 3, 2.9, 3],
    ['<=', 3, 3, 3.1],
    ['>', 3, 4, '4'],
    ['<', 3, 2, false],
    ['==', 'red', 'red', 'green'],
  ])('with %s %j holds for %j and not for %j', (relation, value, fits, other) => {
    const seen = (each: AttributeValue) => createRule({ ...PREEMPT, relation, value }, 'siren').see(reading(each), T0);
    expect([seen(fits) !== undefined, seen(other) !== undefined]).toEqual([true, false]);
  });
});
