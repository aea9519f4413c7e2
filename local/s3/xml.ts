/** An element with its children in order; `text` is what stands in it outside of them. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** What an element holds: text, numbers and flags as they are, objects as elements, lists as repeated elements. */
type XmlValue = string | number | boolean | undefined | XmlMembers | readonly (string | XmlMembers)[];

export interface XmlMembers {
  readonly [element: string]: XmlValue;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A document of S3. Members that are undefined are left out. */
export function writeXml(root: string, members: XmlMembers): string {
  return `${DECLARATION}<${root} xmlns="${NAMESPACE}">${writeMembers(members)}</${root}>`;
}

/** An error's document has no namespace. */
export function writeErrorXml(members: XmlMembers): string {
  return `${DECLARATION}<Error>${writeMembers(members)}</Error>`;
}

function writeMembers(members: XmlMembers): string {
  return Object.entries(members)
    .flatMap(([name, value]) => [value].flat().map((each) => writeElement(name, each)))
    .join('');
}

function writeElement(name: string, value: string | number | boolean | undefined | XmlMembers): string {
  if (value === undefined) return '';
  const content = typeof value === 'object' ? writeMembers(value) : escapeText(String(value));
  return `<${name}>${content}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters are legal in keys and not in XML 1.0; S3 writes them as references all the same. */
function escapeText(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
    .replaceAll(/\p{Cc}/gu, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}

const TOKEN = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Deeper than any request of S3, shallower than the stack. */
const DEPTH_MAX = 16;

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

/**
 * As much of XML as requests of S3 are written in: elements and text. Attributes are passed over, document types and
 * CDATA refused. Gives undefined for what is not well-formed.
 */
export function parseXml(source: string): XmlElement | undefined {
  const document: OpenElement = { name: '', text: '', children: [] };
  const open = [document];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const token = TOKEN.exec(source);
    const parent = open.at(-1);
    if (token === null || parent === undefined) return undefined;
    const [, slash, name, selfClosing, text] = token;
    if (text !== undefined) {
      parent.text += unescapeText(text);
    } else if (name !== undefined && slash === '/') {
      if (parent.name !== name || open.length === 1) return undefined;
      open.pop();
    } else if (name !== undefined) {
      const element: OpenElement = { name, text: '', children: [] };
      parent.children.push(element);
      if (selfClosing === '') open.push(element);
      if (open.length > DEPTH_MAX) return undefined;
    }
  }
  const [root, ...others] = document.children;
  return open.length === 1 && others.length === 0 && document.text.trim() === '' ? root : undefined;
}

function unescapeText(text: string): string {
  return text.replaceAll(/&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (reference, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? reference;
    const codePoint = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return codePoint <= 0x10_ff_ff ? String.fromCodePoint(codePoint) : reference;
  });
}

/** The text of the child of that name; undefined where there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}
