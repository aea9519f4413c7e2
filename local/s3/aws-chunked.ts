import { Refusal } from './refusal.ts';

export interface DecodedBody {
  readonly data: Buffer;
  /** Headers that came behind the data, names in lower case. */
  readonly trailers: Readonly<Record<string, string>>;
}

const LINE_END = Buffer.from('\r\n');

/** Whether a body is framed in chunks, as SDKs send what they stream. */
export function isAwsChunked(headers: Readonly<Record<string, string>>): boolean {
  return headers['x-amz-content-sha256']?.startsWith('STREAMING-') ?? false;
}

/**
 * Takes the `aws-chunked` frames off a body: `{hex length}[;chunk-signature=…]`, the data, and behind the chunk of
 * length 0 the trailers. Signatures are not checked.
 * docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function decodeAwsChunked(body: Buffer, decodedLength: string | undefined): DecodedBody | Refusal {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = body.indexOf(LINE_END, offset);
    const length = lineEnd < 0 ? undefined : chunkLength(body.toString('latin1', offset, lineEnd));
    if (length === undefined) return incomplete('a chunk has no length');
    offset = lineEnd + LINE_END.length;
    if (length === 0) break;
    const end = offset + length;
    if (!body.subarray(end, end + LINE_END.length).equals(LINE_END)) return incomplete('a chunk ends too early');
    chunks.push(body.subarray(offset, end));
    offset = end + LINE_END.length;
  }
  const data = Buffer.concat(chunks);
  if (decodedLength !== undefined && Number(decodedLength) !== data.length) {
    return incomplete(`x-amz-decoded-content-length is ${decodedLength}, the chunks hold ${data.length} bytes`);
  }
  return { data, trailers: readTrailers(body.toString('latin1', offset)) };
}

function chunkLength(line: string): number | undefined {
  const hex = /^([\da-fA-F]{1,8})(?:;.*)?$/.exec(line)?.[1];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}

function readTrailers(text: string): Record<string, string> {
  const trailers: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return trailers;
}

function incomplete(why: string): Refusal {
  return new Refusal('IncompleteBody', `The request body is not what aws-chunked wants: ${why}.`);
}
