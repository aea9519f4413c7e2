import { describe, expect, it } from 'vitest';
import { explanationPage } from '../../../bin/explain/page.ts';
import type { AttributeExplanation, TwinExplanation } from '../../../core/twin/explain-json.ts';
import { explanationOf, NOW_MS, resolvedTo as resolved, siblingOf as sibling } from './explanations.ts';

const MINUTE_MS = 60_000;

const left = (outcome: string) => ({ counted: false, outcome });

const attributes: Readonly<Record<string, AttributeExplanation>> = {
  occupiedSpotNumber: explanationOf({
    attribute: 'occupiedSpotNumber',
    policy: 'max',
    tolerance: 3,
    resolved: resolved(61, {
      unit: 'C62',
      sources: ['gate-counter-north'],
      quality: 'uncertain',
      flags: ['disagreeing'],
    }),
    before: resolved(58),
    siblings: [
      sibling('gate-counter-north', 61, 12, {
        previous: { stamp: '1', value: 58, observedAtMs: NOW_MS - 72_000 },
      }),
      sibling('ramp-camera', 54, 40, { ...left('lower'), previous: null }),
      sibling('gate-counter-south', 70, 1320, {
        ...left('stale'),
        previous: { stamp: '2', value: 69, observedAtMs: NOW_MS - 1_380_000 },
      }),
    ],
  }),
  pm25: explanationOf({
    attribute: 'pm25',
    policy: 'mean-3-sigma',
    calibration: '2026-11-21T16',
    tolerance: 2,
    resolved: resolved(12.4, { unit: 'GQ', sources: ['analyser', 'sds011-a'], flags: ['calibrate'] }),
    siblings: [
      sibling('analyser', 12.3, 12, { bias: -1.8e-15, sigma: 0.5, distance: -0.1, sigmas: -0.2 }),
      sibling('sds011-a', 13.16, 14, { bias: 0.4, sigma: 1.2, distance: 0.36, sigmas: 0.3 }),
      sibling('sds011-b', 17.64, 15, {
        ...left('calibrate'),
        bias: 0.2,
        sigma: 1.2,
        distance: 5.04,
        sigmas: 4.2,
      }),
      sibling('sds011-c', 11, 20, {
        ...left('distrusted'),
        distrustedUntilMs: NOW_MS + 60 * MINUTE_MS,
      }),
    ],
  }),
  position: explanationOf({
    attribute: 'position',
    policy: 'latest',
    maxAgeMs: null,
    tolerance: null,
    resolved: { value: { longitude: -1.8986, latitude: 52.4816 }, observedAtMs: NOW_MS - 12_000, source: 'tracker' },
    siblings: [
      { ...sibling('tracker', 0, 12), value: { longitude: -1.8986, latitude: 52.4816 } },
      { ...sibling('gate-counter-south', 0, 120), value: { longitude: -1.8, latitude: 52.4 }, ...left('older') },
    ],
  }),
  signalState: explanationOf({
    attribute: 'signalState',
    policy: 'manual-review',
    tolerance: 0,
    review: { id: '8f3a11c0', onsetMs: NOW_MS - 6 * MINUTE_MS, openedAtMs: NOW_MS - 5 * MINUTE_MS },
    resolved: resolved('blinking', {
      sources: ['operator/alice'],
      flags: ['decided', 'disagreeing'],
      quality: 'uncertain',
    }),
    before: resolved('dark'),
    siblings: [
      sibling('loop-12', 'green', 2, left('in-review')),
      sibling('operator/alice', 'blinking', 30, { validUntilMs: NOW_MS + 30 * MINUTE_MS }),
      sibling('controller-12', 'red', 45, left('in-review')),
    ],
    superseded: [
      {
        source: 'camera-12',
        stamp: '1795278614000000000',
        observedAtMs: NOW_MS - 60_000,
        seenBy: ['operator/alice'],
        value: 'green',
      },
    ],
  }),
};

function answer(rest: Partial<TwinExplanation> = {}): TwinExplanation {
  return {
    assetId: 'asset-1',
    assetType: 'OffStreetParking',
    zone: 'centre',
    version: 17,
    nowMs: NOW_MS,
    history: 'read',
    clocks: {},
    attributes,
    ...rest,
  };
}

