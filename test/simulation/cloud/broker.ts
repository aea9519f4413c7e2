import { matchesFilter } from '../../../core/codec/topic.ts';
import type { DeltaPublication, DeltaPublisher } from '../../../core/ports.ts';
import type { World } from '../world.ts';
import { request, type Sender } from './request.ts';

interface Subscription {
  readonly filter: string;
  /** Whether what is published may be lost on its way to this subscriber. */
  readonly isLossy: boolean;
  readonly receive: (payload: Uint8Array) => void;
}

export interface Broker {
  publisherFor(sender: Sender): DeltaPublisher;
  /** Gives how to end it. */
  subscribe(subscription: Subscription): () => void;
}

/** A broker at QoS 0: what it has taken reaches each subscriber late, twice, or not at all, and in any order. */
export function createBroker(world: World): Broker {
  const { scheduler, chance, faults } = world;
  const subscriptions = new Set<Subscription>();

  const deliver = (subscription: Subscription, payload: Uint8Array): void => {
    if (subscription.isLossy && chance.happens(faults.deltaLost)) return;
    scheduler.after(chance.integer(1, 50 + faults.deltaLateMs), () => {
      if (subscriptions.has(subscription)) subscription.receive(payload);
    });
    if (chance.happens(faults.deltaRepeated)) deliver(subscription, payload);
  };

  const publish = ({ topic, payload }: DeltaPublication): void => {
    if (chance.happens(faults.brokerDown)) throw new Error('the broker is down');
    for (const subscription of subscriptions) {
      if (matchesFilter(subscription.filter, topic)) deliver(subscription, payload);
    }
  };

  return {
    publisherFor: (sender) => ({
      publish: (publication) => request(world, sender, 'Publish', () => publish(publication)),
    }),
    subscribe(subscription) {
      subscriptions.add(subscription);
      return () => void subscriptions.delete(subscription);
    },
  };
}
