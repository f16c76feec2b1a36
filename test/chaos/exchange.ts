/** One request in the hands of its receiver, and all the ways in which it can be answered. */
import type { ServerResponse } from 'node:http';
import type { Acknowledgement } from './recording.js';

export type Behaviour = (exchange: Exchange) => void;

export interface Memory {
  /** Just before a status line goes out. */
  say(acknowledgement: Acknowledgement): void;
  /** It is over for the receiver. */
  end(): void;
}

const MEGABYTE = Buffer.alloc(1_048_576, 'x');
const POURED_AT_MOST_IN_BYTES = 100 * MEGABYTE.length;
const DRIP_EVERY_IN_MILLISECONDS = 500;

export class Exchange {
  about = { key: '', person: '' };
  private said = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly memory: Memory,
  ) {}

  /** 204, at once or after a while. */
  accept(afterInMilliseconds = 0): void {
    this.later(afterInMilliseconds, () => {
      this.memory.say('certain');
      this.response.writeHead(204).end();
      this.memory.end();
    });
  }

  refuse(status: number, headers: Record<string, string> = {}): void {
    this.later(0, () => {
      this.memory.say('none');
      this.response.writeHead(status, headers).end('no');
      this.memory.end();
    });
  }

  /** Says nothing at all. */
  hang(): void {}

  /** 200, and a body that comes byte by byte and never ends. */
  drip(): void {
    this.later(0, () => {
      this.memory.say('certain');
      this.response.writeHead(200, { 'content-length': '1000000' });
      const drip = setInterval(() => this.response.write('.'), DRIP_EVERY_IN_MILLISECONDS);
      this.response.on('close', () => clearInterval(drip));
    });
  }

  /** Breaks the connection within the status line, or within the body: then the status may have been read or not. */
  reset(where: 'status' | 'body'): void {
    this.later(0, () => {
      const { socket } = this.response;
      if (where === 'body') this.memory.say('perhaps');
      const text = where === 'status' ? 'HTTP/1.1 20' : 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf';
      socket?.write(text, () => socket.resetAndDestroy());
    });
  }

  /** 200, and 100 MB that nobody asked for. */
  pour(): void {
    this.later(0, () => {
      this.memory.say('certain');
      this.response.writeHead(200, { 'content-length': String(POURED_AT_MOST_IN_BYTES) });
      // From the first piece on the sender may hang up, and have the next request on its way before that is noticed here.
      this.memory.end();
      let poured = 0;
      const more = (): void => {
        while (!this.response.destroyed && poured < POURED_AT_MOST_IN_BYTES) {
          poured += MEGABYTE.length;
          if (!this.response.write(MEGABYTE)) return void this.response.once('drain', more);
        }
      };
      more();
    });
  }

  /**
   * The receiver has come to its senses, and starts afresh. What it has been silent about is not answered at last: the sender may
   * be hanging up at this very moment, and nobody could say whether it heard.
   */
  heal(): void {
    this.response.destroy();
  }

  /** Whoever has gone meanwhile is answered nothing, and nothing is remembered as said. */
  private later(afterInMilliseconds: number, answer: () => void): void {
    const now = (): void => {
      if (this.said || this.response.destroyed || this.response.socket?.destroyed !== false) return;
      this.said = true;
      answer();
    };
    if (afterInMilliseconds === 0) now();
    else setTimeout(now, afterInMilliseconds);
  }
}
