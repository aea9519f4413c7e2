import { refuseWrite } from './conditions.ts';
import { readContent, readObjectHeaders } from './content.ts';
import { emptyResponse, type Operation, quoted } from './operation.ts';
import { refuseKey } from './object-key.ts';
import { Refusal } from './refusal.ts';

/** docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject: Operation = async (store, request) => {
  const content = readContent(request);
  if (content instanceof Refusal) return content;
  const objectHeaders = readObjectHeaders(request);
  if (objectHeaders instanceof Refusal) return objectHeaders;
  const { bucket, key } = request;
  const refused = refuseKey(key) ?? refuseWrite(request, store.index.object(bucket, key));
  if (refused) return refused;

  const stored = await store.blobs.write(content.data);
  const headers = { ...objectHeaders, ...content.checksums };
  // Looked at again: another put may have come first while the bytes were written.
  const committed = store.commit(bucket, { key, headers, event: 'ObjectCreated:Put' }, stored, {
    refuse: (existing) => refuseWrite(request, existing),
  });
  if (committed instanceof Refusal) return committed;
  return emptyResponse(200, { etag: quoted(stored.etag), ...content.checksums });
};
