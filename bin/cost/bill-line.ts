import { SECONDS_PER_MONTH } from './flow.ts';

/** One position of a month's bill. */
export interface BillLine {
  readonly service: string;
  readonly item: string;
  /** A month, or as it stands where the unit is a month itself. */
  readonly quantity: number;
  readonly usdEach: number;
  readonly usd: number;
}

/** A line for what passes each second of the month. */
export function perSecond(service: string, item: string, rate: number, usdEach: number): BillLine {
  return line(service, item, rate * SECONDS_PER_MONTH, usdEach);
}

export function line(service: string, item: string, quantity: number, usdEach: number): BillLine {
  return { service, item, quantity, usdEach, usd: quantity * usdEach };
}
