import type { GatewayConfig } from '../config/gateway-config.ts';
import { PRIORITIES, type Priority } from '../ports.ts';
import { lower, type Rung } from './ladder.ts';

/** As the attribute `operatingMode` of asset type `EdgeGateway` has them. */
type OperatingMode = 'normal' | 'recovering' | 'throttled' | 'critical_queue_only';

/** What the gateway may spend now. */
export interface PowerPlan {
  readonly mode: OperatingMode;
  /** Streams of these are read and sent; critical ones always. */
  readonly openPriorities: readonly Priority[];
  /** What intervals are multiplied by, but those of critical streams; 1 or more. */
  readonly timerFactor: number;
  readonly doCamerasRun: boolean;
}

/** What supply and heat allow together: of each the less. */
export function planFor(
  { supply, heat }: { readonly supply: Rung; readonly heat: Rung },
  { power }: Pick<GatewayConfig, 'power'>,
): PowerPlan {
  // Whoever keeps all streams in a brownout saves by timers and cameras alone.
  const least: Rung = power.retentionMode === 'all' && supply === 'critical' ? 'streams' : supply;
  const rung = lower(least, heat);
  return {
    mode: modeOf(rung, supply),
    openPriorities: rung === 'critical' ? ['critical'] : PRIORITIES,
    timerFactor: rung === 'critical' || rung === 'streams' ? power.timerFactor : 1,
    doCamerasRun: rung === 'all',
  };
}

function modeOf(rung: Rung, supply: Rung): OperatingMode {
  if (rung === 'critical') return 'critical_queue_only';
  if (rung === 'all') return 'normal';
  return supply === 'all' || supply === 'critical' ? 'throttled' : 'recovering';
}

/** Whether a stream is to be read and sent under a plan; one that no configuration knows has normal priority. */
export function isStreamOpen(plan: PowerPlan, stream: string, { streams }: Pick<GatewayConfig, 'streams'>): boolean {
  const priority = Object.hasOwn(streams, stream) ? streams[stream]?.priority : undefined;
  return plan.openPriorities.includes(priority ?? 'normal');
}
