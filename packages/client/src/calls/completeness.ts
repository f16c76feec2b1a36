/** How everything is, and whether what somebody holds is that: of a directory or of an organization. */
import type { CallOptions, Open, Send } from '../send.js';
import { path } from '../send.js';
import { Comparison, type ComparisonOptions, type Held, type Kind } from './comparisons.js';
import type { Replay } from './replays.js';
import {
  Snapshot,
  type DirectoryStanding,
  type OrganizationStanding,
  type Standing,
  type Sums,
} from './snapshots.js';

export type DirectoryDigest = DirectoryStanding & Sums & { object: 'directory_digest' };
export type OrganizationDigest = OrganizationStanding & Sums & { object: 'organization_digest' };

export interface Reannouncement {
  destination_id: string;
  /** All of them, and the directory itself, unless given. */
  kinds?: Kind[];
  /** People and groups, 1,000 at most. */
  ids?: string[];
  max_per_second?: number;
}

export function directoryCompleteness(send: Send, open: Open) {
  return {
    ...completeness<DirectoryStanding, DirectoryDigest>('directories', send, open),
    /** Tells one destination again how things are. It can be watched as a replay. */
    reannounce: (id: string, body: Reannouncement, how?: CallOptions) =>
      send<Replay>('POST', path`/directories/${id}/reannounce`, { ...how, body }),
  };
}

export function organizationCompleteness(send: Send, open: Open) {
  return completeness<OrganizationStanding, OrganizationDigest>('organizations', send, open);
}

function completeness<Of extends Standing, Digest>(
  noun: 'directories' | 'organizations',
  send: Send,
  open: Open,
) {
  return {
    snapshot: (id: string, how: CallOptions = {}) =>
      Snapshot.open<Of>(open, `/${noun}${path`/${id}/snapshot`}`, how),
    digest: (id: string, how?: CallOptions) => send<Digest>('GET', `/${noun}${path`/${id}/digest`}`, how),
    compare: (id: string, held: Iterable<Held> | AsyncIterable<Held>, how: ComparisonOptions = {}) =>
      Comparison.open<Of>(open, `/${noun}${path`/${id}/compare`}`, { ...how, held }),
  };
}
