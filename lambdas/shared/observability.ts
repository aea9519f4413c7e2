import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRICS_NAMESPACE } from './metrics.ts';

/** One logger and one set of metrics a function; the stack sets POWERTOOLS_SERVICE_NAME to the function's name. */
export const logger = new Logger();
export const metrics = new Metrics({ namespace: METRICS_NAMESPACE });
