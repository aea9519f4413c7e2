import type { RegisteredAsset } from '../../../core/schema/city-config.ts';
import type { Accounts } from '../accounts.ts';
import type { Cloud, Functions } from '../functions.ts';
import type { World } from '../world.ts';
import { ASSETS, STRANGER, UNREGISTERED } from './config.ts';

const RETRY_MS = 1_000;
/** Of one wish, before whoever has it gives up. */
const TRIES_MAX = 50;
const DECISION_HOLDS_MS = 60_000;
const OPERATORS = ['ana', 'ben'] as const;

interface RejectJson {
  readonly id: string;
  readonly status: string;
}

interface ReviewJson {
  readonly id: string;
  readonly says: readonly { readonly source: string; readonly value: unknown }[];
}

/** As much as is looked at here of what the API answers to an authority. */
interface Spoken {
  readonly readingId?: string;
  readonly readingIds?: readonly string[];
}

export interface Operators {
  /** Puts back in what is kept for a reason, all that is not back in already. */
  redrive(reason: string): Promise<void>;
  /** Decides whatever is in dispute, alone or two at once, and now and then distrusts one of the sources. */
  settle(): Promise<void>;
  retire(assetId: string, source: string): Promise<void>;
  /** Lets the stranger speak for the garage. */
  admitStranger(): void;
  /** Enters it as it is in the north; what claims it for the south is refused from then on. */
  registerKiosk(): void;
}

/** Writes an asset of the registry as the table holds it. */
export function register({ tables }: Cloud, assetId: string, { assetType, zone, sources }: RegisteredAsset): void {
  tables.put('assets', {
    assetId: { S: assetId },
    origin: { S: 'config' },
    assetType: { S: assetType },
    zone: { S: zone },
    ...(sources && { sources: { L: sources.map((source) => ({ S: source })) } }),
  });
}

/** People with the right to do something about it, by the API; what fails they try again. */
export function createOperators(
  world: World,
  { cloud, functions, accounts }: { readonly cloud: Cloud; readonly functions: Functions; readonly accounts: Accounts },
): Operators {
  const { scheduler, chance, trace } = world;
  let keys = 0;

  /** The answer, or nothing where it is a refusal. */
  const ask = async <Answer>(
    path: string,
    body?: object,
    { key, operator = OPERATORS[0] }: { readonly key?: string; readonly operator?: string } = {},
  ): Promise<Answer | undefined> => {
    const request = { path, operator, ...(body && { body }), ...(key !== undefined && { key }) };
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      try {
        const answer = await functions.api.invoke(request);
        if (answer.status < 300) return answer.body as Answer;
        if (answer.status < 500) return undefined;
      } catch {
        // The function died; whether it had done its work is for the next try to find out.
      }
      await scheduler.pause(RETRY_MS);
    }
    return undefined;
  };

  const listed = async (reason: string): Promise<RejectJson[]> => {
    const all: RejectJson[] = [];
    for (let cursor: string | null | undefined = ''; typeof cursor === 'string'; ) {
      const query = new URLSearchParams({ reason, limit: '50', ...(cursor && { cursor }) });
      const page: { rejects: RejectJson[]; cursor: string | null } | undefined = await ask(
        `/v1/rejects?${query.toString()}`,
      );
      all.push(...(page?.rejects ?? []));
      cursor = page?.cursor;
    }
    return all;
  };

  const heard = ({ readingId, readingIds = [] }: Spoken = {}): void => {
    for (const id of readingId === undefined ? readingIds : [readingId]) accounts.answer(id);
  };

  const decide = async ({ id, says }: ReviewJson, operator: string): Promise<void> => {
    const [disputant] = chance.shuffled(says);
    const until = new Date(scheduler.nowMs() + DECISION_HOLDS_MS).toISOString();
    const distrust = disputant && chance.happens(0.5) ? [{ source: disputant.source, until }] : undefined;
    const body = {
      value: chance.pick(['up', 'down']),
      validForMs: DECISION_HOLDS_MS,
      ...(distrust && { distrust }),
    };
    trace(() => `${operator}: settles ${id}: ${JSON.stringify(body)}`);
    heard(await ask<Spoken>(`/v1/reviews/${id}/settle`, body, { key: `key-${(keys += 1)}`, operator }));
  };

  return {
    async redrive(reason) {
      const ids = (await listed(reason)).filter(({ status }) => status !== 'redriven').map(({ id }) => id);
      trace(() => `operator: redrives ${ids.join(' ')}`);
      if (ids.length > 0) await ask('/v1/rejects/redrive', { ids });
    },
    async settle() {
      const open = await ask<{ readonly reviews: readonly ReviewJson[] }>('/v1/reviews');
      for (const review of open?.reviews ?? []) {
        // Now and then both at once, who need not agree.
        const deciding = chance.happens(0.4) ? OPERATORS : [OPERATORS[0]];
        await Promise.all(deciding.map((operator) => decide(review, operator)));
      }
    },
    async retire(assetId, source) {
      trace(() => `operator: retires ${source} of ${assetId}`);
      heard(await ask<Spoken>(`/v1/twins/${assetId}/sources/${encodeURIComponent(source)}/retire`, {}));
    },
    admitStranger() {
      trace(() => `operator: admits ${STRANGER}`);
      const { garage } = ASSETS;
      register(cloud, 'garage', { ...garage, sources: [...(garage.sources ?? []), STRANGER] });
    },
    registerKiosk() {
      trace(() => `operator: registers ${UNREGISTERED}`);
      register(cloud, UNREGISTERED, { assetType: 'CarPark', zone: 'north' });
    },
  };
}
