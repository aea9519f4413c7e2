import { AssertionError } from 'node:assert/strict';
import type { World } from '../world.ts';

/** Who makes requests, and may die of it. */
export interface Sender {
  readonly name: string;
  isAlive(): boolean;
  /** May end the sender here, as the seed says. */
  risk(place: string): void;
}

/** The SDK's own: three attempts in all. */
const ATTEMPTS_MAX = 3;
const BASE_LATENCY_MS = 5;

/**
 * One request over the network. It may be lost, and so may its answer; then it is sent again like the SDK does it, or
 * fails. What is on its way is carried out even if its sender has died, who then never learns of it.
 */
export function request<Answer>(world: World, sender: Sender, what: string, execute: () => Answer): Promise<Answer> {
  const { scheduler, chance, faults, trace } = world;
  const latencyMs = (): number => BASE_LATENCY_MS + chance.integer(0, faults.latencyMs);
  return new Promise((resolve, reject) => {
    const answer = (settle: () => void): void =>
      scheduler.after(latencyMs(), () => {
        sender.risk(`after ${what}`);
        if (sender.isAlive()) settle();
      });
    const attempt = (left: number): void =>
      scheduler.after(latencyMs(), () => {
        const again = (why: string): void => {
          trace(() => `${sender.name}: ${what}: ${why}`);
          if (left > 1) attempt(left - 1);
          else answer(() => reject(new Error(`${what}: ${why}`)));
        };
        if (chance.happens(faults.requestLost)) return again('request lost');
        let result: Answer;
        try {
          if (chance.happens(faults.throttled)) throw new Error('ThrottlingException');
          result = execute();
        } catch (error) {
          // A request that the stand-in does not understand is no fault of the code under test.
          if (error instanceof AssertionError)
            world.violated('the simulated services know every request', error.message);
          return answer(() => reject(error));
        }
        if (chance.happens(faults.answerLost)) return again('answer lost');
        answer(() => resolve(result));
      });
    sender.risk(`before ${what}`);
    if (sender.isAlive()) attempt(chance.integer(1, ATTEMPTS_MAX));
  });
}

/** What adapters call a client of the SDK: of one sender, to one service. */
export function clientOf<Client>(world: World, sender: Sender, service: (command: object) => object): Client {
  const send = (command: object): Promise<object> =>
    request(world, sender, command.constructor.name, () => service(command));
  return { send } as Client;
}
