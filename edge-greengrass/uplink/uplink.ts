/** The way up: what the journal holds goes into frames, and what the cloud has acknowledged leaves the journal. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { AssetType } from '../../core/schema/city-config.ts';
import type { FrameReading, Lane } from '../../core/sync/frame.ts';
import { frameBytesOf } from '../../core/sync/gather-frame.ts';
import { createSender, SENDER_DEFAULTS } from '../../core/sync/sender.ts';
import type { Priority, Spool, SpoolPosition, Transport } from '../ports.ts';
import { subscribeToCommands } from './commands.ts';
import { createJournal, type Journal } from './journal.ts';
import { createLaneLink, type LaneLink } from './lane.ts';
import { createPublisher } from './publisher.ts';
import { countsOf, type Journals, type Links, type UplinkState } from './state.ts';

export interface UplinkOptions {
  /** The gateway's own name, and so its client id. */
  readonly thing: string;
  readonly zone: string;
  readonly transport: Transport;
  readonly spool: Pick<Spool, 'read' | 'release'>;
  /** Another one, and a greater one, than at any start before: see `nextEpoch`. */
  readonly epoch: number;
  readonly assetTypes: Readonly<Record<string, AssetType>>;
  readonly deltaFramesPerSecondMax?: number;
  /** Of the bandwidth, above 0 and up to 1: what backlogs may take beside live readings. */
  readonly replayShareMax?: number;
  readonly nowMs: () => number;
  /** A clock that nobody sets; that of the process where absent. */
  readonly elapsedMs?: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told of what the cloud says and cannot be understood, and of what the journal does not let go. */
  readonly onProblem?: (message: string) => void;
}

const IN_FLIGHT_MAX = 8;
/** Of these, so many are left to the critical lane. */
const IN_FLIGHT_CRITICAL = 2;
const ANSWER_TIMEOUT_MS = 30_000;
const TICK_INTERVAL_MS = 20;
const SETTLE_INTERVAL_MS = 5000;
const SUBSCRIBE_AGAIN_MS = 5000;
/** Readings that are each sent; what comes beyond goes by the backlog. */
const LOG_WAITING_MAX = 1000;
const RELAY_WAITING_MAX = 200;
/** Fields of a digest that no limit of the sender counts. */
const DIGEST_BYTES = 256;

const LANES: Readonly<Record<Priority, Lane>> = { critical: 'critical', normal: 'bulk', low: 'bulk' };

export interface Uplink {
  /** A reading that the journal holds, in the order of the positions. Never waits. */
  take(priority: Priority, reading: FrameReading, position: SpoolPosition): void;
  /** A reading that no disk took: it is sent while the line holds; where it does not, its state is remembered at best. */
  pass(priority: Priority, reading: FrameReading): void;
  /** Whether a message of the line holds it; what does not fit is never sent. */
  fits(reading: FrameReading): boolean;
  /** Whatever is due. `start` calls it every 20 ms. */
  tick(): void;
  start(): void;
  /** A lane that is held sends nothing, and what it takes goes by its backlog. */
  setHeld(lane: Lane, isHeld: boolean): void;
  state(): UplinkState;
  /** Sends what waits for at most so long, and lets go of the line. What is not acknowledged stays in the journal. */
  close(drainMaxMs: number): Promise<void>;
}

