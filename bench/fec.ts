import type { FecLink } from '../core/fec/link.ts';
import { DATAGRAMS_MIN, LOSSY_LINK } from '../core/fec/spread.ts';
import { countBeyond } from './fec/beyond.ts';
import { cpuRate } from './fec/cpu-rate.ts';
import { measureDelivery } from './fec/delivery.ts';
import { buildLibfec } from './fec/libfec.ts';
import { AIMS_MB, CODEWORD_WAYS, codewordWays, frameWays, zxingWays } from './fec/ways.ts';
import { ZXING, zxingCodeword } from './fec/zxing.ts';
import { withTemporaryDirectory } from './support/local-cloud.ts';
import { type Benchmark, type Progress, rounded, spreadCells, type Table } from './support/report.ts';
import { spreadOf } from './support/statistics.ts';

const SEED = 20_261_121;
const LIBFEC_MS = 500;
/** How many times as fast as libfec encoding and clean decoding must be. */
const RATIO_MIN = 7;
/** More errors than can be corrected beside so many erasures: any number of them, or just one more. */
const BEYOND = [
  { trials: 1_000_000, erasures: 0, errorsMin: 17, errorsMax: 255 },
  { trials: 1_000_000, erasures: 0, errorsMin: 17, errorsMax: 17 },
  { trials: 100_000, erasures: 16, errorsMin: 9, errorsMax: 9 },
  { trials: 100_000, erasures: 28, errorsMin: 3, errorsMax: 3 },
  { trials: 100_000, erasures: 32, errorsMin: 1, errorsMax: 1 },
];
const FRAMES = 10_000;
const FRAME_PAYLOAD_BYTES = 4096;
const LOSS = 0.1;
const LINKS: readonly { name: string; link: FecLink; datagrams: number }[] = [
  { name: 'default: 64 of 96 bytes are data', link: LOSSY_LINK, datagrams: DATAGRAMS_MIN },
  { name: '223 of 255 bytes are data', link: { depth: 5 }, datagrams: 8 },
];

interface Measured {
  readonly what: string;
  /** By run, MB of payload a second. */
  readonly rates: number[];
  readonly aim?: number | undefined;
}

/** Payload a second, beside libfec and a JavaScript library; what tells of too much damage; what arrives of datagrams. */
export const fec: Benchmark = ({ runs }, progress) =>
  withTemporaryDirectory(async (directory) => {
    const libfec = buildLibfec(directory);
    const zxing = await zxingCodeword();
    const ways = [...codewordWays(), ...frameWays(), ...(zxing ? zxingWays(zxing) : [])];
    const own: readonly Measured[] = ways.map(({ name }, index) => ({
      what: name,
      rates: [],
      aim: AIMS_MB[index % 4],
    }));
    const theirs: readonly Measured[] = CODEWORD_WAYS.map((way) => ({ what: `libfec, a codeword: ${way}`, rates: [] }));
    for (let run = 0; run < runs; run += 1) {
      progress(`fec: run ${run + 1} of ${runs}`);
      for (const [index, way] of ways.entries()) own[index]?.rates.push(cpuRate(way));
      const answer =
        libfec?.(['time', String(LIBFEC_MS)])
          .trim()
          .split(' ') ?? [];
      for (const [index, rate] of answer.entries()) theirs[index]?.rates.push(Number(rate));
    }
    const absent = [...(libfec ? [] : ['libfec (libfec-dev, cc)']), ...(zxing ? [] : [ZXING])];
    return [
      ratesTable([...own, ...(libfec ? theirs : [])], runs, absent),
      ...(libfec ? [ratioTable(own, theirs)] : []),
      beyondTable(progress),
      deliveryTable(progress),
    ];
  });

function ratesTable(measured: readonly Measured[], runs: number, absent: readonly string[]): Table {
  const without = absent.length > 0 ? `; absent, so not beside it: ${absent.join(', ')}` : '';
  return {
    title: `FEC, RS(255,223), MB of payload a second of CPU, ${runs} runs${without}`,
    rows: measured.map(({ what, rates, aim }) => ({ what, ...spreadCells(spreadOf(rates), 1), aim: aim ?? '' })),
  };
}

/** Codeword by codeword, run by run, because libfec has nothing but codewords. */
function ratioTable(own: readonly Measured[], theirs: readonly Measured[]): Table {
  const ratios = CODEWORD_WAYS.map((way, index) => {
    const ofRuns = (own[index]?.rates ?? []).map((rate, run) => rate / (theirs[index]?.rates[run] ?? Number.NaN));
    return { way, spread: spreadOf(ofRuns), atLeast: index < 2 ? RATIO_MIN : 0 };
  });
  const unmet = ratios.filter(({ spread, atLeast }) => spread.median < atLeast).map(({ way }) => way);
  return {
    title: 'How many times as fast as libfec, a codeword each',
    rows: ratios.map(({ way, spread, atLeast }) => ({ way, ...spreadCells(spread, 1), 'at least': atLeast || '' })),
    ...(unmet.length > 0 && { unmet: `${unmet.join(' and ')}: expected at least ${RATIO_MIN} times libfec` }),
  };
}

function beyondTable(progress: Progress): Table {
  const rows = BEYOND.map(({ trials, erasures, errorsMin, errorsMax }) => {
    progress(`fec: ${trials} frames with ${erasures} erasures and ${errorsMin} to ${errorsMax} errors`);
    const { byCode, byFrame, byNobody } = countBeyond(trials, SEED, erasures, errorsMin, errorsMax);
    const errors = errorsMin === errorsMax ? `${errorsMin}` : `${errorsMin}–${errorsMax}`;
    return { trials, erasures, errors, 'told by the code': byCode, 'by the CRC-32C': byFrame, 'by nobody': byNobody };
  });
  const untold = rows.some(
    (row) => row['by nobody'] > 0 || (row.erasures === 0 && row['told by the code'] < row.trials),
  );
  return {
    title: 'Frames of one codeword damaged beyond 2e + s ≤ 32, seeded',
    rows,
    ...(untold && { unmet: 'the code told of all errors without erasures, and somebody of all others' }),
  };
}

function deliveryTable(progress: Progress): Table {
  progress(`fec: ${FRAMES} frames over datagrams of which a tenth is lost`);
  return {
    title: `Frames of ${FRAME_PAYLOAD_BYTES} bytes over datagrams, ${LOSS * 100} % of them lost at random, ${FRAMES} frames, seeded`,
    rows: LINKS.map(({ name, link, datagrams }) => {
      const setting = { link, datagrams, payloadBytes: FRAME_PAYLOAD_BYTES };
      const measured = measureDelivery(setting, FRAMES, LOSS, SEED);
      return {
        codewords: name,
        depth: link.depth,
        datagrams: measured.datagrams,
        'sent for a byte': rounded(measured.bytes / FRAME_PAYLOAD_BYTES, 2),
        'delivered %': rounded((100 * measured.delivered) / FRAMES, 2),
        'nothing lost %': rounded((100 * measured.whole) / FRAMES, 2),
      };
    }),
  };
}
