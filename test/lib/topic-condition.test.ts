import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topicConditions } from '../../lib/topic-condition.ts';

const NO_GATEWAY = "topic(3) <> 'gateway'";

describe('conditions on topics', () => {
  it('lets every topic but a gateway’s through when none is critical', () => {
    expect(topicConditions([])).toEqual({ ordinary: NO_GATEWAY });
  });

  it('writes one pattern for all critical topics, once plain and once denied', () => {
    const pattern = "regexp_matches(topic(), '^(dt/[^/]*/TrafficSignal/[^/]*/[^/]*|dt/a[.]b/Vehicle/x:1_2-3/[^/]*)$')";
    expect(topicConditions(['dt/+/TrafficSignal/+/+', 'dt/a.b/Vehicle/x:1_2-3/+'])).toEqual({
      ordinary: `${NO_GATEWAY} AND NOT ${pattern}`,
      critical: `${NO_GATEWAY} AND ${pattern}`,
    });
  });

  const critical = ['dt/+/TrafficSignal/+/+', 'dt/centre/Vehicle/fire.engine-1/+'];
  it.each([
    ['dt/centre/TrafficSignal/junction-12/controller-12', 'critical'],
    ['dt//TrafficSignal//', 'critical'],
    ['dt/centre/Vehicle/fire.engine-1/tracker', 'critical'],
    ['dt/centre/Vehicle/fireXengine-1/tracker', 'ordinary'],
    ['dt/centre/Vehicle/fire.engine-10/tracker', 'ordinary'],
    ['dt/centre/Vehicle/a-fire.engine-1/tracker', 'ordinary'],
    ['dt/eastside/Vehicle/fire.engine-1/tracker', 'ordinary'],
    ['dt/centre/TrafficSignalHead/junction-12/x', 'ordinary'],
    ['dt/TrafficSignal/ParkingSpot/a/b', 'ordinary'],
    ['dt/centre/OffStreetParking/market-hall/TrafficSignal', 'ordinary'],
    ['dt/centre/gateway/cabinet-7/frames', 'neither'],
    ['dt/gateway/ParkingSpot/gateway/gateway', 'ordinary'],
  ] as const)('finds %s to be %s', (topic, lane) => {
    expect(lanesOf(topic, critical)).toEqual(lane === 'neither' ? [] : [lane]);
  });

  it('gives every topic to exactly one rule, and to the critical one if and only if a filter matches', () => {
    const level = fc.oneof(
      { weight: 9, arbitrary: fc.stringMatching(/^[A-Za-z0-9:_.-]{1,6}$/) },
      fc.constant('gateway'),
    );
    const filterLevel = fc.oneof(fc.constant('+'), level);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(filterLevel, filterLevel, filterLevel, filterLevel), { minLength: 1, maxLength: 4 }),
        fc.tuple(level, level, level, level),
        fc.nat(),
        (filters, levels, seed) => {
          // Half of the topics are made to agree with one of the filters, or nearly none would.
          const near = filters[seed % filters.length] ?? levels;
          const topic = seed % 2 === 0 ? levels : levels.map((each, i) => (near[i] === '+' ? each : (near[i] ?? each)));
          const isCritical = filters.some((filter) => filter.every((each, i) => each === '+' || each === topic[i]));
          const lanes = lanesOf(
            `dt/${topic.join('/')}`,
            filters.map((filter) => `dt/${filter.join('/')}`),
          );
          expect(lanes).toEqual(topic[1] === 'gateway' ? [] : [isCritical ? 'critical' : 'ordinary']);
        },
      ),
    );
  });
});

/** The rules whose condition holds, by this test's own reading of the two shapes that a condition may have. */
function lanesOf(topic: string, criticalTopics: readonly string[]): string[] {
  const conditions = Object.entries(topicConditions(criticalTopics));
  return conditions.filter(([, condition]) => holds(String(condition), topic)).map(([lane]) => lane);
}

function holds(condition: string, topic: string): boolean {
  const parts = /^topic\(3\) <> 'gateway' AND (NOT )?regexp_matches\(topic\(\), '([^']*)'\)$/.exec(condition);
  if (!parts) throw new Error(`a condition of neither shape: ${condition}`);
  const [, not, pattern = ''] = parts;
  // topic(n) counts levels from 1 (IoT guide, "Functions").
  return topic.split('/')[2] !== 'gateway' && new RegExp(pattern).test(topic) === !not;
}
