/** `digital_twin`: what the gateway keeps of the city, and how it tells the cloud. */

import type { AttestationConfig, GatewayConfig, OccupancyPolicy } from './gateway-config.ts';
import { choice, filePath, mapped, number, object, oneOf, optional, type Read, required, textThat } from './read.ts';

const FRAMES_PER_SECOND_MAX = 100_000;

const RESOLVERS: Readonly<Record<string, OccupancyPolicy>> = {
  max_merge: 'max',
  mean_merge: 'mean-3-sigma',
  manual_review: 'manual-review',
};

/** The word of the configuration for a policy. */
export function resolverOf(policy: OccupancyPolicy): string | undefined {
  return Object.keys(RESOLVERS).find((word) => RESOLVERS[word] === policy);
}

const redisUrl: Read<string> = mapped(
  textThat(
    (value) => /^[A-Za-z0-9._-]{1,253}:\d{1,5}$/.test(value),
    'host:port of a Redis, such as redis_edge_01:6379',
  ),
  (address) => `redis://${address}`,
);

const attestation = mapped(
  object({
    attester: required(
      choice<AttestationConfig['attester']>({
        hardware_via_i2c: 'hardware_via_i2c',
        pkcs11: 'pkcs11',
        key_file: 'key-file',
      }),
    ),
    tpm_key_path: required(filePath),
  }),
  (said): AttestationConfig => ({ attester: said.attester, keyPath: said.tpm_key_path }),
);

interface TwinSection {
  readonly twin: GatewayConfig['twin'];
  readonly attestation: AttestationConfig | undefined;
}

export const twinSection: Read<TwinSection> = mapped(
  object({
    sync_protocol: optional(oneOf('DSBP_v2'), 'DSBP_v2'),
    local_state_cache: optional(redisUrl),
    max_delta_packets_per_second: optional(number({ min: 0.1, max: FRAMES_PER_SECOND_MAX }), 1000),
    full_sync_entropy_threshold: optional(number({ min: 0, max: 1, remedy: 'it is a share: 0.3 for 30 %' }), 0.3),
    conflict_resolver: optional(choice(RESOLVERS), 'max'),
    attestation: optional(attestation),
  }),
  (said) => ({
    twin: {
      ...(said.local_state_cache !== undefined && { redisUrl: said.local_state_cache }),
      deltaFramesPerSecondMax: said.max_delta_packets_per_second,
      divergenceThreshold: said.full_sync_entropy_threshold,
      occupancyPolicy: said.conflict_resolver,
    },
    attestation: said.attestation,
  }),
);
