import { compareColocated } from './calibration/colocated.ts';
import { type Channel, CHANNELS, DATA_ABSENT, readBaselines, readMotes } from './calibration/data.ts';
import { detect } from './calibration/motes.ts';
import { comparePair } from './calibration/pair.ts';
import { type Benchmark, rounded, type Table } from './support/report.ts';

/** What a detector may cry wolf. */
export const FALSE_POSITIVE_RATE_MAX = 0.02;

/** µg/m³ between two sensors at one place that no air explains. */
const SPIKE = 50;

/** How good `mean-3-sigma` is on readings that nobody here made, with the accuracies that the city declares. */
export const calibration: Benchmark = async (_, progress) => {
  if (DATA_ABSENT !== '') return [{ title: `Calibration, ${DATA_ABSENT}`, rows: [] }];
  progress('calibration: motes');
  const motes = detections();
  progress('calibration: sensors beside an analyser');
  const colocated = colocatedTable();
  progress('calibration: two sensors at one place');
  return [...motes, colocated, pairTable()];
};

function detections(): readonly Table[] {
  const motes = readMotes();
  const all = readBaselines().map((baseline) => ({ baseline, found: detect(motes, baseline) }));
  const nameOf = ({ pair, channel }: (typeof all)[number]['baseline']) => `${pair.join('-')} ${channel}`;
  return [
    {
      title: `Motes side by side, steam on the first: alarms at 3σ, aim at most ${FALSE_POSITIVE_RATE_MAX} false`,
      rows: all.map(({ baseline, found }) => ({
        pair: nameOf(baseline),
        readings: found.readings,
        'naive true': baseline.truePositiveRate,
        'naive false': baseline.falsePositiveRate,
        true: rounded(found.truePositiveRate, 3),
        false: rounded(found.falsePositiveRate, 4),
        'aim reached':
          rounded(found.truePositiveRate, 3) >= baseline.truePositiveRate &&
          found.falsePositiveRate <= FALSE_POSITIVE_RATE_MAX,
        'steamed left out': rounded(found.disturbedLeftOut, 3),
        'other left out': rounded(found.otherLeftOut, 3),
      })),
    },
    {
      title: 'The same, true / false alarms if a pair may be so many σ apart',
      rows: all.map(({ baseline, found }) => ({
        pair: nameOf(baseline),
        ...Object.fromEntries(
          found.curve.map(({ sigmas, truePositiveRate, falsePositiveRate }) => [
            `${sigmas}σ`,
            `${truePositiveRate.toFixed(3)}/${falsePositiveRate.toFixed(3)}`,
          ]),
        ),
      })),
    },
  ];
}

function colocatedTable(): Table {
  return {
    title: 'Three sensors beside a reference analyser: error of hourly means (root mean square)',
    rows: (Object.keys(CHANNELS) as Channel[]).map((channel) => {
      const { hours, sensors, plainMean, resolved, leftOut, disagreeing } = compareColocated(channel);
      const errors = [...sensors].map(([sensor, error]) => [sensor, rounded(error, 3)] as const);
      return {
        attribute: channel,
        hours,
        ...Object.fromEntries(errors),
        'plain mean': rounded(plainMean, 3),
        resolved: rounded(resolved, 3),
        'aim reached': resolved <= plainMean,
        'left out': rounded(leftOut, 3),
        disagreeing: rounded(disagreeing, 4),
      };
    }),
  };
}

function pairTable(): Table {
  return {
    title: `Two sensors at one place, no truth known: spikes of more than ${SPIKE} µg/m³ between them`,
    rows: (['pm25', 'pm10'] as const).map((channel) => {
      const report = comparePair(channel, SPIKE);
      const leftOut = [...report.leftOut].map(([sensor, part]) => [`${sensor} left out`, rounded(part, 4)] as const);
      return {
        attribute: channel,
        instants: report.instants,
        disagreeing: rounded(report.disagreeing, 4),
        ...Object.fromEntries(leftOut),
        spikes: report.spikes,
        'spikes left out': report.spikesLeftOut,
        'spikes disagreeing': report.spikesDisagreeing,
      };
    }),
  };
}
