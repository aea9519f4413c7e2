import { requireAccess } from '../authorize.ts';
import { textOf } from '../fields.ts';
import type { Answer, Call } from '../nucleus.ts';

export function subscribeToTopic({ component, state, request, send }: Call): Answer {
  const topic = textOf(request, 'topic');
  requireAccess(component, 'aws.greengrass.ipc.pubsub', 'aws.greengrass#SubscribeToTopic', topic, state.thingName);
  const subscription = {
    topic,
    listener: (from: string, message: string): void =>
      send('SubscriptionResponseMessage', { binaryMessage: { message, context: { topic: from } } }),
  };
  state.topics.add(subscription);
  return { response: { topicName: topic }, end: () => state.topics.delete(subscription) };
}
