/** Keeps secrets unreadable at rest: AES-256-GCM with the operator's key (`ROLLCALL_SECRET_KEY`). */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const NONCE_BYTES = 12; // NIST SP 800-38D §5.2.1.1: 96 bits is the length GCM is made for.
const TAG_BYTES = 16;

export class SealBroken extends Error {
  constructor(cause?: unknown) {
    super(
      'A stored secret cannot be opened: it was sealed with another ROLLCALL_SECRET_KEY, or it was changed. ' +
        'Start with the key that this database was first used with.',
      { cause },
    );
    this.name = 'SealBroken';
  }
}

export class Sealing {
  constructor(private readonly key: Buffer) {
    if (key.length !== 32) throw new Error(`a sealing key has 32 bytes, this one has ${key.length}`);
  }

  /** @returns text that only this key opens; a different text each time, also for the same secret. */
  seal(secret: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return [
      VERSION,
      nonce.toString('base64url'),
      cipher.getAuthTag().toString('base64url'),
      sealed.toString('base64url'),
    ].join('.');
  }

  /** @throws SealBroken when the text was not sealed with this key, or was changed since. */
  open(sealed: string): string {
    const [version, ...parts] = sealed.split('.');
    if (version !== VERSION || parts.length !== 3) throw new SealBroken();
    const [nonce, tag, body] = parts.map((part) => Buffer.from(part, 'base64url')) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    // Reading base 64 forgives much; what is read must be what was written.
    if ([nonce, tag, body].some((bytes, index) => bytes.toString('base64url') !== parts[index]))
      throw new SealBroken();
    try {
      // Without the length a tag cut to four bytes would do, and those can be guessed.
      const decipher = createDecipheriv('aes-256-gcm', this.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new SealBroken(error);
    }
  }
}
