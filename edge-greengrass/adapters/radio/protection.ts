/** How a packet is protected on its way: by Reed–Solomon and CRC-32C, or by CRC-32C alone. */

import { crc32c } from '../../../core/fec/crc32c.ts';
import { DATAGRAM_BYTES_MAX } from '../../../core/fec/datagram.ts';
import { decodeFrame } from '../../../core/fec/decode-frame.ts';
import { encodeFrame } from '../../../core/fec/encode-frame.ts';
import type { FecLink } from '../../../core/fec/link.ts';
import { refuse, type Refusal } from '../../../core/reason.ts';

const CRC_BYTES = 4;

/** One datagram a packet, and nothing outside of what is protected: a header beside it would be the first to break. */
export interface Protection {
  /** Refused as `too-large` where it would not fit into one datagram. */
  protect(packet: Uint8Array): Uint8Array | Refusal;
  /** `fec-uncorrectable` where bytes are wrong and cannot be mended; `malformed` where it is nothing of this link. */
  unprotect(datagram: Uint8Array): Uint8Array | Refusal;
}

export function reedSolomon(link: FecLink): Protection {
  return {
    protect(packet) {
      const encoded = encodeFrame(packet, link);
      return encoded.ok ? fitting(encoded.frame) : encoded;
    },
    unprotect(datagram) {
      const decoded = decodeFrame(datagram, link);
      return decoded.ok ? decoded.payload : decoded;
    },
  };
}

export const checkOnly: Protection = {
  protect(packet) {
    const datagram = new Uint8Array(packet.length + CRC_BYTES);
    datagram.set(packet);
    new DataView(datagram.buffer).setUint32(packet.length, crc32c(packet));
    return fitting(datagram);
  },
  unprotect(datagram) {
    if (datagram.length <= CRC_BYTES) {
      return refuse('malformed', `got a datagram of ${datagram.length} bytes, expected more than ${CRC_BYTES}`);
    }
    const end = datagram.length - CRC_BYTES;
    const packet = datagram.subarray(0, end);
    const expected = new DataView(datagram.buffer, datagram.byteOffset).getUint32(end);
    const actual = crc32c(packet);
    if (actual === expected) return packet;
    return refuse('fec-uncorrectable', 'the CRC-32C does not fit, and there is no FEC on this link to mend it');
  },
};

function fitting(datagram: Uint8Array): Uint8Array | Refusal {
  return datagram.length <= DATAGRAM_BYTES_MAX
    ? datagram
    : refuse('too-large', `got a packet for a datagram of ${datagram.length} bytes, expected ${DATAGRAM_BYTES_MAX}`);
}
