import { describe, expect, it } from 'vitest';
import config from '../cityweave.config.ts';
import { validateCityConfig } from '../core/schema/validate-config.ts';

const city = validateCityConfig(config);

describe('cityweave.config.ts', () => {
  it('has five zones that do not overlap, and no asset surveyed outside its own', () => {
    const zones = Object.entries(city.zones);
    expect(zones).toHaveLength(5);
    for (const [name, { bounds: a }] of zones) {
      for (const [other, { bounds: b }] of zones) {
        const apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
        expect([name, other, name === other || apart]).toEqual([name, other, true]);
      }
    }
    for (const [name, { zone, position }] of Object.entries(city.assets)) {
      if (!position) continue;
      const [west, south, east, north] = city.zones[zone]?.bounds ?? [0, 0, 0, 0];
      expect([name, position.longitude >= west && position.longitude <= east]).toEqual([name, true]);
      expect([name, position.latitude >= south && position.latitude <= north]).toEqual([name, true]);
    }
  });

  it('registers an asset of every type, some with several sources', () => {
    const types = new Set(Object.values(city.assets).map(({ assetType }) => assetType));
    expect([...types].sort()).toEqual(Object.keys(city.assetTypes).sort());
    expect(city.assets['market-hall']?.sources).toHaveLength(3);
    expect(city.assets['air-colmore-row']?.sources).toHaveLength(3);
  });

  it('gives signals and emergency vehicles the fast lane', () => {
    expect(city.criticalTopics).toContain('dt/+/TrafficSignal/+/+');
    expect(city.criticalTopics).toContain('dt/+/Vehicle/ambulance-1/+');
  });

  it('lets a developer replay old data, and the city refuse it', () => {
    const { dev, prod } = city.stages;
    expect([dev.lateMaxMs, dev.unregisteredAssets, dev.removalPolicy]).toEqual([null, 'accept', 'destroy']);
    expect([prod.lateMaxMs, prod.unregisteredAssets, prod.removalPolicy]).toEqual([
      604_800_000,
      'quarantine',
      'retain',
    ]);
    expect([dev.streamRetentionHours, prod.streamRetentionHours]).toEqual([24, 168]);
    expect(new Date('2026-11-21').getTime() - dev.historyMagneticDays * 86_400_000).toBeLessThan(
      new Date('2016-10-04').getTime(),
    );
  });
});
