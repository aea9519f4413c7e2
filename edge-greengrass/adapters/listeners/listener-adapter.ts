import type { Adapter } from '../../ports.ts';

export interface ListenerAdapter extends Adapter {
  /** Where it listens, once it has started; another one than configured where that is 0. */
  port(): number;
}
