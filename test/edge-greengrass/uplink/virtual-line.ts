import type { Transport } from '../../../edge-greengrass/ports.ts';

const BASIC_INGEST = /^\$aws\/rules\/(?<rule>cityweave_ingest|cityweave_critical)\/(?<topic>dt\/.+)$/;
/** As Greengrass nucleus lite. */
const IN_FLIGHT_MAX = 10;
const ANSWER_MS = 50;

export interface Weather {
  readonly isCut: boolean;
  /** Of publishes: rejected though the line is there, some of them though they arrive. */
  readonly failsPercent: number;
  /** Of publishes: acknowledged by the next hop, and lost there. */
  readonly losesPercent: number;
  readonly repeatsPercent: number;
  readonly delayMaxMs: number;
}

export const FAIR: Weather = { isCut: false, failsPercent: 0, losesPercent: 0, repeatsPercent: 0, delayMaxMs: 1 };
export const FOUL: Weather = { isCut: false, failsPercent: 15, losesPercent: 15, repeatsPercent: 15, delayMaxMs: 2000 };

export type Publication = { readonly rule: string; readonly topic: string; readonly payload: Uint8Array };

/** A line with a will of its own, in virtual time. Nothing of a gateway that has died comes through it any more. */
export function createVirtualLine(
  random: (below: number) => number,
  nowMs: () => number,
  hear: (publication: Publication) => void,
) {
  let weather = FAIR;
  let flying: { readonly atMs: number; readonly land: () => void }[] = [];
  let listeners: ((isUp: boolean) => void)[] = [];
  let subscriptions = new Map<string, (topic: string, payload: Uint8Array) => void>();
  let inFlight = 0;
  let life = 0;
  const counts = { refused: 0, busiest: 0 };

  const later = (delayMs: number, land: () => void): void => void flying.push({ atMs: nowMs() + delayMs, land });
  const chance = (percent: number): boolean => random(100) < percent;

  const arrive = (topic: string, payload: Uint8Array): void => {
    const { rule = '', topic: rest = '' } = BASIC_INGEST.exec(topic)?.groups ?? {};
    later(random(weather.delayMaxMs), () => hear({ rule, topic: rest, payload }));
  };

  const transport = (): Transport => {
    life += 1;
    const mine = life;
    inFlight = 0;
    listeners = [];
    subscriptions = new Map();
    return {
      payloadBytesMax: 2048,
      isUp: () => !weather.isCut,
      onLine: (listener) => void listeners.push(listener),
      subscribe: (filter, listener) => {
        if (weather.isCut) return Promise.reject(new Error('the line is down'));
        subscriptions.set(filter, listener);
        return Promise.resolve();
      },
      publish(topic, payload) {
        if (mine !== life) return new Promise(() => {});
        if (weather.isCut || inFlight >= IN_FLIGHT_MAX) {
          counts.refused += 1;
          return Promise.reject(new Error('refused'));
        }
        inFlight += 1;
        counts.busiest = Math.max(counts.busiest, inFlight);
        const fails = chance(weather.failsPercent);
        if (!chance(weather.losesPercent) && !(fails && chance(50))) arrive(topic, payload);
        if (chance(weather.repeatsPercent)) arrive(topic, payload);
        return new Promise((resolve, reject) => {
          later(ANSWER_MS, () => {
            if (mine === life) inFlight -= 1;
            if (fails || weather.isCut) reject(new Error('no acknowledgement'));
            else resolve();
          });
        });
      },
      close: () => Promise.resolve(),
    };
  };

  return {
    transport,
    counts,
    /** From the cloud; lost where the line is cut or nobody has subscribed. */
    send(topic: string, payload: Uint8Array): void {
      if (weather.isCut || chance(weather.losesPercent)) return;
      const mine = life;
      later(ANSWER_MS, () => {
        if (mine === life && !weather.isCut) subscriptions.get(topic)?.(topic, payload);
      });
    },
    setWeather(next: Weather): void {
      const hasChanged = weather.isCut !== next.isCut;
      weather = next;
      if (hasChanged) for (const listener of listeners) listener(!next.isCut);
    },
    isCut: () => weather.isCut,
    isFair: () => weather === FAIR,
    run(): void {
      const landing = flying.filter(({ atMs }) => atMs <= nowMs());
      flying = flying.filter(({ atMs }) => atMs > nowMs());
      for (const { land } of landing) land();
    },
  };
}
