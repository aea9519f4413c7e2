import { describe, expect, it } from 'vitest';
import { createChance } from '../chance.ts';
import { drawFaults, heal } from '../faults.ts';
import { createScheduler } from '../scheduler.ts';
import type { World } from '../world.ts';
import { createFunction, type Instance } from './function.ts';
import { request } from './request.ts';

function healthyWorld(): World {
  const [scheduler, chance] = [createScheduler(0), createChance(1)];
  const faults = drawFaults(chance);
  heal(faults);
  return { scheduler, chance, faults, trace: () => undefined, violated: () => undefined };
}

describe('a simulated function', () => {
  it('keeps an instance warm for the next invocation, and starts another while that is busy', async () => {
    const world = healthyWorld();
    const start = (instance: Instance) => (what: string) => request(world, instance, what, () => instance.name);
    const worker = createFunction(world, { name: 'worker', timeoutMs: 1000, start });
    const both = Promise.all([worker.invoke('a'), worker.invoke('b')]);
    await world.scheduler.runToRest();
    expect(await both).toEqual(['worker-1', 'worker-2']);
    const third = worker.invoke('c');
    await world.scheduler.runToRest();
    expect(await third).toBe('worker-2');
  });

  it('fails when it crashes, and what was on its way is done all the same', async () => {
    const world = healthyWorld();
    const done: string[] = [];
    const start = (instance: Instance) => async (what: string) => {
      const sent = request(world, instance, what, () => done.push(what));
      world.faults.crash = 1;
      await sent;
      done.push('never');
    };
    const worker = createFunction(world, { name: 'worker', timeoutMs: 1000, start });
    const failed = expect(worker.invoke('write')).rejects.toThrow('worker-1 died after write');
    await world.scheduler.runToRest();
    await failed;
    expect(done).toEqual(['write']);
  });

  it('does not run again on an instance that has died of a late answer', async () => {
    const world = healthyWorld();
    const start = (instance: Instance) => async () => {
      void request(world, instance, 'straggler', () => undefined);
      return instance.name;
    };
    const worker = createFunction(world, { name: 'worker', timeoutMs: 1000, start });
    expect(await worker.invoke(undefined)).toBe('worker-1');
    world.faults.crash = 1;
    await world.scheduler.runToRest();
    world.faults.crash = 0;
    expect(await worker.invoke(undefined)).toBe('worker-2');
  });

  it('ends with its time', async () => {
    const world = healthyWorld();
    const worker = createFunction(world, {
      name: 'worker',
      timeoutMs: 1000,
      start: () => () => new Promise<never>(() => undefined),
    });
    const failed = expect(worker.invoke(undefined)).rejects.toThrow('of age');
    await world.scheduler.runToRest();
    await failed;
    expect(world.scheduler.nowMs()).toBe(1000);
  });
});
