import type { DeltaPublisher, KeptReading } from '../../core/ports.ts';
import { encodeAck } from '../../core/sync/encode-command.ts';
import { refusalOf } from '../../core/sync/refusal.ts';
import { ackTopic, frameOf } from '../shared/frame-message.ts';

/**
 * Tells gateways which readings of their frames are kept, so that they no longer count as sent. Returns what could not be
 * published: a refusal that is lost is told again when a verification has had the reading sent again.
 */
export async function tellGateways(
  kept: readonly KeptReading[],
  commands: DeltaPublisher,
): Promise<readonly unknown[]> {
  // All that were kept of one message share its bytes.
  const told = [...Map.groupBy(kept, ({ bytes }) => bytes).values()].map(async (ofMessage) => {
    const [first] = ofMessage;
    const received = first && frameOf(first);
    const ack = received && refusalOf(received.frame, ofMessage);
    if (!ack) return;
    await commands.publish({ topic: ackTopic(received.zone, received.frame.gateway), payload: encodeAck(ack) });
  });
  const outcomes = await Promise.allSettled(told);
  return outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
}
