/** A gateway's journal and uplink, a line and a city, by one seed and in virtual time; the disk is a real one. */

import { appendFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { FrameReading } from '../../../core/sync/frame.ts';
import type { Priority, Spool } from '../../../edge-greengrass/ports.ts';
import { encodeReading } from '../../../edge-greengrass/spool/reading-record.ts';
import { createSpool } from '../../../edge-greengrass/spool/spool.ts';
import { createUplink, type Uplink, type UplinkOptions } from '../../../edge-greengrass/uplink/uplink.ts';
import { smallCity } from '../../core/schema/small-city.ts';
import { EIGHT_MS } from '../../core/sync/frames.ts';
import { createVirtualCloud } from './virtual-cloud.ts';
import { createVirtualLine } from './virtual-line.ts';

const THING = 'gw-7';
const STEP_MS = 50;

export interface Acknowledged {
  readonly priority: Priority;
  readonly reading: FrameReading;
  readonly wasCut: boolean;
  readonly atMs: number;
}

/** Marsaglia's xorshift with 32 bits: one number replays a run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export async function createWorld(seed: number, directory: string, changes: Partial<UplinkOptions> = {}) {
  const random = randomOf(seed);
  let nowMs = EIGHT_MS;
  /** Of the gateway's clock. */
  let skewMs = 0;
  const clockMs = () => nowMs + skewMs;
  const acknowledged: Acknowledged[] = [];
  const problems: string[] = [];
  const line = createVirtualLine(
    random,
    () => nowMs,
    (publication) => cloud.hear(publication),
  );
  const cloud = createVirtualCloud(
    THING,
    () => nowMs,
    (name, payload) => line.send(`cmd/north/gateway/${THING}/${name}`, payload),
  );
  const disk = { pending: 0 };
  let life = 0;
  let spool: Spool;
  let uplink: Uplink;

  /** Counts what the disk is asked, so that virtual time can wait for it. */
  const counted = <T>(work: Promise<T>): Promise<T> => {
    disk.pending += 1;
    return work.finally(() => {
      disk.pending -= 1;
    });
  };

  const settle = async (): Promise<void> => {
    while (disk.pending > 0) await turn();
    // What the disk told is taken up within the next turns.
    for (let turns = 0; turns < 3; turns += 1) await turn();
  };

  const start = async (): Promise<void> => {
    life += 1;
    spool = await createSpool({ directory, batchDelayMs: 0, segmentBytesMax: 4096, nowMs: clockMs });
    const held = spool;
    onTestFinished(() => held.close());
    uplink = createUplink({
      thing: THING,
      zone: 'north',
      transport: line.transport(),
      spool: {
        read: (...of) => counted(held.read(...of)),
        release: (...of) => counted(held.release(...of)),
      },
      epoch: clockMs(),
      assetTypes: smallCity.assetTypes,
      nowMs: clockMs,
      elapsedMs: () => nowMs,
      random: () => random(1000) / 1000,
      onProblem: (message) => void problems.push(message),
      ...changes,
    });
  };
  await start();

  const append = async (priority: Priority, reading: FrameReading): Promise<void> => {
    const mine = life;
    const position = await counted(spool.append(priority, encodeReading(reading)));
    if (mine !== life) return;
    acknowledged.push({ priority, reading, wasCut: line.isCut(), atMs: nowMs });
    uplink.take(priority, reading, position);
  };

  return {
    random,
    line,
    cloud,
    acknowledged,
    problems,
    append,
    nowMs: () => nowMs,
    clockMs,
    setSkew(ms: number): void {
      skewMs = ms;
    },
    uplink: () => uplink,
    spool: () => spool,
    async run(ms: number, stepMs = STEP_MS): Promise<void> {
      for (const endMs = nowMs + ms; nowMs < endMs; nowMs += stepMs) {
        line.run();
        cloud.tick();
        await settle();
        uplink.tick();
        await settle();
      }
    },
    /** As `kill -9` does it: nothing is closed, and what was being written may be torn. */
    async crash(): Promise<void> {
      await settle();
      for (const priority of ['critical', 'normal', 'low']) {
        const [last] = (await readdir(path.join(directory, priority))).sort().toReversed();
        if (last && random(2) === 0) await appendFile(path.join(directory, priority, last), 'torn'.repeat(random(20)));
      }
      nowMs += 1000;
      await start();
    },
  };
}
