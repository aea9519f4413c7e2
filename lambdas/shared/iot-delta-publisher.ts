import { type IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import type { DeltaPublisher } from '../../core/ports.ts';

/**
 * QoS 0: the next delta of an asset makes up for a lost one, and `validUntilMs` for the last, while IoT Core would meter
 * each acknowledgement of a subscriber like a message.
 */
const QOS = 0;

/** Of one publication, its retries included: a broker that does not answer must not hold up who publishes. */
const PUBLISH_TIMEOUT_MS = 5_000;

export function iotDeltaPublisher(iot: IoTDataPlaneClient, timeoutMs = PUBLISH_TIMEOUT_MS): DeltaPublisher {
  return {
    async publish({ topic, payload }) {
      try {
        const abortSignal = AbortSignal.timeout(timeoutMs);
        await iot.send(new PublishCommand({ topic, payload, qos: QOS }), { abortSignal });
      } catch (error) {
        throw new Error(`${topic}: ${payload.length} bytes not published`, { cause: error });
      }
    },
  };
}
