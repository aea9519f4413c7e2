import { expect, it } from 'vitest';
import { isTopicIn } from '../../../edge-greengrass/transport/mqtt/topic-filter.ts';

it.for([
  ['a/b', 'a/b', true],
  ['a/b', 'a/+', true],
  ['a/b', '+/+', true],
  ['a/b', '#', true],
  ['a', 'a/#', true],
  ['a/b/c', 'a/#', true],
  ['a/', 'a/+', true],
  ['a', 'a/+', false],
  ['a/b/c', 'a/+', false],
  ['a/b', 'a', false],
  ['ab', 'a', false],
  ['a/b', 'a/c', false],
] as const)('%s in %s: %s', ([topic, filter, expected]) => {
  expect(isTopicIn(topic, filter)).toBe(expected);
});
