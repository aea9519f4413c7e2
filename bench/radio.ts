import { DEPTHS } from '../core/fec/link.ts';
import { checkOnly, type Protection, reedSolomon } from '../edge-greengrass/adapters/radio/protection.ts';
import { type Bursts, bursty, type Channel, noisy } from './radio/channel.ts';
import { type LinkResult, RETRANSMITS_MAX, runLink } from './radio/link.ts';
import { seededRandom } from './support/random.ts';
import { type Benchmark, type Progress, rounded, type Table } from './support/report.ts';
import { type Spread, spreadOf } from './support/statistics.ts';

const SEED = 20_261_121;
const REPORTS = 1000;
const BIT_ERROR_RATES = [1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
/** One reading, and as many as fill five codewords. */
const PAYLOADS_BYTES = [120, 1000];
const DEPTH = 5;
const BURST_PAYLOAD_BYTES = 500;
/** About one datagram of that size in nine meets a burst. */
const GAP_BITS = 40_000;
const BURSTS: readonly Bursts[] = [64, 256, 640, 1280].map((bits) => ({ bits, gapBits: GAP_BITS }));
/** How many per cent fewer retransmits the specification promises. */
const FEWER_PERCENT = 92;

const PROTECTIONS: readonly { readonly name: string; readonly protection: Protection }[] = [
  { name: 'CRC-32C alone', protection: checkOnly },
  ...DEPTHS.map((depth) => ({ name: `RS(255,223), depth ${depth}`, protection: reedSolomon({ depth }) })),
];

/** What arrives over a noisy radio link and how often it is sent again, with FEC and without. */
export const radio: Benchmark = async ({ runs }, progress) => {
  const seeds = Array.from({ length: runs }, (_, run) => SEED + run);
  return [await noiseTable(seeds, progress), await burstTable(seeds, progress)];
};

async function noiseTable(seeds: readonly number[], progress: Progress): Promise<Table> {
  const rows = [];
  const below: string[] = [];
  for (const bytes of PAYLOADS_BYTES) {
    for (const rate of BIT_ERROR_RATES) {
      progress(`radio: ${bytes} bytes at a bit error rate of ${rate}`);
      const channel = (random: () => number) => noisy(rate, random);
      const plain = await measure(checkOnly, channel, bytes, seeds);
      const mended = await measure(reedSolomon({ depth: DEPTH }), channel, bytes, seeds);
      const fewer = 100 * (1 - mended.retransmits.median / plain.retransmits.median);
      if (mended.delivered.median < plain.delivered.median) below.push(`${bytes} bytes at ${rate}`);
      rows.push({
        'payload bytes': bytes,
        'bit errors': rate.toExponential(),
        'delivered %': range(plain.delivered, 1),
        'with FEC': range(mended.delivered, 1),
        'retransmits per 100': range(plain.retransmits, 1),
        'with FEC ': range(mended.retransmits, 1),
        'fewer %': Number.isFinite(fewer) ? rounded(fewer, 1) : '',
        [`≥ ${FEWER_PERCENT} %`]: Number.isFinite(fewer) ? fewer >= FEWER_PERCENT : '',
        'sent for a byte': rounded(plain.sent.median, 2),
        'with FEC  ': rounded(mended.sent.median, 2),
      });
    }
  }
  return {
    title: `Reports over a link of independent bit errors both ways, at most ${RETRANSMITS_MAX} retransmits, RS(255,223) of depth ${DEPTH}, ${REPORTS} reports, ${seeds.length} seeds: min–median–max`,
    rows,
    ...(below.length > 0 && { unmet: `FEC delivers at least as much as none, but not ${below.join(', ')}` }),
  };
}

async function burstTable(seeds: readonly number[], progress: Progress): Promise<Table> {
  const rows = [];
  for (const bursts of BURSTS) {
    progress(`radio: bursts of ${bursts.bits} bits`);
    for (const { name, protection } of PROTECTIONS) {
      const measured = await measure(protection, (random) => bursty(bursts, random), BURST_PAYLOAD_BYTES, seeds);
      rows.push({
        'burst bits': bursts.bits,
        protection: name,
        'delivered %': range(measured.delivered, 1),
        'retransmits per 100': range(measured.retransmits, 1),
        'sent for a byte': rounded(measured.sent.median, 2),
      });
    }
  }
  return {
    title: `Reports of ${BURST_PAYLOAD_BYTES} bytes through bursts of that mean length, one in ${GAP_BITS} bits, ${REPORTS} reports, ${seeds.length} seeds: min–median–max`,
    rows,
  };
}

interface Measured {
  readonly delivered: Spread;
  /** For a hundred reports. */
  readonly retransmits: Spread;
  /** Bytes for a byte of payload. */
  readonly sent: Spread;
}

async function measure(
  protection: Protection,
  channel: (random: () => number) => Channel,
  payloadBytes: number,
  seeds: readonly number[],
): Promise<Measured> {
  const results: LinkResult[] = [];
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const body = Uint8Array.from({ length: payloadBytes }, () => random() * 256);
    results.push(await runLink(protection, channel(random), body, REPORTS, random));
  }
  return {
    delivered: spreadOf(results.map(({ acknowledged }) => (100 * acknowledged) / REPORTS)),
    retransmits: spreadOf(results.map(({ retransmits }) => (100 * retransmits) / REPORTS)),
    sent: spreadOf(results.map(({ bytes }) => bytes / (REPORTS * payloadBytes))),
  };
}

function range({ min, median, max }: Spread, digits: number): string {
  return [min, median, max].map((value) => rounded(value, digits)).join('–');
}
