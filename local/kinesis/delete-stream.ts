import { readInput, unsupported } from './input.ts';
import type { Operation } from './operation.ts';
import { locateStream, streamReference } from './parameters.ts';
import { Refusal } from './refusal.ts';

/** `EnforceConsumerDeletion` says nothing here: there are no registered consumers. */
const fields = { ...streamReference, EnforceConsumerDeletion: unsupported(true, false) };

/** The stream is gone when the answer comes; AWS answers first and deletes for some seconds. */
export const deleteStream: Operation = async (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const stream = locateStream(streams, read);
  if (stream instanceof Refusal) return stream;
  await streams.delete(stream);
  return {};
};
