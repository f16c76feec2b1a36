/** Links into the portal: each opens one organization's page once, for whoever has it, and then a session does. */
import { Injectable } from '@nestjs/common';
import { Clock, Database, newId } from '@app/runtime';
import { hashOf, newCredential } from './credentials.js';

export const PORTAL_INTENTS = ['dsync', 'domain_verification'] as const;
export type PortalIntent = (typeof PORTAL_INTENTS)[number];

export const LINK_LIFE_IN_SECONDS = 300;
export const SESSION_LIFE_IN_SECONDS = 3_600;
const REMOVED_AT_ONCE = 1_000;

export interface NewPortalLink {
  organizationId: string;
  intent: PortalIntent;
  returnUrl: string | null;
  successUrl: string | null;
  emails: string[];
}

export interface PortalSession {
  organizationId: string;
  intent: PortalIntent;
  returnUrl: string | null;
  successUrl: string | null;
}

const SESSION = `organization_id as "organizationId", intent, return_url as "returnUrl", success_url as "successUrl"`;

@Injectable()
export class PortalLinks {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns the token, which is not kept; null when there is no such organization. */
  async issue(link: NewPortalLink): Promise<{ token: string; expiresAt: Date } | null> {
    const { secret: token, hash } = newCredential('portal_');
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + LINK_LIFE_IN_SECONDS * 1_000);
    const made = await this.database.rows(
      `insert into portal_link
         (id, organization_id, intent, token_hash, return_url, success_url, emails, created_at, expires_at)
       select $1, id, $3, $4, $5, $6, $7, $8, $9 from organization where id = $2
       returning id`,
      [
        newId('portal_link', now),
        link.organizationId,
        link.intent,
        hash,
        link.returnUrl,
        link.successUrl,
        link.emails,
        now,
        expiresAt,
      ],
    );
    return made.length > 0 ? { token, expiresAt } : null;
  }

  /** Once for each token. @returns what the session is known by; null for a token that is used, over, or none. */
  async start(token: string): Promise<string | null> {
    const { secret, hash } = newCredential('portal_session_');
    const now = this.clock.now();
    const started = await this.database.rows(
      `update portal_link set session_hash = $3, session_ends_at = $4
        where token_hash = $1 and expires_at > $2 and session_hash is null returning id`,
      [hashOf(token), now, hash, new Date(now.getTime() + SESSION_LIFE_IN_SECONDS * 1_000)],
    );
    return started.length > 0 ? secret : null;
  }

  /** @returns undefined for a session that is over, or none. */
  async session(secret: string): Promise<PortalSession | undefined> {
    const [found] = await this.database.rows<PortalSession>(
      `select ${SESSION} from portal_link where session_hash = $1 and session_ends_at > $2`,
      [hashOf(secret), this.clock.now()],
    );
    return found;
  }

  /** Removes what opens nothing any more, some at a time. @returns how many. */
  async forgetExpired(): Promise<number> {
    const rows = await this.database.rows(
      `delete from portal_link where id in (
         select id from portal_link where coalesce(session_ends_at, expires_at) <= $1 limit $2 for update skip locked)
       returning id`,
      [this.clock.now(), REMOVED_AT_ONCE],
    );
    return rows.length;
  }
}
