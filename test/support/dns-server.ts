/** A DNS server (RFC 1035 over UDP) that knows the TXT records that a test gives it, and nothing else. */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

const TXT = 16;
const IN = 1;
const HEADER_BYTES = 12;

export class DnsServer {
  /** Texts by name, in small letters. */
  readonly records = new Map<string, string[]>();
  /** The names that were asked for, in order. */
  readonly asked: string[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('message', (question, from) => {
      socket.send(this.answer(question), from.port, from.address);
    });
  }

  static async open(): Promise<DnsServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    return new DnsServer(socket);
  }

  /** As settings name it. */
  get address(): string {
    return `127.0.0.1:${(this.socket.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((done) => this.socket.close(done));
  }

  private answer(question: Buffer): Buffer {
    const labels: string[] = [];
    let at = HEADER_BYTES;
    for (let length = question[at]!; length > 0; length = question[at]!) {
      labels.push(question.toString('ascii', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const end = at + 5; // the root, the type and the class
    const name = labels.join('.').toLowerCase();
    this.asked.push(name);
    const texts = question.readUInt16BE(at + 1) === TXT ? this.records.get(name) : undefined;
    const header = Buffer.alloc(HEADER_BYTES);
    question.copy(header, 0, 0, 2);
    // An answer that may be recursive; 3: there is no such name.
    header.writeUInt16BE(texts ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(texts?.length ?? 0, 6);
    return Buffer.concat([header, question.subarray(HEADER_BYTES, end), ...(texts ?? []).map(record)]);
  }
}

function record(text: string): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(TXT, 2);
  head.writeUInt16BE(IN, 4);
  head.writeUInt32BE(1, 6);
  // In two parts, as long ones come.
  const half = Math.ceil(text.length / 2);
  const parts = [text.slice(0, half), text.slice(half)].map((part) => Buffer.from(part, 'ascii'));
  const data = Buffer.concat(parts.flatMap((part) => [Buffer.from([part.length]), part]));
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
