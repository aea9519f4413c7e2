import { getTextEncoding } from '@bufbuild/protobuf/wire';

/**
 * Any text as a name: every byte of its UTF-8 outside `[A-Za-z0-9:.-]` becomes `_` and two hex digits, `_` itself
 * among them, so that different texts stay different (percent-encoding, RFC 3986 section 2.1, with `_` for `%`).
 */
export function encodeName(text: string): string {
  if (/^[A-Za-z0-9:.-]*$/.test(text)) return text;
  let name = '';
  for (const byte of getTextEncoding().encodeUtf8(text)) {
    const character = String.fromCharCode(byte);
    name += /[A-Za-z0-9:.-]/.test(character) ? character : `_${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return name;
}
