import { billOf, totalUsd } from '../bin/cost/bill.ts';
import type { BillLine } from '../bin/cost/bill-line.ts';
import { SECONDS_PER_MONTH } from '../bin/cost/flow.ts';
import { billPerMessage } from '../bin/cost/per-message.ts';
import { itemSizeTable } from './cost/item-sizes.ts';
import { type CostedLoad, LOADS, RAW_PER_SECOND } from './cost/loads.ts';
import { writeUnitsPerSecond } from './cost/write-units.ts';
import { type Benchmark, rounded, type Table } from './support/report.ts';

const MILLION = 1e6;
const SERVICES = ['IoT Core', 'Kinesis', 'Lambda', 'DynamoDB'] as const;

/**
 * Of a million raw readings, as sensors make them, whatever of them leaves the edge. Bytes and write units come from the
 * real encoder and the real merge, prices and the rest of the bill from `npx cityweave cost`; the same on every machine.
 */
export const cost: Benchmark = async (_, progress) => {
  const writeUnits: number[] = [];
  for (const load of LOADS) {
    progress(`cost: merging two minutes of ${load.name}`);
    writeUnits.push(await writeUnitsPerSecond(load));
  }
  const each = LOADS.map((costed, index) => ({ costed, perSecond: writeUnits[index] ?? 0 }));
  return [
    itemSizeTable(),
    {
      title: `Write units of twins, a million raw readings at ${RAW_PER_SECOND}/s, 2 sources an asset`,
      rows: each.map(({ costed, perSecond }) => ({
        load: costed.name,
        'write units': rounded((perSecond / RAW_PER_SECOND) * MILLION),
        'a write each would be': MILLION,
      })),
    },
    dollarTable(each),
  ];
};

function dollarTable(each: readonly { readonly costed: CostedLoad; readonly perSecond: number }[]): Table {
  return {
    title: 'US dollars a million raw readings, list prices, without history and watchers',
    rows: each.map(({ costed: { name, load }, perSecond }) => {
      const bill = billOf(load);
      if (!bill.some(isTwinWrites)) throw new Error('the bill has no line for the twins’ write units');
      const lines = bill.map((line) => (isTwinWrites(line) ? priced(line, perSecond) : line));
      const services = SERVICES.map((service) => [
        service,
        perMillion(lines.filter((line) => line.service === service)),
      ]);
      return {
        load: name,
        ...Object.fromEntries(services),
        rest: perMillion(lines.filter(({ service }) => !SERVICES.some((known) => known === service))),
        total: perMillion(lines),
        'a function a message': perMillion(billPerMessage(load)),
      };
    }),
  };
}

function isTwinWrites({ service, item }: BillLine): boolean {
  return service === 'DynamoDB' && item === 'twins: write units';
}

/** The bill's own estimate takes no account of readings that come in one frame; here they were counted. */
function priced(line: BillLine, perSecond: number): BillLine {
  const quantity = perSecond * SECONDS_PER_MONTH;
  return { ...line, quantity, usd: quantity * line.usdEach };
}

function perMillion(lines: readonly BillLine[]): number {
  return rounded((totalUsd(lines) / (RAW_PER_SECOND * SECONDS_PER_MONTH)) * MILLION, 3);
}
