import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFilterFault, matchesTopicFilter } from '../../../local/iot/topic-filter.ts';
import { createTopicIndex } from '../../../local/iot/topic-index.ts';

describe('matchesTopicFilter', () => {
  it.each([
    // "FROM clause", https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-from.html
    ['a/b', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a/#', 'a/b', true],
    ['a/#', 'a/e/f', true],
    ['a/#', 'b/x', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/e/f', false],
    // "MQTT topics" and "AWS IoT differences from MQTT specifications"
    ['sensor/#', 'sensor/', true],
    ['sensor/#', 'sensor', false],
    ['sensor/#', 'Sensor/temperature', false],
    ['sensor/+/room1', 'sensor/temperature/room1', true],
    ['sensor/+/room1', 'sensor/temperature/room2', false],
    // MQTT 3.1.1, 4.7
    ['#', 'a/b', true],
    ['+', 'a', true],
    ['+', '/a', false],
    ['+/+', '/a', true],
    ['/+', '/a', true],
    ['+/#', 'a/b/c', true],
    ['#', '$aws/x', false],
    ['+/x', '$aws/x', false],
    ['$aws/+', '$aws/x', true],
    ['$aws/#', '$aws/x/y', true],
  ])('%s takes %s: %s', (filter, topic, expected) => {
    expect(matchesTopicFilter(filter, topic)).toBe(expected);
  });
});

describe('findFilterFault', () => {
  it.each(['a', '/', 'a//b', '+', '#', 'a/+/b/#', '+/+', '/#'])('%s is a filter', (filter) => {
    expect(findFilterFault(filter)).toBeUndefined();
  });
  it.each(['', 'a#', 'a/#/b', '#/a', 'a+', '+a/b', 'a/b+/c', '##', '++'])('%s is none', (filter) => {
    expect(findFilterFault(filter)).toBeDefined();
  });
});

const level = fc.constantFrom('', 'a', 'b', '$x');
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
  .filter(([levels, rest]) => levels.length > 0 || rest)
  .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'));

/** The obvious model: the filter as a regular expression. */
function asRegularExpression(filterText: string): RegExp {
  const body = filterText
    .split('/')
    .map((part) => (part === '+' ? '[^/]*' : part === '#' ? '.*' : part.replaceAll('$', '[$]')))
    .join('/');
  return new RegExp(`^${/^[+#]/.test(filterText) ? '(?![$])' : ''}${body}$`);
}

describe('laws', () => {
  it('a filter takes a topic as its regular expression does', () => {
    fc.assert(
      fc.property(filter, topic, (aFilter, aTopic) => {
        expect(matchesTopicFilter(aFilter, aTopic)).toBe(asRegularExpression(aFilter).test(aTopic));
      }),
    );
  });

  it('the index finds exactly the filters that take the topic', () => {
    fc.assert(
      fc.property(fc.uniqueArray(filter, { maxLength: 12 }), topic, (filters, aTopic) => {
        const index = createTopicIndex<string>();
        filters.forEach((aFilter) => index.add(aFilter, aFilter));
        const expected = filters.filter((aFilter) => asRegularExpression(aFilter).test(aTopic));
        expect([...index.find(aTopic)].sort()).toEqual(expected.sort());
      }),
    );
  });
});
