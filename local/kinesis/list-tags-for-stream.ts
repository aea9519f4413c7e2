import { integer, readInput, text } from './input.ts';
import type { Operation } from './operation.ts';
import { locateStream, streamReference } from './parameters.ts';
import { Refusal } from './refusal.ts';

const LIMIT_MAX = 50;
const TAG_KEY_LENGTH_MAX = 128;

const fields = {
  ...streamReference,
  ExclusiveStartTagKey: text({ lengthMax: TAG_KEY_LENGTH_MAX }),
  Limit: integer(1, LIMIT_MAX),
};

/** In the order of the keys. */
export const listTagsForStream: Operation = (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const stream = locateStream(streams, read);
  if (stream instanceof Refusal) return stream;

  const { tags } = stream.description;
  const start = read.ExclusiveStartTagKey ?? '';
  const following = Object.keys(tags)
    .sort()
    .filter((key) => key > start);
  const page = following.slice(0, read.Limit ?? LIMIT_MAX);
  return {
    Tags: page.map((key) => ({ Key: key, Value: tags[key] })),
    HasMoreTags: page.length < following.length,
  };
};
