import path from 'node:path';
import type { CityConfig } from '../../core/schema/city-config.ts';
import type { FrameReading } from '../../core/sync/frame.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Priority, Spool, SpoolPosition } from '../ports.ts';
import { encodeReading } from '../spool/reading-record.ts';
import { createSpool } from '../spool/spool.ts';
import { createLocalTwins, type LocalTwins } from '../twins/local-twins.ts';
import { openTwinKeeper } from '../twins/twin-keeper.ts';
import { nextEpoch } from '../uplink/next-epoch.ts';
import { recoverTwins } from './spooled-twins.ts';

/** The twins are kept so often: what came after is in the spool, and is read again at the start. */
const KEEP_INTERVAL_MS = 30_000;

export interface StorageOptions {
  readonly directory: string;
  readonly thing: string;
  readonly city: CityConfig;
  readonly config: Pick<GatewayConfig, 'identity' | 'spool' | 'twin'>;
  nowMs(): number;
  readonly log: (line: string) => void;
}

/** What survives a restart: the readings that the cloud has not acknowledged, and the local twins. */
export interface Storage {
  readonly spool: Spool;
  readonly twins: LocalTwins;
  /** Of this start: greater than that of any start before. */
  readonly epoch: number;
  /** Readings of the spool that came into the twins at the start. */
  readonly recovered: number;
  /** Where the twins are kept, for people. */
  twinStore(): string;
  /** Resolves once the reading survives a crash. */
  append(priority: Priority, reading: FrameReading): Promise<SpoolPosition>;
  close(): Promise<void>;
}

export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { directory, thing, city, config, log } = options;
  const { bytesMax, ageMaxMs } = config.spool;
  const spool = await createSpool({
    directory: path.join(directory, 'spool'),
    bytesMax,
    ageMaxMs,
    nowMs: () => options.nowMs(),
  });
  const epoch = await nextEpoch(path.join(directory, 'epoch'), options.nowMs(), log);
  const file = path.join(directory, 'twins.ndjson');
  const keeper = await openTwinKeeper({ file, redisUrl: config.twin.redisUrl, thing, log });
  const twins = createLocalTwins(city);
  const reader = { thing, zone: config.identity.zone, log };
  const recovered = await recoverTwins(twins, await keeper.recover(), spool, reader);
  const reached: Partial<Record<Priority, SpoolPosition>> = { ...recovered.upTo };

  const keep = async (): Promise<void> => {
    try {
      // A reading is in its twin before it is in the spool, so the twins hold all that the positions say.
      await keeper.keep({ upTo: { ...reached }, twins: twins.all() });
    } catch (error) {
      log(error instanceof Error ? error.message : String(error));
    }
  };
  let keeping = Promise.resolve();
  const timer = setInterval(() => {
    keeping = keeping.then(keep);
  }, KEEP_INTERVAL_MS).unref();

  return {
    spool,
    epoch,
    twins,
    recovered: recovered.readings,
    twinStore: () => keeper.storeName(),

    async append(priority, reading) {
      const position = await spool.append(priority, encodeReading(reading));
      const before = reached[priority];
      if (before === undefined || position > before) reached[priority] = position;
      return position;
    },

    async close() {
      clearInterval(timer);
      await keeping;
      await keep();
      await keeper.close();
      await spool.close();
    },
  };
}
