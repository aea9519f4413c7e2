import { ASSUMPTIONS } from './assumptions.ts';
import { apiLines, deltaLines, historyStorage, iotLines, operationsLines } from './bill.ts';
import { type BillLine, perSecond } from './bill-line.ts';
import { flowsOf, sumOf, units } from './flow.ts';
import type { Load } from './load.ts';
import { PRICES } from './prices.ts';

const KIB = 1024;

/**
 * The usual design, for the same load and the same users: a rule calls a function for each message, which writes the
 * asset of each reading, so that the last one wins, its history in one request, and publishes each change by itself. It
 * reads nothing, keeps no log to replay and no refused readings, which flatters it.
 */
export function billPerMessage(load: Load): BillLine[] {
  const flows = flowsOf(load);
  const messages = sumOf(flows, (flow) => flow.messages);
  const writes = sumOf(flows, ({ readings, twinBytes }) => readings * units(twinBytes, KIB));
  const history = sumOf(
    flows,
    ({ messages: each, kind, historyBytes }) => each * units(kind.readingsPerMessage * historyBytes, KIB),
  );
  const { memoryGib, durationMs } = ASSUMPTIONS.perMessage;
  return [
    ...iotLines(flows),
    perSecond('Lambda', 'requests', messages, PRICES.lambda.request),
    perSecond('Lambda', 'GiB seconds', messages * (durationMs / 1000) * memoryGib, PRICES.lambda.gibSecond),
    perSecond('DynamoDB', 'write units', writes, PRICES.dynamodb.writeUnit),
    ...(load.history ? [perSecond('Timestream', 'writes of 1 KiB', history, PRICES.timestream.write)] : []),
    ...historyStorage(load, flows),
    ...deltaLines(
      load,
      sumOf(flows, ({ readings }) => readings),
    ),
    ...apiLines(load),
    ...operationsLines(load, messages + load.apiRequestsPerSecond),
  ];
}
