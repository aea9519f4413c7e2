import { type IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import type { DeltaPublisher } from '../../core/ports.ts';

/**
 * QoS 0: the next delta of an asset makes up for a lost one, and `validUntilMs` for the last, while IoT Core would meter
 * each acknowledgement of a subscriber like a message.
 */
const QOS = 0;

export function iotDeltaPublisher(iot: IoTDataPlaneClient): DeltaPublisher {
  return {
    async publish({ topic, payload }) {
      try {
        await iot.send(new PublishCommand({ topic, payload, qos: QOS }));
      } catch (error) {
        throw new Error(`${topic}: ${payload.length} bytes not published`, { cause: error });
      }
    },
  };
}
