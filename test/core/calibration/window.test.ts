import { expect, it } from 'vitest';
import { belongsTo, closedWindowAt } from '../../../core/calibration/window.ts';
import { hour, HOUR_MS } from './readings.ts';

it('closes a window an hour after its end, not a millisecond before', () => {
  expect(closedWindowAt(10 * HOUR_MS)).toEqual({ startMs: 8 * HOUR_MS, endMs: 9 * HOUR_MS });
  expect(closedWindowAt(10 * HOUR_MS - 1)).toEqual({ startMs: 7 * HOUR_MS, endMs: 8 * HOUR_MS });
  expect(closedWindowAt(10.9 * HOUR_MS)).toEqual({ startMs: 8 * HOUR_MS, endMs: 9 * HOUR_MS });
});

it.each([
  ['its first millisecond', 8 * HOUR_MS, 8 * HOUR_MS, true],
  ['its last', 9 * HOUR_MS - 1, 9 * HOUR_MS, true],
  ['the one after', 9 * HOUR_MS, 9 * HOUR_MS, false],
  ['the one before', 8 * HOUR_MS - 1, 8 * HOUR_MS, false],
  ['the last millisecond in which it may arrive', 8 * HOUR_MS, 10 * HOUR_MS - 1, true],
  ['the one after that', 8 * HOUR_MS, 10 * HOUR_MS, false],
])('takes in %s: observed %d, received %d, %s', (_, observedAtMs, receivedAtMs, belongs) => {
  expect(belongsTo(hour(8), { observedAtMs, receivedAtMs })).toBe(belongs);
});