describe('the page', () => {
  it('says at once where each value comes from', () => {
    const clocks = { 'ramp-camera': { state: 'ahead', offsetMs: 180_000 } } as const;
    expect(`\n${explanationPage(answer({ clocks }), 120)}`).toBe(`
asset-1  OffStreetParking in centre, version 17, at 2026-11-21 16:31:14 UTC

occupiedSpotNumber = 61   uncertain: sources disagree
The highest of 2, which differ by more than 3; gate-counter-south has no vote (older than 15 min); it was 58 before.
  policy max, a vote lasts 15 min, tolerance 3
  source              value  was     age  observed      received  dot
  gate-counter-north     61   58    12 s  16:31:02.000    +0.4 s  1795278662000004711  in: highest
  ramp-camera            54         40 s  16:30:34.000    +0.4 s  1795278634000004711  out: lower
  gate-counter-south     70   69  22 min  16:09:14.000    +0.4 s  1795277354000004711  out: older than 15 min

pm25 = 12.4 µg/m³   good: a source needs calibration
The mean of 2 of 3; sds011-b is 4.2 σ off and needs calibration; sds011-c has no vote (distrusted until 17:31:14).
  policy mean-3-sigma, calibration 2026-11-21T16, a vote lasts 15 min, tolerance 2 µg/m³
  source    value  bias    σ    off   age  observed      received
  analyser   12.3    +0  0.5   −0.1  12 s  16:31:02.000    +0.4 s  in: 0.2 σ off
  sds011-a  13.16  +0.4  1.2  +0.36  14 s  16:31:00.000    +0.4 s  in: 0.3 σ off
  sds011-b  17.64  +0.2  1.2  +5.04  15 s  16:30:59.000    +0.4 s  out: 4.2 σ off, needs calibration
  sds011-c     11                    20 s  16:30:54.000    +0.4 s  out: distrusted until 17:31:14

position = 52.4816, -1.8986
The newest position, by tracker.
  policy latest
  source                         value    age  observed      received  dot
  tracker             52.4816, -1.8986   12 s  16:31:02.000    +0.4 s  1795278662000004711  in: newest
  gate-counter-south        52.4, -1.8  2 min  16:29:14.000    +0.4 s  1795278554000004711  out: older

signalState = blinking   uncertain: decided by an authority, sources disagree
As operator/alice has decided until 17:01:14, because 2 sources differ since 16:25:14; it was dark before.
  policy manual-review, a vote lasts 15 min, review 8f3a11c0 open since 16:26:14
  source             value   age  observed      received  dot
  loop-12            green   2 s  16:31:12.000    +0.4 s  1795278672000004711  out: in review
  operator/alice  blinking  30 s  16:30:44.000    +0.4 s  1795278644000004711  in: decided until 17:01:14
  controller-12        red  45 s  16:30:29.000    +0.4 s  1795278629000004711  out: in review
  camera-12          green  60 s  16:30:14.000            1795278614000000000  out: superseded by operator/alice

clock of ramp-camera: ahead by 3 min at least
`);
  });

  it.each([80, 100, 120])('fits a terminal of %i columns', (width) => {
    const lines = explanationPage(answer(), width).split('\n');
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    expect(lines.filter((line) => / (in|out): /.test(line))).toHaveLength(13);
  });

  it('has no table where nothing was reported, and says where history could not be asked', () => {
    const none = { taken: explanationOf({ policy: 'mean-3-sigma' }) };
    expect(explanationPage(answer({ attributes: none, history: 'no-answer' }), 120)).toBe(
      [
        'asset-1  OffStreetParking in centre, version 17, at 2026-11-21 16:31:14 UTC',
        '',
        'taken: no value',
        'Nobody has reported it yet.',
        '  policy mean-3-sigma, not calibrated yet, a vote lasts 15 min',
        '',
        'History did not answer, so what stood before is not shown.',
        '',
      ].join('\n'),
    );
  });

  it.each([
    [20, 20, undefined],
    [21, 20, '  … and 1 more, which --json shows'],
  ])('of %i sources shows %i', (sources, shown, last) => {
    const siblings = Array.from({ length: sources }, (_, index) => sibling(`s${index}`, 1, 1));
    const taken = explanationOf({ resolved: resolved(1), siblings });
    const lines = explanationPage(answer({ attributes: { taken } }), 120).split('\n');
    expect(lines.filter((line) => line.startsWith('  s'))).toHaveLength(shown + 1);
    expect(lines.find((line) => line.includes('more'))).toBe(last);
  });
});
