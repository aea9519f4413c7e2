import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city } from '../shared/city.ts';
import { readEnvironment } from '../shared/environment.ts';
import { messageOfRule } from '../shared/ingest-record.ts';
import { iotDeltaPublisher } from '../shared/iot-delta-publisher.ts';
import { logger, metrics } from '../shared/observability.ts';
import { UPLOAD_SLOTS_METRICS, UPLOAD_SLOTS_VARIABLES } from './environment.ts';
import { grantSlot } from './grant-slot.ts';
import { presigningClient, presignSlot } from './presign.ts';

const environment = readEnvironment(UPLOAD_SLOTS_VARIABLES);
const s3 = presigningClient();
const publisher = iotDeltaPublisher(withoutCallLog(new IoTDataPlaneClient({})));

/** The rule's answer as it is; nobody waits for one. */
export async function handler(event: unknown): Promise<void> {
  const message = messageOfRule(event);
  const outcome = await grantSlot(message, {
    city,
    publisher,
    presign: (request) => presignSlot(s3, environment.UPLOADS_BUCKET, request, Date.now()),
  });
  metrics.addMetric(UPLOAD_SLOTS_METRICS.granted, MetricUnit.Count, outcome.ok ? 1 : 0);
  metrics.addMetric(UPLOAD_SLOTS_METRICS.refused, MetricUnit.Count, outcome.ok ? 0 : 1);
  if (!outcome.ok) logger.warn('upload slot refused', { clientId: message.clientId, ...outcome });
  metrics.publishStoredMetrics();
}
