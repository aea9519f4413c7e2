import { decodeCbor, encodeCbor } from './cbor.ts';
import { type Input, isInput } from './input.ts';
import { writeJson } from './json.ts';
import type { Output } from './operation.ts';
import { Refusal } from './refusal.ts';

/** How bodies are written on the wire. */
export interface Codec {
  readonly contentType: string;
  read(body: Buffer): Input | Refusal;
  write(output: Output): string | Buffer;
}

/** What the AWS CLI and most SDKs speak. */
const json: Codec = {
  contentType: 'application/x-amz-json-1.1',
  read: (body) => readObject(body, (bytes) => JSON.parse(bytes.toString())),
  write: writeJson,
};

/** What the SDK for Java speaks. */
const cbor: Codec = {
  contentType: 'application/x-amz-cbor-1.1',
  read: (body) => readObject(body, decodeCbor),
  write: encodeCbor,
};

/** The protocol that a request's content type asks for; JSON unless it is CBOR. */
export function codecFor(contentType: string | undefined): Codec {
  return contentType?.startsWith(cbor.contentType) ? cbor : json;
}

function readObject(body: Buffer, parse: (bytes: Buffer) => unknown): Input | Refusal {
  try {
    const value = body.length === 0 ? {} : parse(body);
    return isInput(value) ? value : new Refusal('SerializationException', 'The body must be an object.');
  } catch (error) {
    return new Refusal('SerializationException', `The body cannot be read: ${String(error)}`);
  }
}
