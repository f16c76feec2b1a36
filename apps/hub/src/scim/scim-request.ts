/** What every SCIM controller asks of a request: whose it is, what it wants back, and under which URL it came. */
import { Injectable } from '@nestjs/common';
import { HubSettings } from '../hub-settings.js';
import { routeOf } from '../http/server.js';
import { isScimV1 } from '../scim-v1/root.js';
import {
  dialectOf,
  parseProjection,
  type Dialect,
  type Projection,
  type ResourceType,
  type Shape,
} from '@app/scim';
import type { Origin } from '@app/provisioning';
import { directoryRefOf } from '../directory-ref.js';
import { shapeFor } from './directory-shapes.js';
import type { ScimRequest } from './directory-token.guard.js';
import { preferenceOf, type Preference } from './preference.js';
import { notesOf, type RequestNotes } from './request-notes.js';
import { conditionsOf, type Conditions } from './versions.js';

/** Both roots serve the same: the token names the directory, and the longer one is what the set-up page shows. */
export const scimPaths = (resource: string): string[] => [
  `scim/v2/${resource}`,
  `scim/v2/:directoryId/${resource}`,
];

/** Where the two roots begin. A word that cannot be a directory's id is none, so that it is not found rather than not allowed. */
export const SCIM_ROOTS = ['scim/v2', 'scim/v2/:directoryId(^directory_.+$)'];

/** No id begins with a dot, so that `.search` is none. */
export const RESOURCE_ID = ':id(^[^.].*$)';

export interface Asked extends Conditions {
  origin: Origin;
  dialect: Dialect;
  /** The schemas of the directory, for the type of resource that the request is about. */
  shape: Shape;
  projection: Projection;
  baseUrl: string;
  /** Whether a write shall show its result. */
  prefers?: Preference;
  notes: RequestNotes;
}

@Injectable()
export class ScimRequests {
  constructor(private readonly settings: HubSettings) {}

  /** @param query where its parameters stand, when that is not the URL. */
  read(type: ResourceType, request: ScimRequest, query = queryOf(request)): Asked {
    const { directory } = request;
    const notes = notesOf(request);
    const shape = shapeFor(type, directory);
    const prefers = preferenceOf(request);
    return {
      origin: {
        directory: directoryRefOf(directory),
        requestId: request.id,
        recorded: (run) => void notes.events.push(run),
      },
      dialect: dialectOf(directory.type),
      shape,
      projection: parseProjection(shape, query),
      baseUrl: this.baseUrl(request),
      ...conditionsOf(request),
      ...(prefers ? { prefers } : {}),
      notes,
    };
  }

  /** The root that the caller used, so that links in the answer stay within it. */
  baseUrl(request: ScimRequest): string {
    const { directoryId } = request.params as { directoryId?: string };
    const root = `${this.settings.publicUrl}${isScimV1(routeOf(request)) ? '/scim/v1' : '/scim/v2'}`;
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
