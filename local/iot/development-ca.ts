// The X.509 library injects its parts by decorators, which need this.
import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** As long as AWS IoT Core's own certificates live. */
const VALID_UNTIL = new Date('2049-12-31T23:59:59Z');
/** A client whose clock is behind must still find a new certificate valid. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;
const SERIAL_BYTES = 16;

interface IssuedCertificate {
  readonly certificatePem: string;
  readonly publicKeyPem: string;
  /** PKCS #8; kept by nobody but whom it is given to. */
  readonly privateKeyPem: string;
}

/** Issues certificates that nobody but the local cloud trusts. */
export interface DevelopmentCa {
  readonly certificatePem: string;
  issueServerCertificate(): Promise<IssuedCertificate>;
  issueClientCertificate(): Promise<IssuedCertificate>;
}

/** Takes up the authority in the directory, or makes one there whose key only its owner can read. */
export async function openDevelopmentCa(directory: string): Promise<DevelopmentCa> {
  const certificateFile = path.join(directory, 'ca.cert.pem');
  const keyFile = path.join(directory, 'ca.private.key');
  if (!existsSync(certificateFile)) {
    await makeAuthority(directory, certificateFile, keyFile);
  }
  const certificatePem = readFileSync(certificateFile, 'utf8');
  const authority = new X509Certificate(certificatePem);
  const signingKey = createPrivateKey(readFileSync(keyFile)).toCryptoKey(ALGORITHM, false, ['sign']);

  const issue = async (subject: string, extensions: Extension[]): Promise<IssuedCertificate> => {
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.create({
      serialNumber: randomBytes(SERIAL_BYTES).toString('hex'),
      subject,
      issuer: authority.subject,
      notBefore: new Date(Date.now() - CLOCK_SKEW_MS),
      notAfter: VALID_UNTIL,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        ...extensions,
      ],
    });
    return {
      certificatePem: pemOf(certificate),
      publicKeyPem: KeyObject.from(keys.publicKey).export({ type: 'spki', format: 'pem' }).toString(),
      privateKeyPem: privatePem(keys.privateKey),
    };
  };

  return {
    certificatePem,
    issueServerCertificate: () =>
      issue('CN=localhost', [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
        ]),
      ]),
    issueClientCertificate: () =>
      issue('CN=AWS IoT Certificate', [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]),
  };
}

async function makeAuthority(directory: string, certificateFile: string, keyFile: string): Promise<void> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(SERIAL_BYTES).toString('hex'),
    name: 'CN=cityweave development CA',
    notBefore: new Date(Date.now() - CLOCK_SKEW_MS),
    notAfter: VALID_UNTIL,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  mkdirSync(directory, { recursive: true });
  writeFileSync(keyFile, privatePem(keys.privateKey), { mode: 0o600 });
  // Last: where the certificate lies, the key does too.
  writeFileSync(certificateFile, pemOf(certificate));
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function privatePem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}
