/** With what a destination's requests are made: headers, tokens and certificates of its own. */

export interface Access {
  /** Requests of one destination share a fair part of its host's sockets. */
  destinationId: string;
  /** Names in lower case. What the protocol says itself goes before these, save for `authorization`. */
  headers?: readonly (readonly [name: string, value: string])[];
  tls?: TlsAccess;
  oauth?: OAuthAccess;
}

export interface TlsAccess {
  /** Different for each content: connections are shared by those who have the same. */
  key: string;
  clientCertificate?: { certificate: string; privateKey: string };
  /** PEM. Servers must have their certificate from it, and from nobody else unless the public ones are trusted as well. */
  certificateAuthority?: string;
  publicAuthoritiesToo?: boolean;
}

/** RFC 6749 §4.4: client credentials. */
export interface OAuthAccess {
  /** Different for each content: a token is kept until this changes. */
  key: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  authentication: 'client_secret_basic' | 'client_secret_post';
  scope?: string;
  audience?: string;
}
