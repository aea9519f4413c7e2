import { describe, expect, it } from 'vitest';
import shipped from '../../../cityweave.config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';

function validated(changes: object): unknown {
  const { dev, prod } = shipped.stages;
  return validateCityConfig({ ...shipped, stages: { dev: { ...dev, ...changes }, prod } });
}

describe('what a stage says of alarms and money', () => {
  it.each([
    [{}],
    [{ alarms: {} }],
    [{ alarms: { email: 'a@b' } }],
    [{ alarms: { zoneSilentMinutes: 1 } }],
    [{ alarms: { zoneSilentMinutes: 1440 } }],
    [{ monthlyBudgetUsd: 1 }],
    [{ monthlyBudgetUsd: 100_000_000 }],
  ])('may be %j', (changes) => {
    expect(() => validated(changes)).not.toThrow();
  });

  it.each([
    [{ alarms: { email: 'nobody' } }, 'stages.dev.alarms.email: got "nobody", expected an e-mail address'],
    [{ alarms: { zoneSilentMinutes: 0 } }, /zoneSilentMinutes: got 0, expected a whole number from 1 to 1440/],
    [{ alarms: { zoneSilentMinutes: 1441 } }, /zoneSilentMinutes: got 1441/],
    [{ alarms: { mail: 'a@b' } }, /stages\.dev\.alarms\.mail: .*no such key/],
    [{ monthlyBudgetUsd: 0.99 }, /monthlyBudgetUsd: got 0\.99/],
    [{ monthlyBudgetUsd: 100_000_001 }, /monthlyBudgetUsd: got 100000001/],
  ])('may not be %j', (changes, message) => {
    expect(() => validated(changes)).toThrow(message);
  });
});
