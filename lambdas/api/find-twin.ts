import type { StoredTwin, TwinStore } from '../../core/ports.ts';
import { nameParameter } from './parameters.ts';
import { problem } from './problem.ts';

/** Throws a 400 for what cannot be an id, and a 404 where nothing is known of the asset. */
export async function findTwin(twins: TwinStore, id: string): Promise<StoredTwin> {
  const assetId = nameParameter('assetId', id);
  const stored = (await twins.read([assetId])).get(assetId);
  if (!stored) throw problem(404, `no twin "${assetId}": nothing has been reported about it yet`);
  return stored;
}
