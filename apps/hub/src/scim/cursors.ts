/** Cursors as callers see them: sealed, so that nobody can read or make one, and good for the one query that they came from. */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Part, Place } from '@app/projections';
import { SealBroken, Sealing } from '@app/runtime';
import { printFilter, printPath, ScimError, shapeOf } from '@app/scim';

export interface From {
  direction: 'after' | 'before';
  place: Place;
}

/** What a page is a page of. */
export interface Question {
  directoryId: string;
  parts: readonly Part[];
}

interface Content extends From {
  /** Tells a cursor from everything else that is sealed with the same key. */
  of: 'page';
  question: string;
}

@Injectable()
export class Cursors {
  constructor(private readonly sealing: Sealing) {}

  seal(from: From, question: Question): string {
    const content: Content = { of: 'page', question: digestOf(question), ...from };
    return this.sealing.seal(JSON.stringify(content));
  }

  /** @throws ScimError 400 invalidCursor, in the same words for a made-up cursor and for one of another query or directory: RFC 9865 §5. */
  open(cursor: string, question: Question): From {
    const content = this.contentOf(cursor);
    if (content?.of === 'page' && content.question === digestOf(question)) {
      return { direction: content.direction, place: content.place };
    }
    throw new ScimError(
      400,
      'The cursor is none of this query. Send it with the filter and the order that it came from, or begin again with an empty cursor.',
      'invalidCursor',
    );
  }

  private contentOf(cursor: string): Content | undefined {
    try {
      return JSON.parse(this.sealing.open(cursor)) as Content;
    } catch (error) {
      if (error instanceof SealBroken || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

/** As it was understood: other letters for the same filter make no other query. */
function digestOf({ directoryId, parts }: Question): string {
  const read = parts.map(({ type, filter, sort }) => [
    shapeOf(type).type,
    filter ? printFilter(filter) : null,
    sort ? [printPath(sort.path), sort.comparison, sort.order] : null,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([directoryId, read]))
    .digest('base64url');
}
