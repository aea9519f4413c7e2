/** What adapters ask of the world. */

import type { CityConfig } from '../../core/schema/city-config.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { LocalBus } from '../ports.ts';
import type { UplinkDecoder } from './lorawan/codecs.ts';
import type { Tally } from './tally.ts';

export interface AdapterClock {
  /** Since 1970; may jump. */
  nowMs(): number;
  /** Never jumps and has no meaning but as a difference; with decimals. */
  monotonicMs(): number;
}

export interface AdapterPorts {
  readonly bus: LocalBus;
  /** Whose asset types say in which unit an attribute is, and whose LoRaWAN devices are known. */
  readonly city: CityConfig;
  readonly codecs: UplinkDecoder;
  readonly clock: AdapterClock;
  /** From 0 to 1; spreads retries. */
  readonly random: () => number;
}

/** What of the configuration concerns adapters. */
export type AdapterConfig = Pick<GatewayConfig, 'identity' | 'streams' | 'sensors' | 'listeners' | 'radio'>;

/** What every adapter of a gateway is made with. */
export interface AdapterContext extends AdapterPorts {
  readonly config: AdapterConfig;
  readonly tally: Tally;
}
