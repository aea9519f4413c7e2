/** Which key of which token, by what module: the parts of a PKCS #11 URI (RFC 7512) that are used here. */
export interface Pkcs11Key {
  readonly modulePath: string;
  /** Labels; absent, any will do. */
  readonly token?: string;
  readonly object?: string;
  /** CKA_ID. */
  readonly id?: Uint8Array;
  readonly pin?: string;
  /** File that holds the PIN. */
  readonly pinSource?: string;
}

const SCHEME = 'pkcs11:';
const KNOWN = new Set(['token', 'object', 'id', 'type', 'module-path', 'pin-value', 'pin-source']);

export function isPkcs11Uri(text: string): boolean {
  return text.startsWith(SCHEME);
}

/**
 * Reads `pkcs11:token=…;object=…?module-path=…&pin-source=…`. Throws one line at what is no such URI, at an attribute that
 * is not understood here (section 2.3 asks for that), and where neither the URI nor `modulePath` names a module.
 */
export function parsePkcs11Uri(uri: string, modulePath?: string): Pkcs11Key {
  if (!isPkcs11Uri(uri)) throw new Error(`got ${uri}, expected a PKCS #11 URI such as pkcs11:token=cabinet;object=gps`);
  const [path = '', query = ''] = uri.slice(SCHEME.length).split('?');
  const parts = new Map<string, string>();
  for (const part of [...path.split(';'), ...query.split('&')]) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals));
    if (!KNOWN.has(name)) throw new Error(`${uri}: got "${part}", expected one of ${[...KNOWN].join(', ')}`);
    parts.set(name, part.slice(equals + 1));
  }
  const module = textOf(parts, 'module-path') ?? modulePath;
  if (module === undefined) throw new Error(`${uri}: module-path is missing`);
  const [token, object, pin] = [textOf(parts, 'token'), textOf(parts, 'object'), textOf(parts, 'pin-value')];
  const pinSource = textOf(parts, 'pin-source')?.replace(/^file:/, '');
  const id = parts.get('id');
  return {
    modulePath: module,
    ...(token !== undefined && { token }),
    ...(object !== undefined && { object }),
    ...(id !== undefined && { id: bytesOf(id) }),
    ...(pin !== undefined && { pin }),
    ...(pinSource !== undefined && { pinSource }),
  };
}

function textOf(parts: ReadonlyMap<string, string>, name: string): string | undefined {
  const text = parts.get(name);
  return text === undefined ? undefined : Buffer.from(bytesOf(text)).toString('utf8');
}

/** An `id` is bytes, most of them percent-encoded; a label is the same in UTF-8. */
function bytesOf(text: string): Uint8Array {
  const bytes = [...text.matchAll(/%([0-9A-Fa-f]{2})|([^%])/gu)].map(([, hex, plain = '']) =>
    hex === undefined ? Buffer.from(plain) : Buffer.from(hex, 'hex'),
  );
  return Buffer.concat(bytes);
}
