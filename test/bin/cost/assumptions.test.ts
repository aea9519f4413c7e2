import { expect, it } from 'vitest';
import { ASSUMPTIONS } from '../../../bin/cost/assumptions.ts';
import { cityApp } from '../../lib/city-app.ts';
import { testConfig } from '../../lib/test-config.ts';

it('alarms are billed for no fewer metrics than the template’s watch, and for hardly more', () => {
  const alarms = Object.values(cityApp('prod').resources('AWS::CloudWatch::Alarm'));
  const watched = alarms.map(({ Properties: { Metrics } }) =>
    Array.isArray(Metrics) ? Math.max(1, Metrics.filter((each) => 'MetricStat' in each).length) : 1,
  );
  const metrics = watched.reduce((sum, each) => sum + each, 0) - Object.keys(testConfig.zones).length;
  expect(ASSUMPTIONS.alarmMetrics).toBeGreaterThanOrEqual(metrics);
  expect(ASSUMPTIONS.alarmMetrics).toBeLessThan(metrics * 1.1);
});
