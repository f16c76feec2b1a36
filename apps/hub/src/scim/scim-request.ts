/** What every SCIM controller asks of a request: whose it is, what it wants back, and under which URL it came. */
import { Injectable } from '@nestjs/common';
import { HubSettings } from '../hub-settings.js';
import { isScimV1 } from '../scim-v1/root.js';
import {
  dialectOf,
  parseProjection,
  readEntityTags,
  type Dialect,
  type Projection,
  type ResourceType,
  type Shape,
  type VersionTest,
} from '@app/scim';
import type { Origin } from '@app/provisioning';
import { shapeFor } from './directory-shapes.js';
import type { ScimRequest } from './directory-token.guard.js';
import { notesOf, type RequestNotes } from './request-notes.js';

/** Both roots serve the same: the token names the directory, and the longer one is what the set-up page shows. */
export const scimPaths = (resource: string): string[] => [
  `scim/v2/${resource}`,
  `scim/v2/:directoryId/${resource}`,
];

export interface Asked {
  origin: Origin;
  dialect: Dialect;
  /** The schemas of the directory, for the type of resource that the request is about. */
  shape: Shape;
  projection: Projection;
  baseUrl: string;
  /** From If-Match: which versions of the resource the request is good for. */
  onlyIf?: VersionTest;
  notes: RequestNotes;
}

@Injectable()
export class ScimRequests {
  constructor(private readonly settings: HubSettings) {}

  read(type: ResourceType, request: ScimRequest): Asked {
    const { directory } = request;
    const notes = notesOf(request);
    const shape = shapeFor(type, directory);
    const onlyIf = readEntityTags(request.headers['if-match']);
    return {
      origin: {
        directory: { id: directory.id, organizationId: directory.organizationId },
        requestId: request.id,
        recorded: (run) => void notes.events.push(run),
      },
      dialect: dialectOf(directory.type),
      shape,
      projection: parseProjection(shape, queryOf(request)),
      baseUrl: this.baseUrl(request),
      ...(onlyIf ? { onlyIf } : {}),
      notes,
    };
  }

  /** The root that the caller used, so that links in the answer stay within it. */
  baseUrl(request: ScimRequest): string {
    const { directoryId } = request.params as { directoryId?: string };
    const root = `${this.settings.publicUrl}${isScimV1(request.url) ? '/scim/v1' : '/scim/v2'}`;
    return directoryId === undefined ? root : `${root}/${directoryId}`;
  }

  /** The paths under which this service has its endpoints for the request's directory, the longest first. */
  rootPaths({ directory }: ScimRequest): string[] {
    const root = new URL(`${this.settings.publicUrl}/scim/v2`).pathname;
    return [...new Set([root, '/scim/v2'])].flatMap((each) => [`${each}/${directory.id}`, each]);
  }
}

/** The query with one text per name: of a repeated parameter the last one counts. */
export function queryOf(request: ScimRequest): Record<string, string> {
  const query = request.query as Record<string, string | string[]>;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? (value.at(-1) ?? '') : value]),
  );
}