export function createUplink(options: UplinkOptions): Uplink {
  const { transport, nowMs, elapsedMs = () => performance.now(), onProblem = () => {} } = options;
  const bytesMax = transport.payloadBytesMax - DIGEST_BYTES;
  const publisher = createPublisher({
    transport,
    inFlightMax: IN_FLIGHT_MAX,
    inFlightCritical: IN_FLIGHT_CRITICAL,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
  });
  const isUp = () => transport.isUp();
  const linkOf = (lane: Lane): LaneLink => {
    const sender = senderOf(options, lane, bytesMax);
    return createLaneLink({ ...options, lane, sender, publisher, elapsedMs, isUp });
  };
  const links: Links = { critical: linkOf('critical'), bulk: linkOf('bulk') };
  const fits = (reading: FrameReading): boolean => frameBytesOf(reading) <= bytesMax;
  const journalOf = (priority: Priority): Journal => {
    const link = links[LANES[priority]];
    return createJournal({ ...options, priority, link, fits, logWaitingMax: LOG_WAITING_MAX, onProblem });
  };
  /** The most important one first. */
  const journals: Journals = { critical: journalOf('critical'), normal: journalOf('normal'), low: journalOf('low') };
  let lastAckAtMs: number | undefined;
  let settledAtMs = Number.NEGATIVE_INFINITY;
  let subscribedAtMs = Number.NEGATIVE_INFINITY;
  let isSubscribed = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const settle = async (): Promise<void> => {
    settledAtMs = elapsedMs();
    await Promise.all(Object.values(journals).map((journal) => journal.settle()));
  };

  const subscribe = (): void => {
    subscribedAtMs = elapsedMs();
    isSubscribed = true;
    subscribeToCommands({
      ...options,
      senders: [links.critical.sender, links.bulk.sender],
      onAck() {
        lastAckAtMs = nowMs();
        void settle();
      },
      onRefused: (topic, { reason, detail }) => onProblem(`${topic}: ${reason}, ${detail}`),
    }).catch(() => {
      isSubscribed = false;
    });
  };

  const tick = (): void => {
    if (isClosed) return;
    const now = elapsedMs();
    publisher.expire(now);
    if (!isSubscribed && now - subscribedAtMs >= SUBSCRIBE_AGAIN_MS) subscribe();
    // Of the backlogs one at a time: the next when nothing is left of the one before.
    Object.values(journals).some((journal) => journal.feed(now));
    links.critical.tick();
    links.bulk.tick();
    if (now - settledAtMs >= SETTLE_INTERVAL_MS) void settle();
  };

  transport.onLine((isThere) => {
    for (const link of Object.values(links)) link.lineChanged(isThere);
    tick();
  });

  return {
    take(priority, reading, position) {
      journals[priority].take(reading, position, nowMs());
      if (LANES[priority] === 'critical' && !isClosed) links.critical.tick();
    },
    pass(priority, reading) {
      const { sender, isFlowing } = links[LANES[priority]];
      if (!fits(reading)) return;
      if (isFlowing()) sender.observe(reading, nowMs());
      else sender.anticipate(reading, nowMs());
    },
    fits,
    tick,
    start() {
      timer ??= setInterval(tick, TICK_INTERVAL_MS);
      tick();
    },
    setHeld: (lane, isHeld) => links[lane].setHeld(isHeld),
    state: () => ({
      isUp: isUp(),
      inFlight: publisher.inFlight(),
      ...(lastAckAtMs !== undefined && { lastAckAtMs }),
      ...countsOf(links, journals),
    }),
    async close(drainMaxMs) {
      const endMs = elapsedMs() + drainMaxMs;
      const isDrained = () => publisher.inFlight() === 0 && Object.values(links).every((link) => link.isDrained());
      while (isUp() && !isDrained() && elapsedMs() < endMs) {
        tick();
        await sleep(TICK_INTERVAL_MS);
      }
      isClosed = true;
      clearInterval(timer);
      await settle();
    },
  };
}

function senderOf(options: UplinkOptions, lane: Lane, bytesMax: number) {
  const { thing, epoch, assetTypes, deltaFramesPerSecondMax, replayShareMax } = options;
  return createSender({
    ...SENDER_DEFAULTS,
    gateway: thing,
    lane,
    epoch,
    assetTypes,
    bytesMax,
    // The last reading that is taken may bring several attributes with it.
    logWaitingMax: 2 * LOG_WAITING_MAX,
    relayWaitingMax: RELAY_WAITING_MAX,
    deltaFramesPerSecondMax: deltaFramesPerSecondMax ?? SENDER_DEFAULTS.deltaFramesPerSecondMax,
    relayShareMax: replayShareMax ?? SENDER_DEFAULTS.relayShareMax,
  });
}
