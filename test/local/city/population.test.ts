import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { FAULTS, populate } from '../../../local/city/population.ts';

const SEED = 20_261_121;
const devices = populate(config, SEED);
const assets = Map.groupBy(devices, ({ assetId }) => assetId);

/** No device of the city reports on these. */
const BEHIND_GATEWAYS = ['TrafficJunction', 'EdgeGateway'];

describe('the simulated city', () => {
  it('has 300 assets of every configured type in every zone', () => {
    expect(assets.size).toBe(300);
    const reported = new Set([...devices.map(({ assetType }) => assetType), ...BEHIND_GATEWAYS]);
    expect(reported).toEqual(new Set(Object.keys(config.assetTypes)));
    const zones = devices.flatMap(({ topic }) => (topic.startsWith('dt/') ? [topic.split('/')[1]] : []));
    expect(new Set(zones)).toEqual(new Set(Object.keys(config.zones)));
  });

  it('sees some assets by two and some by three sources', () => {
    const sources = [...assets.values()].map((sensors) => sensors.length);
    expect(new Set(sources)).toEqual(new Set([1, 2, 3]));
  });

  it('has devices with each fault, and far more without', () => {
    const faults = devices.flatMap(({ fault }) => fault ?? []);
    expect(new Set(faults)).toEqual(new Set(FAULTS));
    expect(faults.length).toBeLessThan(devices.length / 6);
  });

  it('is the same for one seed and another for another', () => {
    expect(populate(config, SEED)).toEqual(devices);
    expect(populate(config, SEED + 1)).not.toEqual(devices);
  });

  it('gives every device a client id of its own, and names that topics may hold', () => {
    expect(new Set(devices.map(({ thing }) => thing)).size).toBe(devices.length);
    for (const { topic } of devices) {
      expect(topic).toMatch(/^(dt(\/[A-Za-z0-9:_.-]{1,64}){4}|sensors\/parking\/[A-Za-z0-9:_.-]{1,64})$/);
    }
  });
});
