import type { GatewayConfig } from '../config/gateway-config.ts';
import { isStreamOpen, type PowerPlan } from '../power/plan.ts';

/**
 * Whether a stream is read under a plan. Where cameras are off, so is a stream that only cameras write to, unless it is
 * critical: somebody has said that traffic cannot do without it.
 */
export function isOpenUnder(
  plan: PowerPlan,
  stream: string,
  config: Pick<GatewayConfig, 'streams' | 'sensors'>,
): boolean {
  if (!isStreamOpen(plan, stream, config)) return false;
  if (plan.doCamerasRun || config.streams[stream]?.priority === 'critical') return true;
  const writers = config.sensors.filter(({ streams }) => streams.includes(stream));
  return writers.length === 0 || writers.some(({ protocol }) => protocol !== 'rtsp');
}
