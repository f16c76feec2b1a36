/** An answer that comes line by line, of which no more than a part is in memory. */
import { AnswerCutOff, RollcallUnreachable } from './errors.js';

/** @returns the lines without their ends. What follows the last line feed is a line too, and may be half of one. */
export async function* linesOf(parts: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of parts) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

/**
 * Lines of JSON whose last one says that it is the last.
 * @param isEnd of the last line, which is returned and not shown.
 * @throws AnswerCutOff when it did not come, whatever the reason.
 */
export async function* jsonLines<Line extends object, End extends object>(
  parts: AsyncIterable<Uint8Array>,
  isEnd: (line: Line | End) => line is End,
  what: string,
): AsyncGenerator<Line, End, undefined> {
  try {
    for await (const line of linesOf(parts)) {
      if (line.trim() === '') continue;
      const value = JSON.parse(line) as Line | End;
      if (isEnd(value)) return value;
      yield value;
    }
  } catch (cause) {
    // What else there may be is the caller's own wish to stop.
    const isCut = cause instanceof RollcallUnreachable || cause instanceof SyntaxError;
    throw isCut ? new AnswerCutOff(what, cause) : cause;
  }
  throw new AnswerCutOff(what);
}
