/** Whether somebody may sign in, asked at the moment they do: see docs/consumer-api/sign-in.md. */
import type { DirectoryUser } from '../events.js';
import type { CallOptions, Send } from '../send.js';

/** What the identity provider said of somebody who may have to be made. */
export interface SignInProfile {
  first_name?: string;
  last_name?: string;
  name?: string;
  idp_id?: string;
  email?: string;
  user_name?: string;
}

type SignInPlace =
  { organization_id: string; directory_id?: never } | { directory_id: string; organization_id?: never };

type SignInName =
  | { email: string; idp_id?: never; user_name?: never }
  /** The identity provider's own id. */
  | { idp_id: string; email?: never; user_name?: never }
  | { user_name: string; email?: never; idp_id?: never };

/** One place to look, and one name to look for. */
export type SignIn = SignInPlace &
  SignInName & {
    /** Given, possibly empty: whoever is unknown is made, where the directory allows it. */
    just_in_time?: SignInProfile;
  };

interface Checked {
  object: 'sign_in_check';
  /** Whether this very check made the person. */
  created: boolean;
}

export type SignInCheck = Checked &
  (
    | { decision: 'allow'; reason: 'active'; user: DirectoryUser }
    /** No user where consumers hear of deactivations as deletions. */
    | { decision: 'deny'; reason: 'deactivated'; user: DirectoryUser | null }
    | { decision: 'deny'; reason: 'deleted'; user: null }
    | { decision: 'deny'; reason: 'ambiguous'; user: null; candidates: string[] }
    | {
        decision: 'unknown';
        reason: 'not_found' | 'just_in_time_off' | 'several_directories';
        user: null;
      }
  );

export function signInChecks(send: Send) {
  return {
    /** True at the moment of the answer: it reads what SCIM requests have written. A refusal is an answer, and no error. */
    check: (body: SignIn, how?: CallOptions) =>
      send<SignInCheck>('POST', '/sign_in_checks', { ...how, body, isRepeatable: true }),
  };
}
