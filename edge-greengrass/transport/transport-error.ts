/**
 * Why a payload did not go up. `line-down` and `in-flight-full` pass; a payload that is `too-large`, or that the nucleus or
 * the broker will not take from this gateway (`not-authorized`), will never go as it is.
 */
export type TransportFault = 'line-down' | 'in-flight-full' | 'too-large' | 'not-authorized';

export class TransportError extends Error {
  readonly fault: TransportFault;

  constructor(fault: TransportFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransportError';
    this.fault = fault;
  }
}
