import { Command } from 'commander';
import { ASSUMPTIONS } from '../cost/assumptions.ts';
import { billOf, totalUsd } from '../cost/bill.ts';
import type { BillLine } from '../cost/bill-line.ts';
import { readLoad } from '../cost/load.ts';
import { MEASURED } from '../cost/measured.ts';
import { billPerMessage } from '../cost/per-message.ts';
import { PRICES } from '../cost/prices.ts';
import { printJson, printTable } from '../print.ts';

interface Options {
  readonly load: string;
  readonly json?: boolean;
}

export function costCommand(): Command {
  return new Command('cost')
    .description('the monthly bill for a described load, and what a function for each message would cost')
    .requiredOption('--load <file>', 'JSON, or a TypeScript module; see examples/loads and docs/cost.md')
    .option('--json', 'print prices, measurements, assumptions and every line as JSON')
    .action(async ({ load: file, json }: Options) => {
      const load = await readLoad(file);
      const lines = billOf(load);
      const comparison = billPerMessage(load);
      if (json)
        return printJson({ load, prices: PRICES, measured: MEASURED, assumptions: ASSUMPTIONS, lines, comparison });
      process.stdout.write(`${load.name}: a month at list prices of ${PRICES.region}, ${PRICES.asOf}, US dollars\n\n`);
      printTable(
        ['service', 'what', 'a month', 'each', 'USD'],
        lines.map(({ service, item, quantity, usdEach, usd }) => [
          service,
          item,
          amount(quantity),
          price(usdEach),
          dollars(usd),
        ]),
      );
      process.stdout.write('\n');
      printServices(lines, comparison);
    });
}

/** Both designs by service; a service that one of them does without is a dash. */
function printServices(lines: readonly BillLine[], comparison: readonly BillLine[]): void {
  const services = new Set([...lines, ...comparison].map(({ service }) => service));
  const rows = [...services].map((service) => [
    service,
    ...[lines, comparison].map((bill) => serviceUsd(bill, service)),
  ]);
  printTable(
    ['service', 'cityweave', 'a function for each message'],
    [...rows, ['total', dollars(totalUsd(lines)), dollars(totalUsd(comparison))]],
  );
}

function serviceUsd(bill: readonly BillLine[], service: string): string {
  const lines = bill.filter((line) => line.service === service);
  return lines.length === 0 ? '–' : dollars(totalUsd(lines));
}

function dollars(usd: number): string {
  return usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function amount(quantity: number): string {
  return quantity.toLocaleString('en', { maximumSignificantDigits: 4 });
}

function price(usd: number): string {
  return usd < 0.001 ? `${amount(usd * 1e6)} / M` : amount(usd);
}
