/** What the threads say to each other: a request with its body as it came, and the answer as it goes out. */

export interface ThreadRequest {
  readonly id: number;
  readonly operation: string;
  readonly body: Uint8Array;
  readonly nowMs: number;
}

export interface ThreadAnswer {
  readonly id: number;
  readonly status: number;
  readonly body: string;
}

/** A thread says `ready` once its file is open, and ends itself when it is told to `close`. */
export type ThreadMessage = 'ready' | ThreadAnswer;
export type ThreadOrder = 'close' | ThreadRequest;

export interface ThreadData {
  readonly path: string;
}
