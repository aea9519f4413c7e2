import type { CityConfig } from '../../core/schema/city-config.ts';
import { referenceOf } from '../../core/uploads/claim.ts';
import { readSlotRequest, type Requester } from '../../core/uploads/slot.ts';
import type { Finding } from './finding.ts';
import { findJsonFault } from './json-fault.ts';

/** What a gateway asks for before it uploads. */
export function findSlotRequest(bytes: Uint8Array, requester: Requester, city: CityConfig): Finding {
  const finding = { format: 'slot-request', bytes: bytes.length, items: [] } as const;
  const request = readSlotRequest(bytes, requester, city);
  if (request.ok) {
    const { ok: _, ...facts } = request;
    return { ...finding, facts: { ...facts, reference: referenceOf(request) } };
  }
  const { reason, detail } = request;
  const offset = findJsonFault(bytes);
  return { ...finding, facts: { ...requester }, fault: { reason, detail, ...(offset !== undefined && { offset }) } };
}
