import type { World } from '../world.ts';
import type { Sender } from './request.ts';

/** One running copy of a function, with a clock of its own. */
export interface Instance extends Sender {
  readonly nowMs: () => number;
}

export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

type Handler<Event, Answer> = (event: Event, context: InvocationContext) => Promise<Answer>;

export interface FunctionProps<Event, Answer> {
  readonly name: string;
  readonly timeoutMs: number;
  /** A cold start: what a function's module does when it is loaded. */
  readonly start: (instance: Instance) => Handler<Event, Answer>;
}

export interface SimulatedFunction<Event, Answer> {
  /** Rejects where the function throws, crashes or takes too long. */
  invoke(event: Event): Promise<Answer>;
  /** Invocations from now on start cold; those that run end as they began. */
  redeploy(): void;
}

interface Copy<Event, Answer> {
  readonly instance: Instance;
  readonly handle: Handler<Event, Answer>;
  readonly die: (why: string) => void;
  /** Of the invocation that runs. */
  onDeath: (why: string) => void;
}

/** Runs copies of a function like Lambda: one invocation at a time in each, warm ones first. */
export function createFunction<Event, Answer>(
  world: World,
  { name, timeoutMs, start }: FunctionProps<Event, Answer>,
): SimulatedFunction<Event, Answer> {
  const { scheduler, chance, faults, trace } = world;
  let warm: Copy<Event, Answer>[] = [];
  let [started, deployment] = [0, 0];

  const coldStart = (): Copy<Event, Answer> => {
    const label = `${name}-${(started += 1)}`;
    const skewMs = chance.integer(-faults.functionSkewMs, faults.functionSkewMs);
    let alive = true;
    const die = (why: string): void => {
      if (!alive) return;
      alive = false;
      trace(() => `${label}: dies ${why}`);
      copy.onDeath(why);
    };
    const instance: Instance = {
      name: label,
      isAlive: () => alive,
      nowMs: () => scheduler.nowMs() + skewMs,
      risk: (place) => {
        if (alive && chance.happens(faults.crash)) die(place);
      },
    };
    const copy: Copy<Event, Answer> = { instance, handle: start(instance), die, onDeath: () => undefined };
    return copy;
  };

  const invoke = async (event: Event): Promise<Answer> => {
    // One may have died of an answer that came after its invocation had ended.
    warm = warm.filter(({ instance }) => instance.isAlive());
    const copy = warm.pop() ?? coldStart();
    const ofDeployment = deployment;
    const endsAtMs = scheduler.nowMs() + timeoutMs;
    const context = { getRemainingTimeInMillis: () => endsAtMs - scheduler.nowMs() };
    const death = new Promise<never>((_, reject) => {
      copy.onDeath = (why) => reject(new Error(`${copy.instance.name} died ${why}`));
    });
    const forgiveAge = scheduler.unlessCancelled(timeoutMs, () => copy.die('of age'));
    try {
      return await Promise.race([copy.handle(event, context), death]);
    } finally {
      forgiveAge();
      if (copy.instance.isAlive() && ofDeployment === deployment) warm.push(copy);
    }
  };

  return {
    invoke,
    redeploy() {
      deployment += 1;
      warm = [];
    },
  };
}
