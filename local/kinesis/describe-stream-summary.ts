import { readInput } from './input.ts';
import type { Operation } from './operation.ts';
import { locateStream, streamReference } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { streamDetails } from './stream-output.ts';

export const describeStreamSummary: Operation = (streams, input) => {
  const read = readInput(input, streamReference);
  if (read instanceof Refusal) return read;
  const stream = locateStream(streams, read);
  if (stream instanceof Refusal) return stream;
  return {
    StreamDescriptionSummary: {
      ...streamDetails(stream),
      OpenShardCount: stream.shards.length,
      ConsumerCount: 0,
      MaxRecordSizeInKiB: stream.description.maxRecordKiB,
    },
  };
};
