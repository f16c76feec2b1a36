/** A reader of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation. */
import { request as ask, type IncomingMessage } from 'node:http';
import type { ReadEvent } from './hub.js';

export interface ToldEvent {
  /** The name, which is the type. */
  event: string;
  id: string;
  data: ReadEvent;
  /** When it arrived, in milliseconds since the epoch. */
  at: number;
}

export class EventStream {
  readonly events: ToldEvent[] = [];
  readonly comments: string[] = [];
  /** As a browser would send it when it comes back. */
  lastEventId = '';
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** `ended` as HTTP has it, or `cut` off. */
  readonly over: Promise<'ended' | 'cut'>;
  private rest = '';
  private fields: Record<string, string> = {};

  private constructor(
    private readonly answer: IncomingMessage,
    onEvent: (event: ToldEvent) => void,
  ) {
    this.status = answer.statusCode!;
    this.headers = answer.headers;
    answer.setEncoding('utf8').on('data', (text: string) => this.take(text, onEvent));
    this.over = new Promise((resolve) => {
      answer.once('end', () => resolve('ended'));
      answer.once('error', () => resolve('cut'));
      answer.once('close', () => resolve('cut'));
    });
  }

  /** Returns when the headers are there. */
  static open(
    url: string,
    {
      headers,
      onEvent = () => {},
    }: { headers: Record<string, string>; onEvent?: (event: ToldEvent) => void },
  ): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const request = ask(url, { headers, agent: false }, (answer) =>
        resolve(new EventStream(answer, onEvent)),
      );
      request.once('error', reject);
      request.end();
    });
  }

  /** What was answered instead of a stream. */
  async refusal(): Promise<{ code: string; message: string }> {
    await this.over;
    return JSON.parse(this.rest) as { code: string; message: string };
  }

  /** Takes nothing more until `resume`, as a slow reader does. */
  pause(): void {
    this.answer.pause();
  }

  resume(): void {
    this.answer.resume();
  }

  close(): void {
    this.answer.destroy();
  }

  private take(text: string, onEvent: (event: ToldEvent) => void): void {
    this.rest += text;
    if (this.status !== 200) return;
    for (let end = this.rest.indexOf('\n'); end >= 0; end = this.rest.indexOf('\n')) {
      this.line(this.rest.slice(0, end), onEvent);
      this.rest = this.rest.slice(end + 1);
    }
  }

  private line(line: string, onEvent: (event: ToldEvent) => void): void {
    if (line.startsWith(':')) return void this.comments.push(line.slice(1).trim());
    if (line !== '') {
      const [, name, value] = /^([^:]+):? ?(.*)$/.exec(line)!;
      this.fields[name!] = value!;
      return;
    }
    const { id, data, event } = this.fields;
    this.fields = {};
    if (id !== undefined) this.lastEventId = id;
    if (data === undefined) return;
    const told = {
      event: event ?? 'message',
      id: this.lastEventId,
      data: JSON.parse(data) as ReadEvent,
      at: Date.now(),
    };
    this.events.push(told);
    onEvent(told);
  }
}
