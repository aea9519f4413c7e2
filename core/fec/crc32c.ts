/** The Castagnoli polynomial 0x1EDC6F41, its bits reversed, because the lowest bit of a byte goes first (RFC 3385). */
const POLYNOMIAL = 0x82f63b78 | 0;
const VALUES = 256;
const STEP_BYTES = 16;
/** For each of the sixteen places of a byte in a step and every value there, what it adds to the register. */
const TABLE = stepTable();

/** CRC-32C, as in iSCSI (RFC 3720, appendix B.4) and SCTP; an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let register = -1;
  let at = 0;
  for (const end = bytes.length - STEP_BYTES; at <= end; at += STEP_BYTES) {
    const first = view.getInt32(at, true) ^ register;
    const second = view.getInt32(at + 4, true);
    const third = view.getInt32(at + 8, true);
    const fourth = view.getInt32(at + 12, true);
    register = fourBytes(first, 12) ^ fourBytes(second, 8) ^ fourBytes(third, 4) ^ fourBytes(fourth, 0);
  }
  for (; at < bytes.length; at += 1) {
    register = (register >>> 8) ^ (TABLE[(register ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  }
  return ~register >>> 0;
}

/** Four bytes, the first one lowest, with `following` more bytes of the step behind them. */
function fourBytes(word: number, following: number): number {
  const row = following * VALUES;
  return (
    (TABLE[row + 3 * VALUES + (word & 0xff)] ?? 0) ^
    (TABLE[row + 2 * VALUES + ((word >>> 8) & 0xff)] ?? 0) ^
    (TABLE[row + VALUES + ((word >>> 16) & 0xff)] ?? 0) ^
    (TABLE[row + (word >>> 24)] ?? 0)
  );
}

function stepTable(): Int32Array {
  const table = new Int32Array(STEP_BYTES * VALUES);
  for (let value = 0; value < VALUES; value += 1) {
    let register = value;
    for (let bit = 0; bit < 8; bit += 1) register = (register >>> 1) ^ (register & 1 ? POLYNOMIAL : 0);
    table[value] = register;
  }
  for (let index = VALUES; index < table.length; index += 1) {
    const before = table[index - VALUES] ?? 0;
    table[index] = (before >>> 8) ^ (table[before & 0xff] ?? 0);
  }
  return table;
}
