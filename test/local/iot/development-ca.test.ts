import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DevelopmentCa, openDevelopmentCa } from '../../../local/iot/development-ca.ts';

let directory: string;
let ca: DevelopmentCa;
beforeAll(async () => {
  directory = path.join(await mkdtemp(path.join(tmpdir(), 'cityweave-ca-')), 'iot');
  ca = await openDevelopmentCa(directory);
});
afterAll(() => rm(path.dirname(directory), { recursive: true }));

it('keeps its key for its owner, and is the same at the next start', async () => {
  expect((await stat(path.join(directory, 'ca.private.key'))).mode & 0o777).toBe(0o600);
  const again = await openDevelopmentCa(directory);
  expect(again.certificatePem).toBe(ca.certificatePem);
  const authority = new X509Certificate(ca.certificatePem);
  const { certificatePem } = await again.issueClientCertificate();
  expect(new X509Certificate(certificatePem).verify(authority.publicKey)).toBe(true);
  expect(await readFile(path.join(directory, 'ca.cert.pem'), 'utf8')).toBe(ca.certificatePem);
});

it('issues certificates that it has signed, each with a key and a serial number of its own', async () => {
  const authority = new X509Certificate(ca.certificatePem);
  expect(authority.ca).toBe(true);
  const issued = await Promise.all([ca.issueClientCertificate(), ca.issueClientCertificate()]);
  for (const { certificatePem, privateKeyPem } of issued) {
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.validToDate.toISOString()).toBe('2049-12-31T23:59:59.000Z');
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
  }
  expect(new Set(issued.map(({ certificatePem }) => new X509Certificate(certificatePem).serialNumber)).size).toBe(2);
});

it('names the loopback in the server’s certificate, which is no client’s', async () => {
  const certificate = new X509Certificate((await ca.issueServerCertificate()).certificatePem);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkHost('example.com')).toBeUndefined();
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
});
