/** From here on, and below 10⁻³, the service writes an exponent: `1.0E7`. */
const EXPONENT_FROM = 1e7;
const EXPONENT_BELOW = 1e-3;

/** A double with its point, as the service writes it: `61.0`, `0.25`, `1.2E-5`. The shortest digits that read back. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size !== 0 && (size >= EXPONENT_FROM || size < EXPONENT_BELOW)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${withPoint(digits)}E${Number(exponent)}`;
  }
  return withPoint(Object.is(value, -0) ? '-0' : String(value));
}

function withPoint(digits: string): string {
  return digits.includes('.') ? digits : `${digits}.0`;
}
