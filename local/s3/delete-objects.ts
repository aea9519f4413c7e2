import { CHECKSUM_HEADER_PREFIX } from './checksum.ts';
import { readContent } from './content.ts';
import { DELETED_KEYS_MAX } from './limits.ts';
import { emptyResponse, type Operation, xmlResponse } from './operation.ts';
import { Refusal } from './refusal.ts';
import { childText, parseXml } from './xml.ts';

/** docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html: what is not there is deleted, too. */
export const deleteObject: Operation = (store, { bucket, key }) => {
  store.remove(bucket, key);
  return emptyResponse(204);
};

/** docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const deleteObjects: Operation = (store, request) => {
  const isGuarded = Object.keys(request.headers).some(
    (name) => name === 'content-md5' || name.startsWith(CHECKSUM_HEADER_PREFIX),
  );
  if (!isGuarded) return new Refusal('InvalidRequest', 'Missing required header for this request: Content-MD5');
  const content = readContent(request);
  if (content instanceof Refusal) return content;
  const wanted = readDelete(content.data.toString());
  if (wanted === undefined || wanted.keys.length > DELETED_KEYS_MAX) {
    return new Refusal('MalformedXML', `The XML you provided was not a Delete of 1 to ${DELETED_KEYS_MAX} Objects.`);
  }
  for (const key of wanted.keys) store.remove(request.bucket, key);
  return xmlResponse('DeleteResult', { Deleted: wanted.isQuiet ? [] : wanted.keys.map((Key) => ({ Key })) });
};

function readDelete(xml: string): { readonly keys: readonly string[]; readonly isQuiet: boolean } | undefined {
  const root = parseXml(xml);
  if (root?.name !== 'Delete') return undefined;
  const objects = root.children.filter(({ name }) => name === 'Object');
  const keys = objects.flatMap((object) => childText(object, 'Key') || []);
  if (keys.length === 0 || keys.length !== objects.length) return undefined;
  return { keys, isQuiet: childText(root, 'Quiet') === 'true' };
}
