import type { Input } from './input.ts';
import type { Refusal } from './refusal.ts';
import type { Streams } from './streams.ts';

/** A value of the API before it is written as JSON or CBOR: blobs are Buffers, times are Dates, absent is undefined. */
export type Output = { readonly [name: string]: unknown };

/** One operation of the API: reads its input, does the work, and answers or refuses. Throws when the disk does. */
export type Operation = (streams: Streams, input: Input) => Output | Refusal | Promise<Output | Refusal>;
