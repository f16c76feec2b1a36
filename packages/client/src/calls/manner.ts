/** What destinations of either kind have in common: whom they hear of, in which manner they are served, how they stand. */

/** See docs/delivery for what each member means. `null` brings a default back. */
export interface DeliveryOptions {
  ordering?: 'subject' | 'directory' | 'none' | null;
  retry?: { delays_seconds?: number[]; then_every_seconds?: number } | null;
  on_failure?: { policy?: 'park' | 'block'; after_attempts?: number; after_hours?: number } | null;
  disable_after_hours?: number | null;
  max_in_flight?: number | null;
  max_per_second?: number | null;
  catch_up_per_second?: number | null;
  batch_size?: number | null;
}

export interface DestinationFilter {
  organization_ids?: string[];
  directory_ids?: string[];
  group_ids?: string[];
}

/** Where it begins in the log. */
export type StartFrom = 'now' | 'beginning' | 'snapshot' | { after: string };

/** With what its requests are made: see docs/delivery/requests.md. Is merged with what there is; `null` removes. */
export interface RequestOptions {
  headers?: { [name: string]: string | null } | null;
  oauth?: {
    token_url?: string;
    client_id?: string;
    client_secret?: string;
    scope?: string | null;
    audience?: string | null;
    authentication?: 'client_secret_basic' | 'client_secret_post';
  } | null;
  /** PEM. */
  client_certificate?: { certificate: string; private_key: string } | null;
  /** PEM, one or more. */
  certificate_authority?: string | null;
}

/** What may be said of any destination. */
export interface Manner {
  filter?: DestinationFilter | null;
  delivery?: DeliveryOptions | null;
  request?: RequestOptions | null;
}

export interface ShownCertificate {
  subject: string;
  issuer: string;
  expires_at: string;
  fingerprint_sha256: string;
}

/** Of secrets the end only. */
export interface ShownRequest {
  headers: { [name: string]: string };
  oauth: {
    token_url: string;
    client_id: string;
    client_secret: string;
    scope?: string;
    audience?: string;
    authentication: 'client_secret_basic' | 'client_secret_post';
  } | null;
  client_certificate: ShownCertificate | null;
  certificate_authority: ShownCertificate[] | null;
}

/** With all defaults. */
export interface ShownDelivery {
  ordering: 'subject' | 'directory' | 'none';
  retry: { delays_seconds?: number[]; then_every_seconds?: number };
  on_failure: { policy?: 'park' | 'block'; after_attempts?: number; after_hours?: number };
  disable_after_hours: number;
  max_in_flight: number;
  /** Null: no limit. */
  max_per_second: number | null;
  catch_up_per_second: number;
  batch_size: number;
}

/** How far a destination is, and whether it fails. */
export interface DestinationStanding {
  state: 'enabled' | 'paused' | 'disabled';
  disabled_reason: string | null;
  disabled_at: string | null;
  idle: boolean;
  /** The last event that it is through with; null: none. */
  cursor: string | null;
  lag: { events: number; at_least: boolean; seconds: number };
  catching_up: boolean;
  parked: { waiting: number; behind: number; given_up: number; superseded: number };
  breaker: string;
  failing_since: string | null;
  consecutive_failures: number;
  resting_until: string | null;
  last_delivered_event_id: string | null;
  last_delivered_at: string | null;
}

/** What every answer about a destination has. */
export interface Told {
  id: string;
  organization_id: string | null;
  filter: Required<DestinationFilter>;
  delivery: ShownDelivery;
  request: ShownRequest;
  /** Null where it is gone meanwhile. */
  standing: DestinationStanding | null;
  created_at: string;
  updated_at: string;
}

/** A snapshot that it begins with is a replay. */
export interface Begun {
  replay_id?: string;
}
