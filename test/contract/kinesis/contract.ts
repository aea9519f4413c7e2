import { KinesisClient } from '@aws-sdk/client-kinesis';
import { afterAll, it } from 'vitest';
import type { RunningTarget, Target } from './targets.ts';

/** What the cases of one run have in common. */
export interface Contract {
  readonly target: Target;
  readonly client: KinesisClient;
  /** Undefined for AWS, which answers signed requests only. */
  readonly unsignedEndpoint: string | undefined;
}

export function openContract(target: Target, running: RunningTarget): Contract {
  const client = new KinesisClient(running.client);
  afterAll(async () => {
    client.destroy();
    await running.stop();
  });
  return { target, client, unsignedEndpoint: running.unsignedEndpoint };
}

/** One documented behaviour. Where the target is known to differ, the case must fail, and its name says why. */
export function documented({ target }: Contract, name: string, check: () => Promise<void>): void {
  const difference = target.differences.get(name);
  const reason = target.skipped.get(name);
  if (reason !== undefined) it.skip(`${name} [not run against ${target.name}: ${reason}]`);
  else if (difference === undefined) it(name, check);
  else it.fails(`${name} [${target.name} differs: ${difference}]`, check);
}
