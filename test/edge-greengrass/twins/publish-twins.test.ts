import { expect, it } from 'vitest';
import { shippedAssetTypes } from '../../../core/schema/models/asset-types.ts';
import { createLocalTwins } from '../../../edge-greengrass/twins/local-twins.ts';
import { publishTwins } from '../../../edge-greengrass/twins/publish-twins.ts';
import { busWithin } from '../rules/bus.ts';
import { observationOf } from './observation.ts';

it('tells the cabinet of a twin that changed, resolved, once', async () => {
  const twins = createLocalTwins({ assetTypes: shippedAssetTypes });
  const bus = busWithin();
  const told: unknown[] = [];
  await bus.subscribe('cityweave/twins/int-01', (payload) => told.push(JSON.parse(new TextDecoder().decode(payload))));
  const nowMs = Date.now();
  twins.merge(observationOf('int-01', 5, nowMs));
  twins.merge(observationOf('int-01', 6, nowMs + 1));
  const stop = publishTwins(twins, bus, Date.now);
  await expect.poll(() => told).toHaveLength(1);
  expect(told).toMatchObject([{ assetId: 'int-01', attributes: { loopCount: { value: 6, quality: 'good' } } }]);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  stop();
  expect(told).toHaveLength(1);
});
