import { integer, readInput } from './input.ts';
import type { Operation } from './operation.ts';
import { streamName } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { streamSummary } from './stream-output.ts';

const LIMIT_MAX = 10_000;
const LIMIT_DEFAULT = 100;

/** The token of a page is the name of the last stream on the one before. */
const fields = { Limit: integer(1, LIMIT_MAX), ExclusiveStartStreamName: streamName, NextToken: streamName };

export const listStreams: Operation = (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const start = read.NextToken ?? read.ExclusiveStartStreamName ?? '';
  const following = streams.all().filter(({ description }) => description.name > start);
  const page = following.slice(0, read.Limit ?? LIMIT_DEFAULT);
  const hasMore = page.length < following.length;
  return {
    StreamNames: page.map(({ description }) => description.name),
    StreamSummaries: page.map(streamSummary),
    HasMoreStreams: hasMore,
    NextToken: hasMore ? page.at(-1)?.description.name : undefined,
  };
};
