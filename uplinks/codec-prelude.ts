/**
 * What codecs find beside the language itself, evaluated before them. ChirpStack gives them Node's `Buffer`; codecs that
 * are also Node packages look for `module` and `exports`; and `console` is there because many have left a line in.
 */
export const PRELUDE = `
globalThis.module = { exports: {} };
globalThis.exports = module.exports;
globalThis.console = Object.fromEntries(['log', 'debug', 'info', 'warn', 'error'].map((name) => [name, () => {}]));
`;

/** The part of Node's `Buffer` that reads: uplinks are only taken apart. Kept from the codecs that do not name it. */
export const BUFFER_PRELUDE = `
(() => {
  const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  function fromText(text, encoding) {
    if (encoding === 'hex') return (text.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
    if (encoding === 'base64' || encoding === 'base64url') {
      const digits = [...text.replaceAll('-', '+').replaceAll('_', '/')].map((each) => BASE64.indexOf(each));
      const bits = digits.filter((digit) => digit >= 0).map((digit) => digit.toString(2).padStart(6, '0')).join('');
      return (bits.match(/.{8}/g) ?? []).map((octet) => parseInt(octet, 2));
    }
    if (encoding === 'latin1' || encoding === 'binary' || encoding === 'ascii') {
      return [...text].map((each) => each.charCodeAt(0) & 255);
    }
    return (encodeURIComponent(text).match(/%..|./g) ?? []).map((each) =>
      each.length === 3 ? parseInt(each.slice(1), 16) : each.charCodeAt(0));
  }

  function toBase64(bytes) {
    let text = '';
    for (let index = 0; index < bytes.length; index += 3) {
      const [first, second, third] = [bytes[index], bytes[index + 1], bytes[index + 2]];
      text += BASE64[first >> 2] + BASE64[((first & 3) << 4) | (second >> 4)];
      text += second === undefined ? '=' : BASE64[((second & 15) << 2) | (third >> 6)];
      text += third === undefined ? '=' : BASE64[third & 63];
    }
    return text;
  }

  function toUtf8(bytes) {
    try {
      return decodeURIComponent([...bytes].map((byte) => '%' + byte.toString(16).padStart(2, '0')).join(''));
    } catch {
      return String.fromCharCode(...bytes.map((byte) => (byte < 128 ? byte : 63)));
    }
  }

  function Buffer(value, encoding) {
    return typeof value === 'number' ? Buffer.alloc(value) : Buffer.from(value, encoding);
  }
  Buffer.prototype = Object.create(Uint8Array.prototype);

  function of(bytes) {
    return Object.setPrototypeOf(bytes, Buffer.prototype);
  }
  Buffer.from = (value, encoding) =>
    of(Uint8Array.from(typeof value === 'string' ? fromText(value, encoding?.toLowerCase()) : value));
  Buffer.alloc = (size, fill = 0) => of(new Uint8Array(size).fill(fill));
  Buffer.allocUnsafe = (size) => Buffer.alloc(size);
  Buffer.concat = (parts) => Buffer.from(parts.flatMap((part) => [...part]));
  Buffer.isBuffer = (value) => value instanceof Buffer;
  Buffer.byteLength = (text, encoding) => Buffer.from(text, encoding).length;

  const methods = {
    subarray(start, end) { return of(new Uint8Array(this).subarray(start, end)); },
    slice(start, end) { return this.subarray(start, end); },
    equals(other) { return this.length === other.length && this.every((byte, index) => byte === other[index]); },
    toJSON() { return { type: 'Buffer', data: [...this] }; },
    toString(encoding = 'utf8', start = 0, end = this.length) {
      const bytes = [...this].slice(start, end);
      if (encoding === 'hex') return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
      if (encoding === 'base64') return toBase64(bytes);
      if (encoding === 'latin1' || encoding === 'binary') return String.fromCharCode(...bytes);
      if (encoding === 'ascii') return String.fromCharCode(...bytes.map((byte) => byte & 127));
      return toUtf8(bytes);
    },
    readUIntBE(offset, length) {
      if (!(offset >= 0) || offset + length > this.length) throw new RangeError('offset ' + offset + ' is out of range');
      let value = 0;
      for (let index = 0; index < length; index += 1) value = value * 256 + this[offset + index];
      return value;
    },
    readUIntLE(offset, length) {
      if (!(offset >= 0) || offset + length > this.length) throw new RangeError('offset ' + offset + ' is out of range');
      let value = 0;
      for (let index = length - 1; index >= 0; index -= 1) value = value * 256 + this[offset + index];
      return value;
    },
  };
  for (const order of ['BE', 'LE']) {
    const unsigned = 'readUInt' + order;
    methods['readInt' + order] = function (offset, length) {
      const value = this[unsigned](offset, length);
      return value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value;
    };
    for (const length of [2, 4]) {
      methods['readUInt' + 8 * length + order] = function (offset = 0) { return this[unsigned](offset, length); };
      methods['readInt' + 8 * length + order] = function (offset = 0) { return this['readInt' + order](offset, length); };
    }
    for (const [name, length] of [['Float', 4], ['Double', 8]]) {
      methods['read' + name + order] = function (offset = 0) {
        this[unsigned](offset, length);
        const view = new DataView(Uint8Array.from(this).buffer);
        return view['getFloat' + 8 * length](offset, order === 'LE');
      };
    }
  }
  methods.readUInt8 = function (offset = 0) { return this.readUIntBE(offset, 1); };
  methods.readInt8 = function (offset = 0) { return this.readIntBE(offset, 1); };
  for (const [name, method] of Object.entries(methods)) {
    Object.defineProperty(Buffer.prototype, name, { value: method, writable: true, configurable: true });
    const alias = name.replace('UInt', 'Uint');
    if (alias !== name) Object.defineProperty(Buffer.prototype, alias, { value: method, writable: true, configurable: true });
  }
  globalThis.Buffer = Buffer;
})();
`;
