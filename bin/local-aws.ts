/** Settings of an SDK client for the local cloud, which checks no signatures; an SDK must find a key to sign with. */
export function localAws(endpoint: string) {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}
